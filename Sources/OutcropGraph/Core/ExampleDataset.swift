/// A data set that models learn from: graphs with labels, or a large graph with labeled nodes.
public protocol ExampleDataset: Sendable {
  /// A short name, such as `ZINC`.
  var name: String { get }
  /// Whether the data are synthetic. State this wherever results on them are shown.
  var isSynthetic: Bool { get }
  /// What is predicted.
  var task: GraphDataset.Task { get }
  /// The number of labels of an example.
  var targetCount: Int { get }
  /// The number of outputs a model of this task has.
  var outputCount: Int { get }
  /// The vocabulary of each column of node types; empty without types.
  var nodeVocabularies: [Int] { get }
  /// The vocabulary of each column of edge types; empty without types.
  var edgeVocabularies: [Int] { get }
  /// The number of real attributes of a node; 0 if there are none.
  var nodeAttributeColumns: Int { get }
  /// The number of real attributes of an edge; 0 if there are none.
  var edgeAttributeColumns: Int { get }
  /// The origin of the data, as text for readers.
  var sourceDescription: String { get }
  /// A digest of all data that models learn from; see the conforming type.
  var checksum: String { get }
  /// The name of an edge type.
  func edgeTypeName(_ type: Int) -> String
  /// The examples of a split: graphs or labeled nodes.
  func examples(_ split: GraphDataset.Split) -> any BatchSource
}

extension GraphDataset: ExampleDataset {
  private var firstGraph: Graph? { train.first ?? validation.first ?? test.first }

  /// The number of real attributes of a node; 0 if there are none.
  public var nodeAttributeColumns: Int { firstGraph?.nodeAttributes?.columns ?? 0 }

  /// The number of real attributes of an edge; 0 if there are none.
  public var edgeAttributeColumns: Int { firstGraph?.edgeAttributes?.columns ?? 0 }

  /// The graphs of a split.
  public func examples(_ split: Split) -> any BatchSource { self[split] }
}
