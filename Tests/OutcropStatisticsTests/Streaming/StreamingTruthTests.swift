import Foundation
import OutcropCore
import OutcropStatistics
import Testing

/// Against the figures of Scripts/streaming_truth.py.
struct StreamingTruthTests {
  private static let truth: JSONValue = {
    let url = Bundle.module.url(forResource: "Truth", withExtension: nil)!
      .appendingPathComponent("streaming.json")
    return try! JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: url))
  }()

  @Test(arguments: MedianKind.allCases)
  func summaryAgreesWithNumPy(_ median: MedianKind) throws {
    let data = Self.truth["summary"]
    var values = data["values"].doubles.map { Float($0) }
    values[data["nan"].int] = .nan
    values[data["infinity"].int] = .infinity
    var summary = ActivationSummary(
      options: .init(threshold: 10, thresholds: data["thresholds"].doubles.map { Float($0) }))
    try summary.add(
      values, rowCount: 90, width: 6, batchOffsets: data["offsets"].list.map(\.int),
      origins: RowOrigins(edgeTypes: data["types"].list.map { Int32($0.int) }))
    let expected = data[median == .row ? "edge" : "batch"]
    let found = summary[median]
    #expect(found.zeroMedians == expected["zero_medians"].int)
    #expect(found.nanMedians == expected["nan_medians"].int)
    #expect(found.nanRatios == expected["nan_ratios"].int)
    #expect(found.infiniteRatios == expected["infinite_ratios"].int)
    let counts = summary.counts(median)
    #expect(counts.map(\.entries) == expected["entries"].list.map(\.int))
    #expect(counts.map(\.finiteEntries) == expected["finite_entries"].list.map(\.int))
    #expect(counts.map(\.rows) == expected["rows"].list.map(\.int))
    #expect(Double(try #require(found.largest.first).ratio) == expected["largest_finite"].double)
    let y = found.logarithms
    #expect(y.count == expected["y_count"].int)
    #expect(abs(try #require(y.mean) - expected["y_mean"].double) < 1e-7)
    #expect(abs(try #require(y.standardDeviation) - expected["y_sd"].double) < 1e-7)
    #expect(abs(Double(try #require(y.minimum)) - expected["y_min"].double) < 1e-6)
    #expect(abs(Double(try #require(y.maximum)) - expected["y_max"].double) < 1e-6)
    for (q, value) in zip([0.25, 0.5, 0.75], expected["y_quartiles"].doubles) {
      #expect(abs(try #require(y.quantile(q)) - value) <= 0x1p-14 + 1e-6)
    }
    #expect(found.types.map(\.rowCount) == expected["type_rows"].list.map(\.int))
    for (type, entries) in zip(found.types, expected["type_entries"].list) {
      #expect(
        summary.counts(ofType: type.type, median).map(\.entries) == entries.list.map(\.int))
    }
    for (type, sums) in zip(found.types, expected["sums"].list) {
      let s = sums.doubles
      let (bt, b, at, a) = (s[0], s[1], s[2], s[3])
      let own = Enrichment(found.enrichment, type: type.type)
      #expect([own.edges, own.allEdges, own.massive, own.allMassive] == s[0..<4].map { Int($0) })
      guard at > 0 else { continue }
      // Σ (a_t / A_t − a / A − b_t / B_t + b / B)², multiplied out over NumPy's sums of products.
      let squares =
        s[11] / (at * at) + s[13] / (a * a) + s[4] / (bt * bt) + s[8] / (b * b)
        + 2
        * (-s[12] / (at * a) - s[6] / (at * bt) + s[9] / (at * b) + s[7] / (a * bt)
          - s[10] / (a * b) - s[5] / (bt * b))
      let graphs = Double(own.graphCount)
      let reach = 1.959963984540054 * (squares * graphs / (graphs - 1)).squareRoot()
      let upper = try #require(own.interval).upper
      #expect(abs(log(upper / (own.ratio ?? .nan)) - reach) < 1e-6)
    }
  }

  /// SciPy's Monte Carlo test of the same samples: within both simulations' errors.
  @Test func bootstrapAgreesWithSciPy() throws {
    for data in Self.truth["bootstrap"].list {
      let values = data["values"].doubles.map { Float($0) }
      let found = try GammaBootstrap(values, replicates: 999)
      let p = data["p"].double
      // Five standard deviations of the difference, and what the grid and another fit change.
      let error = 5 * (max(p * (1 - p), 0.003) * (1 / 299.0 + 1 / 999.0)).squareRoot() + 0.03
      #expect(abs(found.pValue - p) < error, "\(data["name"].text ?? "")")
      #expect(abs(found.statistic - data["statistic"].double) < 0.005)
    }
  }
}
