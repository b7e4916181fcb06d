import OutcropStatistics
import Testing

struct HistogramTests {
  @Test func countsAsNumPyDoes() throws {
    for data in truth["histograms"].list {
      let values = data["values"].doubles.map { Float($0) }
      let counts = data["counts"].list.map(\.int)
      let histogram = try ActivationDistribution(values, binCount: counts.count).histogram
      #expect(histogram.counts == counts)
      for (bin, edge) in data["first_edges"].doubles.enumerated() {
        #expect(histogram.edge(bin) == edge)
      }
      #expect(histogram.edge(counts.count) == Double(values.max()!))
      let area = counts.indices.reduce(0) { $0 + histogram.density($1) * histogram.binWidth }
      #expect(abs(area - 1) < 1e-12)
    }
  }

  @Test func constantSample() throws {
    let distribution = try ActivationDistribution([2, 2, 2])
    #expect(distribution.histogram.lowerBound == 1.5)
    #expect(distribution.histogram.upperBound == 2.5)
    #expect(distribution.histogram.counts[500] == 3)
    #expect(distribution.fit == nil)
    #expect(distribution.fitFailure == .constantSample(value: 2))
    #expect(distribution.median == 2 && distribution.standardDeviation == 0)
  }
}
