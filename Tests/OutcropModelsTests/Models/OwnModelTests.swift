import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTestSupport
import Testing

@Suite("A model of one's own")
struct OwnModelTests {
  @Test("has good gradients, on graphs and on blocks")
  func gradients() throws {
    let variant = ModelVariant("Gated", GatedConfiguration())
    let check = ModelGradientCheck(
      variant.livelyModel(seed: 1), GraphBatch(variant.graphs(5, seed: 2)), seed: 3)
    #expect(check.problems.isEmpty && check.kinks <= 1, "\(check.problems)")
    let onBlocks = variant.with("blocks") {
      ($0.edgeFeatures, $0.outputCount) = (.linear(columns: 4), 2)
    }
    let other = ModelGradientCheck(
      onBlocks.livelyModel(seed: 4), try handMadeBlocks(seed: 5), seed: 6)
    #expect(other.problems.isEmpty && other.kinks <= 1, "\(other.problems)")
  }

  /// In a process of its own: the catalog is the process's, and other tests list its names.
  @Test("is trained, observed, saved, and loaded by its name")
  func life() async {
    await #expect(processExitsWith: .success) {
      try liveOnce()
    }
  }
}

private func liveOnce() throws {
  let known = ModelCatalog.names
  ModelCatalog.register(GatedConfiguration.self)
  #expect(ModelCatalog.names == known + ["Gated"])
  // Again: in place of itself.
  ModelCatalog.register(GatedConfiguration.self)
  #expect(ModelCatalog.names == known + ["Gated"])
  var configuration = GatedConfiguration()
  (configuration.gain, configuration.dropout) = (0.5, 0.1)

  let folder = try TemporaryFolder()
  let path = folder.path("gated.safetensors")
  var training = TrainingConfiguration()
  (training.epochs, training.batchSize, training.learningRate) = (2, 16, 1e-2)
  let trainer = Trainer(
    GraphNetwork<Float, GatedConfiguration>(configuration, seed: 7), configuration: training,
    task: .regression)
  let recorder = ActivationRecorder<Float>()
  trainer.checkpointPath = path
  try trainer.run(
    train: sample.train, validation: sample.validation, observers: [recorder])
  #expect(trainer.history.count == 2)
  #expect(trainer.history[1].trainLoss < trainer.history[0].trainLoss)
  let batches = 2 * ((sample.train.count + 15) / 16)
  for layer in 0..<2 {
    for kind in [ActivationKind.edge, .node] {
      let seen = recorder.activations[.init(kind: kind, layer: layer)] ?? []
      #expect(seen.count == batches && seen.allSatisfy { $0.shape[1] == 16 })
    }
  }

  let loaded: any GraphModel<Float> = try ModelCatalog.load(SafetensorsFile(path: path))
  #expect(loaded.name == "Gated" && loaded.configurationFields["gain"] == .number(0.5))
  #expect(bits(loaded) == bits(trainer.model))
  #expect(loaded.parameters.contains { $0.name == "layers.1.U.weight" })
  let network = try #require(loaded as? GraphNetwork<Float, GatedConfiguration>)
  #expect(scores(network, sample.test) == scores(trainer.model, sample.test))

  let fields = ConfigurationFields(
    ["hidden_dim": .number(16), "n_heads": .number(4), "L": .number(1), "gian": .number(1)],
    source: "own.json")
  let error = #expect(throws: InputError.self) {
    try ModelCatalog.configuration("Gated", fields)
  }
  #expect(error?.field == "gian")
}
