import Foundation
import OutcropStatistics
import Testing

struct ThresholdSweepTests {
  @Test func curves() throws {
    let data = SummaryData(seed: 8, rows: 3000, width: 12, batches: 20)
    let summary = try data.summary(data.batches)
    for scope in MedianScope.allCases {
      let sweep = ThresholdSweep(summary, scope)
      #expect(sweep.points.count == 41)
      #expect(abs(sweep.points[0].threshold - 10) < 1e-6)
      #expect(abs(sweep.points[40].threshold / 1e5 - 1) < 1e-6)
      for (index, point) in sweep.points.enumerated() {
        let exact = try ActivationSummaryReference(data, point.threshold, scope)
        #expect(point.entries == exact.entries && point.rows == exact.rows)
        #expect(point.entryShare == Double(exact.entries) / 36_000)
        #expect(point.rowShare == Double(exact.rows) / 3000)
        let shares = sweep.types.map { $0.massiveShares[index] }
        if point.entries > 0 {
          #expect(abs(shares.compactMap { $0 }.reduce(0, +) - 1) < 1e-12)
          #expect(sweep.types.map { $0.entries[index] }.reduce(0, +) == point.entries)
        } else {
          #expect(shares.allSatisfy { $0 == nil })
        }
      }
      #expect(abs(sweep.types.map(\.edgeShare).reduce(0, +) - 1) < 1e-12)
      let counts = ThresholdSweep.massiveLayerCounts([sweep, ThresholdSweep(.init(), scope)])
      #expect(counts.map(\.layers) == sweep.points.map { $0.entries > 0 ? 1 : 0 })
    }
    #expect(ThresholdSweep.massiveLayerCounts([]).isEmpty)
  }

  /// Counts by comparing every ratio.
  private struct ActivationSummaryReference {
    var entries = 0
    var rows = 0

    init(_ data: SummaryData, _ threshold: Float, _ scope: MedianScope) throws {
      for graph in data.batches {
        let part = data.offsets[graph]..<data.offsets[graph + 1]
        let values = Array(data.values[part.lowerBound * 12..<part.upperBound * 12])
        try values.withUnsafeBufferPointer {
          let ratios = Ratios.values(
            of: try ActivationArray($0, rowCount: part.count, width: 12), scope: scope)
          let over = ratios.indices.filter { ratios[$0] > threshold }
          entries += over.count
          rows += Set(over.map { $0 / 12 }).count
        }
      }
    }
  }
}
