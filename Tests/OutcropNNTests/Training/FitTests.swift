import OutcropCore
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("The loop", .serialized)
struct FitTests {
  private func data(_ count: Int) -> TensorExamples<Float> {
    var generator = RandomGenerator(seed: 1)
    let x = Tensor<Float>.normal([count, 3], using: &generator)
    return TensorExamples(inputs: x, targets: x.sum(axes: [1], keepingAxes: true) * 0.5)
  }

  private func model() -> MLP<Float> {
    var generator = RandomGenerator(seed: 2)
    return MLP(widths: [3, 16, 1], using: &generator)
  }

  @Test("Batches hold every example once; the last may be smaller or left out")
  func batches() {
    let examples = ArrayExamples(Array(0..<10)) { $0 }
    #expect(Array(examples.batches(size: 4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    var generator = RandomGenerator(seed: 3)
    let shuffled = Array(examples.batches(size: 4, shuffledBy: &generator))
    #expect(shuffled.map(\.count) == [4, 4, 2])
    #expect(shuffled.joined().sorted() == Array(0..<10))
    #expect(Array(shuffled.joined()) != Array(0..<10))
    var same = RandomGenerator(seed: 3)
    #expect(Array(examples.batches(size: 4, shuffledBy: &same)) == shuffled)
    let whole = Array(examples.batches(size: 4, shuffledBy: &same, dropsPartial: true))
    #expect(whole.map(\.count) == [4, 4])
    #expect(whole.joined().sorted() != shuffled.joined().sorted())
    #expect(Array(ArrayExamples([Int]()) { $0 }.batches(size: 2)).isEmpty)
    let labeled = LabeledExamples(
      inputs: Tensor<Double>([0, 1, 2, 3], shape: [4, 1]), labels: [0, 10, 20, 30])
    for batch in labeled.batches(size: 3, shuffledBy: &generator) {
      #expect(batch.labels.map { Double($0) / 10 } == batch.inputs.values)
    }
  }

  @Test("It learns, reports and schedules")
  func learning() throws {
    let (model, examples) = (model(), data(100))
    let optimizer = AdamW(model, learningRate: 0.02)
    let scheduler = Scheduler(optimizer, CosineSchedule(steps: 20 * 7))
    var generator = RandomGenerator(seed: 4)
    var reports: [FitProgress] = []
    let history = try model.fit(
      examples, epochs: 20, batchSize: 16, optimizer: optimizer, scheduler: scheduler,
      clippingNorm: 1, using: &generator,
      validation: {
        Double(model(examples.inputs).meanSquaredError(targets: examples.targets).scalar)
      },
      progress: { reports.append($0) }
    ) { model($0.inputs).meanSquaredError(targets: $0.targets) }
    #expect(history.count == 20)
    #expect(history[19].validation! < 0.01)
    #expect(history[0].loss > 10 * history[19].loss)
    #expect(scheduler.stepCount == 140)
    #expect(optimizer.learningRate == 0)
    #expect(reports.count == 140)
    #expect(reports.last!.secondsLeft == 0)
    #expect(reports.last!.line.hasPrefix("epoch 20/20: loss 0.0"))
    #expect(reports[6].validation != nil && reports[5].validation == nil)
  }

  @Test("By epoch, a plateau schedule sees the validation")
  func plateau() throws {
    let model = model()
    let optimizer = SGD(model, learningRate: 0.01)
    let scheduler = Scheduler(optimizer, PlateauSchedule(patience: 1))
    var generator = RandomGenerator(seed: 4)
    try model.fit(
      data(20), epochs: 5, optimizer: optimizer, scheduler: scheduler, scheduling: .epoch,
      using: &generator, validation: { 1 }
    ) { model($0.inputs).meanSquaredError(targets: $0.targets) }
    #expect(optimizer.learningRate == 0.01 * 0.25)
  }

  @Test("A loss that is not finite stops it before the step")
  func notFinite() {
    let model = model()
    let before = model.parameters.map { $0.parameter.value.values }
    var generator = RandomGenerator(seed: 4)
    let error = #expect(throws: FitError.self) {
      try model.fit(
        data(20), epochs: 5, batchSize: 8, optimizer: SGD(model, learningRate: 1),
        using: &generator
      ) { (model($0.inputs) * .infinity).sum() }
    }
    #expect(error?.step == 1 && error?.epoch == 1)
    #expect(model.parameters.map { $0.parameter.value.values } == before)
  }

  @Test("Steps after the first allocate no large memory, and threads change no bit")
  func memoryAndThreads() async {
    await #expect(processExitsWith: .success) {
      func bits(checkingMemory: Bool) throws -> [UInt32] {
        var generator = RandomGenerator(seed: 2)
        let model = MLP<Float>(widths: [64, 256, 256, 1], dropout: 0.1, using: &generator)
        let x = Tensor<Float>.normal([2000, 64], using: &generator)
        let examples = TensorExamples(inputs: x, targets: x.sum(axes: [1], keepingAxes: true))
        var first = 0
        try model.fit(
          examples, epochs: 3, batchSize: 512, optimizer: AdamW(model, learningRate: 0.01),
          clippingNorm: 1, using: &generator,
          progress: {
            if $0.epoch == 1 && $0.step == 1 {
              first = BufferPool.statistics.largeAllocations
            }
          }
        ) { model($0.inputs).meanSquaredError(targets: $0.targets) }
        if checkingMemory { #expect(BufferPool.statistics.largeAllocations == first) }
        return model.parameters.flatMap { $0.parameter.value.values.map(\.bitPattern) }
      }
      // A thread that first takes part in a later step gets its memory then.
      ThreadPool.threadCount = 1
      let expected = try bits(checkingMemory: true)
      for threads in [2, 8] {
        ThreadPool.threadCount = threads
        #expect(try bits(checkingMemory: false) == expected)
      }
    }
  }
}
