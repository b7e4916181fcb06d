import OutcropCore
import OutcropFiles
import OutcropModels
import OutcropNN
import OutcropTestSupport
import Testing

@Suite("Checkpoints of every architecture")
struct ArchitectureCheckpointTests {
  @Test(
    "load by name, and training goes on bit for bit",
    arguments: ModelVariant.base.map { $0.with(.added) } + [
      ModelVariant.base[0], ModelVariant.base[2].with(.alone),
    ])
  func resume(_ variant: ModelVariant) throws {
    func run<A: ModelArchitecture>(_ architecture: A) throws {
      let folder = try TemporaryFolder()
      var architecture = architecture
      architecture.shared.dropout = 0.1
      let (train, validation) = (variant.graphs(12, seed: 1), variant.graphs(4, seed: 2))
      func trainer(epochs: Int, seed: UInt64) -> Trainer<GraphNetwork<Float, A>> {
        var training = TrainingConfiguration()
        (training.epochs, training.batchSize, training.learningRate) = (epochs, 5, 1e-2)
        return Trainer(
          GraphNetwork(architecture, seed: seed), configuration: training, task: .regression)
      }
      let (whole, half) = (trainer(epochs: 4, seed: 3), trainer(epochs: 2, seed: 3))
      for (trainer, name) in [(whole, "whole"), (half, "half")] {
        trainer.checkpointPath = folder.path(name)
        try trainer.run(train: train, validation: validation)
      }
      #expect(bits(whole.model) != bits(half.model))
      let rest = trainer(epochs: 4, seed: 99)
      try rest.resume(from: folder.path("half"))
      rest.checkpointPath = folder.path("rest")
      try rest.run(train: train, validation: validation)
      #expect(bits(rest.model) == bits(whole.model))
      #expect(try tensors(folder.path("rest")) == tensors(folder.path("whole")))

      let loaded: any GraphModel<Float> = try ModelCatalog.load(
        SafetensorsFile(path: folder.path("rest")))
      #expect(bits(loaded) == bits(whole.model))
      let network = try #require(loaded as? GraphNetwork<Float, A>)
      #expect(network.configuration == architecture)
      #expect(scores(network, validation) == scores(whole.model, validation))
    }
    try run(variant.architecture)
  }
}
