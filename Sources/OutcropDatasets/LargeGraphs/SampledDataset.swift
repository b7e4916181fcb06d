import OutcropGraph

/// A large graph with labeled nodes, whose batches are sampled neighbors.
public struct SampledDataset: ExampleDataset {
  /// The graph and its labels.
  public let nodes: NodeDataset
  /// The number of neighbors that each layer samples for a node, the layer nearest to the input
  /// first.
  public let fanOuts: [Int]

  public init(_ nodes: NodeDataset, fanOuts: [Int]) {
    (self.nodes, self.fanOuts) = (nodes, fanOuts)
  }

  public var name: String { nodes.name }
  public var isSynthetic: Bool { nodes.isSynthetic }
  /// Several yes/no labels of a node.
  public var task: GraphDataset.Task { .binaryClassification }
  public var targetCount: Int { nodes.targetCount }
  public var outputCount: Int { nodes.targetCount }
  public var nodeVocabularies: [Int] { nodes.species.isEmpty ? [] : [nodes.speciesCount] }
  public var edgeVocabularies: [Int] { [] }
  public var nodeAttributeColumns: Int { 0 }
  public var edgeAttributeColumns: Int { nodes.graph.scoreCount }
  public var sourceDescription: String { nodes.sourceDescription }
  /// That of `NodeDataset`.
  public var checksum: String { nodes.checksum }

  public func edgeTypeName(_ type: Int) -> String { "all edges" }

  /// The labeled nodes of a split, with their sampled neighbors.
  public func examples(_ split: GraphDataset.Split) -> any BatchSource {
    SampledNodes(nodes, split, fanOuts: fanOuts)
  }
}
