import OutcropCore
import OutcropTensor
import Testing

@Suite("Initializers of networks")
struct NetworkInitializerTests {
  private func deviation(_ x: Tensor<Double>) -> Double {
    ((x * x).mean().scalar - x.mean().scalar * x.mean().scalar).squareRoot()
  }

  /// The formulas of torch.nn.init for a weight [60, 40, 3] (fans 120 and 180) and for a matrix.
  @Test("Bounds and deviations are those of torch.nn.init")
  func bounds() {
    var g = RandomGenerator(seed: 1)
    let shape = [60, 40, 3]
    func uniform(_ x: Tensor<Double>, _ bound: Double) {
      let largest = x.abs().max().scalar
      #expect(largest <= bound && largest > 0.99 * bound)
      #expect(abs(deviation(x) - bound / 3.0.squareRoot()) < 0.02 * bound)
    }
    uniform(.xavierUniform(shape, gain: 2, using: &g), 2 * (6.0 / 300).squareRoot())
    uniform(.kaimingUniform(shape, using: &g), (6.0 / 120).squareRoot())
    uniform(.kaimingUniform(shape, slope: 0.5, fan: .out, using: &g), (6 / 1.25 / 180).squareRoot())
    func normal(_ x: Tensor<Double>, _ expected: Double) {
      #expect(abs(deviation(x) / expected - 1) < 0.05)
      #expect(abs(x.mean().scalar) < 5 * expected / Double(x.count).squareRoot())
      #expect(x.abs().max().scalar > 3 * expected)
    }
    normal(.xavierNormal(shape, using: &g), (2.0 / 300).squareRoot())
    normal(.kaimingNormal(shape, using: &g), (2.0 / 120).squareRoot())
    normal(.kaimingNormal([60, 40], slope: 1, fan: .out, using: &g), (1.0 / 60).squareRoot())
  }

  @Test(
    "Orthogonal: the shorter side is orthonormal",
    arguments: [[5, 9], [9, 5], [6, 6], [4, 3, 2]])
  func orthogonal(_ shape: [Int]) {
    var g = RandomGenerator(seed: 2)
    let x = Tensor<Double>.orthogonal(shape, gain: 3, using: &g).reshaped([shape[0], -1])
    let wide = x.shape[0] <= x.shape[1] ? x : x.transposed()
    let gram = wide.matrixProduct(wide.transposed()).values
    let count = wide.shape[0]
    for (index, value) in gram.enumerated() {
      #expect(abs(value - (index / count == index % count ? 9 : 0)) < 1e-13)
    }
  }

  @Test("Truncated normal values stay within limits and keep the density")
  func truncated() {
    var g = RandomGenerator(seed: 3)
    let x = Tensor<Double>.truncatedNormal([20_000], using: &g)
    #expect(x.abs().max().scalar <= 2)
    // The variance of a normal number cut at ±2 is 0.7737.
    #expect(abs(deviation(x) - 0.7737.squareRoot()) < 0.01)
    let y = Tensor<Double>.truncatedNormal([20_000], mean: 1, deviation: 2, in: 0...1.5, using: &g)
    #expect(y.values.allSatisfy { (0...1.5).contains($0) })
    // The mean of a normal number N(1, 4) in 0 ... 1.5 is 0.7615.
    #expect(abs(y.mean().scalar - 0.7615) < 0.015)
  }
}
