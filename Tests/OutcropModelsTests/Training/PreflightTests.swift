import OutcropCore
import OutcropGraph
import OutcropModels
import Testing

@Suite("Before training starts")
struct PreflightTests {
  /// Training as `change` makes it, and the error that it throws; the model must be as before.
  private func error(
    train: [Graph] = sample.train, validation: [Graph] = sample.validation,
    _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) -> InputError? {
    let trainer = trainer(epochs: 1, change: change)
    let before = bits(trainer.model)
    let error = #expect(throws: InputError.self) {
      try trainer.run(train: train, validation: validation)
    }
    #expect(bits(trainer.model) == before && trainer.history.isEmpty)
    return error
  }

  @Test("every graph is checked, of both splits")
  func everyGraph() {
    var graphs = sample.train
    graphs[graphs.count - 1].nodeTypes!.values[0] = 400
    let last = error(train: graphs)
    #expect(last?.found == "node type 400 where the model knows 0 ... 27")
    #expect(last?.file == "training, examples 48 ... 63")
    let other = error(validation: [graphs[graphs.count - 1]])
    #expect(other?.file == "validation, examples 0 ... 0")
    graphs = sample.train
    for index in graphs.indices { graphs[index].edgeTypes = nil }
    #expect(error(train: graphs)?.found == "no edge types")
  }

  @Test("the number of outputs is compared with the labels")
  func outputs() {
    var graphs = sample.train
    for index in graphs.indices { graphs[index].targets = [0, 1, 0] }
    let error = error(train: graphs)
    #expect(error?.field == "targets" && error?.found == "3 scores to learn")
    #expect(throws: InputError.self) {
      try Evaluation(
        of: trainer(epochs: 1).model, on: sample.test, task: .classification(classCount: 3))
    }
  }

  @Test("impossible settings are named")
  func settings() {
    #expect(error { $0.batchSize = 0 }?.field == "batchSize")
    #expect(error { $0.epochs = -1 }?.field == "epochs")
    #expect(error { $0.learningRate = .nan }?.field == "learningRate")
    #expect(error { $0.weightDecay = -1 }?.field == "weightDecay")
    #expect(error { $0.minimumLearningRate = .infinity }?.field == "minimumLearningRate")
    #expect(error { $0.reduceFactor = 2 }?.field == "reduceFactor")
    #expect(error { $0.patience = -1 }?.field == "patience")
    #expect(error { $0.stepsPerEpoch = 0 }?.field == "stepsPerEpoch")
    #expect(error { $0.fanOuts = [5, 0] }?.field == "fanOuts")
  }

  @Test("evaluation refuses what the model does not know, and batches of nothing")
  func evaluation() throws {
    let model = trainer(epochs: 1).model
    var graphs = sample.test
    graphs[15].edgeTypes!.values[0] = 9
    let error = #expect(throws: InputError.self) {
      try Evaluation(of: model, on: graphs, task: .regression, batchSize: 6)
    }
    #expect(error?.file == "evaluation, batch 3")
    #expect(error?.found == "edge type 9 where the model knows 0 ... 3")
    let size = #expect(throws: InputError.self) {
      try Evaluation(of: model, on: sample.test, task: .regression, batchSize: 0)
    }
    #expect(size?.field == "batchSize")
    // Scores need no labels.
    for index in graphs.indices { graphs[index] = sample.test[index] }
    for index in graphs.indices { graphs[index].targets = [] }
    let unlabeled = try Evaluation(of: model, on: graphs, task: .regression)
    #expect(unlabeled.labelCount == 0 && unlabeled.scores.count == graphs.count)
  }
}
