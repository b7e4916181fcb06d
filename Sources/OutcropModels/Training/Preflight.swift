import OutcropCore
import OutcropGraph

extension GraphModel {
  /// Throws `InputError` when the model cannot run on one of the examples, or does not have as many
  /// outputs as their task asks for. Runs nothing.
  ///
  /// All graphs of a list are checked. Of other sources, whose batches are drawn anew each time, only the
  /// first batch is; check the others as they come, with `check(_:task:of:)`.
  ///
  /// - Parameters:
  ///   - name: what the error calls the examples.
  ///   - batchSize: examples of one batch.
  public func check(
    _ examples: some BatchSource, task: GraphDataset.Task, batchSize: Int, of name: String
  ) throws {
    let count = examples is [Graph] ? examples.exampleCount : min(1, examples.exampleCount)
    for start in stride(from: 0, to: count, by: batchSize) {
      let numbers = Array(start..<min(examples.exampleCount, start + batchSize))
      try check(
        examples.batch(numbers[...], seed: UInt64(start)), task: task,
        of: "\(name), examples \(numbers[0]) ... \(numbers[numbers.count - 1])")
    }
  }

  /// Throws `InputError` when the model cannot run on `batch`, or does not have as many outputs as the task
  /// asks for.
  ///
  /// - Parameter name: what the error calls the batch.
  public func check(
    _ batch: GraphBatch, task: GraphDataset.Task, of name: @autoclosure () -> String
  ) throws {
    if let problem = problem(with: batch) {
      throw InputError(
        file: name(), field: "features", found: problem,
        expected: "what the \(self.name)'s configuration says")
    }
    let expected: Int
    switch task {
    case .regression, .binaryClassification: expected = batch.targetCount
    case .classification(let classCount): expected = classCount
    }
    if !batch.targets.isEmpty, outputCount != expected {
      throw InputError(
        file: name(), field: "targets", found: "\(expected) scores to learn",
        expected: "\(outputCount), the outputs of the \(self.name)")
    }
  }
}

extension TrainingConfiguration {
  /// Throws `InputError` for a value that training cannot work with.
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
    try require(0...1 ~= reduceFactor, "reduceFactor", reduceFactor, "a number in 0 ... 1")
    try require(patience >= 0, "patience", patience, "0 or more")
    try require(fanOuts.allSatisfy { $0 >= 1 }, "fanOuts", fanOuts, "at least 1 each")
    if let stepsPerEpoch {
      try require(stepsPerEpoch >= 1, "stepsPerEpoch", stepsPerEpoch, "at least 1")
    }
  }
}
