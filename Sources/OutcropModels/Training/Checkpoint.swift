import Foundation
import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The value of `format` in a checkpoint's metadata.
private let checkpointFormat = "outcrop checkpoint 1"

/// The state of training in a checkpoint's metadata, which its tensors do not hold.
private struct CheckpointState: Codable {
  var training: TrainingConfiguration
  var learningRate: Double
  var schedule: PlateauSchedule
  var generator: [UInt64]
  var history: [EpochRecord]
  var steps: [String: Int]
  /// The name of an optimizer other than the configuration's Adam.
  var optimizer: String?
  var groups: [OptimizerState.Group]?
  /// The state of a schedule that was given to the trainer.
  var ownSchedule: SchedulerState?
}

extension TrainingConfiguration {
  /// The configuration that a checkpoint's model was trained with; nil if the file has no state of training.
  public init?(checkpoint file: SafetensorsFile) {
    guard let text = file.metadata["training"],
      let state = try? JSON.decode(CheckpointState.self, from: Data(text.utf8), file: file.path)
    else { return nil }
    self = state.training
  }
}

extension EpochRecord {
  /// The epochs of a checkpoint's training; nil if the file has no state of training.
  public static func history(checkpoint file: SafetensorsFile) -> [EpochRecord]? {
    guard let text = file.metadata["training"] else { return nil }
    return try? JSON.decode(CheckpointState.self, from: Data(text.utf8), file: file.path).history
  }
}

extension Trainer {
  /// Writes everything that is needed to resume the training.
  ///
  /// The tensors are those of the model, under their published names, and the optimizer's moments, under
  /// `optimizer/NAME/…` (for Adam `first` and `second`). The metadata are the model's name and configuration
  /// (`model`, `config`), the state of schedule, order and history (`training`), the checksum of the data
  /// (`data`) and the kind of its labels (`task`).
  ///
  /// The file is replaced atomically: `path` always holds a complete checkpoint.
  public func saveCheckpoint(to path: String) throws {
    let own = OptimizerState(optimizer)
    var state = CheckpointState(
      training: configuration, learningRate: optimizer.learningRate, schedule: schedule,
      generator: generator.state, history: history, steps: own.steps)
    if own.name != Adam<Scalar>.name || own.groups.count != 1 {
      (state.optimizer, state.groups) = (own.name, own.groups)
    }
    state.ownSchedule = try scheduler?.state()
    var metadata = model.metadata
    metadata["format"] = checkpointFormat
    metadata["data"] = dataChecksum
    metadata["task"] = task.name
    metadata["training"] = String(decoding: try JSON.encode(state), as: UTF8.self)
    var writer = SafetensorsWriter(metadata: metadata)
    model.add(to: &writer)
    writer.addMoments(of: optimizer)
    try writer.write(to: path)
  }

  /// Resumes from a checkpoint: loads the model, moments, schedule, order and history.
  ///
  /// The number of epochs may differ from the saved one; everything else must agree.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - allowsOtherData: whether the checkpoint's data may have a checksum other than `dataChecksum`.
  /// - Throws: `InputError`, before anything is changed, if the file is not a checkpoint of this model,
  ///   training and data.
  public func resume(from path: String, allowingOtherData allowsOtherData: Bool = false) throws {
    let file = try SafetensorsFile(path: path)
    try file.checkCheckpointFormat()
    guard let text = file.metadata["training"] else {
      throw InputError(
        file: path, found: "no metadata `training`", expected: "a checkpoint with optimizer state")
    }
    guard file.metadata["format"] == checkpointFormat else {
      throw InputError(
        file: path, field: "format", found: file.metadata["format"].map(quoted) ?? "nothing",
        expected: quoted(checkpointFormat))
    }
    let state: CheckpointState = try JSON.decode(
      from: Data(text.utf8), file: "\(path), metadata `training`")
    try file.checkTask(task)
    try checkAgreement(file, state)
    try check(state, file)
    let saved = file.metadata["data"]
    if !allowsOtherData, let dataChecksum, saved != dataChecksum {
      throw InputError(
        file: path, field: "data",
        found: saved.map { "a training on data with the checksum \($0)" }
          ?? "a training on data without a checksum",
        expected: "\(dataChecksum), the checksum of these data",
        hint: "read the same data, or allow other data with --allow-other-data")
    }
    let restore = try optimizerState(state).restoration(of: optimizer, from: file)
    let ownSchedule = try self.ownSchedule(state, path)
    guard let generator = RandomGenerator(state: state.generator) else {
      throw InputError(
        file: path, found: "a random state of \(state.generator.count) words",
        expected: "4 that are not all 0")
    }
    try model.load(from: file)
    restore()
    self.generator = generator
    schedule = state.schedule
    if let (own, schedule) = ownSchedule { scheduler?.restore(own, schedule) }
    history = state.history
    lastCheckpoint = path
  }

  /// The optimizer's part of a state. Without groups it is that of one Adam, with the rate of the whole training.
  private func optimizerState(_ state: CheckpointState) -> OptimizerState {
    OptimizerState(
      name: state.optimizer ?? Adam<Scalar>.name,
      groups: state.groups ?? [
        OptimizerState.Group(
          learningRate: state.learningRate,
          weightDecay: optimizer.groups.first?.weightDecay ?? 0)
      ], steps: state.steps)
  }

