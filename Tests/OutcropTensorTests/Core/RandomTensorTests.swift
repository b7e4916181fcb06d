import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Random integers, choices and permutations")
struct RandomTensorTests {
  /// Whether counts of equally likely values are within five standard errors of their mean.
  private func areUniform(_ counts: Tensor<Int64>, of total: Int) -> Bool {
    let mean = Double(total) / Double(counts.count)
    return counts.values.allSatisfy { abs(Double($0) - mean) < 5 * mean.squareRoot() }
  }

  @Test("Integers are uniform in their range")
  func integers() {
    var generator = RandomGenerator(seed: 3)
    let x = Tensor<Int64>.integers([20, 1000], in: -3..<4, using: &generator)
    #expect(x.min().scalar == -3 && x.max().scalar == 3)
    #expect(areUniform((x + 3).flattened().binCount(), of: 20_000))
    var same = RandomGenerator(seed: 3)
    #expect(Tensor<Int64>.integers([20, 1000], in: -3..<4, using: &same) == x)
    #expect(Tensor<Int32>.integers([0], in: 0..<1, using: &generator).count == 0)
  }

  @Test("A permutation holds each number once")
  func permutation() {
    var generator = RandomGenerator(seed: 4)
    let x = Tensor<Int32>.permutation(1000, using: &generator)
    #expect(x.sorted() == Tensor<Int32>.arange(1000) && x != Tensor<Int32>.arange(1000))
    let first = Tensor<Int64>(
      (0..<20_000).map { _ in
        Tensor<Int64>.permutation(5, using: &generator).scalar(at: 2)
      })
    #expect(areUniform(first.binCount(), of: 20_000))
  }

  @Test("Choices with and without replacement, with gradients")
  func choice() {
    var generator = RandomGenerator(seed: 5)
    let x = Tensor<Double>.arange(10).reshaped([5, 2]).trackingGradients()
    let y = x.choice(20_000, using: &generator)
    #expect(y.shape == [20_000, 2] && (y[0..., 1] - y[0..., 0]).detached == .ones([20_000]))
    #expect(areUniform(Tensor<Int64>(y[0..., 0].detached / 2).binCount(), of: 20_000))
    y.sum().backward()
    #expect(x.gradient!.sum().scalar == 40_000)
    let parts = x.choice(2, axis: 1, replacing: false, using: &generator)
    #expect(Set(parts.detached[0].values) == [0, 1])
  }

  @Test("Multinomial choices follow their weights")
  func multinomial() {
    var generator = RandomGenerator(seed: 6)
    let weights = Tensor<Float>([[1, 0, 3], [2, 2, 0]])
    let x = weights.multinomial(20_000, replacing: true, using: &generator)
    #expect(x.shape == [2, 20_000])
    for (row, share) in [(0, 0.25), (1, 0.5)] {
      let counts = x[row].binCount(minimumCount: 3).values
      let deviation = (share * (1 - share) * 20_000).squareRoot()
      #expect(abs(Double(counts[0]) - share * 20_000) < 5 * deviation)
      #expect(counts[row == 0 ? 1 : 2] == 0)
    }
    let pairs = weights.multinomial(2, using: &generator)
    #expect(Set(pairs[0].values) == [0, 2] && Set(pairs[1].values) == [0, 1])
    #expect(weights.multinomial(0, using: &generator).shape == [2, 0])
  }

  @Test("Bernoulli values")
  func bernoulli() {
    var generator = RandomGenerator(seed: 7)
    let x = Tensor<Bool>.bernoulli([20_000], probability: 0.3, using: &generator)
    #expect(abs(Double(x.sum().scalar) - 6000) < 5 * (0.21 * 20_000).squareRoot())
    #expect(!Tensor<Bool>.bernoulli([100], probability: 0, using: &generator).any())
  }

  @Test("Weights that choose nothing trap")
  func mistakes() async {
    let weights = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var generator = RandomGenerator(seed: 1)
      _ = Tensor<Float>([0, 1]).multinomial(2, using: &generator)
    }
    #expect(said(weights, "multinomial: 1 positive weights in row 0 of the shape [2]"))
  }
}

@Suite("Sorting and comparing large tensors", .serialized)
struct LargeTensorTests {
  @Test("The same for 1, 2 and 8 threads, and as the standard library sorts")
  func threads() {
    var generator = RandomGenerator(seed: 8)
    let x = Tensor<Float>.normal([501, 3, 307], using: &generator)
    let rounded = Tensor<Int32>(x * 5)
    func results() -> [Tensor<Int64>] {
      [
        x.argsort(axis: 0), x.argsort(axis: -1, descending: true), rounded.argsort(axis: 0),
        rounded.argmax(axis: 0), x.argmin(axis: 2), rounded.flattened().argsort(),
        rounded.unique().counts, Tensor<Int64>(x .< 0.3), rounded.sum(axis: 1),
        Tensor<Int64>(rounded + rounded[0] * 2), x.nonzero(), Tensor<Int64>(x.transposed() * 100),
      ]
    }
    let expected = withThreadCount(1, results)
    for threads in [2, 8] { #expect(withThreadCount(threads, results) == expected) }
    let values = rounded.values
    #expect(
      expected[5].values.map { Int($0) }
        == values.indices.sorted { (values[$0], $0) < (values[$1], $1) })
    #expect(x.flattened().sorted().values == x.values.sorted())
    let wide = Tensor<Double>(x).flattened()[..<5000]
    #expect(wide.sorted(descending: true).values == wide.values.sorted(by: >))
    for count in [1, 2, 15, 16, 17, 31, 33, 100, 255, 256, 257] {
      let part = rounded.flattened()[..<count]
      #expect(part.sorted().values == Array(values[..<count]).sorted(), "\(count)")
      #expect(part.argmax().scalar == Int64(part.values.firstIndex(of: part.max().scalar)!))
    }
  }
}
