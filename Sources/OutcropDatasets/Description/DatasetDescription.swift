import Foundation
import OutcropGraph

/// Counts and distributions of a data set, as a table for readers or as JSON.
public struct DatasetDescription: Codable, Sendable, Equatable {
  /// Smallest, largest and mean of whole numbers, and how often each occurs.
  public struct Distribution: Codable, Sendable, Equatable {
    /// The smallest value.
    public var minimum: Int
    /// The largest value.
    public var maximum: Int
    /// Mean of all values.
    public var mean: Double
    /// [maximum + 1] How often each value 0 ... maximum occurs.
    public var counts: [Int]
  }

  /// One label over a split.
  public struct Label: Codable, Sendable, Equatable {
    /// Graphs that have the label.
    public var labeled: Int
    /// Graphs that lack it.
    public var missing: Int
    /// Mean over the graphs that have the label.
    public var mean: Double
    /// Deviation with divisor n.
    public var standardDeviation: Double
    /// Mean of |label − mean|: the error of always predicting the mean.
    public var meanAbsoluteDeviation: Double
    /// The smallest label.
    public var minimum: Double
    /// The largest label.
    public var maximum: Double
    /// For classes: how many graphs each class has.
    public var classCounts: [Int]?
    /// For yes/no labels: how many are 1.
    public var positive: Int?
  }

  /// One column of node or edge features over all splits.
  public struct Column: Codable, Sendable, Equatable {
    /// Whether the values are categories; else they are real attributes.
    public var isType: Bool
    /// For categories: values are in 0 ..< vocabulary.
    public var vocabulary: Int?
    /// For categories: how many values of the vocabulary occur.
    public var usedValues: Int?
    /// The smallest value; 0 without rows.
    public var minimum: Double
    /// The largest value; 0 without rows.
    public var maximum: Double
    /// Mean of all values; 0 without rows.
    public var mean: Double
  }

  /// One split.
  public struct Split: Codable, Sendable, Equatable {
    /// `train`, `validation` or `test`.
    public var name: String
    /// The number of graphs.
    public var graphs: Int
    /// The number of nodes of all graphs.
    public var nodes: Int
    /// The number of edges of all graphs; an undirected one counts twice.
    public var directedEdges: Int
    /// Graphs without any edge.
    public var graphsWithoutEdges: Int
    /// Sizes of the graphs.
    public var nodesPerGraph: Distribution
    /// Directed edges of the graphs.
    public var edgesPerGraph: Distribution
    /// Edges that enter a node.
    public var degree: Distribution
    /// [vocabulary] Nodes of each type (first column); empty without types.
    public var nodeTypeCounts: [Int]
    /// Directed edges of each kind (see `EdgeKinds`); empty without types.
    public var edgeTypeCounts: [Int]
    /// One for each label.
    public var labels: [Label]

    /// The share of each edge type among all edges.
    public var edgeTypeShares: [Double] {
      edgeTypeCounts.map { directedEdges == 0 ? 0 : Double($0) / Double(directedEdges) }
    }
  }

  /// The data set's name.
  public var name: String
  /// The origin of the graphs.
  public var sourceDescription: String
  /// Whether the graphs are synthetic.
  public var isSynthetic: Bool
  /// `regression`, `binary classification` or `classification`.
  public var task: String
  /// The number of labels of a graph.
  public var targetCount: Int
  /// The values in the source of classes 0, 1, …
  public var classValues: [Int]?
  /// `GraphDataset.checksum`.
  public var checksum: String
  /// The vocabulary of node types.
  public var nodeTypeCount: Int
  /// Columns of node types; 0 without types.
  public var nodeTypeColumns: Int
  /// Columns of node attributes; 0 without attributes.
  public var nodeAttributeColumns: Int
  /// Columns of edge types; 0 without types.
  public var edgeTypeColumns: Int
  /// Columns of edge attributes; 0 without attributes.
  public var edgeAttributeColumns: Int
  /// Names of the kinds of edges, by number.
  public var edgeTypeNames: [String]
  /// Names of the labels, where known.
  public var labelNames: [String]?
  /// The columns of node types, then those of node attributes.
  public var nodeColumns: [Column]
  /// The columns of edge types, then those of edge attributes.
  public var edgeColumns: [Column]
  /// Training, validation and test.
  public var splits: [Split]

