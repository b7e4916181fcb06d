import OutcropCore
import OutcropGraph

/// Labeled nodes of a large graph as examples. A batch consists of some nodes and their sampled
/// neighborhood, with one block for each layer.
///
/// Node types are the species of the nodes that the first layer reads, edge attributes the scores.
/// `NeighborSampler` describes fan-outs and the distribution of the samples.
public struct SampledNodes: BatchSource {
  /// The data set.
  public let dataset: NodeDataset
  /// The node of each example.
  public let nodes: [Int32]
  /// The sampler of the neighborhoods.
  public let sampler: NeighborSampler

  /// The given nodes as examples. Traps if a node does not exist or a fan-out is below 1.
  ///
  /// The fan-out `NeighborSampler.allNeighbors` uses every edge, for the evaluation of small
  /// graphs.
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

  /// A batch of the nodes with the given example numbers, with their labels and with blocks sampled
  /// with `seed`. Traps without examples and if an example occurs twice.
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
