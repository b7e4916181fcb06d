import OutcropCore
import OutcropGraph

/// Labeled nodes of a large graph as examples: a batch is some of them with a drawn neighborhood,
/// one block a layer.
///
/// Node types are the species of the nodes that the first layer reads, edge attributes the scores.
/// See `NeighborSampler` for fan-outs and for what is drawn.
public struct SampledNodes: BatchSource {
  /// The data set.
  public let dataset: NodeDataset
  /// The nodes that examples 0, 1, … are.
  public let nodes: [Int32]
  /// What draws neighborhoods.
  public let sampler: NeighborSampler

  /// The given nodes as examples. Traps when a node doesn't exist or a fan-out is below 1.
  ///
  /// `NeighborSampler.allNeighbors` as a fan-out takes every edge, for evaluation on graphs small
  /// enough.
  public init(_ dataset: NodeDataset, nodes: [Int32], fanOuts: [Int]) {
    require(
      nodes.allSatisfy { $0 >= 0 && Int($0) < dataset.nodeCount },
      "SampledNodes: found a node outside 0 ..< \(dataset.nodeCount)")
    self.dataset = dataset
    self.nodes = nodes
    sampler = NeighborSampler(dataset.graph, fanOuts: fanOuts)
  }

  /// The nodes of a split as examples.
  public init(_ dataset: NodeDataset, _ split: GraphDataset.Split, fanOuts: [Int]) {
    self.init(dataset, nodes: dataset[split], fanOuts: fanOuts)
  }

  /// The number of nodes.
  public var exampleCount: Int { nodes.count }

  /// The nodes with the given example numbers, their labels, and blocks drawn with `seed`. Traps
  /// when an example comes twice or there is none.
  public func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch {
    require(!examples.isEmpty, "SampledNodes: found no examples, expected at least one")
    let wanted = examples.map { nodes[$0] }
    let sample = sampler.sample(wanted, seed: seed)
    let types =
      dataset.species.isEmpty
      ? nil : IntegerFeatures(values: sample.inputNodes.map { dataset.species[Int($0)] })
    do {
      return try GraphBatch(
        blocks: sample.blocks, nodeTypes: types, targets: dataset.labels(of: wanted),
        targetCount: dataset.targetCount)
    } catch {
      // The sampler's blocks follow each other by construction.
      fatalError("SampledNodes: \(error)")
    }
  }
}
