import ArgumentParser
import Foundation
import Outcrop

extension GraphDataset.Split: ExpressibleByArgument {}

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Compute loss and metric of a checkpoint on a data set.",
    discussion: """
      The checkpoint is a file of `outcrop train` or `outcrop study`, or a PyTorch state dict in \
      safetensors with `model` and `config` in its metadata.

      EXAMPLES
        outcrop evaluate gt.safetensors --dataset ../data/ZINC --split test
        outcrop evaluate outcrop-study/seed-41/trained.safetensors --json
        outcrop evaluate gt.safetensors --activations activations.safetensors
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "file"))
  var checkpoint: String

  @OptionGroup var data: DatasetOptions

  @Option(help: "The split to evaluate.")
  var split = GraphDataset.Split.test

  @Option(name: .customLong("batch-size"), help: ArgumentHelp("Graphs in a batch.", valueName: "n"))
  var batchSize = 128

  @Option(
    help: ArgumentHelp(
      "Also write the activations to this safetensors file, for `outcrop analyze` or another program.",
      valueName: "file"))
  var activations: String?

  @Option(
    help: ArgumentHelp(
      "The activations to write, separated by commas: edge, node, node_output, edge_output or the published name of a module of the layers.",
      valueName: "list"))
  var kinds = "edge,node"

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if batchSize < 1 {
      throw ValidationError("--batch-size: found \(batchSize), expected at least 1")
    }
  }

  func run() throws {
    let file = try SafetensorsFile(path: checkpoint)
    let model: any GraphModel<Float> = try ModelCatalog.load(file)
    // Neighbors of a large graph are sampled as in training.
    let training = TrainingConfiguration(checkpoint: file) ?? TrainingConfiguration()
    try run(model, on: data.load(fanOuts: training.fanOuts))
  }

  private func run(
    _ model: some GraphModel<Float>, on dataset: some ExampleDataset
  ) throws {
    let examples = try prepare(dataset, model)
    let count = examples.exampleCount
    let export = try activations.map { path in
      ActivationExport(
        to: path, kinds: try ActivationKind.list(kinds, of: model),
        edgeKinds: EdgeKinds(vocabularies: dataset.edgeVocabularies))
    }
    let result = try Evaluation(
      of: model, on: examples, task: dataset.task, batchSize: batchSize,
      observers: export.map { [$0] } ?? [])
    try export?.finish()
    if json {
      let fields: [String: JSONValue] = [
        "dataset": .string(dataset.name), "synthetic": .bool(dataset.isSynthetic),
        "split": .string(split.rawValue), "graphs": .number(Double(count)),
        "loss": .number(result.loss), "metric": .string(result.metric.name),
        "value": .number(result.metric.value),
      ]
      print(JSONValue.object(fields).description)
    } else {
      print(
        "\(dataset.name)\(dataset.isSynthetic ? " (synthetic)" : ""), \(split.rawValue) split: "
          + "\(count) \(dataset is GraphDataset ? "graphs" : "nodes"), loss \(result.loss), "
          + "\(result.metric.name) \(result.metric.value)")
    }
  }

  /// The examples with the encodings that the model needs. Throws when there are no examples or the
  /// model does not fit them.
  private func prepare(
    _ dataset: some ExampleDataset, _ model: some GraphModel<Float>
  ) throws -> any BatchSource {
    let prepared: any ExampleDataset =
      (dataset as? GraphDataset).map { model.encode($0) } ?? dataset
    let examples = prepared.examples(split)
    if examples.exampleCount == 0 { throw TrainingError.noGraphs(split: split.rawValue) }
    // All graphs are checked; of a sampled graph one node is enough.
    let checkedCount = dataset is GraphDataset ? examples.exampleCount : 1
    let batch = examples.batch(Array(0..<checkedCount)[...], seed: 0)
    if let problem = model.problem(with: batch) {
      throw InputError(
        file: checkpoint, field: "features", found: "\(problem) in \(dataset.name)",
        expected: "a model for the data set's features")
    }
    if model.outputCount != dataset.outputCount {
      throw InputError(
        file: checkpoint, field: "num_classes", found: "\(model.outputCount)",
        expected: "\(dataset.outputCount), the outputs of \(dataset.name)")
    }
    return examples
  }
}
