import OutcropCore

/// Graphs in three splits, with what a model must know to be built for them.
public struct GraphDataset: Sendable {
  /// What is predicted for a graph.
  public enum Task: Sendable, Equatable {
    /// `targetCount` real numbers.
    case regression
    /// `targetCount` separate yes/no labels (1/0, NaN where missing).
    case binaryClassification
    /// One of `classCount` classes; the label is the class number 0 ..< classCount.
    case classification(classCount: Int)
  }

  /// A split of the graphs.
  public enum Split: String, Sendable, CaseIterable {
    case train, validation, test
  }

  /// A short name, such as `ZINC`.
  public let name: String
  /// The graphs to train on.
  public let train: [Graph]
  /// The graphs that steer training.
  public let validation: [Graph]
  /// The graphs for the final figures.
  public let test: [Graph]
  /// Whether the graphs come from a generator. Say so wherever results on them are shown.
  public let isSynthetic: Bool
  /// The vocabulary of `Graph.nodeTypes`: every value is in 0 ..< nodeTypeCount. 0 without types.
  public let nodeTypeCount: Int
  /// The vocabulary of `Graph.edgeTypes`: every value is in 0 ..< edgeTypeCount. 0 without types.
  public let edgeTypeCount: Int
  /// The vocabulary of each column of `Graph.nodeTypes`: a value v of column c has 0 ≤ v <
  /// nodeVocabularies[c]. `nodeTypeCount` is the largest. Empty without types.
  public let nodeVocabularies: [Int]
  /// The vocabulary of each column of `Graph.edgeTypes`. Empty without types.
  public let edgeVocabularies: [Int]
  /// The number of labels of a graph.
  public let targetCount: Int
  /// What is predicted.
  public let task: Task
  /// Names of the edges' kinds 0 ..< edgeKinds.count, where known.
  public let edgeTypeNames: [String]?
  /// The values that stand for classes 0, 1, … in the source, ascending; nil for other tasks.
  public let classValues: [Int]?
  /// Where the graphs come from, for people.
  public let sourceDescription: String
  /// A digest of structure, features and labels of all graphs (not of positional encodings, which
  /// follow from them): equal on every platform, unequal when any of them differs. Not secure.
  public let checksum: String

  /// A data set of the given graphs. Computes `checksum`, one pass over everything.
  ///
  /// Traps when a class, node type or edge type is outside its vocabulary, or a graph has another
  /// number of labels than `targetCount`.
  public init(
    name: String, train: [Graph], validation: [Graph], test: [Graph], isSynthetic: Bool = false,
    nodeTypeCount: Int, edgeTypeCount: Int, nodeVocabularies: [Int]? = nil,
    edgeVocabularies: [Int]? = nil, targetCount: Int, task: Task,
    edgeTypeNames: [String]? = nil, classValues: [Int]? = nil, sourceDescription: String
  ) {
    self.init(
      name: name, train: train, validation: validation, test: test, isSynthetic: isSynthetic,
      nodeTypeCount: nodeTypeCount, edgeTypeCount: edgeTypeCount,
      nodeVocabularies: nodeVocabularies, edgeVocabularies: edgeVocabularies,
      targetCount: targetCount, task: task, edgeTypeNames: edgeTypeNames,
      classValues: classValues, sourceDescription: sourceDescription, isChecked: false)
  }

