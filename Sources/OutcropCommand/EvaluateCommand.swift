import ArgumentParser
import Foundation
import Outcrop

extension GraphDataset.Split: ExpressibleByArgument {}

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Compute loss and metric of a checkpoint on a data set.",
    discussion: """
      The checkpoint is one that `outcrop train` or `study` wrote, or a PyTorch state dict in \
      safetensors with `model` and `config` in its metadata.

      EXAMPLES
        outcrop evaluate gt.safetensors --dataset ../data/ZINC --split test
        outcrop evaluate outcrop-study/trained.safetensors --json
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "file"))
  var checkpoint: String

  @OptionGroup var data: DatasetOptions

  @Option(help: "The split to evaluate.")
  var split = GraphDataset.Split.test

  @Option(name: .customLong("batch-size"), help: ArgumentHelp("Graphs in a batch.", valueName: "n"))
  var batchSize = 128

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if batchSize < 1 {
      throw ValidationError("--batch-size: found \(batchSize), expected at least 1")
    }
  }

  func run() throws {
    let model: any GraphModel<Float> = try ModelCatalog.load(SafetensorsFile(path: checkpoint))
    var dataset = try data.load()
    dataset = try prepare(dataset, model)
    if dataset[split].isEmpty { throw TrainingError.noGraphs(split: split.rawValue) }
    let result = evaluate(model, dataset)
    if json {
      let fields: [String: JSONValue] = [
        "dataset": .string(dataset.name), "synthetic": .bool(dataset.isSynthetic),
        "split": .string(split.rawValue), "graphs": .number(Double(dataset[split].count)),
        "loss": .number(result.loss), "metric": .string(result.metric.name),
        "value": .number(result.metric.value),
      ]
      print(JSONValue.object(fields).description)
    } else {
      print(
        "\(dataset.name)\(dataset.isSynthetic ? " (synthetic)" : ""), \(split.rawValue) split: "
          + "\(dataset[split].count) graphs, loss \(result.loss), "
          + "\(result.metric.name) \(result.metric.value)")
    }
  }

  /// The data set with the encodings that the model reads. Throws when the model doesn't fit it.
  private func prepare(
    _ dataset: GraphDataset, _ model: some GraphModel<Float>
  ) throws -> GraphDataset {
    let prepared = model.encode(dataset)
    if !prepared[split].isEmpty, let problem = model.problem(with: GraphBatch(prepared[split])) {
      throw ConfigurationError(
        source: checkpoint, field: "features", found: "\(problem) in \(dataset.name)",
        expected: "a model that knows the data set's features")
    }
    if model.outputCount != dataset.outputCount {
      throw ConfigurationError(
        source: checkpoint, field: "num_classes", found: "\(model.outputCount)",
        expected: "\(dataset.outputCount), the outputs of \(dataset.name)")
    }
    return prepared
  }

  private func evaluate(_ model: some GraphModel<Float>, _ dataset: GraphDataset) -> Evaluation {
    Evaluation(of: model, on: dataset[split], task: dataset.task, batchSize: batchSize)
  }
}
