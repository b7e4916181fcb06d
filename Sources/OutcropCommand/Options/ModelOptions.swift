import ArgumentParser
import Outcrop

/// The model and its training: a published configuration with changes from the command line.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A published configuration (JSON with net_params and params). By default the published GraphTransformer for ZINC.",
      valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The model: GT, SAN, GraphiT or EGAT. By default the configuration's model, or GT without a configuration.",
      valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("The number of layers.", valueName: "n"))
  var layers: Int?

  @Option(
    help: ArgumentHelp("The hidden width, a multiple of the number of heads.", valueName: "n"))
  var width: Int?

  @Option(help: ArgumentHelp("The number of attention heads.", valueName: "n"))
  var heads: Int?

  @Option(help: ArgumentHelp("The number of epochs.", valueName: "n"))
  var epochs: Int?

  @Option(name: .customLong("batch-size"), help: ArgumentHelp("Graphs in a batch.", valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "Cut each batch into n parts with their own gradients and batch statistics, which the processes of mpirun or srun share.",
      valueName: "n"))
  var shards: Int?

  @Flag(
    name: .customLong("exact-moments"),
    help:
      "With --shards, compute the statistics of batch normalization over all parts of a batch, as one part does, instead of by part."
  )
  var exactMoments = false

  @Option(
    name: .customLong("learning-rate"),
    help: ArgumentHelp("The initial learning rate.", valueName: "x"))
  var learningRate: DecimalNumber?

  @Option(help: ArgumentHelp("The seed of initial weights, order and dropout.", valueName: "n"))
  var seed: Int?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change any field of the configuration, such as dropout=0.1; `--set help` lists the fields. May be repeated.",
      valueName: "field=value"))
  var assignments: [String] = []

  /// The options that set fields, and the fields that they set.
  private var values: [(option: String, fields: [String], value: JSONValue)] {
    func value(_ number: Int?) -> JSONValue? { number.map { .number(Double($0)) } }
    return [
      ("--layers", ["L"], value(layers)), ("--width", ["hidden_dim", "out_dim"], value(width)),
      ("--heads", ["n_heads"], value(heads)), ("--epochs", ["epochs"], value(epochs)),
      ("--batch-size", ["batch_size"], value(batchSize)), ("--seed", ["seed"], value(seed)),
      ("--shards", ["shards"], value(shards)),
      ("--exact-moments", ["exact_batch_moments"], exactMoments ? .bool(true) : nil),
      ("--learning-rate", ["init_lr"], learningRate.map { .number($0.value) }),
    ].compactMap { option, fields, value in value.map { (option, fields, $0) } }
  }

  /// Throws for invalid values, and for a field that is set twice.
  private func checkValues() throws {
    func check(_ field: String, _ value: JSONValue, _ option: String) throws {
      do {
        try ExperimentConfiguration.check(field, value, source: option)
      } catch let error as InputError {
        throw ValidationError("\(option): found \(error.found), expected \(error.expected)")
      }
    }
    var options: [String: String] = [:]
    for (option, fields, value) in values {
      for field in fields {
        try check(field, value, option)
        options[field] = option
      }
    }
    for assignment in assignments {
      let option = "--set \(assignment)"
      let parsed: (field: String, value: JSONValue)
      do {
        parsed = try ExperimentConfiguration.assignment(assignment)
      } catch let error as InputError {
        throw ValidationError("\(option): found \(error.found), expected \(error.expected)")
      }
      try check(parsed.field, parsed.value, option)
      let name = ExperimentConfiguration.standardName(parsed.field)
      if let other = options.updateValue(option, forKey: name) {
        throw ValidationError("\(other) and \(option) set the same field; expected one of them")
      }
    }
    if exactMoments, shards == nil, config == nil,
      !assignments.contains(where: { $0.hasPrefix("shards=") })
    {
      throw ValidationError("--exact-moments: expected --shards as well")
    }
    // Without a file, the number of heads is known before the configuration is read.
    if config == nil, let width, options["n_heads"].map({ $0 == "--heads" }) ?? true,
      width % (heads ?? 8) != 0
    {
      throw ValidationError(
        "--width: found \(width), expected a multiple of the heads (\(heads ?? 8))")
    }
  }

  func validate() throws {
    if let model, !ModelCatalog.names.contains(model) {
      throw ValidationError(
        "--model: found \(model), expected one of \(ModelCatalog.names.joined(separator: ", "))")
    }
    if !assignments.contains("help") { return try checkValues() }
    let name = model ?? "GT"
    guard let fields = ModelCatalog.fieldHelp(name) else {
      throw ValidationError(
        "--model: found \(name), expected one of \(ModelCatalog.names.joined(separator: ", "))")
    }
    let training = TrainingConfiguration.fields.filter { $0.help != "ignored" }
      .map { "\($0.name): \($0.help)" }.joined(separator: "\n")
    throw CleanExit.message("Fields of \(name):\n\(fields)\n\nFields of training:\n\(training)")
  }

  /// The configuration with all changes.
  func load() throws -> ExperimentConfiguration {
    var result =
      try config.map { try ExperimentConfiguration(contentsOf: $0) } ?? .published(model ?? "GT")
    if let model { result.set(model: model) }
    for (_, fields, value) in values {
      for field in fields { result.set(field, value) }
    }
    for assignment in assignments { try result.set(assignment: assignment) }
    return result
  }

  /// The model of `configuration`, as `load` read it, for `dataset`. Throws for fields that options set and that
  /// have no effect.
  ///
  /// - Parameter changesBias: whether the experiment also trains models with the Explicit Bias Term.
  func model(
    _ configuration: ExperimentConfiguration, for dataset: some ExampleDataset,
    changesBias: Bool = false
  ) throws -> any ModelArchitecture {
    let result = try configuration.model(for: dataset)
    try ExperimentConfiguration.checkEffects(
      of: assignments.map { String($0.prefix { $0 != "=" }) }, on: result, configuration.training(),
      dataset, changesBias: changesBias)
    return result
  }

  /// Like `load`, with `defaults` for fields that neither a file nor an option sets.
  func load(defaults: [String: Double]) throws -> ExperimentConfiguration {
    with(defaults: defaults, try load())
  }

  /// `configuration`, as `load` read it, with `field` set to `value` if neither the file nor an option sets
  /// the field.
  func with(
    defaults: [String: Double], _ configuration: ExperimentConfiguration
  ) -> ExperimentConfiguration {
    guard config == nil else { return configuration }
    var result = configuration
    for (field, value) in defaults where !sets(field) { result.set(field, .number(value)) }
    return result
  }

  /// Whether a file or an option sets the field of this standard name.
  func sets(_ field: String) -> Bool {
    if config != nil { return true }
    let assigned = assignments.contains { assignment in
      let name = assignment.prefix { $0 != "=" }
      return ExperimentConfiguration.standardName(String(name)) == field || name == field
    }
    return assigned || values.contains { $0.fields.contains(field) }
  }
}
