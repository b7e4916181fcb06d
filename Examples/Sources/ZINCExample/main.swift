// Trains a model on ZINC and finds its massive activations, step by step, as `outcrop study` does.
//
//   swift run -c release ZINCExample [DIR] [MODEL] [EPOCHS]
//
// DIR contains ZINC in TUDataset text or JSON lines (`outcrop data fetch ZINC`); without it, or with
// `sample`, the embedded synthetic molecules are used. MODEL is GT, SAN, GraphiT or EGAT.

import Foundation
import Outcrop

let arguments = Array(CommandLine.arguments.dropFirst())
let folder = arguments.first ?? "sample"
let modelName = arguments.count > 1 ? arguments[1] : "GT"
let epochs = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 5
guard epochs > 0 else {
  print("usage: ZINCExample [DIR] [MODEL] [EPOCHS]")
  exit(2)
}

do {
  // 1. Load. An error names the file and line, what was found and what was expected.
  let dataset = folder == "sample" ? SampleDataset.make() : try GraphDataset.read(from: folder)
  print("data set \(dataset.name)\(dataset.isSynthetic ? " (synthetic)" : "")")
  print("  \(dataset.train.count) / \(dataset.validation.count) / \(dataset.test.count) graphs")

  // 2. Build: the published configuration, sized for this data set.
  var configuration = ExperimentConfiguration.published(modelName)
  configuration.set("epochs", .number(Double(epochs)))
  let architecture = try configuration.model(for: dataset)
  try experiment(architecture, on: dataset.prepared(for: architecture), configuration.training())
} catch {
  print("error: \(error)")
  exit(1)
}

func experiment<Architecture: ModelArchitecture>(
  _ architecture: Architecture, on dataset: GraphDataset, _ training: TrainingConfiguration
) throws {
  let model = GraphNetwork<Float, Architecture>(architecture, seed: training.seed)
  print("model \(model.name): \(model.parameterCount) parameters")

  // 3. Observe and analyze the untrained model: every layer's edge and node activations on the test
  // graphs, their ratios to the median, the gamma fit.
  var study = Study(model: architecture, training: training)
  study.commandLine = ["ZINCExample"] + arguments
  print("untrained: activations of \(dataset.test.count) test graphs")
  let untrained = try study.analyze(model, dataset, kind: .base, label: "untrained")

  // 4. Train.
  let trainer = Trainer(model, configuration: training, task: dataset.task)
  let reason = try trainer.run(
    train: dataset.train, validation: dataset.validation,
    progress: ConsoleProgress(title: model.name))

  // 5. Analyze again and write the report.
  print("trained: activations of \(dataset.test.count) test graphs")
  var trained = try study.analyze(
    model, dataset, kind: .trained, label: "trained", untrained: untrained
  ).run
  trained.record(trainer.history, task: dataset.task, reason)
  for run in [untrained.run, trained] {
    print("\(run.label): test", run.testMetric!.name, String(format: "%.4f", run.testMetric!.value))
  }
  let results = study.results(of: [untrained.run, trained], on: dataset, model: model)
  print(TextTable.layers(of: trained, base: untrained.run, kind: .edge).text)
  let files = try Report.write(results, to: "zinc-\(model.name)")
  print("report \(files.html)")
}
