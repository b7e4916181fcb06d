import Foundation
import OutcropCore
import OutcropStatistics
import Testing

/// Activations that are infinite or at the end of single precision are counted and named.
@Suite struct InfiniteActivationTests {
  private func summary(
    _ values: [Float], width: Int, offsets: [Int]? = nil
  ) throws -> ActivationSummary {
    var summary = ActivationSummary()
    try summary.add(
      values, rowCount: values.count / width, width: width, batchOffsets: offsets)
    return summary
  }

  private func ordinary(_ count: Int) -> [Float] { (0..<count).map { 500 + Float($0 * 37 % 900) } }

  @Test func oneInfiniteActivation() throws {
    var values = ordinary(160)
    values[34] = .infinity
    let summary = try summary(values, width: 8)
    #expect(summary.values.infiniteCount == 1 && summary.values.infiniteRowCount == 1)
    #expect(summary.row.zeroMedians == 0 && summary.row.infiniteMedians == 0)
    #expect(summary.massive(.row).entries == 1 && summary.massive(.row).finiteEntries == 0)
    let verdict = LayerVerdict(summary, options: .init(replicates: 0))
    #expect(
      verdict.reasons.contains(.infiniteActivations(1, rows: 1, of: 20, overflowed: 0)))
    let sentences = verdict.reasons.map(\.sentence)
    #expect(sentences.contains { $0.hasPrefix("1 activation is infinite, in 1 of 20 rows:") })
    #expect(!sentences.contains { $0.contains("zero") })
  }

  @Test func rowsOfInfinities() throws {
    let values = [Float](repeating: .infinity, count: 16) + ordinary(16)
    let summary = try summary(values, width: 8, offsets: [0, 2, 4])
    #expect(summary.values.infiniteRowCount == 2 && summary.values.infiniteCount == 16)
    #expect(summary.row.infiniteMedians == 2 && summary.batch.infiniteMedians == 1)
    #expect(summary.row.nanRatios == 16)
    let reasons = LayerVerdict(summary, options: .init(median: .batch, replicates: 0)).reasons
    #expect(reasons.contains(.infiniteMedians(1, of: 2, median: .batch)))
    let only = try self.summary(.init(repeating: .infinity, count: 16), width: 8)
    let verdict = LayerVerdict(only, options: .init(replicates: 0))
    #expect(verdict.outcome == .cannotTell)
    #expect(verdict.reasons.contains(.infiniteActivations(16, rows: 2, of: 2, overflowed: 0)))
  }

  /// The mean of two large numbers is no infinity.
  @Test(arguments: [8, 7, 40, 300])
  func constantRowsOfTheLargestNumbers(width: Int) throws {
    let large: Float = 3.4e38
    let values = [Float](repeating: large, count: 4 * width)
    let summary = try summary(values, width: width)
    #expect(summary.values.infiniteCount == 0 && summary.row.infiniteMedians == 0)
    #expect(summary.batch.infiniteMedians == 0 && summary.row.nanRatios == 0)
    #expect(summary.row.largest.first?.ratio == 1 && summary.batch.largest.first?.ratio == 1)
    #expect(Median.magnitude(of: values) == large)
    #expect(Median.magnitude(of: [Float](repeating: large, count: 200_000)) == large)
    let extremes = [Float.greatestFiniteMagnitude, Float.greatestFiniteMagnitude.nextDown]
    #expect(Median.magnitude(of: extremes).isFinite)
  }

  /// A ratio can exceed what `Float` holds although its activation is finite and its median positive: the three
  /// reasons for infinite ratios are told apart, and all are counted as massive.
  @Test func reasonsOfInfiniteRatios() throws {
    var values = ordinary(160).map { $0 * 1e-3 }
    values[19] = 2.5e38
    values[20] = -2e38
    values[34] = .infinity
    for channel in 40..<46 { values[channel] = 0 }
    var summary = try summary(values, width: 8)
    #expect(summary.row.overflowedRatios == 0 && summary.row.infiniteRatios == 3)
    for index in 16..<24 where index != 19 && index != 20 { values[index] *= 1e-4 }
    summary = try self.summary(values, width: 8)
    #expect(summary.row.zeroMedians == 1 && summary.values.infiniteCount == 1)
    #expect(summary.row.overflowedRatios == 2 && summary.row.zeroMedianRatios == 2)
    #expect(summary.row.infiniteRatios == 5 && summary.massive(.row).entries == 5)
    #expect(summary.batch.overflowedRatios == 0 && summary.batch.infiniteRatios == 1)
    let verdict = LayerVerdict(summary, options: .init(replicates: 0))
    #expect(verdict.outcome == .massiveActivations)
    #expect(
      verdict.reasons.first == .count(entries: 5, rows: 3, values: 160, threshold: 1000))
    for reason in [
      LayerVerdict.Reason.overflowedRatios(2), .zeroMedians(1, of: 20, median: .row, infinite: 2),
      .infiniteActivations(1, rows: 1, of: 20, overflowed: 0),
    ] {
      #expect(verdict.reasons.contains(reason))
    }
    // The counts come back from a file and add up.
    let data = try JSONEncoder.outcrop.encode(summary)
    #expect(try JSONDecoder.outcrop.decode(ActivationSummary.self, from: data) == summary)
    var twice = summary
    try twice.merge(summary)
    #expect(twice.row.overflowedRatios == 4 && twice.row.zeroMedianRatios == 4)
  }

  @Test func overflowsAreNamed() throws {
    var values = ordinary(80)
    values[3] = .infinity
    values[4] = -.infinity
    var first = try summary(values, width: 8)
    first.countOverflows(1)
    #expect(first.values.overflowCount == 1)
    let second = try summary(ordinary(80), width: 8)
    try first.merge(second)
    let reasons = LayerVerdict(first, options: .init(replicates: 0)).reasons
    #expect(reasons.contains(.infiniteActivations(2, rows: 1, of: 20, overflowed: 1)))
    #expect(
      reasons.map(\.sentence).contains {
        $0.contains("1 of them finite in the file, but too large")
      })
    // The counts come back from a file, and files without them are read.
    let data = try JSONEncoder.outcrop.encode(first)
    #expect(try JSONDecoder.outcrop.decode(ActivationSummary.self, from: data) == first)
    var object = try JSONSerialization.jsonObject(with: data) as! [String: Any]
    var moments = object["values"] as! [String: Any]
    for key in ["rowsWithInfinity", "overflows"] {
      #expect(moments[key] != nil || moments["_" + key] != nil)
      moments[key] = nil
      moments["_" + key] = nil
    }
    object["values"] = moments
    let old = try JSONDecoder.outcrop.decode(
      ActivationSummary.self, from: JSONSerialization.data(withJSONObject: object))
    #expect(old.values.infiniteRowCount == 0 && old.values.infiniteCount == 2)
  }
}

extension JSONEncoder {
  fileprivate static var outcrop: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

extension JSONDecoder {
  fileprivate static var outcrop: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