  /// The same for graphs that a reader has checked already (`isChecked`).
  package init(
    name: String, train: [Graph], validation: [Graph], test: [Graph], isSynthetic: Bool = false,
    nodeTypeCount: Int, edgeTypeCount: Int, nodeVocabularies: [Int]? = nil,
    edgeVocabularies: [Int]? = nil, targetCount: Int, task: Task,
    edgeTypeNames: [String]? = nil, classValues: [Int]? = nil, sourceDescription: String,
    isChecked: Bool
  ) {
    let graphs = [train, validation, test]
    func vocabularies(_ count: Int, _ features: (Graph) -> IntegerFeatures?) -> [Int] {
      let columns = graphs.joined().first { features($0) != nil }.flatMap { features($0)?.columns }
      return Array(repeating: count, count: columns ?? (count > 0 ? 1 : 0))
    }
    self.init(
      name: name, train: train, validation: validation, test: test, isSynthetic: isSynthetic,
      nodeTypeCount: nodeTypeCount, edgeTypeCount: edgeTypeCount,
      nodeVocabularies: nodeVocabularies ?? vocabularies(nodeTypeCount) { $0.nodeTypes },
      edgeVocabularies: edgeVocabularies ?? vocabularies(edgeTypeCount) { $0.edgeTypes },
      targetCount: targetCount,
      task: task, edgeTypeNames: edgeTypeNames, classValues: classValues,
      sourceDescription: sourceDescription,
      checksum: contentChecksum([train, validation, test]))
    require(
      edgeTypeNames.map { $0.count == edgeKinds.count || $0.count == edgeTypeCount } ?? true,
      "GraphDataset: found \(edgeTypeNames?.count ?? 0) edge type names, "
        + "expected \(edgeKinds.count)")
    if isChecked { return }
    for split in Split.allCases {
      for (index, graph) in self[split].enumerated() {
        if let problem = problem(with: graph) {
          require(false, "GraphDataset: \(split.rawValue) graph \(index): \(problem)")
        }
      }
    }
  }

  /// The graphs of a split.
  public subscript(split: Split) -> [Graph] {
    switch split {
    case .train: train
    case .validation: validation
    case .test: test
    }
  }

  /// The number of outputs a model of this task has.
  public var outputCount: Int {
    if case .classification(let classCount) = task { classCount } else { targetCount }
  }

  /// The number of graphs in all splits.
  public var graphCount: Int { train.count + validation.count + test.count }

  /// The name of an edge's kind (see `edgeKinds`): from `edgeTypeNames`, else what published features
  /// call it, else its number.
  public func edgeTypeName(_ type: Int) -> String {
    if let edgeTypeNames, edgeTypeNames.indices.contains(type) { return edgeTypeNames[type] }
    return edgeKinds.publishedName(type, edgeVocabularies) ?? "type \(type)"
  }

  /// The same data set with every graph changed by `change`, which must leave structure, features
  /// and labels alone: `checksum` is kept. For adding encodings.
  package func encoding(_ change: ([Graph]) -> [Graph]) -> GraphDataset {
    GraphDataset(
      name: name, train: change(train), validation: change(validation), test: change(test),
      isSynthetic: isSynthetic, nodeTypeCount: nodeTypeCount, edgeTypeCount: edgeTypeCount,
      nodeVocabularies: nodeVocabularies, edgeVocabularies: edgeVocabularies,
      targetCount: targetCount, task: task, edgeTypeNames: edgeTypeNames,
      classValues: classValues, sourceDescription: sourceDescription, checksum: checksum)
  }

  /// The first graphs of each split, at most as many as given. The checksum is that of what
  /// remains.
  public func prefix(train: Int, validation: Int, test: Int) -> GraphDataset {
    GraphDataset(
      name: name, train: Array(self.train.prefix(train)),
      validation: Array(self.validation.prefix(validation)), test: Array(self.test.prefix(test)),
      isSynthetic: isSynthetic, nodeTypeCount: nodeTypeCount, edgeTypeCount: edgeTypeCount,
      nodeVocabularies: nodeVocabularies, edgeVocabularies: edgeVocabularies,
      targetCount: targetCount, task: task, edgeTypeNames: edgeTypeNames,
      classValues: classValues, sourceDescription: sourceDescription)
  }

