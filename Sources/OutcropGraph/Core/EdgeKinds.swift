/// A single type for each edge, for edges with several columns of categories.
///
/// - One column: its value.
/// - Several columns, such as OGB's bond type, stereo and conjugation: the first column's value.
/// - Several binary columns, such as DGL-LifeSci's canonical bond features, which begin with the one-hot
///   bond type: the first column with the value 1, or the number of columns if there is none.
public struct EdgeKinds: Sendable, Equatable {
  /// Kinds are 0 ..< count.
  public let count: Int
  private let isBinary: Bool

  /// Creates the kinds of edges whose columns have these vocabularies.
  public init(vocabularies: [Int]) {
    isBinary = vocabularies.count > 1 && vocabularies.allSatisfy { $0 == 2 }
    count = isBinary ? vocabularies.count + 1 : vocabularies.first ?? 1
  }

  /// The names if they can be those of edges with these vocabularies; nil otherwise.
  package static func names(_ names: [String]?, vocabularies: [Int]) -> [String]? {
    names.flatMap { canHaveNames($0.count, vocabularies: vocabularies) ? $0 : nil }
  }

  /// Whether `count` names can be those of the kinds of edges with these vocabularies, or of the values of all columns.
  package static func canHaveNames(_ count: Int, vocabularies: [Int]) -> Bool {
    count == EdgeKinds(vocabularies: vocabularies).count || count == vocabularies.max() ?? 0
  }

  /// The kind of each edge; 0 without types.
  public func callAsFunction(_ types: IntegerFeatures?, count edges: Int) -> [Int32] {
    guard let types else { return Array(repeating: 0, count: edges) }
    if types.columns == 1 { return types.values }
    return (0..<edges).map { edge in
      if !isBinary { return types[edge, 0] }
      let row = types.values[edge * types.columns..<(edge + 1) * types.columns]
      return Int32(row.firstIndex { $0 != 0 }.map { $0 - row.startIndex } ?? types.columns)
    }
  }

  /// The categories of an edge of a kind that no edge in the data has: a new value in the first column,
  /// or 0 in every column. Also returns the vocabularies that include this edge.
  func newKind(_ vocabularies: [Int]) -> (row: [Int32], vocabularies: [Int], kind: Int) {
    var row = [Int32](repeating: 0, count: vocabularies.count)
    if isBinary { return (row, vocabularies, vocabularies.count) }
    row[0] = Int32(vocabularies[0])
    return (row, [vocabularies[0] + 1] + vocabularies.dropFirst(), vocabularies[0])
  }

  /// The name of a kind if the vocabularies are those of published features.
  func publishedName(_ kind: Int, _ vocabularies: [Int]) -> String? {
    let bonds = ["single", "double", "triple", "aromatic"]
    let isPublished =
      vocabularies == OGBVocabulary.bonds || (isBinary && vocabularies.count == 12)
    return isPublished && bonds.indices.contains(kind) ? bonds[kind] : nil
  }
}

extension GraphDataset {
  /// The kinds of this data set's edges.
  public var edgeKinds: EdgeKinds { EdgeKinds(vocabularies: edgeVocabularies) }
}
