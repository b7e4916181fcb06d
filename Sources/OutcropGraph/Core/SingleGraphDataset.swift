import OutcropCore

/// One graph whose nodes have labels, in three splits of the nodes.
///
/// A model is trained on the whole graph (one step an epoch: every node's vectors, the loss of the
/// training nodes), or on sampled neighbors where `fanOuts` is set. Models see all nodes and edges in
/// either case; the splits say whose labels count.
public struct SingleGraphDataset: ExampleDataset {
  /// A short name, such as `cora`.
  public let name: String
  /// Nodes and edges with their features; its `targets` are empty.
  public internal(set) var graph: Graph
  /// [nodes × targetCount] The labels, row after row; NaN is a missing label.
  public let labels: [Float]
  public let targetCount: Int
  public let task: GraphDataset.Task
  /// The nodes to train on, ascending.
  public let train: [Int32]
  /// The nodes for validation, ascending.
  public let validation: [Int32]
  /// The nodes for the final scores, ascending.
  public let test: [Int32]
  public let nodeVocabularies: [Int]
  public let edgeVocabularies: [Int]
  /// Names of the types in a single column of edge types, where known.
  public let edgeTypeNames: [String]?
  /// Names of classes 0, 1, … in the source; nil for other tasks.
  public let classNames: [String]?
  public let isSynthetic: Bool
  public let sourceDescription: String
  /// A digest of the graph, the labels and the splits. Not cryptographic.
  public let checksum: String
  /// How many neighbors of a node each layer samples, the layer nearest to the input first; nil trains on
  /// the whole graph. At least 1 each.
  public var fanOuts: [Int]?

  /// A data set of arrays, checked.
  ///
  /// - Parameters:
  ///   - source: what errors call the data, such as the path of a file.
  ///   - name: the name of the data set.
  ///   - graph: nodes and edges with their features. An undirected edge is two directed ones.
  ///   - labels: [nodes × targetCount] row after row; NaN is a missing label.
  ///   - targetCount: the number of labels of a node; 0 for a graph without labels, which no model can
  ///     be trained on.
  ///   - task: what is predicted for a node.
  ///   - train: the nodes to learn from.
  ///   - validation: the nodes that drive the schedule of training.
  ///   - test: the nodes that results are reported on.
  ///   - nodeVocabularies: for each column of node types, how many types there are; by default one more
  ///     than the largest.
  ///   - edgeVocabularies: the same for edges.
  ///   - edgeTypeNames: names of the types in a single column of edge types.
  ///   - classNames: the names of the classes.
  ///   - isSynthetic: whether a program generated the graph.
  ///   - sourceDescription: the origin of the graph, as text for readers; by default `source`.
  /// - Throws: `InputError` with the field that does not fit the others: a graph that is inconsistent, a
  ///   node of a split that does not exist or is in two splits, a label that is none of the task's.
  public init(
    checking source: String, name: String, graph: Graph, labels: [Float] = [], targetCount: Int = 1,
    task: GraphDataset.Task, train: [Int32] = [], validation: [Int32] = [], test: [Int32] = [],
    nodeVocabularies: [Int]? = nil, edgeVocabularies: [Int]? = nil,
    edgeTypeNames: [String]? = nil, classNames: [String]? = nil, isSynthetic: Bool = false,
    sourceDescription: String? = nil
  ) throws {
    // The graph and its types are checked as those of a data set of one graph.
    var graph = graph
    graph.targets = []
    let whole = try GraphDataset(
      checking: source, name: name, train: [graph], nodeVocabularies: nodeVocabularies,
      edgeVocabularies: edgeVocabularies, targetCount: 0, task: .regression,
      edgeTypeNames: edgeTypeNames)
    func check(_ isGood: Bool, _ field: String, _ found: String, _ expected: String) throws {
      if isGood { return }
      throw InputError(file: source, field: field, found: found, expected: expected)
    }
    let count = graph.nodeCount
    try check(
      targetCount >= 0 && labels.count == count * targetCount, "labels", "\(labels.count)",
      "\(count) nodes × \(targetCount)")
    if let odd = labels.first(where: { !task.allows($0) }) {
      try check(false, "labels", "\(odd)", task.labels)
    }
    if case .classification(let classCount) = task, let classNames {
      try check(
        classNames.count == classCount, "classNames", "\(classNames.count)",
        "\(classCount), one for each class")
    }
    var owner = [GraphDataset.Split?](repeating: nil, count: count)
    for (split, nodes) in zip(GraphDataset.Split.allCases, [train, validation, test]) {
      for node in nodes {
        try check(
          node >= 0 && node < count, split.rawValue, "node \(node)", "0 ..< \(count)")
        let other = owner[Int(node)]
        try check(
          other == nil, split.rawValue,
          "node \(node), which is also in \(other?.rawValue ?? "")", "every node at most once")
        owner[Int(node)] = split
      }
    }
    self.name = name
    self.graph = graph
    self.labels = labels
    self.targetCount = targetCount
    self.task = task
    (self.train, self.validation, self.test) = (train.sorted(), validation.sorted(), test.sorted())
    self.nodeVocabularies = whole.nodeVocabularies
    self.edgeVocabularies = whole.edgeVocabularies
    self.edgeTypeNames = edgeTypeNames
    self.classNames = classNames
    self.isSynthetic = isSynthetic
    self.sourceDescription = sourceDescription ?? source
    var digest = XXHash64()
    digest.add(Array(whole.checksum.utf8))
    digest.add(targetCount)
    // Every NaN bit pattern means a missing label.
    digest.add(labels.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern })
    for nodes in [self.train, self.validation, self.test] {
      digest.add(nodes.count)
      digest.add(nodes)
    }
    checksum = digest.finishHexadecimal()
  }

  /// The nodes of a split, ascending.
  public subscript(split: GraphDataset.Split) -> [Int32] {
    switch split {
    case .train: train
    case .validation: validation
    case .test: test
    }
  }

  public var outputCount: Int {
    if case .classification(let classCount) = task { classCount } else { targetCount }
  }

  public var nodeAttributeColumns: Int { graph.nodeAttributes?.columns ?? 0 }
  public var edgeAttributeColumns: Int { graph.edgeAttributes?.columns ?? 0 }

  public func edgeTypeName(_ type: Int) -> String {
    if let edgeTypeNames, edgeTypeNames.indices.contains(type) { return edgeTypeNames[type] }
    return edgeVocabularies.isEmpty ? "all edges" : "type \(type)"
  }

  /// The labels of some nodes, row after row.
  public func labels(of nodes: [Int32]) -> [Float] {
    nodes.flatMap { labels[Int($0) * targetCount..<(Int($0) + 1) * targetCount] }
  }

  /// The examples of a split: the whole graph, one example with the labels of all nodes of the split; or,
  /// with `fanOuts`, the nodes of the split with their sampled neighborhoods.
  public func examples(_ split: GraphDataset.Split) -> any BatchSource {
    if let fanOuts { return SampledGraphNodes(self, nodes: self[split], fanOuts: fanOuts) }
    return WholeGraph(self, nodes: self[split])
  }

  /// The same data set with the graph changed by `change`, to add attributes such as positional encodings:
  /// structure, features and `checksum` stay the same.
  package func addingAttributes(
    _ change: (GraphDataset) throws -> GraphDataset
  ) rethrows -> SingleGraphDataset {
    var result = self
    result.graph = try change(asGraphs).train[0]
    return result
  }

  /// The graph as a data set of one graph, for checks of its size.
  package var asGraphs: GraphDataset {
    GraphDataset(
      name: name, train: [graph], validation: [], test: [], nodeVocabularies: nodeVocabularies,
      edgeVocabularies: edgeVocabularies, targetCount: 0, task: .regression,
      sourceDescription: sourceDescription, isChecked: true)
  }
}

