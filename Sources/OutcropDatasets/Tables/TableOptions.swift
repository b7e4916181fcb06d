/// How tables of nodes, edges and graphs become a data set. Nil values are determined from the tables.
public struct TableOptions: Sendable, Equatable {
  /// The data set's name; by default that of the folder or file.
  public var name: String?
  /// The columns with the labels; by default the first of `label`, `labels`, `y`, `target` and `class`.
  public var labels: [String]?
  /// What columns hold, by name, where the values do not tell: integers that are numbers, a column to
  /// ignore.
  public var columns: [String: ColumnUse]
  /// Whether the inverse of every edge is added after it, with the same features; by default where no
  /// edge's inverse is in the data. An edge from a node to itself is its own inverse.
  public var inverseEdges: OGBDataset.InverseEdges
  /// Seeds the split of data that have none.
  public var splitSeed: UInt64

  /// Options with the given values.
  public init(
    name: String? = nil, labels: [String]? = nil, columns: [String: ColumnUse] = [:],
    inverseEdges: OGBDataset.InverseEdges = .automatic, splitSeed: UInt64 = 0
  ) {
    self.name = name
    self.labels = labels
    self.columns = columns
    self.inverseEdges = inverseEdges
    self.splitSeed = splitSeed
  }

  static let usualLabels = ["label", "labels", "y", "target", "class"]
}
