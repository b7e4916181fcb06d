import OutcropReport
import Testing

@Suite struct ArmTests {
  static func run(
    _ kind: StudyResults.Run.Kind, _ label: String, seed: UInt64?, massive: Int = 0,
    ratio: Double = 10, metric: Double? = nil, epochs: Int = 5
  ) -> StudyResults.Run {
    var run = FindingsTests.run(
      kind, [FindingsTests.edge(massive: massive, largest: ratio)], epochs: epochs,
      metric: metric, label: label)
    run.seed = seed
    return run
  }

  @Test func seedsOfOneLabelAreOneArm() {
    let results = FindingsTests.results([
      Self.run(.base, "untrained", seed: 1), Self.run(.trained, "trained", seed: 1),
      Self.run(.base, "untrained", seed: 2), Self.run(.trained, "trained", seed: 2),
      Self.run(.ebt, "trained", seed: 2),
    ])
    #expect(results.arms.map(\.label) == ["untrained", "trained", "trained"])
    #expect(results.arms.map(\.runs.count) == [2, 2, 1])
    #expect(results.arms[1].runs.map(\.seed) == [1, 2])
  }

  /// Files of one name, or a seed twice, are not seeds of one model.
  @Test func runsWithoutSeedsAreNotMerged() {
    let results = FindingsTests.results([
      Self.run(.recorded, "a.npy", seed: nil), Self.run(.recorded, "a.npy", seed: nil),
      Self.run(.trained, "t", seed: 1), Self.run(.trained, "t", seed: 1),
    ])
    #expect(results.arms.count == 4)
  }

  /// The order of an ablation: plain graphs with all seeds, then graphs with extra edges.
  @Test func theBaseIsTheNearestBeforeWithTheSeed() {
    let results = FindingsTests.results([
      Self.run(.base, "untrained", seed: 1, ratio: 1), Self.run(.trained, "trained", seed: 1),
      Self.run(.base, "untrained", seed: 2, ratio: 2), Self.run(.trained, "trained", seed: 2),
      Self.run(.base, "untrained, extra", seed: 1, ratio: 3),
      Self.run(.ablated, "extra", seed: 1),
      Self.run(.base, "untrained, extra", seed: 2, ratio: 4),
      Self.run(.ablated, "extra", seed: 2), Self.run(.ablated, "extra", seed: 9),
    ])
    func ratio(_ run: StudyResults.Run?) -> Double? { run?.layers[0][.edge(.row)]?.largestRatio }
    let bases = Dictionary(
      uniqueKeysWithValues: results.arms.map { ($0.label, $0.bases.map(ratio)) })
    #expect(bases["trained"] == [1, 2])
    #expect(bases["extra"] == [3, 4, nil])
    #expect(bases["untrained"] == [nil, nil])
  }

  @Test func spreads() {
    // statistics.stdev([2, 4, 4, 4, 5, 5, 7, 9]) of Python is 2.138089935299395.
    let spread = Spread([2, 4, 4, nil, 4, 5, .nan, 5, 7, 9])
    #expect(spread.count == 8)
    #expect(spread.mean == 5)
    #expect(abs((spread.deviation ?? 0) - 2.138089935299395) < 1e-12)
    #expect(Spread([3]).deviation == nil && Spread([]).mean == nil)
    #expect(Spread([1, .infinity]).mean == .infinity)
    #expect(Spread([1, .infinity]).deviation == nil)
    #expect(Spread([0.4711, 0.4811, 0.4911]).score == "0.481 ± 0.010")
    #expect(Spread([0.4711]).score == "0.4711")
    #expect(Spread([12, 14]).text(NumberText.amount) == "13.0 ± 1.4")
    #expect(Spread([]).score == "–")
  }

  @Test func sentencesGiveSpreadsAndNoMore() {
    func study(_ metrics: [Double], _ biased: [Double]) -> [String] {
      Findings.sentences(
        FindingsTests.results(
          [UInt64(1), 2, 3].enumerated().flatMap { index, seed in
            [
              Self.run(.base, "untrained", seed: seed, ratio: 20 + Double(index), epochs: 0),
              Self.run(
                .trained, "trained", seed: seed, massive: 100 * (index + 1), ratio: 2000,
                metric: metrics[index]),
              Self.run(.ebt, "with EBT", seed: seed, ratio: 500, metric: biased[index]),
            ]
          }))
    }
    let texts = study([0.50, 0.52, 0.54], [0.51, 0.53, 0.55])
    #expect(
      texts.contains(
        "Before training (3 seeds), by the row median the one observed layer holds no massive activation "
          + "(ratio over 1,000) with any seed; the largest ratio is 21.0 ± 1.0 (mean ± standard deviation), at "
          + "most 22."))
    #expect(
      texts.contains(
        "By the row median, massive activations appear with training (trained) with 3 of 3 seeds; the "
          + "untrained models hold none."))
    #expect(
      texts.contains(
        "“with EBT” against “trained” at equal epochs (3 seeds, paired): massive activations by "
          + "the row median 0 against 200 ± 100, fewer with 3 of 3 seeds; test MAE 0.530 ± 0.020 against 0.520 ± "
          + "0.020, a difference of +0.010 ± 0.000, higher with 3 of 3 seeds, within the seed-to-seed spread."
      ))
    #expect(
      study([0.50, 0.52, 0.54], [0.71, 0.73, 0.76])
        .contains {
          $0.contains("(worse), higher with 3 of 3 seeds, more than the seed-to-seed spread.")
        })
  }

  @Test func oneSeedClaimsNothing() {
    let texts = Findings.sentences(
      FindingsTests.results([
        Self.run(.trained, "trained", seed: 1, massive: 4, metric: 0.5),
        Self.run(.ebt, "with EBT", seed: 1, metric: 0.4),
        Self.run(.adaptive, "with driven EBT", seed: 1, metric: 0.4, epochs: 6),
      ]))
    #expect(
      texts.contains { $0.contains("(better); with one seed, the part of chance is unknown.") })
    #expect(texts.contains { $0.contains("can’t be compared") })
  }

  @Test func distanceIsJudgedByTheData() {
    func study(_ with: Double, _ without: Double) -> [String] {
      var massive = FindingsTests.edge(massive: 3, largest: 2000)
      massive.rowMedian?.gammaFit = FigureTests.fit(shape: 1, location: 0, scale: 1)
      massive.rowMedian?.gammaFit?.kolmogorovSmirnov.statistic = with
      var quiet = FindingsTests.edge(massive: 0, largest: 20)
      quiet.rowMedian?.gammaFit = massive.rowMedian?.gammaFit
      quiet.rowMedian?.gammaFit?.kolmogorovSmirnov.statistic = without
      return Findings.sentences(
        FindingsTests.results([FindingsTests.run(.trained, [massive, quiet, quiet])]))
    }
    #expect(
      study(0.2, 0.1).contains {
        $0.contains("in 100% of all pairs (50% is chance; 1 layer with, 2 without")
          && $0.contains("is in layer 0 of “trained”, which holds 3 massive activations.")
      })
    #expect(
      study(0.1, 0.2).contains {
        $0.contains("in 0% of all pairs") && $0.contains("which holds none.")
      })
  }
}
