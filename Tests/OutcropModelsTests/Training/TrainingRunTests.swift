import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropModels
import OutcropTestSupport
import Testing

@Suite("A training run", .serialized)
struct TrainingRunTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("goes on bit for bit in double precision too")
  func resumeDouble() throws {
    func make(_ epochs: Int, seed: UInt64) -> Trainer<GraphTransformer<Double>> {
      Trainer(
        GraphTransformer(smallConfiguration { $0.dropout = 0.1 }, seed: seed),
        configuration: trainingConfiguration { $0.epochs = epochs }, task: .regression)
    }
    let whole = make(2, seed: 1)
    try whole.run(train: sample.train, validation: [])
    let part = make(1, seed: 1)
    part.checkpointPath = folder.path("double.safetensors")
    try part.run(train: sample.train, validation: [])
    let rest = make(2, seed: 2)
    try rest.resume(from: part.checkpointPath!)
    try rest.run(train: sample.train, validation: [])
    for (found, expected) in zip(rest.model.parameters, whole.model.parameters) {
      #expect(found.parameter.value.values == expected.parameter.value.values, "\(found.name)")
    }
    #expect(rest.history.map(\.trainLoss) == whole.history.map(\.trainLoss))
  }

  @Test("without validation follows the training loss")
  func noValidation() throws {
    let trainer = makeTrainer()
    try trainer.run(train: sample.train, validation: [])
    #expect(trainer.history.count == 4)
    #expect(trainer.history.allSatisfy { $0.validationLoss == nil && $0.validationMetric == nil })
    #expect(trainer.history.last!.trainLoss < trainer.history[0].trainLoss)
    // Validation graphs without labels steer nothing.
    var unlabeled = sample.validation
    for index in unlabeled.indices { unlabeled[index].targets = [.nan] }
    let same = makeTrainer()
    try same.run(train: sample.train, validation: unlabeled)
    #expect(bits(same.model) == bits(trainer.model))
    #expect(same.history.allSatisfy { $0.validationLoss == nil })
  }

  @Test("reports the mean over graphs of the losses its steps saw")
  func trainLoss() throws {
    // A rate of 0 leaves the parameters alone: the losses are those of the fresh model.
    let configuration = trainingConfiguration {
      ($0.epochs, $0.learningRate, $0.minimumLearningRate, $0.batchSize) = (1, 0, 0, 64)
    }
    let trainer = makeTrainer(configuration) { _ in }
    let model = GraphTransformer<Float>(smallConfiguration(), seed: 3)
    try trainer.run(train: sample.train, validation: sample.validation)
    let batch = GraphBatch(sample.train)
    let loss = Targets<Float>(batch).loss(model(batch, ForwardContext(isTraining: true))).scalar
    #expect(abs(trainer.history[0].trainLoss - Double(loss)) < 1e-5 * Double(loss))
    let evaluation = try Evaluation(
      of: trainer.model, on: sample.validation, task: .regression, batchSize: 7)
    let recorded = trainer.history[0].validationLoss!
    #expect(abs(recorded - evaluation.loss) < 1e-5 * recorded)
    #expect(abs(evaluation.loss - evaluation.metric.value) < 1e-5 * evaluation.loss)
  }

  @Test("stops when the learning rate falls below its minimum")
  func minimumRate() throws {
    let configuration = trainingConfiguration {
      ($0.epochs, $0.learningRate, $0.minimumLearningRate) = (60, 0.05, 0.02)
    }
    let trainer = makeTrainer(configuration)
    let reason = try trainer.run(train: sample.train, validation: sample.validation)
    #expect(reason == .learningRate)
    #expect(trainer.history.count < 60 && trainer.history.count > 1)
    #expect(trainer.history.allSatisfy { $0.learningRate >= 0.02 })
    #expect(trainer.history.last!.learningRate == 0.025)
    // The same again: nothing is left to do.
    let count = trainer.history.count
    #expect(try trainer.run(train: sample.train, validation: []) == .learningRate)
    #expect(trainer.history.count == count)
  }

  @Test("refuses to train on nothing, or without a label")
  func nothing() {
    #expect(throws: TrainingError.self) { try makeTrainer().run(train: [], validation: []) }
    var graphs = sample.train
    for index in graphs.indices { graphs[index].targets = [.nan] }
    do {
      try makeTrainer().run(train: graphs, validation: [])
      Issue.record("trained without labels")
    } catch {
      #expect("\(error)".contains("the training split has no labels"))
    }
  }

  @Test("leaves graphs without a label out of the loss")
  func missingLabels() throws {
    var graphs = Array(sample.train.prefix(8))
    for index in 4..<8 { graphs[index].targets = [.nan] }
    let trainer = makeTrainer(
      trainingConfiguration {
        ($0.epochs, $0.learningRate, $0.minimumLearningRate) = (1, 0, 0)
      }
    ) { _ in }
    try trainer.run(train: graphs, validation: graphs)
    let evaluation = try Evaluation(of: trainer.model, on: graphs, task: .regression)
    #expect(evaluation.labelCount == 4)
    #expect(
      abs(evaluation.loss - evaluation.metric.value) < 1e-6 * evaluation.metric.value)
    #expect(trainer.history[0].trainLoss.isFinite)
  }

  @Test("allocates nothing large after the second step, over batches of different sizes")
  func steadyMemory() async {
    await #expect(processExitsWith: .success) {
      final class Watcher: TrainingProgress {
        var counts: [Int] = []
        func begin(done: Int, epochs: Int) {}
        func batch(_ done: Int, of count: Int, epoch: Int) {
          counts.append(BufferPool.statistics.largeAllocations)
        }
        func epoch(_ record: EpochRecord, metric: String) {}
      }
      let watcher = Watcher()
      let graphs = MoleculeGenerator(seed: 5).molecules(0..<512)
      var configuration = TrainingConfiguration()
      (configuration.epochs, configuration.batchSize) = (3, 64)
      var model = GraphTransformerConfiguration.zinc
      model.layerCount = 3
      let trainer = Trainer(
        GraphTransformer<Float>(model, seed: 1), configuration: configuration, task: .regression)
      try trainer.run(train: graphs, validation: [], progress: watcher)
      #expect(watcher.counts.count == 24)
      #expect(watcher.counts[1] > 0)
      #expect(watcher.counts.last == watcher.counts[1], "\(watcher.counts)")
    }
  }

  @Test("tells its progress")
  func progress() throws {
    final class Recorder: TrainingProgress {
      var events: [String] = []
      func begin(done: Int, epochs: Int) { events.append("begin \(done)/\(epochs)") }
      func batch(_ done: Int, of count: Int, epoch: Int) {
        events.append("\(epoch): \(done)/\(count)")
      }
      func epoch(_ record: EpochRecord, metric: String) {
        events.append("\(record.epoch) \(metric)")
      }
    }
    let recorder = Recorder()
    let trainer = makeTrainer(trainingConfiguration { ($0.epochs, $0.batchSize) = (2, 32) })
    try trainer.run(train: sample.train, validation: [], progress: recorder)
    #expect(
      recorder.events == [
        "begin 0/2", "1: 1/2", "1: 2/2", "1 MAE", "2: 1/2", "2: 2/2", "2 MAE",
      ])
  }
}