  /// Counts `dataset`. `labelNames` are used in tables if there is one for each label.
  public init(_ dataset: GraphDataset, labelNames: [String]? = nil) {
    self.labelNames = labelNames.flatMap { $0.count == dataset.targetCount ? $0 : nil }
    nodeColumns =
      typeColumns(dataset, dataset.nodeVocabularies, \.nodeTypes)
      + attributeColumns(dataset, \.nodeAttributes)
    edgeColumns =
      typeColumns(dataset, dataset.edgeVocabularies, \.edgeTypes)
      + attributeColumns(dataset, \.edgeAttributes)
    name = dataset.name
    sourceDescription = dataset.sourceDescription
    isSynthetic = dataset.isSynthetic
    task =
      switch dataset.task {
      case .regression: "regression"
      case .binaryClassification: "binary classification"
      case .classification: "classification"
      }
    targetCount = dataset.targetCount
    classValues = dataset.classValues
    checksum = dataset.checksum
    nodeTypeCount = dataset.nodeTypeCount
    let first = GraphDataset.Split.allCases.lazy.compactMap { dataset[$0].first }.first
    nodeTypeColumns = first?.nodeTypes?.columns ?? 0
    nodeAttributeColumns = first?.nodeAttributes?.columns ?? 0
    edgeTypeColumns = first?.edgeTypes?.columns ?? 0
    edgeAttributeColumns = first?.edgeAttributes?.columns ?? 0
    let kinds = dataset.edgeTypeCount == 0 ? 0 : dataset.edgeKinds.count
    edgeTypeNames = (0..<kinds).map { dataset.edgeTypeName($0) }
    splits = GraphDataset.Split.allCases.map { Split($0, dataset) }
  }
}

extension DatasetDescription.Split {
  init(_ split: GraphDataset.Split, _ dataset: GraphDataset) {
    let all = dataset[split]
    name = split.rawValue
    graphs = all.count
    nodes = all.reduce(0) { $0 + $1.nodeCount }
    directedEdges = all.reduce(0) { $0 + $1.edgeCount }
    graphsWithoutEdges = all.count { $0.edgeCount == 0 }
    nodesPerGraph = .init(all.lazy.map(\.nodeCount))
    edgesPerGraph = .init(all.lazy.map(\.edgeCount))
    degree = .init(all.lazy.flatMap { $0.inDegrees.lazy.map { Int($0) } })
    nodeTypeCounts = typeCounts(all, \.nodeTypes, dataset.nodeTypeCount)
    edgeTypeCounts = kindCounts(all, dataset)
    labels = (0..<dataset.targetCount).map { target in
      .init(all.map { $0.targets[target] }, dataset.task)
    }
  }
}

extension DatasetDescription.Distribution {
  init(_ values: some Sequence<Int>) {
    counts = []
    var total = 0
    var number = 0
    for value in values {
      if value >= counts.count {
        counts.append(contentsOf: repeatElement(0, count: value + 1 - counts.count))
      }
      counts[value] += 1
      total += value
      number += 1
    }
    minimum = counts.firstIndex { $0 > 0 } ?? 0
    maximum = max(0, counts.count - 1)
    mean = number == 0 ? 0 : Double(total) / Double(number)
  }
}

extension DatasetDescription.Label {
  init(_ all: [Float], _ task: GraphDataset.Task) {
    let values = all.lazy.filter { !$0.isNaN }.map { Double($0) }
    let count = Double(max(1, values.count))
    labeled = values.count
    missing = all.count - labeled
    let mean = values.reduce(0, +) / count
    self.mean = mean
    standardDeviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    meanAbsoluteDeviation = values.reduce(0) { $0 + abs($1 - mean) } / count
    minimum = values.min() ?? 0
    maximum = values.max() ?? 0
    switch task {
    case .regression: break
    case .binaryClassification: positive = values.count { $0 == 1 }
    case .classification(let classes):
      var counts = [Int](repeating: 0, count: classes)
      for value in values { counts[Int(value)] += 1 }
      classCounts = counts
    }
  }
}

/// The number of edges of each kind.
private func kindCounts(_ graphs: [Graph], _ dataset: GraphDataset) -> [Int] {
  if dataset.edgeTypeCount == 0 { return [] }
  let kinds = dataset.edgeKinds
  var counts = [Int](repeating: 0, count: kinds.count)
  for graph in graphs where graph.edgeTypes != nil {
    for kind in kinds(graph.edgeTypes, count: graph.edgeCount) { counts[Int(kind)] += 1 }
  }
  return counts
}

private func typeCounts(
  _ graphs: [Graph], _ types: (Graph) -> IntegerFeatures?, _ vocabulary: Int
) -> [Int] {
  var counts = [Int](repeating: 0, count: vocabulary)
  for graph in graphs {
    guard let features = types(graph) else { continue }
    for row in 0..<features.rows { counts[Int(features[row, 0])] += 1 }
  }
  return counts
}
