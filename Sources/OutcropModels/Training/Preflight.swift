import Foundation
import OutcropCore
import OutcropGraph

/// The check of data against a model before work starts: a model that exists, or an architecture from which
/// no model was built yet.
struct Preflight {
  private let model: String
  private let outputCount: Int
  private let layerCount: Int?
  private let problem: (GraphBatch) -> String?
  private let problemPreparing: (Graph) -> String?

  init(_ model: some GraphModel) {
    self.model = model.name
    outputCount = model.outputCount
    layerCount = nil
    problem = { model.problem(with: $0) }
    problemPreparing = { model.problem(preparing: $0) }
  }

  init<Architecture: ModelArchitecture>(_ architecture: Architecture, withEncodings: Bool = true) {
    model = Architecture.name
    outputCount = architecture.shared.outputCount
    layerCount = architecture.shared.layerCount
    problem = {
      withEncodings ? architecture.problem(with: $0) : architecture.problemOfFeatures(with: $0)
    }
    problemPreparing = { architecture.problem(preparing: $0) }
  }

  /// How the user makes the layers of a model and the numbers of sampled neighbors fit; nil where these fit. The layers
  /// of a model that exists do not change.
  private func hintOfSampling(_ batch: GraphBatch) -> String? {
    let blocks = batch.blocks.count
    if blocks == 0 || blocks == layerCount { return nil }
    guard let layerCount else {
      return "neighbors are sampled: set `fan_outs` to one number for each layer"
    }
    let numbers = Array(repeating: "5", count: min(layerCount, 32)).joined(separator: ",")
    return
      "neighbors are sampled, so each layer has a number in `fan_outs`: give `--layers \(blocks)`"
      + (layerCount <= 32 ? ", or `--set 'fan_outs=[\(numbers)]'` for \(layerCount) layers" : "")
  }

  /// Throws if the encodings of a graph would need more memory than the machine has.
  func checkSizes(_ dataset: GraphDataset) throws {
    for split in GraphDataset.Split.allCases {
      for (number, graph) in dataset[split].enumerated() {
        guard let problem = problemPreparing(graph) else { continue }
        throw InputError(
          file: "\(dataset.name), \(split.rawValue) split, graph \(number)", field: "size",
          found: problem, expected: "graphs for which the \(model)'s encodings can be computed")
      }
    }
  }

  /// Checks the splits: all graphs, or one example of a large graph.
  func check(_ dataset: some ExampleDataset, _ splits: [GraphDataset.Split]) throws {
    for split in splits {
      try check(
        dataset.examples(split), task: dataset.task,
        batchSize: dataset is GraphDataset ? 128 : 1,
        of: "\(dataset.name), \(split.rawValue) split")
    }
  }

  /// Checks every graph of a list, or the first batch of another source.
  func check(
    _ examples: some BatchSource, task: GraphDataset.Task, batchSize: Int, of name: String
  ) throws {
    let count = examples.exampleCount
    guard let graphs = examples as? [Graph] else {
      let first = Array(0..<min(batchSize, count))
      if !first.isEmpty {
        try check(examples.batch(first[...], seed: 0), task: task, of: "\(name), first batch")
      }
      return
    }
    for start in stride(from: 0, to: count, by: batchSize) {
      let numbers = start..<min(count, start + batchSize)
      do {
        try check(GraphBatch(graphs[numbers]), task: task, of: "\(name), graphs \(numbers)")
      } catch {
        for number in numbers {
          try check(GraphBatch([graphs[number]]), task: task, of: "\(name), graph \(number)")
        }
        throw error
      }
    }
  }

  func check(
    _ batch: GraphBatch, task: GraphDataset.Task, of name: @autoclosure () -> String
  ) throws {
    if let problem = problem(batch) {
      throw InputError(
        file: name(), field: "features", found: problem,
        expected: "data that fit the configuration of the \(model)",
        hint: hintOfSampling(batch))
    }
    let expected: Int
    switch task {
    case .regression, .binaryClassification: expected = batch.targetCount
    case .classification(let classCount): expected = classCount
    }
    if batch.targets.isEmpty { return }
    if outputCount != expected {
      throw InputError(
        file: name(), field: "targets", found: "\(expected) scores to learn",
        expected: "\(outputCount), the outputs of the \(model)")
    }
    if let label = batch.targets.first(where: { !task.allows($0) }) {
      throw InputError(
        file: name(), field: "targets", found: "the label \(label)", expected: task.labels)
    }
  }
}

extension GraphModel {
  /// Throws `InputError` if the model cannot run on one of the examples, if its number of outputs is not that
  /// of the task, or if a label is not one of the task's. The model is not run.
  ///
  /// All graphs of a list are checked, and the error gives the number of the first that does not fit, from 0.
  /// Other sources draw their batches again each time, so only the first batch is checked; check each later
  /// batch with `check(_:task:of:)`.
  ///
  /// - Parameters:
  ///   - examples: graphs, or labeled nodes of a large graph.
  ///   - task: what is predicted.
  ///   - batchSize: examples of one batch.
  ///   - name: the name of the examples in the error.
  public func check(
    _ examples: some BatchSource, task: GraphDataset.Task, batchSize: Int, of name: String
  ) throws {
    try Preflight(self).check(examples, task: task, batchSize: batchSize, of: name)
  }

  /// Throws `InputError` if the model cannot run on `batch`, if its number of outputs is not that of the
  /// task, or if a label is not one of the task's.
  ///
  /// - Parameters:
  ///   - batch: the batch.
  ///   - task: what is predicted.
  ///   - name: the name of the batch in the error.
  public func check(
    _ batch: GraphBatch, task: GraphDataset.Task, of name: @autoclosure () -> String
  ) throws {
    try Preflight(self).check(batch, task: task, of: name())
  }
}

