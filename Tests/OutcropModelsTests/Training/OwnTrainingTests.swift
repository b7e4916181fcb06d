import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// The trainer with an optimizer, a schedule and a loss of its own.
@Suite("A training of one's own")
struct OwnTrainingTests {
  private typealias Model = GraphTransformer<Float>

  private func trainer(_ epochs: Int, modelSeed: UInt64 = 3) -> Trainer<Model> {
    let model = Model(smallConfiguration { $0.dropout = 0.2 }, seed: modelSeed)
    let optimizer = SGD(
      [
        ParameterGroup(model.parameters(matching: "layers.*"), learningRate: 0.02),
        ParameterGroup(model.parameters(matching: "MLP_layer.*"), learningRate: 0.01),
      ], momentum: 0.9)
    return Trainer(
      model, configuration: trainingConfiguration { $0.epochs = epochs }, task: .regression,
      optimizer: optimizer,
      schedule: LinearWarmUp(steps: 2, from: 0).then(CosineSchedule(steps: 4)),
      clippingNorm: 1
    ) { scores, batch in
      scores.meanSquaredError(targets: Tensor(batch.targets.map { Float($0) }, shape: scores.shape))
    }
  }

  @Test("The schedule holds for all groups, and parameters outside of them stay")
  func schedule() throws {
    let trainer = trainer(4)
    let embedding = trainer.model.parameters(matching: "embedding_h.*")[0].parameter
    let before = embedding.value.values
    try trainer.run(train: sample.train, validation: sample.validation)
    let expected = [0, 0.5, 1, (1 + 0.5.squareRoot()) / 2]
    for (record, factor) in zip(trainer.history, expected) {
      #expect(abs(record.learningRate - 0.02 * factor) < 1e-12)
    }
    #expect(trainer.optimizer.groups.map(\.learningRate)[1] == trainer.optimizer.learningRate / 2)
    #expect(embedding.value.values == before)
    #expect(trainer.history.count == 4)
    #expect(trainer.history[3].trainLoss < trainer.history[0].trainLoss)
  }

  @Test("A resumed run has the bits of one that was never interrupted; others are refused")
  func resume() throws {
    let folder = try TemporaryFolder()
    let whole = trainer(4)
    try whole.run(train: sample.train, validation: sample.validation)
    let first = trainer(2)
    first.checkpointPath = folder.path("c")
    try first.run(train: sample.train, validation: sample.validation)
    let second = trainer(4, modelSeed: 9)
    try second.resume(from: folder.path("c"))
    try second.run(train: sample.train, validation: sample.validation)
    for (a, b) in zip(whole.model.parameters, second.model.parameters) {
      #expect(a.parameter.value.values == b.parameter.value.values, "\(a.name)")
    }
    #expect(second.history.map(\.trainLoss) == whole.history.map(\.trainLoss))
    let plain = makeTrainer(trainingConfiguration { $0.epochs = 4 }) { $0.dropout = 0.2 }
    #expect(throws: InputError.self) { try plain.resume(from: folder.path("c")) }
  }
}
