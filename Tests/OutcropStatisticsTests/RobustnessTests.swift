import Foundation
import OutcropStatistics
import Testing

/// Odd inputs give defined results in the exact and the streaming statistics alike.
struct RobustnessTests {
  struct Input: CustomTestStringConvertible, Sendable {
    var name: String
    var values: [Float]
    var rows: Int
    var width: Int
    var testDescription: String { name }
  }

  static let inputs: [Input] = {
    var random = SplitMix(17)
    let ordinary = (0..<40).map { _ in Float(random.normal()) }
    return [
      Input(name: "nothing", values: [], rows: 0, width: 0),
      Input(name: "no rows", values: [], rows: 0, width: 8),
      Input(name: "no features", values: [], rows: 5, width: 0),
      Input(name: "one value", values: [2], rows: 1, width: 1),
      Input(name: "one zero", values: [0], rows: 1, width: 1),
      Input(name: "one NaN", values: [.nan], rows: 1, width: 1),
      Input(name: "one infinity", values: [-.infinity], rows: 1, width: 1),
      Input(name: "one row", values: ordinary, rows: 1, width: 40),
      Input(name: "one feature", values: ordinary, rows: 40, width: 1),
      Input(name: "all equal", values: Array(repeating: -3, count: 40), rows: 5, width: 8),
      Input(name: "all zero", values: Array(repeating: 0, count: 40), rows: 5, width: 8),
      Input(name: "all NaN", values: Array(repeating: .nan, count: 40), rows: 5, width: 8),
      Input(
        name: "all infinite", values: Array(repeating: .infinity, count: 40), rows: 5, width: 8),
      Input(
        name: "a NaN and both infinities",
        values: ordinary.dropLast(3) + [.nan, .infinity, -.infinity],
        rows: 5, width: 8),
      Input(
        name: "mostly zero", values: (0..<40).map { $0 % 7 == 0 ? 1 : 0 }, rows: 5, width: 8),
      Input(
        name: "subnormal", values: (0..<40).map { Float(bitPattern: UInt32($0 * $0)) }, rows: 5,
        width: 8),
      Input(
        name: "huge", values: ordinary.map { $0 * 1e38 }, rows: 5, width: 8),
      Input(
        name: "tiny medians under huge values",
        values: (0..<40).map { $0 % 8 == 0 ? .greatestFiniteMagnitude : .leastNonzeroMagnitude },
        rows: 5, width: 8),
    ]
  }()

  @Test(arguments: inputs)
  func bothStatistics(_ input: Input) throws {
    let types = (0..<input.rows).map { Int32($0 % 2) }
    let exact = try ReferenceStatistics(
      input.values, rowCount: input.rows, width: input.width, edgeTypes: types,
      options: .init(furtherThresholds: ActivationSummary.Options.defaultThresholds))
    var summary = ActivationSummary()
    try summary.add(
      input.values, rowCount: input.rows, width: input.width,
      origins: RowOrigins(edgeTypes: types))
    for kind in MedianKind.allCases {
      let statistics = kind == .row ? exact.row : exact.batch
      let found = summary[kind]
      #expect(summary.counts(kind) == Array(statistics.ratios.counts.dropFirst()))
      #expect(found.nanRatios == statistics.ratios.nanRatios)
      #expect(found.infiniteRatios == statistics.ratios.infiniteRatios)
      #expect(found.zeroMedians == statistics.ratios.zeroMedians)
      if input.rows > 0 { #expect(found.nanMedians == statistics.ratios.nanMedians) }
      #expect(summary.edgeTypeShares(kind) == statistics.ratios.edgeTypes)
      #expect(found.batchMaxima.entries?.map(\.maximum) == statistics.ratios.batchMaxima.values)
      let described = try? ActivationDistribution(found.logarithms)
      #expect((described == nil) == (statistics.distribution == nil))
      #expect(described?.count == statistics.distribution?.count)
      #expect(described?.nonFiniteCount == statistics.distribution?.nonFiniteCount)
      #expect(described?.minimum == statistics.distribution?.minimum)
      #expect(described?.maximum == statistics.distribution?.maximum)
      if let statistics = statistics.distribution, let described {
        #expect(statistics.fit != nil || statistics.fitFailure != nil)
        #expect(described.fit != nil || described.fitFailure != nil)
        #expect(statistics.fit?.meanLogLikelihood.isFinite ?? true)
        #expect(described.fit?.meanLogLikelihood.isFinite ?? true)
      }
      let verdict = LayerVerdict(summary, options: .init(median: kind, replicates: 9))
      #expect(!verdict.reasons.isEmpty)
    }
    // Merging with nothing changes nothing, from either side.
    var merged = ActivationSummary()
    try merged.merge(summary)
    #expect(merged == summary)
    try merged.merge(ActivationSummary())
    #expect(merged == summary)
    let again = try JSONDecoder().decode(
      ActivationSummary.self, from: JSONEncoder().encode(summary))
    #expect(again == summary)
    let exactAgain = try JSONDecoder().decode(
      ReferenceStatistics.self, from: JSONEncoder().encode(exact))
    #expect(exactAgain == exact)
  }
}
