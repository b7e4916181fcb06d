import Foundation
import OutcropModels
import OutcropTestSupport
import Testing

/// What a training leaves: the tensors of its checkpoint, and its losses.
struct TrainingOutcome: Equatable, Sendable {
  let tensors: [String: [UInt8]]
  let losses: [[Double?]]
}

/// Trains on ranks that are threads; returns what rank 0 wrote and checks that all ranks agree.
func trainOverRanks(
  ranks: Int, epochs: Int = 2, from checkpoint: String? = nil,
  _ make: @Sendable @escaping (Int) -> Trainer<GraphTransformer<Float>>
) throws -> TrainingOutcome {
  let folder = try TemporaryFolder()
  let path = folder.path("checkpoint")
  let results = try ThreadRanks.run(ranks) { communicator in
    let trainer = make(epochs)
    trainer.communicator = communicator
    trainer.checkpointPath = path
    if let checkpoint { try trainer.resume(from: checkpoint) }
    try trainer.run(train: sample.train, validation: sample.validation)
    return (
      bits(trainer.model),
      trainer.history.map {
        [$0.learningRate, $0.trainLoss, $0.validationLoss, $0.validationMetric]
      }
    )
  }
  for result in results {
    #expect(result.0 == results[0].0)
    #expect(result.1 == results[0].1)
  }
  if let checkpoint {
    try FileManager.default.removeItem(atPath: checkpoint)
    try FileManager.default.copyItem(atPath: path, toPath: checkpoint)
  }
  return TrainingOutcome(tensors: try tensors(path), losses: results[0].1)
}
