import Foundation
import OutcropCore
import OutcropFiles
import OutcropModels
import OutcropNN
import OutcropReport
import OutcropTestSupport
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
  private let folder: TemporaryFolder
  private let path: String
  private let bytes: Data

  /// Two good epochs and their checkpoint.
  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("good.safetensors")
    let good = makeTrainer(trainingConfiguration { $0.epochs = 2 })
    good.checkpointPath = path
    try good.run(train: sample.train, validation: sample.validation)
    bytes = try Data(contentsOf: URL(fileURLWithPath: path))
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
    } catch {
      return "\(error)"
    }
    return "no error"
  }

  /// The checkpoint is as it was, and can be used.
  private func expectIntact() throws {
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    let again = makeTrainer()
    try again.resume(from: path)
    #expect(again.history.count == 2)
    try again.run(train: sample.train, validation: sample.validation)
    #expect(again.history.count == 4)
  }

  @Test("come out as they went in: model, moments, schedule, order and history")
  func identity() throws {
    let resumed = makeTrainer(trainingConfiguration { $0.epochs = 2 }, modelSeed: 99)
    try resumed.resume(from: path)
    let copy = folder.path("copy.safetensors")
    try resumed.saveCheckpoint(to: copy)
    #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == bytes)
  }

  @Test("survive a loss that is not finite")
  func infiniteLoss() throws {
    var graphs = sample.train
    graphs[30].targets = [.infinity]
    let broken = makeTrainer()
    broken.checkpointPath = path
    try broken.resume(from: path)
    do {
      try broken.run(train: graphs, validation: sample.validation)
      Issue.record("an infinite loss passed")
    } catch let error as TrainingError {
      guard case .nonFiniteLoss(let epoch, let step, let loss, let checkpoint) = error else {
        throw error
      }
      #expect(epoch == 3 && (1...4).contains(step) && loss == .infinity && checkpoint == path)
      #expect("\(error)".contains("the loss is inf in epoch 3, step \(step)"))
      #expect("\(error)".contains("intact: \(path)"))
    }
    #expect(broken.history.count == 2)
    try expectIntact()
  }

  @Test("survive a learning rate that blows the model up", arguments: [1e30, 1e36, 1e39])
  func blownUp(_ rate: Double) throws {
    let broken = makeTrainer(trainingConfiguration { $0.learningRate = rate }) { _ in }
    broken.checkpointPath = path
    let text = message {
      try broken.run(train: sample.train, validation: sample.validation)
    }
    #expect(text.hasPrefix("training stopped: "))
    // A checkpoint there holds a finite model, or is the one from before.
    let file = try SafetensorsFile(path: path)
    for name in file.names where try file.entry(name).elementType == .float32 {
      #expect(try file.floats(name).allSatisfy { $0.isFinite }, "\(name)")
    }
  }

  @Test("are not written for a model whose last step broke it")
  func brokenByLastStep() throws {
    // One step an epoch: only the next loss would show what it did.
    let broken = makeTrainer(
      trainingConfiguration { ($0.batchSize, $0.learningRate) = (64, 1e39) })
    broken.checkpointPath = folder.path("none.safetensors")
    let text = message { try broken.run(train: sample.train, validation: []) }
    #expect(text.contains("after the steps of epoch 1"))
    #expect(text.contains("there is no checkpoint of an earlier epoch"))
    #expect(!FileManager.default.fileExists(atPath: broken.checkpointPath!))
  }

  @Test("name a checkpoint in the error only if there is one")
  func noCheckpoint() throws {
    var graphs = sample.train
    graphs[0].targets = [.infinity]
    let broken = makeTrainer()
    try broken.resume(from: path)
    broken.checkpointPath = folder.path("elsewhere.safetensors")
    let text = message { try broken.run(train: graphs, validation: []) }
    // What was resumed from holds the last good epoch; nothing was written elsewhere.
    #expect(text.contains("intact: \(path)") && !text.contains("elsewhere"))
    #expect(
      message { try makeTrainer().run(train: graphs, validation: []) }
        .contains("there is no checkpoint of an earlier epoch"))
  }

  @Test("of another model or training are refused, naming the fields")
  func disagreement() throws {
    func refusal(_ trainer: Trainer<GraphTransformer<Float>>) -> String {
      let before = bits(trainer.model)
      let text = message { try trainer.resume(from: path) }
      #expect(bits(trainer.model) == before)
      #expect(trainer.history.isEmpty)
      return text
    }
    let deeper = refusal(
      makeTrainer { ($0.dropout, $0.hasExplicitBias, $0.layerCount) = (0.2, true, 3) })
    #expect(deeper == "\(path): found the model with L 2, expected L 3")
    let plain = refusal(makeTrainer { $0.dropout = 0.2 })
    #expect(plain.contains("explicit_bias true, expected explicit_bias false"))
    let rate = refusal(
      makeTrainer(trainingConfiguration { ($0.learningRate, $0.batchSize) = (0.5, 8) }))
    #expect(
      rate == "\(path): found training with batchSize 16, learningRate 0.003, "
        + "expected batchSize 8, learningRate 0.5")
    let seed = refusal(makeTrainer(trainingConfiguration { $0.seed = .max }))
    #expect(seed.contains("seed"))
  }

  @Test("that are damaged are refused")
  func damage() throws {
    let damaged = folder.path("damaged.safetensors")
    func resume() -> String { message { try makeTrainer().resume(from: damaged) } }
    for length in [0, 7, 100, bytes.count / 2, bytes.count - 1] {
      try bytes.prefix(length).write(to: URL(fileURLWithPath: damaged))
      #expect(throws: InputError.self) { try makeTrainer().resume(from: damaged) }
    }
    let file = try SafetensorsFile(path: path)
    try Golden.copy(file, to: damaged, leavingOut: ["optimizer/first/embedding_h.weight"])
    #expect(resume().contains("optimizer/first/embedding_h.weight"))
    try Golden.copy(file, to: damaged, leavingOut: ["layers.1.O_h.weight"])
    #expect(resume().contains("no tensor `layers.1.O_h.weight`"))
    try Golden.copy(file, to: damaged, adding: ["layers.2.O_h.weight": [1]])
    #expect(resume().contains("a tensor `layers.2.O_h.weight`"))
    try Golden.copy(file, to: damaged, metadata: ["training": "{"])
    #expect(resume().contains("metadata `training`: found text that is not JSON"))
    try Golden.copy(file, to: damaged, metadata: ["model": "SAN"])
    #expect(resume().contains("a model SAN, expected GT"))
    #expect(
      message { try makeTrainer().resume(from: folder.path("nothing")) }.contains("nothing"))
  }

  @Test("of another version, with impossible numbers or too many epochs are refused")
  func impossible() throws {
    let changed = folder.path("changed.safetensors")
    let file = try SafetensorsFile(path: path)
    for format in ["outcrop checkpoint 99", "format 99"] {
      try Golden.copy(file, to: changed, metadata: ["format": format])
      #expect(message { try makeTrainer().resume(from: changed) }.contains(format))
      #expect(throws: InputError.self) {
        let _: any GraphModel<Float> = try ModelCatalog.load(SafetensorsFile(path: changed))
      }
    }
    let training = try #require(file.metadata["training"])
    for (field, old, new) in [
      (
        "steps.", #""MLP_layer.FC_layers.0.bias":\d+"#, #""MLP_layer.FC_layers.0.bias":\#(Int.max)"#
      ),
      ("steps.", #""MLP_layer.FC_layers.0.bias":\d+"#, #""MLP_layer.FC_layers.0.bias":-1"#),
      ("epoch", #""epoch":2"#, #""epoch":7"#),
      (
        "learningRate", #"^\{(.*)"learningRate":[^,]*,"schedule""#,
        #"{$1"learningRate":"inf","schedule""#
      ),
      ("schedule", #""badEpochs":\d+"#, #""badEpochs":\#(Int.max)"#),
      ("schedule", #""schedule":\{(.*?)"patience":\d+"#, #""schedule":{$1"patience":77"#),
    ] {
      let text = training.replacingOccurrences(of: old, with: new, options: .regularExpression)
      #expect(text != training, "\(field)")
      try Golden.copy(file, to: changed, metadata: ["training": text])
      let refusal = message { try makeTrainer().resume(from: changed) }
      #expect(refusal.contains(field), "\(refusal)")
    }
    let counter = try #require(file.names.first { $0.hasSuffix("num_batches_tracked") })
    for count in [-1.0, 9.2e18] {
      try Golden.copy(file, to: changed, changing: [counter: [count]])
      #expect(message { try makeTrainer().resume(from: changed) }.contains(counter))
    }
    let shorter = makeTrainer(trainingConfiguration { $0.epochs = 1 })
    #expect(
      message { try shorter.resume(from: path) }.contains("2 epochs, expected at most 1"))
  }

  @Test("of other data are refused unless told otherwise")
  func otherData() throws {
    let other = folder.path("other.safetensors")
    let first = makeTrainer(trainingConfiguration { $0.epochs = 1 })
    (first.checkpointPath, first.dataChecksum) = (other, "a")
    try first.run(train: sample.train, validation: sample.validation)
    let second = makeTrainer()
    second.dataChecksum = "b"
    let text = message { try second.resume(from: other) }
    #expect(text.contains("checksum a, expected b") && second.history.isEmpty)
    try second.resume(from: other, allowingOtherData: true)
    #expect(second.history.count == 1)
    let same = makeTrainer()
    same.dataChecksum = "a"
    try same.resume(from: other)
    // A checkpoint without a checksum is of unknown data.
    same.dataChecksum = "c"
    #expect(message { try same.resume(from: path) }.contains("data without a checksum"))
    try same.resume(from: path, allowingOtherData: true)
  }

  @Test("load as models, with the same scores")
  func loadModel() throws {
    let resumed = makeTrainer()
    try resumed.resume(from: path)
    let loaded: any GraphModel<Float> = try ModelCatalog.load(SafetensorsFile(path: path))
    #expect(loaded.name == "GT")
    #expect(bits(loaded) == bits(resumed.model))
    // And with `Double` parameters of the same values.
    let wide: any GraphModel<Double> = try ModelCatalog.load(SafetensorsFile(path: path))
    for (wide, narrow) in zip(wide.parameters, resumed.model.parameters) {
      #expect(wide.parameter.value.values == narrow.parameter.value.values.map { Double($0) })
    }
    // Without the name of its model a file is only tensors.
    let nameless = folder.path("nameless.safetensors")
    var writer = SafetensorsWriter()
    resumed.model.add(to: &writer)
    try writer.write(to: nameless)
    #expect(
      message { _ = try ModelCatalog.load(SafetensorsFile(path: nameless), Float.self) }
        .contains("no metadata `model` and `config`"))
    let again = GraphTransformer<Float>(resumed.model.configuration, seed: 77)
    try again.load(from: SafetensorsFile(path: nameless))
    #expect(bits(again) == bits(resumed.model))
  }
}
