import ArgumentParser
import Outcrop

/// The options of experiments that analyze activations, beside `ExperimentOptions`.
struct AnalysisOptions: ParsableArguments {
  @OptionGroup var detection: DetectionArguments

  @Option(
    help: ArgumentHelp(
      "Analyze the activations after every n-th epoch and report them over the epochs, with the onset and end of massive ones. Keeps the statistics of these epochs and not the models; a resumed run has them all.",
      valueName: "n"))
  var looks: Int?

  @Option(
    help: ArgumentHelp(
      "Also save the model of every n-th epoch, and report the activations of these epochs like those of --looks.",
      valueName: "n"))
  var snapshots: Int?

  @Option(
    name: .customLong("activations"),
    help: ArgumentHelp(
      "The activations to observe, separated by commas: edge, node, node_output, edge_output or the published name of a layer's module, such as FFN_h_layer2.",
      valueName: "list"))
  var activations = "edge,node"

  @Flag(
    help:
      "Also compare massive activations by the row median with other measures of edges: correlations, fidelity, drawings."
  )
  var attribution = false

  func validate() throws {
    for (option, interval) in [("--looks", looks), ("--snapshots", snapshots)] {
      if let interval, interval < 1 {
        throw ValidationError("\(option): found \(interval), expected at least 1")
      }
    }
  }

  /// Sets these options in `study`, a study of `network`.
  func apply(to study: inout Study, of network: any ModelArchitecture) throws {
    study.detection = detection.options
    // All layers have the same modules, so a model of one layer gives their names.
    var oneLayer = network
    oneLayer.shared.layerCount = 1
    study.activations = try ActivationKind.list(
      activations, of: oneLayer.makeModel(seed: 0), option: "--activations")
    if attribution { study.attribution = AttributionOptions() }
    (study.lookInterval, study.snapshotInterval) = (looks, snapshots)
  }
}

extension ActivationKind {
  /// The kinds in a list with commas, the value of `option`. Throws `InputError` for a kind that `model` does not
  /// announce.
  static func list(
    _ text: String, of model: some GraphModel<Float>, option: String
  ) throws -> Set<ActivationKind> {
    let asked = text.split(separator: ",").map { ActivationKind(rawValue: String($0)) }
    let known = model.announced.map(\.kind)
    for kind in asked where !known.contains(kind) {
      throw InputError(
        .missing, file: option, field: kind.rawValue,
        found: "no activation of this name in \(model.name)", expected: "",
        hint: "it has " + known.map(\.rawValue).joined(separator: ", "))
    }
    return Set(asked)
  }
}
