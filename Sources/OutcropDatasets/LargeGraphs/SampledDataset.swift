import OutcropGraph

/// A large graph with labeled nodes, whose batches are sampled neighbors.
public struct SampledDataset: ExampleDataset {
  /// The graph and its labels.
  public let nodes: NodeDataset
  /// The number of neighbors that each layer samples for a node, the layer nearest to the input
  /// first.
  public let fanOuts: [Int]

  /// The data set whose batches sample `fanOuts` neighbors.
  public init(_ nodes: NodeDataset, fanOuts: [Int]) {
    (self.nodes, self.fanOuts) = (nodes, fanOuts)
  }

  public var name: String { nodes.name }
  /// Whether the data are synthetic.
  public var isSynthetic: Bool { nodes.isSynthetic }
  /// Several yes/no labels of a node.
  public var task: GraphDataset.Task { .binaryClassification }
  /// The number of labels of a node.
  public var targetCount: Int { nodes.targetCount }
  /// The number of outputs of a model: one for each label.
  public var outputCount: Int { nodes.targetCount }
  /// The number of species; empty without species.
  public var nodeVocabularies: [Int] { nodes.species.isEmpty ? [] : [nodes.speciesCount] }
  /// Edges have no types.
  public var edgeVocabularies: [Int] { [] }
  /// Nodes have no attributes.
  public var nodeAttributeColumns: Int { 0 }
  /// The number of scores of an edge.
  public var edgeAttributeColumns: Int { nodes.graph.scoreCount }
  /// The origin of the data.
  public var sourceDescription: String { nodes.sourceDescription }
  /// That of `NodeDataset`.
  public var checksum: String { nodes.checksum }

  /// The name of the only edge type.
  public func edgeTypeName(_ type: Int) -> String { "all edges" }

  /// The labeled nodes of a split, with their sampled neighbors.
  public func examples(_ split: GraphDataset.Split) -> any BatchSource {
    SampledNodes(nodes, split, fanOuts: fanOuts)
  }
}
