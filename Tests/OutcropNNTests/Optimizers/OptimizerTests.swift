import OutcropCore
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

private final class Vectors<Scalar: TensorScalar>: Module {
  let all: [Parameter<Scalar>]
  init(_ values: [Tensor<Scalar>]) { all = values.map { Parameter($0) } }
}

@Suite("Optimizers", .serialized)
struct OptimizerTests {
  private func optimizers(_ model: Vectors<Float>) -> [any Optimizer<Float>] {
    [
      SGD(model, learningRate: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true),
      Adam(model, learningRate: 0.1, weightDecay: 0.1), AdamW(model, learningRate: 0.1),
      RMSprop(model, weightDecay: 0.1, momentum: 0.5, centered: true),
      Adagrad(model, weightDecay: 0.1),
    ]
  }

  @Test("give the same bits on 1, 2 and 8 threads, with clipping and an average")
  func threads() {
    func bits(_ kind: Int) -> [UInt32] {
      var generator = RandomGenerator(seed: 5)
      let model = Vectors<Float>([
        .normal([100_001], using: &generator), .normal([3, 7], using: &generator), .zeros([0]),
      ])
      let optimizer = optimizers(model)[kind]
      let average = ParameterAverage(model, decay: 0.9)
      for _ in 0..<3 {
        optimizer.zeroGradients()
        let loss = model.all.map { ($0.value * $0.value * $0.value).sum() }.reduce(Tensor(0), +)
        loss.backward()
        optimizer.clipGradients(toNorm: 2)
        optimizer.clipGradients(toValue: 0.05)
        optimizer.step()
        average.update()
      }
      let own = model.all.flatMap { $0.value.values.map(\.bitPattern) }
      return own + average.evaluate { model.all.flatMap { $0.value.values.map(\.bitPattern) } }
    }
    for kind in 0..<5 {
      let expected = withThreadCount(1) { bits(kind) }
      for threads in [2, 8] {
        #expect(withThreadCount(threads) { bits(kind) } == expected, "optimizer \(kind)")
      }
    }
  }

  @Test("leave frozen parameters and those without a gradient as they are")
  func frozen() {
    for kind in 0..<5 {
      let model = Vectors<Float>([.ones([3]), .ones([2]), .ones([2])])
      model.freeze("all.1")
      let optimizer = optimizers(model)[kind]
      (model.all[0].value.sum() + (model.all[1].value * 2).sum()).backward()
      #expect(model.all[1].gradient == nil)
      optimizer.step()
      #expect(model.all[0].value.values != [1, 1, 1])
      #expect(model.all[1].value.values == [1, 1])
      #expect(model.all[2].value.values == [1, 1])
      #expect(optimizer.slots.map(\.steps) == [1, 0, 0])
    }
  }

  @Test("Parameters without a module can be optimized")
  func bareParameters() {
    let (a, b) = (Parameter<Double>(Tensor([1, 2])), Parameter<Double>(Tensor([3])))
    let optimizer = SGD([ParameterGroup([a, b], learningRate: 0.5)])
    (a.value.sum() * b.value).sum().backward()
    optimizer.step()
    #expect(a.value.values == [-0.5, 0.5] && b.value.values == [1.5])
    #expect(optimizer.slots.map(\.name) == ["0", "1"])
    optimizer.learningRate = 2
    #expect(optimizer.groups[0].learningRate == 2)
  }

  @Test("A NaN gradient makes the norm NaN and is not hidden by clipping")
  func notFinite() {
    let model = Vectors<Double>([Tensor([1, -1])])
    (model.all[0].value * Tensor([Double.nan, 1])).sum().backward()
    #expect(model.clipGradients(toNorm: 1).isNaN)
    #expect(model.all[0].gradient!.values.allSatisfy { $0.isNaN })
    model.zeroGradients()
    (model.all[0].value * Tensor([3, -4])).sum().backward()
    #expect(model.clipGradients(toNorm: 10) == 5)
    #expect(model.all[0].gradient!.values == [3, -4])
    model.clipGradients(toValue: 3.5)
    #expect(model.all[0].gradient!.values == [3, -3.5])
  }

  @Test("A gradient can be set, of its own shape")
  func settableGradient() async {
    let parameter = Parameter<Double>(Tensor([1, 2]))
    parameter.gradient = Tensor([5, 6])
    (parameter.value * 2).sum().backward()
    #expect(parameter.gradient!.values == [7, 8])
    parameter.gradient = nil
    #expect(parameter.gradient == nil)
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Parameter<Double>(Tensor([1, 2])).gradient = Tensor([1])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("found a gradient of shape [1] for a parameter of shape [2]"))
  }

  @Test("The average follows torch's formula and is put back after use")
  func average() {
    let model = Vectors<Double>([Tensor([1, 2])])
    let average = ParameterAverage(model, decay: 0.75)
    var expected = [1.0, 2.0]
    for step in 1...3 {
      model.all[0].update { $0[0] += Double(step) }
      average.update()
      expected = zip(expected, model.all[0].value.values).map { 0.75 * $0 + 0.25 * $1 }
    }
    let now = model.all[0].value.values
    let seen = average.evaluate { model.all[0].value.values }
    #expect(difference("average", seen, expected, tolerance: 1e-15) == nil)
    #expect(model.all[0].value.values == now)
    #expect(now == [7, 2])
  }

  @Test("No step after the first allocates large memory")
  func memory() async {
    await #expect(processExitsWith: .success) {
      let model = Vectors<Float>([.ones([300_000]), .ones([100, 400])])
      let optimizer = AdamW(model, learningRate: 0.01)
      let average = ParameterAverage(model)
      func step() {
        optimizer.zeroGradients()
        (model.all[0].value.exp().mean() + (model.all[1].value * 2).mean()).backward()
        optimizer.clipGradients(toNorm: 1)
        optimizer.step()
        average.update()
      }
      step()
      let first = BufferPool.statistics.largeAllocations
      for _ in 0..<5 { step() }
      #expect(BufferPool.statistics.largeAllocations == first)
    }
  }
}
