import OutcropTensor
import Testing

/// `isNaN`, `isFinite` and `isInfinite` against Swift's properties of numbers.
@Suite struct FloatClassTests {
  @Test func agreeWithSwift() {
    check([
      0.0 as Double, -0.0, 1, -1, .nan, -.nan, .infinity, -.infinity, .greatestFiniteMagnitude,
      .leastNonzeroMagnitude,
    ])
    check([Double]())
    check(
      [Float.nan, .signalingNaN, .infinity, -.infinity, .leastNonzeroMagnitude, 3.4e38, -3.4e38])
  }

  private func check<S: TensorScalar>(_ values: [S]) {
    for x in [Tensor(values), Tensor(values).trackingGradients()] {
      #expect(x.isNaN().values == values.map(\.isNaN))
      #expect(x.isFinite().values == values.map(\.isFinite))
      #expect(x.isInfinite().values == values.map(\.isInfinite))
      #expect(x.isNaN().shape == [values.count])
    }
  }
}
