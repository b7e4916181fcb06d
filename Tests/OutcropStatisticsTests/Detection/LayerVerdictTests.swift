import Foundation
import OutcropCore
import OutcropStatistics
import Testing

struct LayerVerdictTests {
  private static let options = LayerVerdict.Options(replicates: 19)

  private func summary(
    _ seed: UInt64, rows: Int = 1000, _ change: (Int, Double) -> Double = { $1 }
  ) throws -> ActivationSummary {
    var random = SplitMix(seed)
    let values = (0..<rows * 16).map { Float(change($0, random.normal())) }
    var summary = ActivationSummary()
    try summary.add(values, rowCount: rows, width: 16)
    return summary
  }

  @Test func plainLayer() throws {
    let base = try summary(1)
    let verdict = try LayerVerdict(summary(2), untrained: base, options: Self.options)
    #expect(verdict.outcome == .noMassiveActivations)
    #expect(
      verdict.reasons.first
        == .count(entries: 0, rows: 0, values: 16_000, threshold: 1000))
    #expect(verdict.bootstrap != nil && verdict.distribution?.distanceFromBaseline != nil)
    let alone = try LayerVerdict(summary(2), options: Self.options)
    #expect(alone.outcome == .noMassiveActivations && alone.reasons.contains(.noBaseline))
  }

  @Test func massiveLayer() throws {
    let base = try summary(1)
    let layer = try summary(3) { $0 % 4000 == 17 ? 1e5 : $1 }
    let verdict = LayerVerdict(layer, untrained: base, options: Self.options)
    #expect(verdict.outcome == .massiveActivations)
    #expect(
      verdict.reasons.first == .count(entries: 4, rows: 4, values: 16_000, threshold: 1000))
    #expect(
      verdict.reasons[0].sentence
        == "4 of 16,000 activations have a ratio above 1,000, in 4 rows.")
    let both = LayerVerdict(layer, untrained: layer, options: Self.options)
    #expect(both.outcome == .massiveActivations)
    #expect(both.reasons.contains(.untrainedIsMassive(entries: 4, threshold: 1000)))
  }

  /// A large distance without any count above the threshold makes no layer massive.
  @Test func changedDistribution() throws {
    let base = try summary(1)
    let layer = try summary(4) { abs($1).squareRoot() }
    let verdict = LayerVerdict(layer, untrained: base, options: Self.options)
    #expect(layer.massive(.row).entries == 0)
    #expect(verdict.outcome == .noMassiveActivationsButDistributionChanged)
    let fit = try GammaFit(base.row.logarithms).distribution
    #expect(
      LayerVerdict(layer, baseline: fit, options: Self.options).outcome
        == .noMassiveActivationsButDistributionChanged)
  }

  /// Zero medians give infinite ratios, which the verdict counts as all other counts do.
  @Test func oddLayers() throws {
    let zeros = try summary(5) { index, x in index % 16 < 12 ? 0 : x }
    let verdict = LayerVerdict(zeros, options: Self.options)
    #expect(zeros.massive(.row).entries > 0)
    #expect(verdict.outcome == .massiveActivations)
    #expect(
      verdict.reasons == [
        .count(entries: 4000, rows: 1000, values: 16_000, threshold: 1000), .noFiniteRatio,
        .zeroMedians(1000, of: 1000, median: .row, infinite: 4000),
      ])
    let some = try summary(6) { index, x in index < 160 && index % 16 < 12 ? 0 : x }
    let mixed = LayerVerdict(some, options: Self.options)
    #expect(mixed.outcome == .massiveActivations)
    #expect(mixed.reasons.first == .count(entries: 40, rows: 10, values: 16_000, threshold: 1000))
    #expect(
      mixed.reasons.contains(.zeroMedians(10, of: 1000, median: .row, infinite: 40)))
    let nothing = LayerVerdict(ActivationSummary(), options: Self.options)
    #expect(nothing.outcome == .cannotTell && nothing.reasons == [.noValues])
    let broken = try LayerVerdict(summary(7) { _, _ in .nan }, options: Self.options)
    #expect(broken.outcome == .cannotTell)
    let constant = try LayerVerdict(summary(7) { _, _ in 3 }, options: Self.options)
    #expect(constant.outcome == .noMassiveActivations && constant.bootstrap == nil)
    #expect(
      constant.reasons.contains { if case .noFit(.constantSample) = $0 { true } else { false } })
    for verdict in [verdict, mixed, nothing, broken, constant] {
      #expect(verdict.reasons.allSatisfy { $0.sentence.hasSuffix(".") })
      let again = try JSONDecoder().decode(
        LayerVerdict.self, from: JSONEncoder().encode(verdict))
      #expect(again == verdict)
    }
  }
}