  /// Throws for numbers that no training can have written.
  private func check(_ state: CheckpointState, _ file: SafetensorsFile) throws {
    func require(_ isGood: Bool, _ field: String, _ found: String, _ expected: String) throws {
      if isGood { return }
      throw InputError(
        file: "\(file.path), metadata `training`", field: field, found: found, expected: expected)
    }
    let counts = OptimizerState.possibleSteps
    for entry in model.state {
      // Loading throws for tensors that are missing.
      guard case .counter = entry.content, file.names.contains(entry.name) else { continue }
      if let found = try file.integers(entry.name).first(where: { !(counts ~= Int($0)) }) {
        throw InputError(
          file: file.path, field: entry.name, found: "\(found)",
          expected: "a number of batches in 0 ... 2^53")
      }
    }
    try require(
      state.learningRate >= 0 && state.learningRate.isFinite, "learningRate",
      "\(state.learningRate)", "a finite number, 0 or more")
    try optimizerState(state).check("\(file.path), metadata `training`")
    for (index, record) in state.history.enumerated() {
      try require(
        record.epoch == index + 1, "history[\(index)].epoch", "\(record.epoch)", "\(index + 1)")
    }
    try require(
      state.history.count <= configuration.epochs, "history", "\(state.history.count) epochs",
      "at most \(configuration.epochs), the number of epochs in the configuration")
    let schedule = state.schedule
    try require(
      schedule.patience == configuration.patience && schedule.factor == configuration.reduceFactor,
      "schedule", "a patience of \(schedule.patience) and a factor of \(schedule.factor)",
      "\(configuration.patience) and \(configuration.reduceFactor), as in the configuration")
  }

  /// The state of the schedule that was given to the trainer; nil without one.
  private func ownSchedule(
    _ state: CheckpointState, _ path: String
  ) throws -> (SchedulerState, any LearningRateSchedule)? {
    guard let scheduler else {
      guard state.ownSchedule == nil else {
        throw InputError(
          file: path, found: "a training with a schedule that was given to the trainer",
          expected: "one with the configuration's schedule; give the trainer the same schedule")
      }
      return nil
    }
    guard let own = state.ownSchedule else {
      throw InputError(
        file: path, found: "a training with the configuration's schedule",
        expected: "a training with the schedule that was given to the trainer")
    }
    return (own, try scheduler.schedule(in: own, file: path))
  }

  private func checkAgreement(_ file: SafetensorsFile, _ state: CheckpointState) throws {
    guard file.metadata["model"] == model.name else {
      throw InputError(
        file: file.path, found: "a model \(file.metadata["model"] ?? "without name")",
        expected: model.name)
    }
    func fields(_ json: Data) -> [String: JSONValue] {
      (try? JSON.decode(from: json, file: file.path)) ?? [:]
    }
    try checkFields(
      file, "the model", fields(Data((file.metadata["config"] ?? "").utf8)),
      model.configurationFields)
    var saved = state.training
    saved.epochs = configuration.epochs
    try checkFields(
      file, "training", fields(JSON.encode(saved)), fields(JSON.encode(configuration)))
    guard saved == configuration else {
      throw InputError(
        file: file.path, found: "training with \(saved)", expected: "\(configuration)")
    }
  }

  /// Throws an error that lists the fields that differ, if there are any.
  private func checkFields(
    _ file: SafetensorsFile, _ what: String, _ saved: [String: JSONValue],
    _ expected: [String: JSONValue]
  ) throws {
    let names = Set(saved.keys).union(expected.keys).sorted().filter { saved[$0] != expected[$0] }
    if names.isEmpty { return }
    func list(_ values: [String: JSONValue]) -> String {
      names.map { "\($0) \(values[$0]?.description ?? "missing")" }.joined(separator: ", ")
    }
    throw InputError(
      file: file.path, found: "\(what) with \(list(saved))", expected: list(expected))
  }
}

extension SafetensorsFile {
  /// Throws for a checkpoint that another version of this package wrote.
  ///
  /// A file of another program, such as a state dict of PyTorch, is accepted.
  fileprivate func checkCheckpointFormat() throws {
    guard let format = metadata["format"], format != checkpointFormat,
      format.hasPrefix("outcrop ") || metadata["training"] != nil
    else { return }
    throw InputError(
      .unsupported, file: path, field: "format", found: quoted(format),
      expected: quoted(checkpointFormat),
      hint: format.hasPrefix("outcrop ") ? "another version of this program wrote the file" : nil)
  }
}

extension SafetensorsFile {
  /// Throws if the model of a checkpoint was trained for another kind of labels: its scores would be read as
  /// something that they are not.
  public func checkTask(_ task: GraphDataset.Task) throws {
    guard let saved = metadata["task"], saved != task.name else { return }
    throw InputError(
      file: path, field: "task", found: "a model trained for \(saved)",
      expected: "\(task.name), the labels of the data")
  }
}

extension GraphDataset.Task {
  /// The kind of labels in words.
  fileprivate var name: String {
    switch self {
    case .regression: "regression"
    case .binaryClassification: "binary labels"
    case .classification: "classes"
    }
  }
}

extension ModelCatalog {
  /// The model of a checkpoint: its configuration is in the metadata, its parameters are the tensors.
  ///
  /// Throws `InputError` if the file is not a checkpoint or its tensors do not fit the configuration.
  public static func load<Scalar: TensorScalar>(
    _ file: SafetensorsFile, _: Scalar.Type = Scalar.self
  ) throws -> any GraphModel<Scalar> {
    try file.checkCheckpointFormat()
    guard let name = file.metadata["model"], let config = file.metadata["config"] else {
      throw InputError(
        file: file.path, found: "no metadata `model` and `config`",
        expected: "a checkpoint that `outcrop train` wrote, or both fields added to it")
    }
    let fields = try ConfigurationFields(
      json: Data(config.utf8), source: "\(file.path), metadata `config`")
    let model: any GraphModel<Scalar> = try make(name, fields, seed: 0)
    try model.load(from: file)
    return model
  }
}
