import OutcropCore

/// Counts nodes that a file states only by their number: without a row of features and without an edge.
///
/// The file's size limits the memory for such nodes. A graph may have nodes without features and
/// edges, but not a billion of them in a file of some hundred bytes.
struct UnbackedNodes {
  /// This many nodes are always allowed.
  static let allowance = 1 << 20
  /// This many more are allowed for each byte of the file.
  static let perByte = 100

  private var count = 0

  /// Adds the nodes of a graph (or of all graphs) with `edges` edges. Returns the expected number as text if
  /// they become too many for the `byteCount` bytes that were read so far, otherwise nil.
  mutating func add(nodes: Int, hasRows: Bool, edges: Int, byteCount: Int) -> String? {
    if hasRows { return nil }
    count += max(0, nodes - 2 * edges)
    let most = Self.allowance + Self.perByte * byteCount
    return count <= most
      ? nil : "at most \(most) nodes without features and edges in a file of this size"
  }
}

/// The largest vocabulary that a file may state without rows that use it.
let largestStatedVocabulary = 1 << 20

/// Throws for a vocabulary above both `largestStatedVocabulary` and the number of rows that use it, because
/// models create tables of its size.
///
/// - Parameter rows: nil if the rows are not known yet.
func checkVocabularies(_ vocabularies: [Int], rows: Int?, file: String, field: String) throws {
  let most = max(largestStatedVocabulary, rows ?? Int(Int32.max))
  for (column, vocabulary) in vocabularies.enumerated() where vocabulary > most || vocabulary < 0 {
    throw InputError(
      file: file, field: field,
      found: "\(vocabulary)" + (vocabularies.count > 1 ? " in column \(column)" : ""),
      expected: "0 ... \(most)\(rows.map { ", a number of categories for \($0) rows" } ?? "")")
  }
}
