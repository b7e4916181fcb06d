import OutcropModels

/// Four short epochs with dropout in the model, so that order and masks matter.
func trainingConfiguration(
  _ change: (inout TrainingConfiguration) -> Void = { _ in }
) -> TrainingConfiguration {
  var result = TrainingConfiguration()
  (result.epochs, result.batchSize, result.learningRate, result.patience) = (4, 16, 3e-3, 0)
  change(&result)
  return result
}

/// A trainer of a small model, by default with dropout and the Explicit Bias Term.
func makeTrainer(
  _ configuration: TrainingConfiguration = trainingConfiguration(), modelSeed: UInt64 = 3,
  model change: (inout GraphTransformerConfiguration) -> Void = {
    ($0.dropout, $0.hasExplicitBias) = (0.2, true)
  }
) -> Trainer<GraphTransformer<Float>> {
  Trainer(
    GraphTransformer(smallConfiguration(change), seed: modelSeed), configuration: configuration,
    task: .regression)
}
