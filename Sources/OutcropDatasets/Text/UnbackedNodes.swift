import OutcropCore

/// Counts nodes that a file states by a number alone: without a row of features and without an edge.
///
/// Memory for nodes must follow from bytes that are there. A graph may have nodes without features and
/// edges, but not a billion of them in a file of some hundred bytes.
struct UnbackedNodes {
  /// So many are no problem for any machine.
  static let allowance = 1 << 20
  /// More of them need a file of this share of their number, in bytes.
  static let perByte = 100

  private var count = 0

  /// Adds the nodes of a graph (or of all) with `edges` edges. What is expected instead where they
  /// become too many for the `byteCount` bytes that were read so far; nil otherwise.
  mutating func add(nodes: Int, hasRows: Bool, edges: Int, byteCount: Int) -> String? {
    if hasRows { return nil }
    count += max(0, nodes - 2 * edges)
    let most = Self.allowance + Self.perByte * byteCount
    return count <= most
      ? nil : "at most \(most) nodes without features and edges in a file of this size"
  }
}

/// The most values of a vocabulary that a file may state by a number alone.
let largestStatedVocabulary = 1 << 20

/// Throws for a vocabulary that neither `largestStatedVocabulary` nor the number of rows that use it
/// allows: tables of its size are made.
///
/// - Parameter rows: nil where the rows are not known yet.
func checkVocabularies(_ vocabularies: [Int], rows: Int?, file: String, field: String) throws {
  let most = max(largestStatedVocabulary, rows ?? Int(Int32.max))
  for (column, vocabulary) in vocabularies.enumerated() where vocabulary > most || vocabulary < 0 {
    throw InputError(
      file: file, field: field,
      found: "\(vocabulary)" + (vocabularies.count > 1 ? " in column \(column)" : ""),
      expected: "0 ... \(most)\(rows.map { ", a number of categories for \($0) rows" } ?? "")")
  }
}
