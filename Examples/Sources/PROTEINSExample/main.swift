// Proteins as small graphs to classify (TUDataset's PROTEINS), or as one large graph with labeled nodes and
// sampled neighbors (the layout of ogbn-proteins).
//
//   swift run -c release PROTEINSExample DIR [MODEL] [EPOCHS]
//
// DIR contains one of these data sets; `outcrop data generate proteins DIR` generates a synthetic large
// graph. MODEL is GT, SAN, GraphiT or EGAT.

import Foundation
import Outcrop

let arguments = Array(CommandLine.arguments.dropFirst())
let epochs = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 2
guard let folder = arguments.first, epochs > 0 else {
  print("usage: PROTEINSExample DIR [MODEL] [EPOCHS]")
  exit(2)
}
let modelName = arguments.count > 1 ? arguments[1] : "GT"

do {
  let configs = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Configs")
  var configuration = try ExperimentConfiguration(
    contentsOf: configs.appendingPathComponent("\(modelName)_PROTEINS.json").path)
  configuration.set("epochs", .number(Double(epochs)))

  // 1. Load. The first reading of the large graph writes a cache next to its files; later readings map the
  //   cache.
  if NodeDataset.isPresent(at: folder) {
    let nodes = try NodeDataset.read(folder, options: .init(progress: { print($0) }))
    print("\(nodes.name): \(nodes.graph.nodeCount) nodes, \(nodes.graph.edgeCount) edges")
    let dataset = SampledDataset(nodes, fanOuts: try configuration.training().fanOuts)
    let architecture = try configuration.model(for: dataset)
    try experiment(architecture, on: dataset, configuration.training())
  } else {
    let dataset = try GraphDataset.read(from: folder)
    print("\(dataset.name): \(dataset.graphCount) graphs, \(dataset.outputCount) classes")
    // The published configuration is for the large graph. The small graphs need fewer outputs and smaller
    // batches.
    configuration.set("num_classes", .number(Double(dataset.outputCount)))
    configuration.set("n_classes", .number(Double(dataset.outputCount)))
    configuration.set("batch_size", .number(32))
    let architecture = try configuration.model(for: dataset)
    try experiment(architecture, on: dataset.prepared(for: architecture), configuration.training())
  }
} catch {
  print("error: \(error)")
  exit(1)
}

func experiment<Architecture: ModelArchitecture>(
  _ architecture: Architecture, on dataset: some ExampleDataset, _ training: TrainingConfiguration
) throws {
  // 2. Build.
  let model = GraphNetwork<Float, Architecture>(architecture, seed: training.seed)
  print("model \(model.name): \(model.parameterCount) parameters")

  // 3. Train; the next batch is sampled while the model works on this one.
  let trainer = Trainer(model, configuration: training, task: dataset.task)
  let reason = try trainer.run(
    train: dataset.examples(.train), validation: dataset.examples(.validation),
    progress: ConsoleProgress(title: model.name))

  // 4. Observe and analyze, and write the report.
  var study = Study(model: architecture, training: training)
  study.commandLine = ["PROTEINSExample"] + arguments
  print("trained: activations of \(dataset.examples(.test).exampleCount) test examples")
  var trained = try study.analyze(model, dataset, kind: .trained, label: "trained").run
  trained.record(trainer.history, task: dataset.task, reason)
  let metric = trained.testMetric!
  print("test", metric.name, String(format: "%.4f", metric.value))
  print(TextTable.layers(of: trained, base: nil, kind: .edge).text)
  let results = study.results(of: [trained], on: dataset, model: model)
  let files = try Report.write(results, to: "proteins-\(model.name)")
  print("report \(files.html)")
}
