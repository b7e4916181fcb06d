import ArgumentParser
import Foundation
import Outcrop

/// What the experiments that train several models share.
struct StudyOptions: ParsableArguments {
  @OptionGroup var data: DatasetOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var detection: DetectionArguments

  @Option(
    help: ArgumentHelp(
      "Seeds to run every model from, such as 41,42,43; by default the configuration's one.",
      valueName: "list"))
  var seeds: SeedList?

  @Option(
    help: ArgumentHelp(
      "Keep the model of every n-th epoch, to follow its activations through training.",
      valueName: "n"))
  var snapshots: Int?

  @Option(
    name: .customLong("activations"),
    help: ArgumentHelp(
      "What to look at: edge, node, node_output, edge_output or any module of the layers by its published name, such as FFN_h_layer2, with commas between.",
      valueName: "list"))
  var activations = "edge,node"

  @Flag(
    help:
      "Also set massive activations against other measures of edges: correlations, fidelity, drawings."
  )
  var attribution = false

  @Option(
    help: ArgumentHelp(
      "The folder for results and checkpoints; experiments with the same models may share it.",
      valueName: "dir"))
  var output = "outcrop-study"

  @Flag(help: "Go on from the checkpoints in the output folder.")
  var resume = false

  func validate() throws {
    if let snapshots, snapshots < 1 {
      throw ValidationError("--snapshots: found \(snapshots), expected at least 1")
    }
  }

  /// The configuration; the embedded data set is small: smaller batches make as many steps in less time.
  func configuration(for dataset: some ExampleDataset) throws -> ExperimentConfiguration {
    let isSample = dataset.isSynthetic && dataset is GraphDataset
    return try model.load(
      defaults: isSample ? ["epochs": 12.0, "batch_size": 64] : ["epochs": 20])
  }

  /// A study of `network` with these options. Makes the output folder.
  func study(
    _ network: any ModelArchitecture, _ configuration: ExperimentConfiguration
  ) throws -> Study {
    var study = Study(model: network, training: try configuration.training())
    study.detection = detection.options
    study.activations = try ActivationKind.list(activations, of: network.makeModel(seed: 0))
    if attribution { study.attribution = AttributionOptions() }
    study.folder = output
    study.resumes = resume
    if let seeds { study.seeds = seeds.values }
    study.snapshotInterval = snapshots
    study.commandLine = ["outcrop"] + CommandLine.arguments.dropFirst()
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    return study
  }

  func describe(_ dataset: some ExampleDataset) {
    Console.note(
      "data set \(dataset.name)\(dataset.isSynthetic ? " (synthetic)" : ""): "
        + GraphDataset.Split.allCases.map { "\(dataset.examples($0).exampleCount)" }
        .joined(separator: " / ") + " examples")
  }

  /// The graphs of an experiment that changes graphs or embeddings.
  func graphs(_ command: String) throws -> GraphDataset {
    guard let dataset = try data.load() as? GraphDataset else {
      throw CommandError(
        "\(command) works on data sets of many graphs; \(data.dataset) is one large graph",
        hint: "`outcrop study` takes large graphs")
    }
    return dataset
  }

  /// Writes the report to `folder` and says where it is.
  func finish(_ results: StudyResults, in folder: String) throws {
    let files = try Report.write(results, to: URL(fileURLWithPath: folder))
    Console.show(results)
    if let json = files.json { print("results  \(json.path)") }
    print("report   \(files.html.path)")
  }
}

/// Shows an experiment's progress on standard error.
final class ConsoleStudyObserver: Study.Observer {
  func progress(of label: String) -> (any TrainingProgress)? { ConsoleProgress(title: label) }
  func note(_ text: String) { Console.note(text) }
}

extension ExplicitBiasStrength.Kind: ExpressibleByArgument {}

/// Seeds with commas between them.
struct SeedList: ExpressibleByArgument {
  let values: [UInt64]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { UInt64($0) }
    if values.count != parts.count || Set(values).count != values.count { return nil }
  }
}

extension ActivationKind {
  /// The kinds of a list with commas. Throws `CommandError` for one that `model` doesn't have.
  static func list(_ text: String, of model: some GraphModel<Float>) throws -> Set<ActivationKind> {
    let asked = text.split(separator: ",").map { ActivationKind(rawValue: String($0)) }
    let known = attention.sorted() + [.nodeOutput, .edgeOutput] + model.moduleKinds
    for kind in asked where !known.contains(kind) {
      throw CommandError(
        "\(model.name) has no activation `\(kind.rawValue)`",
        hint: "it has " + known.map(\.rawValue).joined(separator: ", "))
    }
    return Set(asked)
  }
}
