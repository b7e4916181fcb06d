import ArgumentParser
import Foundation
import Outcrop

/// The options of all experiments that train several models.
struct ExperimentOptions: ParsableArguments {
  @OptionGroup var data: DatasetOptions
  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "The seeds to train every model with, such as 41,42,43. By default the configuration's seed.",
      valueName: "list"))
  var seeds: SeedList?

  @Option(
    help: ArgumentHelp(
      "The folder for results and checkpoints. Experiments with the same models can share a folder.",
      valueName: "dir"))
  var output = "outcrop-study"

  @Flag(help: "Resume from the checkpoints in the output folder.")
  var resume = false

  @OptionGroup var otherData: OtherDataOption
  @OptionGroup var result: ResultArguments

  func validate() throws {
    if seeds != nil, model.seed != nil {
      throw ValidationError("--seed and --seeds: expected only one")
    }
    if let assignment = model.assignments.first(where: { $0.hasPrefix("explicit_bias=") }) {
      throw ValidationError(
        "--set \(assignment): expected another field: the experiment sets explicit_bias for each of its "
          + "models")
    }
    try otherData.check(resume)
  }

  /// The configuration. The embedded data set has that of `FirstStudy`.
  func configuration(for dataset: some ExampleDataset) throws -> ExperimentConfiguration {
    withDefaults(try model.load(), for: dataset)
  }

  /// `configuration`, as it was read, with these defaults.
  func withDefaults(
    _ configuration: ExperimentConfiguration, for dataset: some ExampleDataset
  ) -> ExperimentConfiguration {
    let isSample = dataset.isSynthetic && dataset is GraphDataset
    let sampleFields =
      configuration.model == "GT" ? FirstStudy.fields : ["epochs": 12, "batch_size": 64]
    return model.with(
      defaults: isSample ? sampleFields : ["epochs": dataset.usualEpochs], configuration)
  }

  /// Whether the embedded data set is studied with exactly the settings of `FirstStudy`.
  var isFirstStudy: Bool {
    data.dataset == "sample" && data.dataFolder == nil && (model.model ?? "GT") == "GT"
      && !FirstStudy.fields.keys.contains(where: model.sets)
  }

  /// A study of `network` with these options.
  func study(
    _ network: any ModelArchitecture, _ configuration: ExperimentConfiguration
  ) throws -> Study {
    var study = Study(model: network, training: try configuration.training())
    study.folder = output
    (study.resumes, study.allowsOtherData) = (resume, otherData.isAllowed)
    if let seeds { study.seeds = seeds.values }
    study.commandLine = ["outcrop"] + CommandLine.arguments.dropFirst()
    if isFirstStudy { study.notes.append(FirstStudy.note) }
    if network.shared.hasExplicitBias {
      Console.note(
        "`explicit_bias` of the configuration has no effect: the experiment sets it for each of its models"
      )
    }
    if network.supportsBias == false {
      Console.note("\(network.title) has no Explicit Bias Term: the model with it is left out")
    }
    return study
  }

  /// Describes the data set to the user, and checks that the files of the report can be written to `folder`.
  func begin(_ dataset: some ExampleDataset, in folder: String) throws {
    describe(dataset)
    data.describe(dataset)
    try SystemFiles.createFolder(output)
    try Report.check(folder)
    let command = CommandLine.arguments.dropFirst().first ?? "study"
    Interruption.setHint {
      "`outcrop \(command)` with the same options and --resume continues from the last finished epoch"
    }
  }

  private func describe(_ dataset: some ExampleDataset) {
    let single = dataset as? SingleGraphDataset
    Console.note(
      "data set \(dataset.name)\(dataset.isSynthetic ? " (synthetic)" : ""): "
        + GraphDataset.Split.allCases
        .map { "\(single?[$0].count ?? dataset.examples($0).exampleCount)" }
        .joined(separator: " / ") + (single == nil ? " examples" : " labeled nodes of one graph"))
  }

  /// The data set of a command that changes graphs or embeddings. Throws for a single large graph.
  func graphs(_ command: String) throws -> GraphDataset {
    guard let dataset = try data.load() as? GraphDataset else {
      throw InputError(
        .unsupported, file: data.dataset, found: "one large graph",
        expected: "a data set of many graphs, which \(command) works on",
        hint: "`outcrop study` takes single graphs")
    }
    return dataset
  }

  /// Writes the report to `folder`, and prints the answer and the paths of the files.
  func finish(_ results: StudyResults, in folder: String) throws {
    result.show(results, try Report.write(results, to: folder))
  }
}

/// Prints an experiment's progress on standard error.
final class ConsoleStudyObserver: Study.Observer {
  private let remaining: RemainingTime?
  private let folder: String?

  /// - Parameters:
  ///   - trainings: the number of models that will be trained, to tell the remaining time; nil leaves it out.
  ///   - folder: where the results of the models that are finished are written; nil: nowhere.
  init(trainings: Int? = nil, folder: String? = nil) {
    remaining = trainings.map { RemainingTime(runs: $0) }
    self.folder = folder
  }

  func progress(of label: String) -> (any TrainingProgress)? {
    Ranks.isRoot ? ConsoleProgress(title: label, remaining: remaining) : nil
  }
  func note(_ text: String) { Console.note(text) }
  func finished(_ results: StudyResults) throws {
    if let folder { try Report.writeResults(results, to: folder) }
  }
}

extension ExampleDataset {
  /// The epochs of a training for which none are given. One step on a whole graph is an epoch.
  var usualEpochs: Double {
    (self as? SingleGraphDataset).map { $0.fanOuts == nil } == true ? 200 : 20
  }
}

extension ModelArchitecture {
  fileprivate var supportsBias: Bool { Self.supportsExplicitBias }
  fileprivate var title: String { Self.name }
}

/// The kinds of a bias whose strength changes: all but `fixed`, which is the published term.
extension ExplicitBiasStrength.Kind: ExpressibleByArgument {
  public static var allValueStrings: [String] {
    allCases.filter { $0 != .fixed }.map(\.rawValue)
  }

  public init?(argument: String) {
    guard let kind = Self(rawValue: argument), kind != .fixed else { return nil }
    self = kind
  }
}

/// A list of different seeds, separated by commas.
struct SeedList: ExpressibleByArgument {
  let values: [UInt64]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { UInt64($0) }
    if values.count != parts.count || Set(values).count != values.count { return nil }
  }
}
