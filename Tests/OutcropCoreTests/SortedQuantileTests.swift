import OutcropCore
import Testing

@Suite struct SortedQuantileTests {
  /// numpy.quantile([1, 2, 4, 8, 16], q).
  @Test(arguments: [
    (0.0, 1.0), (0.025, 1.1), (0.3, 2.4), (0.5, 4.0), (0.9, 12.8), (0.975, 15.2), (1.0, 16.0),
  ])
  func quantilesOfNumPy(share: Double, expected: Double) throws {
    let found = try #require([1.0, 2, 4, 8, 16].sortedQuantile(share))
    #expect(abs(found - expected) < 1e-12)
  }

  @Test func degenerateValues() {
    func quantile(_ values: [Double], _ share: Double) -> Double? { values.sortedQuantile(share) }
    #expect(quantile([], 0.5) == nil)
    #expect(quantile([7], 0.3) == 7)
    #expect(quantile([1, 2], -1) == 1 && quantile([1, 2], 2) == 2)
    let infinity = Double.infinity
    // Nothing becomes NaN between infinite neighbors.
    #expect(quantile([1, infinity, infinity], 0.75) == infinity)
    #expect(quantile([1, infinity], 0) == 1 && quantile([1, infinity], 0.5) == infinity)
    #expect(quantile([-infinity, 1], 0.5) == -infinity)
    #expect(quantile([-infinity, infinity], 1) == infinity)
  }
}
