import OutcropGraph

/// All ordered pairs of a graph's nodes as edges, see `Graph.addingAllPairs()`.
public struct FullGraphs: GraphPreparation {
  /// The preparation; it has no settings.
  public init() {}

  public func prepare(_ dataset: GraphDataset) -> GraphDataset { dataset.addingAllPairs() }

  public func problem(with batch: GraphBatch) -> String? {
    let hasEdges = batch.edgeCount > 0 || !batch.blocks.isEmpty
    return batch.addedEdges == nil && hasEdges
      ? "graphs without all pairs of nodes as edges (the model takes full graphs)" : nil
  }

  public func problem(preparing graph: Graph) -> String? {
    MemoryNeeds.problemOfAllPairs(graph)
  }
}
