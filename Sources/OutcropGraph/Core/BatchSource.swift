/// Examples from which batches are made: graphs, or labeled nodes of a large graph.
///
/// The same examples and seed always give the same batch, on any thread.
public protocol BatchSource: Sendable {
  /// The number of examples.
  var exampleCount: Int { get }
  /// The batch of the examples with the given numbers; `seed` determines all random choices.
  func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch
}

extension Array: BatchSource where Element == Graph {
  /// The number of graphs.
  public var exampleCount: Int { count }

  /// The graphs with the given numbers as one batch. `seed` is not used.
  public func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch {
    GraphBatch(examples.map { self[$0] })
  }
}
