// Twelve toxicity labels of a molecule, many of them missing: multi-label classification on Tox21 in OGB's
// files, with a published configuration read from JSON.
//
//   swift run -c release TOX21Example DIR [MODEL] [EPOCHS]
//
// DIR contains ogbg-moltox21 as OGB distributes it (`outcrop data fetch ogbg-moltox21`). MODEL is SAN,
// GraphiT, GT or EGAT; GT and EGAT are configured for canonical features, and are slow on two cores.

import Foundation
import Outcrop

let arguments = Array(CommandLine.arguments.dropFirst())
let epochs = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 6
guard let folder = arguments.first, epochs > 0 else {
  print("usage: TOX21Example DIR [MODEL] [EPOCHS]")
  exit(2)
}
let modelName = arguments.count > 1 ? arguments[1] : "SAN"

do {
  // 1. Load: features, labels and the scaffold split.
  let dataset = try OGBDataset.read(folder)
  let missing = dataset.train.reduce(0) { $0 + $1.targets.count { $0.isNaN } }
  print("\(dataset.name): \(dataset.graphCount) molecules, \(dataset.targetCount) labels each")
  print("  \(missing) labels of the training molecules are missing")

  // 2. Build: the published file, with the features and outputs of the data set.
  let configs = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Configs")
  var configuration = try ExperimentConfiguration(
    contentsOf: configs.appendingPathComponent("\(modelName)_TOX21.json").path)
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

  // 3. Observe and analyze the untrained model on the test molecules.
  var study = Study(model: architecture, training: training)
  study.commandLine = ["TOX21Example"] + arguments
  print("untrained: activations of \(dataset.test.count) test molecules")
  let untrained = try study.analyze(model, dataset, kind: .base, label: "untrained")

  // 4. Train. Missing labels are not counted in the loss and the metric.
  let trainer = Trainer(model, configuration: training, task: dataset.task)
  let reason = try trainer.run(
    train: dataset.train, validation: dataset.validation,
    progress: ConsoleProgress(title: model.name))

  // 5. Analyze again, against the untrained model's distribution, and write the report.
  print("trained: activations of \(dataset.test.count) test molecules")
  var trained = try study.analyze(
    model, dataset, kind: .trained, label: "trained", untrained: untrained
  ).run
  trained.record(trainer.history, task: dataset.task, reason)
  for run in [untrained.run, trained] {
    print("\(run.label): test", run.testMetric!.name, String(format: "%.4f", run.testMetric!.value))
  }
  print(TextTable.layers(of: trained, base: untrained.run, kind: .edge).text)
  let results = study.results(of: [untrained.run, trained], on: dataset, model: model)
  let files = try Report.write(results, to: "tox21-\(model.name)")
  print("report \(files.html)")
}
