import OutcropCore

/// Graphs in three splits, with the sizes that a model for them needs.
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
  /// The graphs for validation, which control training.
  public let validation: [Graph]
  /// The graphs for the final scores.
  public let test: [Graph]
  /// Whether the graphs are synthetic. State this wherever results on them are shown.
  public let isSynthetic: Bool
  /// The vocabulary of `Graph.nodeTypes`: every value is in 0 ..< nodeTypeCount. 0 if there are no types.
  public let nodeTypeCount: Int
  /// The vocabulary of `Graph.edgeTypes`: every value is in 0 ..< edgeTypeCount. 0 if there are no types.
  public let edgeTypeCount: Int
  /// The vocabulary of each column of `Graph.nodeTypes`: a value v of column c has 0 ≤ v <
  /// nodeVocabularies[c]. `nodeTypeCount` is the largest of them. Empty if there are no types.
  public let nodeVocabularies: [Int]
  /// The vocabulary of each column of `Graph.edgeTypes`. Empty if there are no types.
  public let edgeVocabularies: [Int]
  /// The number of labels of a graph.
  public let targetCount: Int
  /// What is predicted.
  public let task: Task
  /// Names of the edge kinds 0 ..< edgeKinds.count, if known.
  public let edgeTypeNames: [String]?
  /// The source's values for classes 0, 1, …, ascending; nil for other tasks.
  public let classValues: [Int]?
  /// The origin of the graphs, as text for readers.
  public let sourceDescription: String
  /// A digest of structure, features and labels of all graphs (not of positional encodings, which
  /// are derived from them). It is the same on every platform and changes with any of them. It is not a
  /// cryptographic digest.
  public let checksum: String

  /// Creates a data set of the given graphs. Computes `checksum` in one pass over all data.
  ///
  /// - Parameters:
  ///   - name: the name of the data set.
  ///   - train: the graphs to learn from.
  ///   - validation: the graphs that drive the schedule of training.
  ///   - test: the graphs that results are reported on.
  ///   - isSynthetic: whether a program generated the graphs.
  ///   - nodeTypeCount: the largest vocabulary of node types; by default that of `nodeVocabularies`.
  ///   - edgeTypeCount: the largest vocabulary of edge types; by default that of `edgeVocabularies`.
  ///   - nodeVocabularies: by default `nodeTypeCount` for each column, or else one more than the largest
  ///     value of each column.
  ///   - edgeVocabularies: the same for edges.
  ///   - targetCount: by default the number of labels of the first graph.
  ///   - task: what is predicted.
  ///   - edgeTypeNames: names of the edges' kinds, if known.
  ///   - classValues: the values that stand for classes 0, 1, … in the source; nil for other tasks.
  ///   - sourceDescription: the origin of the graphs, as text for readers.
  /// - Precondition: every graph is consistent, has the same kinds of features and numbers of columns as
  ///   the first one, types in their vocabularies, `targetCount` labels, and classes in those of `task`.
  ///   For external graphs use `init(checking:name:…)`, which throws instead.
  public init(
    name: String, train: [Graph], validation: [Graph] = [], test: [Graph] = [],
    isSynthetic: Bool = false, nodeTypeCount: Int? = nil, edgeTypeCount: Int? = nil,
    nodeVocabularies: [Int]? = nil, edgeVocabularies: [Int]? = nil, targetCount: Int? = nil,
    task: Task, edgeTypeNames: [String]? = nil, classValues: [Int]? = nil,
    sourceDescription: String = "graphs of the program"
  ) {
    self.init(
      name: name, train: train, validation: validation, test: test, isSynthetic: isSynthetic,
      nodeTypeCount: nodeTypeCount, edgeTypeCount: edgeTypeCount,
      nodeVocabularies: nodeVocabularies, edgeVocabularies: edgeVocabularies,
      targetCount: targetCount, task: task, edgeTypeNames: edgeTypeNames,
      classValues: classValues, sourceDescription: sourceDescription, isChecked: false)
  }

  /// Creates a data set of external graphs.
  ///
  /// - Parameters:
  ///   - source: the name of the data in errors, such as the path of a file.
  ///   - name: the name of the data set.
  ///   - train: the graphs to learn from.
  ///   - validation: the graphs that drive the schedule of training.
  ///   - test: the graphs that results are reported on.
  ///   - isSynthetic: whether a program generated the graphs.
  ///   - nodeTypeCount: the largest vocabulary of node types; by default that of `nodeVocabularies`.
  ///   - edgeTypeCount: the largest vocabulary of edge types; by default that of `edgeVocabularies`.
  ///   - nodeVocabularies: by default `nodeTypeCount` for each column, or else one more than the largest
  ///     value of each column.
  ///   - edgeVocabularies: the same for edges.
  ///   - targetCount: by default the number of labels of the first graph.
  ///   - task: what is predicted.
  ///   - edgeTypeNames: names of the edges' kinds, if known.
  ///   - classValues: the values that stand for classes 0, 1, … in the source; nil for other tasks.
  ///   - sourceDescription: the origin of the graphs, as text for readers; by default `source`.
  /// - Throws: `InputError` with the split, number and field of the first graph that does not fit.
  public init(
    checking source: String, name: String, train: [Graph], validation: [Graph] = [],
    test: [Graph] = [], isSynthetic: Bool = false, nodeTypeCount: Int? = nil,
    edgeTypeCount: Int? = nil, nodeVocabularies: [Int]? = nil, edgeVocabularies: [Int]? = nil,
    targetCount: Int? = nil, task: Task, edgeTypeNames: [String]? = nil,
    classValues: [Int]? = nil, sourceDescription: String? = nil
  ) throws {
    self.init(
      unchecked: name, [train, validation, test], isSynthetic, nodeTypeCount, edgeTypeCount,
      nodeVocabularies, edgeVocabularies, targetCount, task, edgeTypeNames, classValues,
      sourceDescription ?? source)
    if let problem {
      throw InputError(
        file: source, field: problem.field, found: problem.found, expected: problem.expected)
    }
  }

  /// Like `init(name:train:…)`. If `isChecked`, a reader has checked the graphs already.
  package init(
    name: String, train: [Graph], validation: [Graph], test: [Graph], isSynthetic: Bool = false,
    nodeTypeCount: Int? = nil, edgeTypeCount: Int? = nil, nodeVocabularies: [Int]? = nil,
    edgeVocabularies: [Int]? = nil, targetCount: Int? = nil, task: Task,
    edgeTypeNames: [String]? = nil, classValues: [Int]? = nil, sourceDescription: String,
    isChecked: Bool
  ) {
    self.init(
      unchecked: name, [train, validation, test], isSynthetic, nodeTypeCount, edgeTypeCount,
      nodeVocabularies, edgeVocabularies, targetCount, task, edgeTypeNames, classValues,
      sourceDescription)
    if let problem = isChecked ? problemOfNames : problem {
      require(
        false,
        "GraphDataset: \(problem.field): found \(problem.found), expected \(problem.expected)"
      )
    }
  }

  private init(
    unchecked name: String, _ splits: [[Graph]], _ isSynthetic: Bool, _ nodeTypeCount: Int?,
    _ edgeTypeCount: Int?, _ nodeVocabularies: [Int]?, _ edgeVocabularies: [Int]?,
    _ targetCount: Int?, _ task: Task, _ edgeTypeNames: [String]?, _ classValues: [Int]?,
    _ sourceDescription: String
  ) {
    let nodes = Self.vocabularies(splits, nodeTypeCount, nodeVocabularies, \.nodeTypes)
    let edges = Self.vocabularies(splits, edgeTypeCount, edgeVocabularies, \.edgeTypes)
    self.init(
      name: name, train: splits[0], validation: splits[1], test: splits[2],
      isSynthetic: isSynthetic, nodeTypeCount: nodeTypeCount ?? nodes.max() ?? 0,
      edgeTypeCount: edgeTypeCount ?? edges.max() ?? 0, nodeVocabularies: nodes,
      edgeVocabularies: edges,
      targetCount: targetCount ?? splits.joined().first?.targets.count ?? 0, task: task,
      edgeTypeNames: edgeTypeNames, classValues: classValues,
      sourceDescription: sourceDescription, checksum: contentChecksum(splits))
  }

  /// The vocabularies as given, or `count` for each column, or one more than the largest value of each.
  private static func vocabularies(
    _ splits: [[Graph]], _ count: Int?, _ given: [Int]?, _ types: (Graph) -> IntegerFeatures?
  ) -> [Int] {
    if let given { return given }
    let columns = splits.joined().first { types($0) != nil }.flatMap { types($0)?.columns }
    if let count { return Array(repeating: count, count: columns ?? (count > 0 ? 1 : 0)) }
    var largest = [Int32](repeating: 0, count: columns ?? 0)
    for graph in splits.joined() {
      guard let table = types(graph), table.columns == largest.count else { continue }
      for (index, value) in table.values.enumerated() {
        largest[index % table.columns] = max(largest[index % table.columns], value)
      }
    }
    return largest.map { Int($0) + 1 }
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

  /// The name of an edge kind (see `edgeKinds`): from `edgeTypeNames`, otherwise the name in published
  /// features, else its number.
  public func edgeTypeName(_ type: Int) -> String {
    // Names of the values of several columns are not those of the kinds.
    if let edgeTypeNames, edgeTypeNames.count >= edgeKinds.count,
      edgeTypeNames.indices.contains(type)
    {
      return edgeTypeNames[type]
    }
    return edgeKinds.publishedName(type, edgeVocabularies) ?? "type \(type)"
  }

  /// The same data set with every graph transformed by `change`, in parallel over graphs.
  ///
  /// Use it to add attributes: features and labels must not change, and `checksum` stays the same.
  public func addingAttributes(_ change: (inout Graph) -> Void) -> GraphDataset {
    addingAttributes { graph, _, _ in change(&graph) }
  }

  /// The same for a change that needs the graph's split and number, or that can fail: the first error in the
  /// order of splits and graphs is thrown.
  func addingAttributes<Failure: Error>(
    _ change: (inout Graph, Split, Int) throws(Failure) -> Void
  ) throws(Failure) -> GraphDataset {
    func changed(_ split: Split) throws(Failure) -> [Graph] {
      var result = self[split]
      let first = Locked<(index: Int, error: Failure)?>(nil)
      result.withUnsafeMutableBufferPointer { result in
        ThreadPool.forRanges(result.count, grain: 16) { range in
          for index in range {
            do throws(Failure) {
              try change(&result[index], split, index)
            } catch {
              first.withLock { if index < $0?.index ?? Int.max { $0 = (index, error) } }
            }
          }
        }
      }
      if let (_, error) = first.withLock({ $0 }) { throw error }
      return result
    }
    return GraphDataset(
      name: name, train: try changed(.train), validation: try changed(.validation),
      test: try changed(.test), isSynthetic: isSynthetic, nodeTypeCount: nodeTypeCount,
      edgeTypeCount: edgeTypeCount,
      nodeVocabularies: nodeVocabularies, edgeVocabularies: edgeVocabularies,
      targetCount: targetCount, task: task, edgeTypeNames: edgeTypeNames,
      classValues: classValues, sourceDescription: sourceDescription, checksum: checksum)
  }

  /// The first graphs of each split, at most the given number. The checksum is that of the selected
  /// graphs.
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
}

extension GraphDataset: CustomStringConvertible {
  /// One line: `ZINC: 10000 / 1000 / 1000 graphs, regression of 1 label`.
  public var description: String {
    let labels = "\(targetCount) label\(targetCount == 1 ? "" : "s")"
    let task =
      switch self.task {
      case .regression: "regression of \(labels)"
      case .binaryClassification: "binary classification of \(labels)"
      case .classification(let classes): "\(classes) classes"
      }
    return "\(name)\(isSynthetic ? " (synthetic)" : ""): \(train.count) / \(validation.count) / "
      + "\(test.count) graphs, \(task)"
  }
}