/// The whole graph as one example, with the labels of some nodes.
private struct WholeGraph: BatchSource {
  /// Nil without labeled nodes.
  private let batch: GraphBatch?

  init(_ dataset: SingleGraphDataset, nodes: [Int32]) {
    batch =
      nodes.isEmpty
      ? nil
      : GraphBatch(
        whole: dataset.graph, labeledNodes: nodes, targets: dataset.labels(of: nodes),
        targetCount: dataset.targetCount)
  }

  var exampleCount: Int { batch == nil ? 0 : 1 }

  func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch {
    require(
      examples.allSatisfy { $0 == 0 } && examples.count == 1 && batch != nil,
      "WholeGraph: found examples \(Array(examples)), expected the only one")
    return batch!
  }
}

/// Labeled nodes of a graph as examples: a batch is some nodes and their sampled neighborhood, one block
/// for each layer, with the features of the graph's nodes and edges.
private struct SampledGraphNodes: BatchSource {
  let dataset: SingleGraphDataset
  let nodes: [Int32]
  let sampler: NeighborSampler

  init(_ dataset: SingleGraphDataset, nodes: [Int32], fanOuts: [Int]) {
    (self.dataset, self.nodes) = (dataset, nodes)
    let graph = dataset.graph
    sampler = NeighborSampler(
      LargeGraph(
        directed: graph.nodeCount, sources: graph.sources, destinations: graph.destinations),
      fanOuts: fanOuts)
  }

  var exampleCount: Int { nodes.count }

  func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch {
    require(!examples.isEmpty, "SampledGraphNodes: found no examples, expected at least one")
    let wanted = examples.map { nodes[$0] }
    let sample = sampler.sample(wanted, seed: seed)
    let graph = dataset.graph
    let blocks = zip(sample.blocks, sample.edges).map { block, edges in
      let rows = edges.map { Int32(bitPattern: $0) }
      return GraphBatch.Block(
        edges: block.edges, edgeTypes: graph.edgeTypes?.rows(rows),
        edgeAttributes: graph.edgeAttributes?.rows(rows))
    }
    do {
      return try GraphBatch(
        blocks: blocks, nodeTypes: graph.nodeTypes?.rows(sample.inputNodes),
        nodeAttributes: graph.nodeAttributes?.rows(sample.inputNodes),
        targets: dataset.labels(of: wanted), targetCount: dataset.targetCount)
    } catch {
      // The sampler's blocks follow each other by construction.
      fatalError("SampledGraphNodes: \(error)")
    }
  }
}

extension GraphDataset.Task {
  /// Whether a label of this value can be learned; NaN is a missing label.
  package func allows(_ label: Float) -> Bool {
    if label.isNaN { return true }
    switch self {
    case .regression: return true
    case .binaryClassification: return label == 0 || label == 1
    case .classification(let classCount):
      return Int(exactly: label).map { (0..<classCount).contains($0) } ?? false
    }
  }

  /// The labels that `allows` accepts.
  package var labels: String {
    switch self {
    case .regression: "a number, or NaN where a label is missing"
    case .binaryClassification: "0 or 1, or NaN where a label is missing"
    case .classification(let classCount):
      "a class of 0 ... \(classCount - 1), or NaN where a label is missing"
    }
  }
}