extension ModelArchitecture {
  /// Throws `InputError` if a model of this configuration cannot work on `dataset`, which has its encodings
  /// already. See `GraphModel.check(_:task:batchSize:of:)`; all splits are checked.
  public func check(_ dataset: some ExampleDataset) throws {
    try Preflight(self).check(dataset, GraphDataset.Split.allCases)
  }

  /// The part of the check that needs no encodings; `dataset` is not prepared yet.
  package func checkFeatures(_ dataset: some ExampleDataset) throws {
    let preflight = Preflight(self, withEncodings: false)
    if let graphs = dataset as? GraphDataset { try preflight.checkSizes(graphs) }
    if let whole = dataset as? SingleGraphDataset, whole.fanOuts == nil {
      try preflight.checkSizes(whole.asGraphs)
    }
    try preflight.check(dataset, GraphDataset.Split.allCases)
  }
}

extension ExampleDataset {
  /// This data set with the encodings that a model of this configuration reads.
  ///
  /// - Throws: `InputError` if a graph is too large for an encoding, before any encoding is computed, or if a
  ///   model of this configuration cannot work on all of the data (see `ModelArchitecture.check(_:)`).
  public func prepared(for configuration: some ModelArchitecture) throws -> Self {
    try prepared(Preflight(configuration), GraphDataset.Split.allCases) {
      try configuration.prepare($0)
    }
  }

  /// This data set with the encodings that a model reads. Throws the errors of `prepared(for:)` with a
  /// configuration.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - splits: the splits to check; by default all.
  public func prepared(
    for model: some GraphModel, splits: [GraphDataset.Split] = GraphDataset.Split.allCases
  ) throws -> Self {
    try prepared(Preflight(model), splits) { try model.encode($0) }
  }

  private func prepared(
    _ preflight: Preflight, _ splits: [GraphDataset.Split],
    _ encode: (GraphDataset) throws -> GraphDataset
  ) throws -> Self {
    if let whole = self as? SingleGraphDataset, whole.fanOuts == nil {
      try preflight.checkSizes(whole.asGraphs)
      let result = try whole.addingAttributes(encode)
      try preflight.check(result, splits)
      return result as! Self
    }
    guard let graphs = self as? GraphDataset else {
      try preflight.check(self, splits)
      return self
    }
    try preflight.checkSizes(graphs)
    let result = try encode(graphs)
    try preflight.check(result, splits)
    return result as! Self
  }
}

extension GraphDataset {
  /// Sentences that warn the user of labels from which nothing can be learned, although training on them
  /// runs. Empty for ordinary data.
  ///
  /// - Parameter splits: the splits to look at; by default all.
  public func cautions(in splits: [Split] = Split.allCases) -> [String] {
    splits.compactMap { split -> String? in
      let labels = self[split].flatMap(\.targets)
      let present = labels.filter { !$0.isNaN }
      guard let first = present.first else {
        return self[split].isEmpty ? nil : "the \(split.rawValue) split has no labels"
      }
      if present.count == 1 { return nil }
      switch task {
      case .binaryClassification:
        let hasBoth = (0..<targetCount).contains { target in
          let column = stride(from: target, to: labels.count, by: targetCount).map { labels[$0] }
          return column.contains(0) && column.contains(1)
        }
        return hasBoth
          ? nil
          : "no label of the \(split.rawValue) split takes both values: "
            + "\(Metric.name(for: task)) is undefined"
      case .classification:
        return present.contains { $0 != first }
          ? nil
          : "all labels of the \(split.rawValue) split are class \(Int(first)): "
            + "\(Metric.name(for: task)) does not measure what was learned"
      case .regression:
        return present.contains { $0 != first }
          ? nil : "all labels of the \(split.rawValue) split are \(first)"
      }
    }
  }
}

extension ExampleDataset {
  /// Throws `TrainingError.noGraphs` if one of the splits has no examples.
  public func checkExamples(in splits: [GraphDataset.Split]) throws {
    for split in splits where examples(split).exampleCount == 0 {
      throw TrainingError.noGraphs(split: split == .train ? "training" : split.rawValue)
    }
  }
}

extension TrainingConfiguration {
  /// Throws `InputError` for a value that training cannot use.
  public func check() throws {
    func require(_ isGood: Bool, _ field: String, _ found: Any, _ expected: String) throws {
      if isGood { return }
      throw InputError(
        file: "training configuration", field: field, found: "\(found)", expected: expected)
    }
    try require(epochs >= 0, "epochs", epochs, "0 or more")
    try require(batchSize >= 1, "batchSize", batchSize, "at least 1")
    for (field, value) in [
      ("learningRate", learningRate), ("minimumLearningRate", minimumLearningRate),
      ("weightDecay", weightDecay),
    ] {
      try require(value >= 0 && value.isFinite, field, value, "a finite number, 0 or more")
    }
    try require(
      epochs == 0 || learningRate >= minimumLearningRate, "init_lr", learningRate,
      "at least \(minimumLearningRate), the rate below which training stops (`min_lr`)")
    try require(0...1 ~= reduceFactor, "reduceFactor", reduceFactor, "a number in 0 ... 1")
    try require(patience >= 0, "patience", patience, "0 or more")
    try require(fanOuts.allSatisfy { $0 >= 1 }, "fanOuts", fanOuts, "at least 1 each")
    if let stepsPerEpoch {
      try require(stepsPerEpoch >= 1, "stepsPerEpoch", stepsPerEpoch, "at least 1")
    }
    try require(
      1...batchSize ~= shardCount, "shards", shardCount, "1 ... \(batchSize), the batch size")
  }
}
