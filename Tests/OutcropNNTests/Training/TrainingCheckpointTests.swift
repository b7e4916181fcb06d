import OutcropCore
import OutcropFiles
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Training checkpoints")
struct TrainingCheckpointTests {
  /// A whole training of a network with dropout and batch normalization.
  private struct Run {
    let model: Sequential<Float>
    let optimizer: any Optimizer<Float>
    let scheduler: Scheduler<Float>
    let average: ParameterAverage<Float>
    var generator = RandomGenerator(seed: 8)

    init(_ kind: Int, seed: UInt64) {
      var generator = RandomGenerator(seed: seed)
      model = Sequential(
        LinearLayer(in: 4, out: 8, using: &generator), BatchNormLayer(width: 8),
        ActivationLayer { $0.relu() }, DropoutLayer(0.2, using: &generator),
        LinearLayer(in: 8, out: 1, using: &generator))
      let groups = [
        ParameterGroup(
          model.parameters(matching: "*.weight"), learningRate: 0.01, weightDecay: 0.1),
        ParameterGroup(model.parameters(matching: "*.bias"), learningRate: 0.02),
      ]
      optimizer =
        switch kind {
        case 0: SGD(groups, momentum: 0.9)
        case 1: AdamW(groups)
        case 2: RMSprop(groups)
        default: Adagrad(groups)
        }
      func scheduler(_ optimizer: some Optimizer<Float>) -> Scheduler<Float> {
        Scheduler(optimizer, LinearWarmUp(steps: 3).then(CosineSchedule(steps: 9)))
      }
      self.scheduler = scheduler(optimizer)
      average = ParameterAverage(model, decay: 0.9)
    }

    var checkpoint: TrainingCheckpoint<Float> {
      TrainingCheckpoint(model, optimizer, scheduler, average: average)
    }

    mutating func steps(_ count: Int) {
      for _ in 0..<count {
        let x = Tensor<Float>.normal([16, 4], using: &generator)
        optimizer.zeroGradients()
        model(x).meanSquaredError(targets: x.sum(axes: [1], keepingAxes: true)).backward()
        optimizer.clipGradients(toNorm: 1)
        optimizer.step()
        average.update()
        scheduler.step()
      }
    }

    var bits: [UInt32] {
      let own = model.parameters.flatMap { $0.parameter.value.values.map(\.bitPattern) }
      return own
        + average.evaluate {
          model.parameters.flatMap { $0.parameter.value.values.map(\.bitPattern) }
        }
    }
  }

  @Test("A resumed training gives the bits of one that was never interrupted", arguments: 0..<4)
  func resume(_ kind: Int) throws {
    let folder = try TemporaryFolder()
    var whole = Run(kind, seed: 1)
    whole.steps(5)
    try whole.checkpoint.save(
      to: folder.path("c"), generator: whole.generator, metadata: ["note": "five"])
    whole.steps(5)
    var resumed = Run(kind, seed: 2)
    resumed.steps(1)
    let contents = try resumed.checkpoint.load(from: folder.path("c"))
    #expect(contents.metadata == ["note": "five"])
    resumed.generator = try #require(contents.generator)
    resumed.steps(5)
    #expect(resumed.bits == whole.bits)
    #expect(resumed.optimizer.learningRate == whole.optimizer.learningRate)
    // The model alone can be read too.
    let other = Run(kind, seed: 3)
    try other.model.load(folder.path("c"))
  }

  @Test("Counts that no training reaches are errors that name the field")
  func countsAreChecked() throws {
    let folder = try TemporaryFolder()
    let run = Run(1, seed: 1)
    try run.checkpoint.save(to: folder.path("c"))
    let file = try SafetensorsFile(path: folder.path("c"))
    let text = try #require(file.metadata["training"])
    let huge = "9223372036854775807"
    for (old, new, field) in [
      ("\"averageUpdates\":0", "\"averageUpdates\":\(huge)", "averageUpdates"),
      ("\"steps\":0", "\"steps\":\(huge)", "schedule.steps"),
      ("\"0.bias\":0", "\"0.bias\":-1", "steps.0.bias"),
    ] {
      let changed = text.replacing(old, with: new)
      #expect(changed != text, "\(old): \(text)")
      var writer = SafetensorsWriter(
        metadata: file.metadata.merging(["training": changed]) { $1 })
      run.model.add(to: &writer)
      try writer.write(to: folder.path("changed"))
      let error = #expect(throws: InputError.self) {
        try run.checkpoint.load(from: folder.path("changed"))
      }
      #expect(error?.field == field)
    }
  }

  @Test("A checkpoint of something else is refused and changes nothing")
  func refusals() throws {
    let folder = try TemporaryFolder()
    var run = Run(1, seed: 1)
    run.steps(2)
    try run.checkpoint.save(to: folder.path("c"))
    let other = Run(0, seed: 2)
    let before = other.bits
    #expect(throws: InputError.self) { try other.checkpoint.load(from: folder.path("c")) }
    try run.model.save(to: folder.path("model"))
    #expect(throws: InputError.self) { try other.checkpoint.load(from: folder.path("model")) }
    try TrainingCheckpoint(run.model, run.optimizer).save(to: folder.path("partial"))
    let same = Run(1, seed: 2)
    #expect(throws: InputError.self) { try same.checkpoint.load(from: folder.path("partial")) }
    #expect(other.bits == before)
    #expect(same.bits == Run(1, seed: 2).bits)
    try TrainingCheckpoint(same.model, same.optimizer).load(from: folder.path("partial"))
    #expect(
      same.model.parameters[0].parameter.value.values
        == run.model.parameters[0].parameter.value.values)
  }
}
