import Foundation
import OutcropStatistics
import Testing

struct ThresholdCountsTests {
  /// The counts above every default threshold, of all rows and by edge type.
  @Test func countsAboveEveryThreshold() throws {
    let data = SummaryData(seed: 8, rows: 3000, width: 12, batches: 20)
    let summary = try data.summary(data.batches)
    for median in MedianKind.allCases {
      let counts = summary.counts(median)
      #expect(counts.count == 41)
      #expect(abs(counts[0].threshold - 10) < 1e-6)
      #expect(abs(counts[40].threshold / 1e5 - 1) < 1e-6)
      let types = summary[median].types.map { summary.counts(ofType: $0.type, median) }
      for (index, found) in counts.enumerated() {
        let exact = try ActivationSummaryReference(data, found.threshold, median)
        #expect(found.entries == exact.entries && found.rows == exact.rows)
        #expect(types.map { $0[index].entries }.reduce(0, +) == found.entries)
        let shares = summary.edgeTypeShares(median, threshold: index)
        #expect(shares.map(\.massiveEntries) == types.map { $0[index].entries })
      }
      #expect(summary[median].types.map(\.rowCount).reduce(0, +) == 3000)
      #expect(counts[0].entries > 0)
      #expect(ActivationSummary().counts(median).allSatisfy { $0.entries == 0 && $0.rows == 0 })
    }
  }

  /// Counts by comparing every ratio.
  private struct ActivationSummaryReference {
    var entries = 0
    var rows = 0

    init(_ data: SummaryData, _ threshold: Float, _ median: MedianKind) throws {
      for graph in data.batches {
        let part = data.offsets[graph]..<data.offsets[graph + 1]
        let values = Array(data.values[part.lowerBound * 12..<part.upperBound * 12])
        try values.withUnsafeBufferPointer {
          let ratios = Ratios.values(
            of: try ActivationArray($0, rowCount: part.count, width: 12), median: median)
          let over = ratios.indices.filter { ratios[$0] > threshold }
          entries += over.count
          rows += Set(over.map { $0 / 12 }).count
        }
      }
    }
  }
}
