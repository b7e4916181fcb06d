/// The origin of the rows of an activation array: for edges, their types and nodes.
public struct RowOrigins: Sendable, Equatable {
  /// One type (0 ... 65535) per row.
  public var edgeTypes: [Int32]?
  /// The source node of each edge, in any numbering.
  public var sources: [Int32]?
  /// The destination node of each edge, in the same numbering.
  public var destinations: [Int32]?
  /// The number of the array's first batch (graph); the other batches have consecutive numbers. If it is
  /// nil, batches continue the numbers of the summary they are added to. Set it when parts of the data are
  /// summarized separately.
  public var firstBatch: Int?

  /// The given origins; those that are nil are unknown.
  public init(
    edgeTypes: [Int32]? = nil, sources: [Int32]? = nil, destinations: [Int32]? = nil,
    firstBatch: Int? = nil
  ) {
    self.edgeTypes = edgeTypes
    self.sources = sources
    self.destinations = destinations
    self.firstBatch = firstBatch
  }

  func check(rowCount: Int) throws(StatisticsError) {
    for (name, list) in [("sources", sources), ("destinations", destinations)] {
      if let list, list.count != rowCount {
        throw .wrongCount(name: name, found: list.count, expected: rowCount)
      }
    }
  }
}
