// Trains a GraphTransformer on ZINC and looks for massive activations in it, step by step: what
// `outcrop study` does, through the library.
//
//   swift run -c release ZINCExample DIR [EPOCHS]
//
// DIR holds ZINC in TUDataset text. Without it the embedded synthetic molecules are used.

import Foundation
import Outcrop

let arguments = CommandLine.arguments.dropFirst()

// 1. Load.
let dataset: GraphDataset
do {
  dataset = try arguments.first.map { try TUDataset.read($0) } ?? SampleDataset.make()
} catch {
  // The error names file and line, what was found and what was expected.
  print("cannot read the data set: \(error)")
  exit(1)
}
print("data set \(dataset.name)\(dataset.isSynthetic ? " (synthetic)" : "")")
print("  \(dataset.train.count) / \(dataset.validation.count) / \(dataset.test.count) graphs")

// 2. Build: the published configuration, sized for this data set.
var shape = GraphTransformerConfiguration.zinc
shape.nodeTypeCount = dataset.nodeTypeCount
shape.edgeTypeCount = dataset.edgeTypeCount
shape.outputCount = dataset.outputCount
let model = GraphTransformer<Float>(shape, seed: 41)
print("model \(model.name): \(model.parameterCount) parameters")

// 3. Train.
var training = TrainingConfiguration()
training.epochs = arguments.dropFirst().first.flatMap { Int($0) } ?? 5
let untrained = try massiveActivations(of: model)
let trainer = Trainer(model, training, task: dataset.task)
trainer.checkpointPath =
  FileManager.default.temporaryDirectory
  .appendingPathComponent("zinc-example.safetensors").path
try trainer.run(
  train: dataset.train, validation: dataset.validation, progress: ConsoleProgress(title: "GT"))

// 4. Evaluate, observe, analyse.
let trained = try massiveActivations(of: model)
let names = (0..<dataset.edgeTypeCount).map { dataset.edgeTypeName($0) }
var table = TextTable(columns: [
  .init("layer"), .init("largest ratio, untrained"), .init("trained"), .init("massive"),
  .init("most on", .left),
])
for (layer, statistics) in trained.enumerated() {
  let ratios = statistics.edge.ratios
  let busiest = ratios.edgeTypes.max { $0.massiveEntries < $1.massiveEntries }
  table.rows.append([
    "\(layer)", largest(untrained[layer]), largest(statistics), "\(ratios.massiveCount)",
    ratios.massiveCount == 0 ? "–" : busiest.map { names[$0.type] } ?? "–",
  ])
}
print("\nedge activations of the test graphs; massive is a ratio above 1000\n\(table.text)")
print("checkpoint: \(trainer.checkpointPath!)")

/// The statistics of each layer's edge activations on the test graphs.
func massiveActivations(of model: GraphTransformer<Float>) throws -> [ActivationStatistics] {
  let collector = ActivationCollector(kinds: [.edge])
  let evaluation = Evaluation(
    of: model, on: dataset.test, task: dataset.task, observers: [collector])
  print("test \(evaluation.metric.name) \(evaluation.metric.value)")
  return try collector.layers[.edge]!.map { layer in
    try ActivationStatistics(
      layer.values, rowCount: layer.graphOffsets.last!, width: layer.width,
      batchOffsets: layer.graphOffsets, edgeTypes: collector.edgeTypes)
  }
}

/// The largest finite ratio of a layer.
func largest(_ statistics: ActivationStatistics) -> String {
  statistics.edge.ratios.largest.map { String(format: "%.0f", $0.ratio) } ?? "–"
}
