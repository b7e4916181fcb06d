import Foundation
import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// A small model with an Explicit Bias Term of that strength.
private func makeBiased(
  _ strength: ExplicitBiasStrength, epochs: Int = 4
) -> Trainer<GraphTransformer<Float>> {
  makeTrainer(trainingConfiguration { $0.epochs = epochs }) {
    $0 = $0.withExplicitBias(true)
    $0.explicitBiasStrength = strength
  }
}

/// The strengths of a model's layers, of this epoch and the next.
private func strengths(_ model: some Module<Float>) -> [[Float]] {
  model.state.filter { $0.name.hasSuffix("bias_strength") }.map { entry in
    switch entry.content {
    case .parameter(let parameter): parameter.value.values
    case .statistic(let statistic): statistic.value.values
    case .counter: []
    }
  }
}

/// Notes the strengths at the end of each epoch.
private final class StrengthLog: TrainingHook {
  let model: GraphTransformer<Float>
  var log: [[[Float]]] = []
  init(_ model: GraphTransformer<Float>) { self.model = model }
  func epochEnded(_ record: EpochRecord) { log.append(strengths(model)) }
}

@Suite("Explicit Bias Term of changing strength")
struct BiasAdaptationTests {
  @Test func allWaysStartFromTheSameParameters() {
    let fixed = bits(makeBiased(.fixed).model)
    for way in [
      ExplicitBiasStrength.learned, .schedule(start: 0, end: 1, epochs: 3), .driven(BiasDrive()),
    ] {
      let other = bits(makeBiased(way).model).filter { !$0.key.hasSuffix("bias_strength") }
      #expect(other == fixed)
    }
  }

  /// s multiplies e_bias and v_bias: a model whose tensors are multiplied instead is the same one.
  @Test func strengthMultipliesTheTerm() throws {
    let batch = GraphBatch(sample.test)
    let scheduled = makeBiased(.schedule(start: 0.25, end: 1, epochs: 3)).model
    let plain = makeBiased(.fixed).model
    for (name, parameter) in plain.parameters
    where name.hasSuffix("e_bias") || name.hasSuffix("v_bias") {
      parameter.update { values in for index in values.indices { values[index] *= 0.25 } }
    }
    let scores = withoutGradients { scheduled(batch, .evaluation()).values }
    #expect(scores == withoutGradients { plain(batch, .evaluation()).values })
  }

  @Test func scheduleGoesFromStartToEnd() throws {
    let trainer = makeBiased(.schedule(start: 0.5, end: 2, epochs: 3))
    let log = StrengthLog(trainer.model)
    try trainer.run(
      train: sample.examples(.train), validation: sample.examples(.validation), hooks: [log])
    #expect(log.log.map { $0.map { $0[0] } } == [[0.5, 0.5], [1.25, 1.25], [2, 2], [2, 2]])
  }

  @Test func learnedStrengthLearns() throws {
    let trainer = makeBiased(.learned)
    try trainer.run(train: sample.examples(.train), validation: sample.examples(.validation))
    #expect(strengths(trainer.model).allSatisfy { $0[0] != 1 && $0[0].isFinite })
  }

  @Test func controllerAnswersLargeRatios() throws {
    let drive = BiasDrive()
    #expect(drive.next(1, after: 1e-4) > 0.999 && drive.next(1, after: 1e-4) < 1.001)
    #expect(drive.next(1, after: 0.5) == exp(0.25))
    #expect(drive.next(1, after: 0) == exp(-0.25))
    #expect(drive.next(4, after: 1) == 4 && drive.next(0.05, after: 0) == 0.05)
    // Every ratio over 0.1 counts as large: the bias rises in every layer; none over 10^29: it falls.
    for (ratio, rises) in [(0.1, true), (1e29, false)] {
      var drive = BiasDrive()
      drive.ratio = ratio
      let trainer = makeBiased(.driven(drive))
      let log = StrengthLog(trainer.model)
      try trainer.run(
        train: sample.examples(.train), validation: sample.examples(.validation), hooks: [log])
      for (before, after) in zip(log.log, log.log.dropFirst()) {
        for layer in before.indices {
          #expect(after[layer][0] == before[layer][1])
          #expect((after[layer][0] > before[layer][0]) == rises)
        }
      }
    }
  }

  @Test func resumedRunGivesTheBitsOfAWholeOne() throws {
    let folder = try TemporaryFolder()
    var drive = BiasDrive()
    drive.ratio = 3
    let whole = makeBiased(.driven(drive))
    try whole.run(train: sample.examples(.train), validation: sample.examples(.validation))
    let short = makeBiased(.driven(drive), epochs: 2)
    short.checkpointPath = folder.path("model.safetensors")
    try short.run(train: sample.examples(.train), validation: sample.examples(.validation))
    let rest = makeBiased(.driven(drive))
    try rest.resume(from: folder.path("model.safetensors"))
    try rest.run(train: sample.examples(.train), validation: sample.examples(.validation))
    #expect(bits(rest.model) == bits(whole.model))
  }

  @Test func configurationSurvivesItsFields() throws {
    for way in [
      ExplicitBiasStrength.fixed, .learned, .schedule(start: 0.1, end: 3, epochs: 7),
      .driven(BiasDrive()),
    ] {
      var configuration = GraphTransformerConfiguration()
      configuration.explicitBiasStrength = way
      let fields = ConfigurationFields(configuration.fields, source: "test")
      #expect(try GraphTransformerConfiguration(fields).explicitBiasStrength == way)
    }
    var fields = GraphTransformerConfiguration().fields
    fields["explicit_bias_strength"] = .string("strong")
    #expect(throws: InputError.self) {
      try GraphTransformerConfiguration(ConfigurationFields(fields, source: "test"))
    }
  }
}

@Suite("Snapshots")
struct SnapshotTests {
  @Test func everyOtherEpochIsKeptAsItWas() throws {
    let folder = try TemporaryFolder()
    let trainer = makeTrainer()
    let place = folder.path("kept")
    #expect(SnapshotFile.all(in: place).isEmpty)
    try trainer.run(
      train: sample.examples(.train), validation: sample.examples(.validation),
      hooks: [Snapshots(of: trainer.model, in: place, every: 2)])
    let files = SnapshotFile.all(in: place)
    #expect(files.map(\.epoch) == [2, 4])
    let last: any GraphModel<Float> = try ModelCatalog.load(SafetensorsFile(path: files[1].path))
    #expect(bits(last) == bits(trainer.model))
    let first: any GraphModel<Float> = try ModelCatalog.load(SafetensorsFile(path: files[0].path))
    #expect(bits(first) != bits(trainer.model))
  }

  @Test func stepsPerEpochLimitAnEpoch() throws {
    let trainer = makeTrainer(trainingConfiguration { $0.stepsPerEpoch = 2 })
    try trainer.run(train: sample.examples(.train), validation: sample.examples(.validation))
    #expect(trainer.history.map(\.steps) == [2, 2, 2, 2])
    #expect(trainer.history.allSatisfy { $0.stepSeconds! > 0 && $0.stepSeconds! <= $0.seconds })
  }
}
