import Foundation
import OutcropBLAS
import OutcropGraph
import OutcropModels
import OutcropTensor

/// A few synthetic molecules to train on.
enum Molecules {
  static let train = MoleculeGenerator(seed: 1).molecules(0..<50)
  static let validation = MoleculeGenerator(seed: 1).molecules(1000..<1020)
}

/// Four short epochs with dropout in the model, so that order and masks matter.
func trainingConfiguration(
  _ change: (inout TrainingConfiguration) -> Void = { _ in }
) -> TrainingConfiguration {
  var result = TrainingConfiguration()
  (result.epochs, result.batchSize, result.learningRate, result.patience) = (4, 16, 3e-3, 0)
  change(&result)
  return result
}

func trainer(
  _ configuration: TrainingConfiguration = trainingConfiguration(), modelSeed: UInt64 = 3,
  model change: (inout GraphTransformerConfiguration) -> Void = {
    ($0.dropout, $0.hasExplicitBias) = (0.2, true)
  }
) -> Trainer<GraphTransformer<Float>> {
  Trainer(
    GraphTransformer(smallConfiguration(change), seed: modelSeed), configuration, task: .regression)
}

/// What a checkpoint holds, tensor by tensor as bytes, with the metadata but for times and memory.
struct CheckpointContents: Equatable {
  var tensors: [String: [UInt8]] = [:]
  var metadata: [String: String]
  var history: [EpochRecord]

  init(_ trainer: Trainer<GraphTransformer<Float>>, in folder: TemporaryFolder) throws {
    let path = folder.file("\(UUID().uuidString).safetensors")
    try trainer.saveCheckpoint(to: path)
    let file = try SafetensorsFile(path: path)
    for name in file.names { tensors[name] = try file.withUnsafeBytes(of: name) { Array($0) } }
    metadata = file.metadata
    let training = try JSONDecoder().decode(
      [String: JSONValue].self, from: Data(metadata["training"]!.utf8))
    metadata["training"] =
      JSONValue.object(training.filter { $0.key != "history" && $0.key != "training" }).description
    history = trainer.history.map {
      var record = $0
      (record.seconds, record.peakMemoryMB) = (0, nil)
      return record
    }
  }
}
