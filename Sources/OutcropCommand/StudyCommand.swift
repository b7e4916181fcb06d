import ArgumentParser
import Foundation
import Outcrop

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Train a model and report its massive activations.",
    discussion: """
      Compares three models that start from the same seed: untrained, trained, and trained with the \
      Explicit Bias Term, on the activations of the test split. Prints a table of each model and \
      writes results.json and report.html (one file, no network needed).

      EXAMPLES
        outcrop study
        outcrop study --dataset ../data/ZINC --epochs 20 --output zinc-study
        outcrop study --dataset ZINC --data-dir ../data --layers 4 --threshold 100
      """)

  @OptionGroup var data: DatasetOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var detection: DetectionArguments

  @Option(help: ArgumentHelp("The folder for results and checkpoints.", valueName: "dir"))
  var output = "outcrop-study"

  @Flag(help: "Go on from the checkpoints in the output folder.")
  var resume = false

  func run() throws {
    let fanOuts = try model.load().training().fanOuts
    try run(on: data.load(fanOuts: fanOuts))
  }

  private func run(on dataset: some ExampleDataset) throws {
    // The embedded data set is small: smaller batches make as many steps in less time.
    let isSample = dataset.isSynthetic && dataset is GraphDataset
    let defaults = isSample ? Self.sampleDefaults : ["epochs": 20]
    let configuration = try model.load(defaults: defaults)
    let network = try configuration.model(for: dataset)
    var study = Study(model: network, training: try configuration.training())
    study.detection = detection.options
    study.checkpointFolder = output
    study.resumes = resume
    study.commandLine = ["outcrop"] + CommandLine.arguments.dropFirst()
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    Console.note(
      "data set \(dataset.name)\(dataset.isSynthetic ? " (synthetic)" : ""): "
        + GraphDataset.Split.allCases.map { "\(dataset.examples($0).exampleCount)" }
        .joined(separator: " / ") + " examples")
    let results = try study.run(
      on: try dataset.prepared(for: network), observer: ConsoleStudyObserver())
    let files = try Report.write(results, to: URL(fileURLWithPath: output))
    Console.show(results)
    print("results  \(files.json.path)")
    print("report   \(files.html.path)")
  }

  static let sampleDefaults = ["epochs": 12.0, "batch_size": 64]
}

/// Shows a study's progress on standard error.
private final class ConsoleStudyObserver: Study.Observer {
  func progress(of label: String) -> (any TrainingProgress)? { ConsoleProgress(title: label) }
  func note(_ text: String) { Console.note(text) }
}
