import ArgumentParser
import Outcrop

/// The model and its training: a published configuration, changed from the command line.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A published configuration (JSON with net_params and params). Without one: the published GraphTransformer for ZINC.",
      valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The model: GT, SAN, GraphiT or EGAT. By default what the configuration is for, else GT.",
      valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("The number of layers.", valueName: "n"))
  var layers: Int?

  @Option(help: ArgumentHelp("The hidden width; a multiple of the heads.", valueName: "n"))
  var width: Int?

  @Option(help: ArgumentHelp("Attention heads.", valueName: "n"))
  var heads: Int?

  @Option(help: ArgumentHelp("The number of epochs.", valueName: "n"))
  var epochs: Int?

  @Option(name: .customLong("batch-size"), help: ArgumentHelp("Graphs in a batch.", valueName: "n"))
  var batchSize: Int?

  @Option(
    name: .customLong("learning-rate"),
    help: ArgumentHelp("The first learning rate.", valueName: "x"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Fixes initial weights, order and dropout.", valueName: "n"))
  var seed: Int?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Changes any field of the configuration, such as dropout=0.1. May be repeated.",
      valueName: "field=value"))
  var assignments: [String] = []

  /// The configuration with all changes.
  func load() throws -> ExperimentConfiguration {
    var result =
      try config.map { try ExperimentConfiguration(contentsOf: $0) } ?? .published(model ?? "GT")
    if let model { result.set(model: model) }
    func set(_ field: String, _ value: Int?) {
      if let value { result.set(field, .number(Double(value))) }
    }
    set("L", layers)
    set("hidden_dim", width)
    set("out_dim", width)
    set("n_heads", heads)
    set("epochs", epochs)
    set("batch_size", batchSize)
    set("seed", seed)
    if let learningRate { result.set("init_lr", .number(learningRate)) }
    for assignment in assignments { try result.set(assignment: assignment) }
    return result
  }

  /// Like `load`, with `field` set to `value` where neither file nor options say otherwise.
  func load(defaults: [String: Double]) throws -> ExperimentConfiguration {
    var result = try load()
    guard config == nil else { return result }
    let given = [
      "epochs": epochs != nil, "batch_size": batchSize != nil, "init_lr": learningRate != nil,
    ]
    for (field, value) in defaults
    where given[field] != true && !assignments.contains(where: { $0.hasPrefix(field + "=") }) {
      result.set(field, .number(value))
    }
    return result
  }
}
