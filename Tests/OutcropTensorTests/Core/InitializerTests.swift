import Foundation
import OutcropCore
import OutcropTensor
import Testing

@Suite("Initializers")
struct InitializerTests {
  private func moments(_ x: Tensor<Double>) -> (mean: Double, variance: Double, fourth: Double) {
    let mean = x.mean().scalar
    let centered = x - mean
    let square = centered * centered
    return (mean, square.mean().scalar, (square * square).mean().scalar)
  }

  @Test("Uniform values: range and moments")
  func uniform() {
    var generator = RandomGenerator(seed: 7)
    let x = Tensor<Double>.uniform([200, 500], low: -2, high: 4, using: &generator)
    #expect(x.values.allSatisfy { $0 >= -2 && $0 < 4 })
    let (mean, variance, fourth) = moments(x)
    // (b − a)² / 12 = 3, (b − a)⁴ / 80 = 16.2; bounds of five standard errors.
    #expect(abs(mean - 1) < 5 * (3 / 1e5).squareRoot())
    #expect(abs(variance - 3) < 5 * ((16.2 - 9) / 1e5).squareRoot())
    #expect(abs(fourth - 16.2) < 0.3)
  }

  /// Between a number and the next one above it, every other draw rounds to the upper one.
  @Test("Uniform values never reach their upper bound")
  func upperBound() {
    var generator = RandomGenerator(seed: 7)
    let high = 1 + Double(Float.ulpOfOne)
    let x = Tensor<Float>.uniform([1000], low: 1, high: high, using: &generator)
    #expect(x.values.allSatisfy { $0 == 1 })
    let y = Tensor<Float>.uniform([1000], low: 2, high: 2, using: &generator)
    #expect(y.values.allSatisfy { $0 == 2 })
  }

  @Test("Normal values: moments")
  func normal() {
    var generator = RandomGenerator(seed: 8)
    let (mean, variance, fourth) = moments(
      .normal([100_000], mean: 3, deviation: 2, using: &generator))
    #expect(abs(mean - 3) < 5 * 2 / 1e5.squareRoot())
    #expect(abs(variance - 4) < 5 * (32 / 1e5).squareRoot())
    // 3 σ⁴ = 48, with a variance of 96 σ⁸ / n.
    #expect(abs(fourth - 48) < 5 * (96 * 256 / 1e5).squareRoot())
  }

  @Test("Initializers draw from the ranges of their rules")
  func initializers() {
    var generator = RandomGenerator(seed: 9)
    func check(_ x: Tensor<Double>, _ shape: [Int], bound: Double) {
      #expect(x.shape == shape)
      #expect(x.values.allSatisfy { abs($0) <= bound })
      let (mean, variance, _) = moments(x)
      let count = Double(x.count)
      #expect(abs(mean) < 5 * bound / (3 * count).squareRoot())
      #expect(abs(variance / (bound * bound / 3) - 1) < 5 * (0.8 / count).squareRoot())
    }
    check(
      .linearWeight(out: 300, in: 100, using: &generator), [300, 100], bound: 0.1)
    check(.linearBias(out: 5000, in: 25, using: &generator), [5000], bound: 0.2)
    check(
      .xavierUniform(out: 200, in: 100, gain: 2, using: &generator), [200, 100],
      bound: 2 * (6 / 300.0).squareRoot())
    let table = Tensor<Double>.embeddingTable(count: 100, width: 300, using: &generator)
    #expect(table.shape == [100, 300])
    #expect(abs(moments(table).variance - 1) < 5 * (2 / 3e4).squareRoot())
  }

  @Test("Numbers in single precision never reach the end of the range")
  func unit() {
    #expect(Float._unit(fromBits: .max) < 1 && Double._unit(fromBits: .max) < 1)
    #expect(Float._unit(fromBits: 0) == 0 && Double._unit(fromBits: 0) == 0)
  }
}
