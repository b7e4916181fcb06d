/// Examples that batches are made of: graphs, or labeled nodes of a large graph.
///
/// The same examples and seed give the same batch, whenever and on whichever thread it is made.
public protocol BatchSource: Sendable {
  /// The number of examples.
  var exampleCount: Int { get }
  /// The batch of the examples with the given numbers; `seed` fixes whatever is drawn for it.
  func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch
}

extension Array: BatchSource where Element == Graph {
  /// The number of graphs.
  public var exampleCount: Int { count }

  /// The graphs with the given numbers as one batch; nothing is drawn.
  public func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch {
    GraphBatch(examples.map { self[$0] })
  }
}
