import Foundation
import OutcropCore
import OutcropFiles
import OutcropTensor

/// Everything that is needed to resume training, in one safetensors file.
///
///     let checkpoint = TrainingCheckpoint(model, optimizer, scheduler)
///     try checkpoint.save(to: path, generator: generator)
///     …
///     generator = try checkpoint.load(from: path).generator ?? generator
///
/// The model's tensors have their own names, moments of the optimizer the names `optimizer/first/NAME`, and
/// averages the names `average/NAME`. The metadata `training` holds step counts, groups, the schedule and the
/// states of random generators, including those of modules such as dropout. The file is replaced atomically,
/// and resumed training gives the same bits as training that was never interrupted.
public struct TrainingCheckpoint<Scalar: TensorScalar> {
  /// The model.
  public let model: any Module<Scalar>
  /// The model's optimizer.
  public let optimizer: (any Optimizer<Scalar>)?
  /// The optimizer's schedule.
  public let scheduler: Scheduler<Scalar>?
  /// The average of the model's parameters.
  public let average: ParameterAverage<Scalar>?

  /// A checkpoint of these parts.
  public init(
    _ model: any Module<Scalar>, _ optimizer: (any Optimizer<Scalar>)? = nil,
    _ scheduler: Scheduler<Scalar>? = nil, average: ParameterAverage<Scalar>? = nil
  ) {
    (self.model, self.optimizer) = (model, optimizer)
    (self.scheduler, self.average) = (scheduler, average)
  }

  /// The other contents of a checkpoint.
  public struct Contents: Sendable {
    /// The generator that was saved.
    public let generator: RandomGenerator?
    /// The metadata that was saved, without the checkpoint's own.
    public let metadata: [String: String]
  }

  private struct State: Codable {
    var optimizer: String?
    var groups: [OptimizerState.Group] = []
    var steps: [String: Int] = [:]
    var schedule: SchedulerState?
    var averageUpdates: Int?
    var generator: [UInt64]?
    /// The generators of modules, by their names.
    var generators: [String: [UInt64]] = [:]

    /// The optimizer's part of the state.
    var ofOptimizer: OptimizerState {
      OptimizerState(name: optimizer ?? "none", groups: groups, steps: steps)
    }

    /// Throws `InputError` for numbers that no training can have written.
    func check(_ path: String) throws {
      let source = "\(path), training"
      try ofOptimizer.check(source)
      for (field, count) in [
        ("schedule.steps", schedule?.steps), ("averageUpdates", averageUpdates),
      ] {
        if let count, !(OptimizerState.possibleSteps ~= count) {
          throw InputError(
            file: source, field: field, found: "\(count)",
            expected: "a number of steps in 0 ... 2^53")
        }
      }
    }
  }

  private static var format: String { "outcrop training 1" }

  /// The modules that draw random numbers, by name.
  private var randomModules: [(name: String, module: any RandomModule)] {
    func found(_ model: some Module<Scalar>) -> [(name: String, module: any RandomModule)] {
      model.modules.compactMap { name, module in (module as? any RandomModule).map { (name, $0) } }
    }
    return found(model)
  }

  /// Writes the file under a temporary name and renames it to `path`.
  public func save(
    to path: String, generator: RandomGenerator? = nil, metadata: [String: String] = [:]
  ) throws {
    var state = State()
    if let optimizer {
      let own = OptimizerState(optimizer)
      (state.optimizer, state.groups, state.steps) = (own.name, own.groups, own.steps)
    }
    state.schedule = try scheduler?.state()
    state.averageUpdates = average?.updates
    state.generator = generator?.state
    for (name, module) in randomModules { state.generators[name] = module.generator.state }
    let own = [
      "format": Self.format, "training": String(decoding: try JSON.encode(state), as: UTF8.self),
    ]
    var writer = SafetensorsWriter(metadata: metadata.merging(own) { $1 })
    model.add(to: &writer)
    if let optimizer { writer.addMoments(of: optimizer) }
    for entry in average?.entries ?? [] { writer.add("average/\(entry.name)", entry.average) }
    try writer.write(to: path)
  }

  /// Restores all parts. Throws `InputError` and changes nothing if the file lacks a part or belongs to
  /// another model, optimizer or schedule.
  @discardableResult
  public func load(from path: String) throws -> Contents {
    let file = try SafetensorsFile(path: path)
    guard file.metadata["format"] == Self.format, let text = file.metadata["training"] else {
      throw InputError(
        file: path, found: "no metadata `training` of the format `\(Self.format)`",
        expected: "a file that TrainingCheckpoint.save wrote")
    }
    let state: State = try JSON.decode(from: Data(text.utf8), file: "\(path), training")
    try state.check(path)
    var actions: [() -> Void] = []
    if let optimizer {
      actions.append(try state.ofOptimizer.restoration(of: optimizer, from: file))
    }
    if let scheduler {
      guard let saved = state.schedule else {
        throw InputError(file: path, found: "no schedule", expected: "the state of a schedule")
      }
      let schedule = try scheduler.schedule(in: saved, file: path)
      actions.append { scheduler.restore(saved, schedule) }
    }
    if let average {
      guard let updates = state.averageUpdates else {
        throw InputError(file: path, found: "no averages", expected: "averages of the parameters")
      }
      for entry in average.entries {
        let value: Tensor<Scalar> = try loadedTensor(
          file, "average/\(entry.name)", entry.average.shape)
        actions.append { entry.average = value }
      }
      actions.append { average.updates = updates }
    }
    for (name, module) in randomModules {
      let generator = try generator(state.generators[name] ?? [], "of the module `\(name)`", path)
      actions.append { module.generator = generator }
    }
    let generator = try state.generator.map { try self.generator($0, "of the training", path) }
    try model.load(from: file)
    for action in actions { action() }
    let metadata = file.metadata.filter { $0.key != "format" && $0.key != "training" }
    return Contents(generator: generator, metadata: metadata)
  }

  private func generator(_ words: [UInt64], _ what: String, _ path: String) throws
    -> RandomGenerator
  {
    guard let generator = RandomGenerator(state: words) else {
      throw InputError(
        file: path, found: "a random state \(what) of \(words.count) words",
        expected: "4 that are not all 0")
    }
    return generator
  }
}

/// A module that draws random numbers in training. `TrainingCheckpoint` stores its generator.
public protocol RandomModule: AnyObject {
  /// The generator of the next numbers.
  var generator: RandomGenerator { get set }
}
