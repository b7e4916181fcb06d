import Foundation
import OutcropCore
import OutcropFiles
import OutcropModels
import OutcropTestSupport
import Testing

/// Serialized: thread count and pool belong to the process.
@Suite(.serialized) struct TrainerTests {
  private func losses(_ history: [EpochRecord]) -> [[Double?]] {
    history.map { [$0.learningRate, $0.trainLoss, $0.validationLoss, $0.validationMetric] }
  }

  @Test func interruptionChangesNothing() throws {
    let folder = try TemporaryFolder()
    let (whole, half, rest) = (trainer(epochs: 4), trainer(epochs: 2), trainer(epochs: 4))
    for (trainer, name) in [(whole, "whole"), (half, "half")] {
      trainer.checkpointPath = folder.path(name)
      try trainer.run(train: sample.train, validation: sample.validation)
    }
    try rest.resume(from: folder.path("half"))
    #expect(rest.history == half.history)
    rest.checkpointPath = folder.path("rest")
    #expect(try rest.run(train: sample.train, validation: sample.validation) == .epochs)
    #expect(rest.history.count == 4)
    #expect(losses(rest.history) == losses(whole.history))
    let expected = try tensors(folder.path("whole"))
    #expect(expected.keys.contains { $0.hasPrefix("optimizer/second/") })
    #expect(try tensors(folder.path("rest")) == expected)
    #expect(try tensors(folder.path("half")) != expected)
  }

  @Test func threadsChangeNothingAndSeedsDo() throws {
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    let results = try [1, 2, 8].map { threads in
      ThreadPool.threadCount = threads
      let trainer = trainer(epochs: 2, width: 64)
      try trainer.run(train: sample.train, validation: sample.validation)
      return (bits(trainer.model), losses(trainer.history))
    }
    for result in results.dropFirst() {
      #expect(result.0 == results[0].0)
      #expect(result.1 == results[0].1)
    }
    let other = trainer(epochs: 2, seed: 6, width: 64)
    try other.run(train: sample.train, validation: sample.validation)
    #expect(bits(other.model) != results[0].0)
  }

  @Test(arguments: [true, false]) func divergenceLeavesTheCheckpoint(inTraining: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("checkpoint")
    let first = trainer(epochs: 1)
    first.checkpointPath = path
    try first.run(train: sample.train, validation: sample.validation)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let second = trainer(epochs: 3)
    try second.resume(from: path)
    second.checkpointPath = path
    var (train, validation) = (sample.train, sample.validation)
    if inTraining { train[7].targets = [.infinity] } else { validation[3].targets = [.infinity] }
    let error = #expect(throws: TrainingError.self) {
      try second.run(train: train, validation: validation)
    }
    switch error {
    case .nonFiniteLoss(2, _, let loss, path)? where inTraining: #expect(!loss.isFinite)
    case .nonFiniteModel(2, let found, path)? where !inTraining:
      #expect(found.contains("validation loss"))
    default: Issue.record("\(String(describing: error))")
    }
    #expect(error?.description.contains(path) == true)
    #expect(second.history.count == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    try trainer(epochs: 3).resume(from: path)
  }

  @Test func absurdLearningRate() throws {
    let trainer = trainer(epochs: 3) { $0.learningRate = 1e30 }
    #expect(throws: TrainingError.self) {
      try trainer.run(train: sample.train, validation: sample.validation)
    }
  }

  @Test func foreignCheckpointsAreRefused() throws {
    let folder = try TemporaryFolder()
    let source = trainer(epochs: 1)
    source.checkpointPath = folder.path("good")
    try source.run(train: sample.train, validation: [])
    let wide = trainer(epochs: 1, width: 32)
    wide.checkpointPath = folder.path("wide")
    try wide.run(train: sample.train, validation: [])
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path("good")))
    try whole.dropLast(100).write(to: URL(fileURLWithPath: folder.path("short")))
    var state = SafetensorsWriter()
    source.model.add(to: &state)
    try state.write(to: folder.path("plain"))
    let target = trainer(epochs: 2)
    let before = bits(target.model)
    func refuses<E: Error & CustomStringConvertible>(_ name: String, _: E.Type) {
      let error = #expect(throws: E.self) { try target.resume(from: folder.path(name)) }
      #expect(error?.description.contains(folder.path(name)) == true)
      #expect(bits(target.model) == before)
      #expect(target.history.isEmpty)
    }
    refuses("wide", InputError.self)
    refuses("plain", InputError.self)
    refuses("short", InputError.self)
    // Another seed draws another order.
    let other = trainer(epochs: 2, seed: 77)
    #expect(throws: InputError.self) { try other.resume(from: folder.path("good")) }
    try target.resume(from: folder.path("good"))
    #expect(bits(target.model) == bits(source.model))
  }

  @Test func undefinedMetricsAreLeftOut() throws {
    // One class alone has no area under a curve.
    let folder = try TemporaryFolder()
    var graphs = sample.train
    for index in graphs.indices { graphs[index].targets = [1] }
    func make() -> Trainer<GraphTransformer<Float>> {
      Trainer(
        GraphTransformer(tinyConfiguration(), seed: 9),
        configuration: trainer(epochs: 1).configuration,
        task: .binaryClassification)
    }
    let (first, second) = (make(), make())
    first.checkpointPath = folder.path("checkpoint")
    try first.run(train: graphs, validation: graphs)
    try second.resume(from: folder.path("checkpoint"))
    #expect(second.history[0].validationMetric == nil)
  }

  @Test func endings() throws {
    #expect(throws: TrainingError.self) {
      try trainer(epochs: 1).run(train: [], validation: sample.validation)
    }
    let alone = trainer(epochs: 2)
    #expect(try alone.run(train: sample.train, validation: []) == .epochs)
    #expect(alone.history.count == 2)
    #expect(alone.history.allSatisfy { $0.validationLoss == nil && $0.trainLoss.isFinite })
    let slow = trainer(epochs: 50) {
      ($0.reduceFactor, $0.minimumLearningRate, $0.learningRate) = (0.1, 1e-3, 5e-2)
    }
    #expect(try slow.run(train: sample.train, validation: sample.validation) == .learningRate)
    #expect(slow.history.count < 50)
  }

  /// In a process of its own: in this one, other tests use the pool.
  @Test func poolDoesNotGrow() async {
    await #expect(processExitsWith: .success) {
      final class Counts: TrainingProgress {
        var allocations: [Int] = []
        func begin(done: Int, epochs: Int) {}
        func batch(_ done: Int, of count: Int, epoch: Int) {}
        func epoch(_ record: EpochRecord, metric: String) {
          allocations.append(BufferPool.statistics.largeAllocations)
        }
      }
      // The pool is the process's: other suites may take from it meanwhile, so one quiet run is enough.
      // Growth of training's own would show in every run.
      var growth: [Int] = []
      repeat {
        let counts = Counts()
        let trainer = trainer(epochs: 12, width: 64)
        try trainer.run(train: sample.train, validation: sample.validation, progress: counts)
        #expect(counts.allocations[0] > 0)
        growth.append(counts.allocations[11] - counts.allocations[5])
      } while growth.last != 0 && growth.count < 20
      #expect(growth.last == 0, "\(growth)")
    }
  }
}
