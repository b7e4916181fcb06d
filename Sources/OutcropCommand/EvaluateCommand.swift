import ArgumentParser
import Foundation
import Outcrop

extension GraphDataset.Split: ExpressibleByArgument {}

struct EvaluateCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Compute loss and metric of a checkpoint on a data set.",
    discussion: """
      The checkpoint is a file of `outcrop train` or `outcrop study`, or a PyTorch state dict in \
      safetensors with `model` and `config` in its metadata. Under mpirun or srun the processes share \
      the batches; results do not depend on their number.

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
      "The activations to write, separated by commas: edge, node, node_output, edge_output or the published name of a layer's module. By default edge,node.",
      valueName: "list"))
  var kinds: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if !(1...1_000_000 ~= batchSize) {
      throw ValidationError("--batch-size: found \(batchSize), expected 1 ... 1000000")
    }
    if activations != nil, Ranks.communicator.size > 1 {
      throw ValidationError(
        "--activations: found \(Ranks.communicator.size) processes, expected one: the file has one writer"
      )
    }
    if kinds != nil, activations == nil {
      throw ValidationError("--kinds: expected --activations as well, the file to write")
    }
  }

  func run() throws {
    let file = try SafetensorsFile(path: checkpoint)
    let model: any GraphModel<Float> = try ModelCatalog.load(file)
    // Neighbors of a large graph are sampled as in training.
    let training = TrainingConfiguration(checkpoint: file) ?? TrainingConfiguration()
    let dataset = try data.load(for: training)
    try file.checkTask(dataset.task)
    try run(model, on: dataset)
  }

  private func run(
    _ model: some GraphModel<Float>, on dataset: some ExampleDataset
  ) throws {
    let prepared = try dataset.prepared(for: model, splits: [split])
    try prepared.checkExamples(in: [split])
    let examples = prepared.examples(split)
    data.describe(dataset, in: [split])
    let count = (dataset as? SingleGraphDataset)?[split].count ?? examples.exampleCount
    let export = try activations.map { path in
      let chosen = try ActivationKind.list(
        kinds ?? "edge,node", of: model, option: "--kinds")
      try tryExport(path)
      return ActivationExport(
        to: path, kinds: chosen,
        edgeKinds: EdgeKinds(vocabularies: dataset.edgeVocabularies))
    }
    let result = try Evaluation(
      of: model, on: examples, task: dataset.task, batchSize: batchSize,
      communicator: Ranks.communicator,
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
          + "\(result.metric.name) "
          + (result.metric.value.isNaN ? "undefined" : "\(result.metric.value)"))
    }
  }

  /// Throws if the activations cannot be written, or if `path` is a file without exported activations.
  private func tryExport(_ path: String) throws {
    try Outputs.checkDifferent([("<file>", checkpoint), ("--activations", path)])
    if FileManager.default.fileExists(atPath: path) {
      let names = (try? SafetensorsFile(path: path))?.names
      guard let names, names.allSatisfy({ $0.wholeMatch(of: Self.exportedName) != nil }) else {
        throw InputError(
          file: path, found: "a file without activations of this program",
          expected: "a new file, or a file of activations to replace")
      }
    }
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent().path
    // Removes the parts of an evaluation that was killed earlier, and those of this one if a signal ends it.
    let removeParts: @Sendable () -> Void = {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      where name.hasPrefix(url.lastPathComponent + ".") && name.hasSuffix(".part") {
        unlink("\(folder)/\(name)")
      }
    }
    removeParts()
    Interruption.addCleanup(removeParts)
    try Outputs.check(path)
  }

  /// The names of tensors in a file of `ActivationExport`.
  private static var exportedName: Regex<(Substring, Substring?)> {
    #/[^/]+/\d+(/batch_offsets|/edge_types)?/#
  }
}