  private init(
    name: String, train: [Graph], validation: [Graph], test: [Graph], isSynthetic: Bool,
    nodeTypeCount: Int, edgeTypeCount: Int, nodeVocabularies: [Int], edgeVocabularies: [Int],
    targetCount: Int, task: Task, edgeTypeNames: [String]?, classValues: [Int]?,
    sourceDescription: String, checksum: String
  ) {
    self.name = name
    self.train = train
    self.validation = validation
    self.test = test
    self.isSynthetic = isSynthetic
    self.nodeTypeCount = nodeTypeCount
    self.edgeTypeCount = edgeTypeCount
    self.nodeVocabularies = nodeVocabularies
    self.edgeVocabularies = edgeVocabularies
    self.targetCount = targetCount
    self.task = task
    self.edgeTypeNames = edgeTypeNames
    self.classValues = classValues
    self.sourceDescription = sourceDescription
    self.checksum = checksum
  }

  private func problem(with graph: Graph) -> String? {
    if graph.targets.count != targetCount {
      return "found \(graph.targets.count) labels, expected \(targetCount)"
    }
    if let problem = Self.problem("node", graph.nodeTypes, nodeVocabularies) { return problem }
    if let problem = Self.problem("edge", graph.edgeTypes, edgeVocabularies) { return problem }
    if case .classification(let classCount) = task {
      for label in graph.targets
      where !label.isNaN && (label < 0 || label >= Float(classCount) || label != label.rounded()) {
        return "found class \(label), expected 0 ..< \(classCount)"
      }
    }
    return nil
  }
}

extension GraphDataset {
  private static func problem(
    _ name: String, _ features: IntegerFeatures?, _ vocabularies: [Int]
  ) -> String? {
    guard let features else { return nil }
    if features.columns != vocabularies.count {
      return "found \(features.columns) \(name) types, expected \(vocabularies.count)"
    }
    guard let (row, column) = features.firstOutside(vocabularies) else { return nil }
    return "found \(name) type \(features[row, column]), expected 0 ..< \(vocabularies[column])"
  }
}

extension IntegerFeatures {
  /// The first value, row by row, that is outside its column's vocabulary.
  package func firstOutside(_ vocabularies: [Int]) -> (row: Int, column: Int)? {
    let columns = self.columns
    let limits = vocabularies.map { UInt32(clamping: $0) }
    return values.withUnsafeBufferPointer { values in
      limits.withUnsafeBufferPointer { limits in
        guard let start = values.baseAddress else { return nil }
        for row in 0..<values.count / columns {
          let place = start + row * columns
          // Negative numbers are large when read as unsigned.
          var isOutside = false
          for column in 0..<columns {
            isOutside = (UInt32(bitPattern: place[column]) >= limits[column]) || isOutside
          }
          if isOutside {
            return (row, (0..<columns).first { UInt32(bitPattern: place[$0]) >= limits[$0] }!)
          }
        }
        return nil
      }
    }
  }
}

/// A digest of structure, features and labels: every array with its length.
private func contentChecksum(_ splits: [[Graph]]) -> String {
  var digest = ContentDigest()
  func add(_ numbers: [Int32]) { digest.add(numbers) { UInt32(bitPattern: $0) } }
  // Every NaN is the one missing label.
  func add(_ numbers: [Float]) { digest.add(numbers) { $0 == $0 ? $0.bitPattern : 0x7fc0_0000 } }
  for graphs in splits {
    digest.add(graphs.count)
    // By index: a copy of a graph would count references to all its arrays.
    for index in graphs.indices {
      digest.add(graphs[index].nodeCount)
      add(graphs[index].sources)
      add(graphs[index].destinations)
      digest.add(graphs[index].nodeTypes?.columns ?? 0)
      if let types = graphs[index].nodeTypes { add(types.values) }
      digest.add(graphs[index].edgeTypes?.columns ?? 0)
      if let types = graphs[index].edgeTypes { add(types.values) }
      digest.add(graphs[index].nodeAttributes?.columns ?? 0)
      if let attributes = graphs[index].nodeAttributes { add(attributes.values) }
      digest.add(graphs[index].edgeAttributes?.columns ?? 0)
      if let attributes = graphs[index].edgeAttributes { add(attributes.values) }
      add(graphs[index].targets)
    }
  }
  return digest.finish()
}
