import ArgumentParser
import Foundation
import Outcrop

struct InterveneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "intervene",
    abstract: "Measure what the massive activations of a checkpoint do.",
    discussion: """
      Runs the frozen model with the massive entries of its edge activations changed before a layer \
      uses them, layer by layer and in all layers: set to zero, to the median that makes them massive, \
      to the mean of their channel, or clipped at 100 times that median. Controls change as many other \
      entries in the same way: random ones of the layer, random ones of the same rows, and the largest \
      ones under the threshold. Reports the change of the metric and the mean absolute change of the \
      predictions with 95% intervals over graphs. A layer is load-bearing when its change is over the \
      97.5th percentile of both random controls, else idle. Prints a table and writes results.json and \
      report.html. `outcrop study --interventions` does the same with the models of a study.

      EXAMPLES
        outcrop intervene outcrop-study/seed-41/trained.safetensors
        outcrop intervene gt.safetensors --dataset ../data/ZINC --kinds zero,mean
        outcrop intervene gt.safetensors --layers 0,9 --examples 200 --json
      """)

  @Argument(
    help: ArgumentHelp(
      "The checkpoint: a file of `outcrop train` or `outcrop study`, or a PyTorch state dict in safetensors with `model` and `config` in its metadata.",
      valueName: "file"))
  var checkpoint: String

  @OptionGroup var data: DatasetOptions

  @Option(help: "The split to use.")
  var split = GraphDataset.Split.test

  @OptionGroup var intervention: InterventionArguments

  @Option(
    help: ArgumentHelp(
      "The layers to change one by one, such as 0,9. By default all with massive activations.",
      valueName: "list"))
  var layers: LayerList?

  @Option(help: ArgumentHelp("The seed of controls and resamples.", valueName: "n"))
  var seed = 41

  @Option(
    name: .customLong("batch-size"), help: ArgumentHelp("Graphs in a batch.", valueName: "n"))
  var batchSize = 32

  @OptionGroup var detection: DetectionArguments

  @Option(help: ArgumentHelp("The folder for results.json and report.html.", valueName: "dir"))
  var output = "outcrop-intervention"

  @Flag(help: "Print results.json instead of tables.")
  var json = false

  func validate() throws {
    if !(1...1_000_000 ~= batchSize) {
      throw ValidationError("--batch-size: found \(batchSize), expected 1 ... 1000000")
    }
  }

  func run() throws {
    let file = try SafetensorsFile(path: checkpoint)
    let model: any GraphModel<Float> = try ModelCatalog.load(file)
    let training = TrainingConfiguration(checkpoint: file) ?? TrainingConfiguration()
    let dataset = try data.load(for: training)
    try file.checkTask(dataset.task)
    try run(model, on: dataset)
  }

  private func run(_ model: some GraphModel<Float>, on dataset: some ExampleDataset) throws {
    let prepared = try dataset.prepared(for: model, splits: [split])
    try prepared.checkExamples(in: [split])
    data.describe(dataset, in: [split])
    var experiment = intervention.intervention
    experiment.layers = layers?.values
    experiment.seed = UInt64(bitPattern: Int64(seed))
    experiment.batchSize = batchSize
    experiment.detection = detection.options
    try experiment.check()
    try Report.check(output)
    let results = try experiment.results(
      of: model, on: prepared, split: split,
      label: URL(fileURLWithPath: checkpoint).deletingPathExtension().lastPathComponent,
      commandLine: ["outcrop"] + CommandLine.arguments.dropFirst()
    ) { Console.note($0) }
    let written = try Report.write(results, to: output)
    if json {
      print(String(decoding: try results.json(), as: UTF8.self))
    } else {
      if let table = TextTable.interventions(of: results) { print("\n\(table)") }
      if let file = written.json { print("results  \(file)") }
      print("report   \(written.html)")
    }
  }
}

/// Options of interventions, alone or in a study.
struct InterventionArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What massive entries become: zero, median, mean, clip, with commas between. The first one gives a layer's verdict in the report's figure.",
      valueName: "list"))
  var kinds = InterventionKindList.all

  @Option(
    help: ArgumentHelp("Draws of each random control, at least 20.", valueName: "n"))
  var draws = 20

  @Option(
    help: ArgumentHelp(
      "The number of examples to use, from the first on. By default all.", valueName: "n"))
  var examples: Int?

  func validate() throws {
    if !(20...100_000 ~= draws) {
      throw ValidationError("--draws: found \(draws), expected 20 ... 100000")
    }
    if let examples, examples < 1 {
      throw ValidationError("--examples: found \(examples), expected at least 1")
    }
  }

  /// Whether every option has its default.
  var isUnset: Bool {
    kinds.values == InterventionKind.allCases && draws == 20 && examples == nil
  }

  var intervention: Intervention {
    var result = Intervention()
    (result.kinds, result.draws, result.exampleLimit) = (kinds.values, draws, examples)
    return result
  }
}

/// A list of different kinds, separated by commas.
struct InterventionKindList: ExpressibleByArgument {
  let values: [InterventionKind]

  static let all = InterventionKindList(values: InterventionKind.allCases)

  private init(values: [InterventionKind]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { InterventionKind(rawValue: String($0)) }
    if values.count != parts.count || Set(values).count != values.count { return nil }
  }

  var defaultValueDescription: String { values.map(\.rawValue).joined(separator: ",") }
}

/// A list of different layers, separated by commas.
struct LayerList: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Int($0) }
    if values.count != parts.count || Set(values).count != values.count { return nil }
    if values.contains(where: { $0 < 0 }) { return nil }
  }
}
