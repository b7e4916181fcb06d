import OutcropCore
import OutcropTensor
import Testing

/// An operation of the tests' own.
enum TestOperation: String, DifferentiableOperation { case sumAndProduct, stopped }

@Suite("The tape")
struct TapeTests {
  @Test("A leaf's gradient adds up over several backward passes")
  func accumulation() throws {
    let x = Tensor<Double>([1, 2, 3]).trackingGradients()
    (x * x).sum().backward()
    #expect(x.gradient?.values == [2, 4, 6])
    let first = try #require(x.gradient)
    (x * 10).sum().backward()
    #expect(x.gradient?.values == [12, 14, 16])
    #expect(first.values == [2, 4, 6], "a gradient read earlier is a value and stays")
  }

  @Test("A tensor used along several paths gets the sum of their gradients")
  func fanOut() {
    let x = Tensor<Double>([3]).trackingGradients()
    let y = x * x  // 9
    let z = y * y + y - x  // x⁴ + x² − x
    z.backward()
    #expect(x.gradient?.values == [4 * 27 + 2 * 3 - 1])
  }

  @Test("One tensor as every input of an operation")
  func sameInputs() {
    let x = Tensor<Double>([2, 5]).trackingGradients()
    Tensor(concatenating: [x, x, x + x]).sum().backward()
    #expect(x.gradient?.values == [4, 4])
  }

  @Test("Without gradients nothing is tracked, and tracking goes on afterwards")
  func withoutRecording() {
    let x = Tensor<Double>([1, 2]).trackingGradients()
    let y = withoutGradients { x * x }
    #expect(!y.isTracked)
    #expect(y.values == [1, 4])
    #expect(y.recordedOperations.isEmpty)
    #expect((x * x).isTracked)
    struct Failure: Error {}
    #expect(throws: Failure.self) { try withoutGradients { throw Failure() } }
    #expect((x * x).isTracked)
  }

  @Test("Gradients stop at a detached tensor")
  func detached() {
    let x = Tensor<Double>([3]).trackingGradients()
    let y = x * x
    #expect(!y.detached.isTracked)
    (y.detached * x).backward()
    #expect(x.gradient?.values == [9])
    #expect(!(y.detached * 2).isTracked)
  }

  @Test("Operations on untracked tensors are not recorded")
  func untracked() {
    let y = Tensor<Float>([1, 2]).exp() + 1
    #expect(!y.isTracked)
    #expect(y.gradient == nil)
  }

  @Test("The tape knows the operations a tensor was computed by")
  func operations() {
    let x = Tensor<Double>([1, 2]).trackingGradients()
    #expect(x.recordedOperations.isEmpty)
    #expect((x.exp() * 2 - x).recordedOperations == ["exp", "multiplyScalar", "subtract"])
  }

  /// a + b and a · b as one operation with two results.
  private func sumAndProduct(_ a: Tensor<Double>, _ b: Tensor<Double>) -> [Tensor<Double>] {
    let (x, y) = (a.detached, b.detached)
    return Tensor.record(
      TestOperation.sumAndProduct, inputs: [a, b], outputs: [x + y, x * y]
    ) { gradients, sink in
      if let sum = gradients[0] {
        sink.add(0, sum)
        sink.add(1, sum)
      }
      if let product = gradients[1] {
        sink.add(0, product * y)
        sink.add(1, product * x)
      }
    }
  }

  @Test("Operations with several results: all, or only some of them, are used")
  func severalResults() {
    let (a, b) = (Tensor(3.0).trackingGradients(), Tensor(5.0).trackingGradients())
    let both = sumAndProduct(a, b)
    (both[0] * 10 + both[1]).backward()
    #expect(a.gradient?.scalar == 15)
    #expect(b.gradient?.scalar == 13)
    let (c, d) = (Tensor(3.0).trackingGradients(), Tensor(5.0).trackingGradients())
    sumAndProduct(c, d)[1].backward()
    #expect(c.gradient?.scalar == 5)
    #expect(d.gradient?.scalar == 3)
  }

  @Test("A later result can be detached and tracked again")
  func laterResultAsLeaf() {
    let leaf = sumAndProduct(Tensor(3.0).trackingGradients(), Tensor(5.0))[1].detached
      .trackingGradients()
    (leaf * 2).backward()
    #expect(leaf.gradient?.scalar == 2)
  }

  @Test("An operation that no gradient reaches contributes nothing")
  func unreachedOperation() {
    let x = Tensor(2.0).trackingGradients()
    let stopped = Tensor.record(TestOperation.stopped, inputs: [x * x], output: Tensor(1.0)) {
      _, _ in
    }
    (stopped + x).backward()
    #expect(x.gradient?.scalar == 1)
  }

  @Test("A gradient for a result of any shape")
  func seeded() {
    let x = Tensor<Double>([1, 2, 3]).trackingGradients()
    (x * x).backward(gradient: Tensor([1, 10, 100]))
    #expect(x.gradient?.values == [2, 40, 600])
    let leaf = Tensor<Double>([1]).trackingGradients()
    leaf.backward()
    #expect(leaf.gradient?.values == [1])
  }

  @Test("The values a gradient was given are not changed by it")
  func seedIsKept() {
    let seed = Tensor<Double>([1, 2])
    let x = Tensor<Double>([1, 1]).trackingGradients()
    (x + x + x).backward(gradient: seed)
    x.backward(gradient: seed)
    #expect(seed.values == [1, 2])
    #expect(x.gradient?.values == [4, 8])
  }

  @Test("200 000 operations in a row: backward and release do not exhaust the stack")
  func longChain() {
    defer { BufferPool.trim() }
    let x = Tensor<Float>([1]).trackingGradients()
    var y = x
    for _ in 0..<200_000 { y = y + 1 }
    #expect(y.values == [200_001])
    y.backward()
    #expect(x.gradient?.values == [1])
    var z = x
    for _ in 0..<200_000 { z = z * 1 }
    z = Tensor([0])  // released without having been differentiated
    #expect(z.values == [0])
  }

  /// Recursion would exhaust the stack and end the process, so the release happens in a process of its own.
  @Test("Long chains of fused operations are released without recursion")
  func longFusedChains() async {
    await #expect(processExitsWith: .success) { Self.buildAndReleaseLongFusedChains() }
  }

  private static func buildAndReleaseLongFusedChains() {
    let one = Tensor<Float>.ones([1, 1])
    let (weight, bias) = (one.trackingGradients(), Tensor<Float>([0]).trackingGradients())
    var chains = [
      one.trackingGradients(), one.trackingGradients(), one.trackingGradients(),
      one.trackingGradients(),
    ]
    for _ in 0..<100_000 {
      chains[0] = chains[0].linear(weight: weight, bias: bias, activation: .relu)
      chains[1] = chains[1].layerNorm(weight: bias, bias: bias, residual: chains[1])
      chains[2] = chains[2].batchNorm(weight: bias, bias: bias, residual: chains[2]).output
      chains[3] = chains[3].softmax().meanSquaredError(targets: one).reshaped([1, 1])
    }
    chains = []
  }
}
