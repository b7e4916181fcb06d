import OutcropCore
import OutcropTensor
import Testing

@Suite("Recomputation")
struct RecomputationTests {
  @Test("Captured leaves get their gradients, also where the inputs are not tracked")
  func capturedLeaves() {
    let (w, v) = (
      Tensor<Double>([2, 3]).trackingGradients(), Tensor<Double>([2, 3]).trackingGradients()
    )
    let x = Tensor<Double>([0.5, -1])
    let y = Tensor.recomputing(x) { ($0 * w).exp() * w }
    let z = (x * v).exp() * v
    #expect(y.isTracked && y.values == z.values)
    #expect(y.recordedOperations == ["recompute"])
    y.sum().backward()
    z.sum().backward()
    #expect(w.gradient!.values == v.gradient!.values)
  }

  @Test("Nothing is tracked without leaves or without recording")
  func untracked() {
    let x = Tensor<Double>([0.5, -1])
    #expect(!Tensor.recomputing(x) { $0.exp() }.isTracked)
    let leaf = x.trackingGradients()
    #expect(!withoutGradients { Tensor.recomputing(leaf) { $0.exp() } }.isTracked)
    let constant = Tensor.recomputing([leaf]) { [$0[0] * 2, x] }
    #expect(constant.map(\.isTracked) == [true, false])
  }

  @Test("Random numbers are drawn again in the backward pass, and the generator goes on")
  func randomNumbers() {
    var (generator, other) = (RandomGenerator(seed: 3), RandomGenerator(seed: 3))
    let (a, b) = (
      Tensor<Double>.ones([100]).trackingGradients(), Tensor<Double>.ones([100]).trackingGradients()
    )
    let y = Tensor.recomputing([a], using: &generator) { inputs, generator in
      [(inputs[0] * 3).dropout(probability: 0.5, using: &generator)]
    }[0]
    let z = (b * 3).dropout(probability: 0.5, using: &other)
    #expect(y.values == z.values)
    #expect(generator == other)
    (y * y).sum().backward()
    (z * z).sum().backward()
    #expect(a.gradient!.values == b.gradient!.values)
    #expect(generator == other)
  }

  @Test("Memory: what the function makes inside is not kept")
  func memory() async {
    await #expect(processExitsWith: .success) {
      func kept(_ recomputes: Bool) -> Int {
        let x = Tensor<Float>.ones([1 << 18]).trackingGradients()
        let before = BufferPool.statistics.bytesInUse
        func chain(_ x: Tensor<Float>) -> Tensor<Float> {
          (0..<10).reduce(x) { x, _ in x.sigmoid() }
        }
        let y = recomputes ? Tensor.recomputing(x, chain) : chain(x)
        let after = BufferPool.statistics.bytesInUse
        y.sum().backward()
        return after - before
      }
      let (plain, recomputed) = (kept(false), kept(true))
      #expect(plain > 9 << 20)
      #expect(recomputed < 2 << 20)
    }
  }

  @Test("A captured result of another operation is refused")
  func capturedResult() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor<Double>([1, 2]).trackingGradients()
      let y = x.exp()
      _ = Tensor.recomputing(x) { $0 * y }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the closure captures a result of `exp`"))
  }
}
