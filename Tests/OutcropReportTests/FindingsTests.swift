import Foundation
import OutcropReport
import OutcropStatistics
import Testing

@Suite struct FindingsTests {
  static func results(
    _ runs: [StudyResults.Run], dataset: StudyResults.Dataset? = nil, threshold: Double = 1000,
    medians: [MedianKind] = [.row]
  ) -> StudyResults {
    .init(
      toolVersion: "1", commandLine: [], date: "2025-03-31T14:05:09Z", threshold: threshold,
      medians: medians, machine: .init(cores: 1, cpu: "c", memoryMB: 1), dataset: dataset,
      runs: runs)
  }

  /// Activations with statistics by the row median alone.
  static func edge(
    massive: Int, largest: Double?, type: Int? = nil, byType: [(String, Int, Int)] = [],
    zero: Int = 0
  ) -> StudyResults.Activations {
    .init(
      rows: 100, width: 8,
      rowMedian: ratios(massive: massive, largest: largest, type: type, byType: byType, zero: zero))
  }

  static func ratios(
    massive: Int, largest: Double?, type: Int? = nil, byType: [(String, Int, Int)] = [],
    zero: Int = 0
  ) -> StudyResults.RatioStatistics {
    .init(
      rows: 100, width: 8, massiveCount: massive, massiveRows: massive, largestRatio: largest,
      largestPosition: type.map { .init(edgeType: $0) }, zeroMedians: zero,
      batchMaxima: largest.map { [$0] } ?? [],
      byEdgeType: byType.enumerated().map {
        .init(id: $0.offset + 1, name: $0.element.0, massive: $0.element.1, edges: $0.element.2)
      })
  }

  static func run(
    _ kind: StudyResults.Run.Kind, _ edges: [StudyResults.Activations], epochs: Int? = nil,
    metric: Double? = nil, label: String? = nil
  ) -> StudyResults.Run {
    .init(
      kind: kind, label: label ?? kind.rawValue, epochs: epochs,
      testMetric: metric.map { .init(name: "MAE", value: $0) },
      layers: edges.enumerated().map { .init(index: $0.offset, edge: $0.element) })
  }

  @Test func noRuns() {
    #expect(Findings.sentences(Self.results([])) == ["These results hold no run."])
  }

  @Test func baseAndTrained() {
    let types = [("single", 900, 75), ("double", 334, 25)]
    let base = Self.run(
      .base, [Self.edge(massive: 0, largest: 62.5), Self.edge(massive: 0, largest: 31)],
      epochs: 0, metric: 1.6159)
    let trained = Self.run(
      .trained,
      [
        Self.edge(massive: 1234, largest: 12_345, type: 1, byType: types),
        Self.edge(massive: 0, largest: 40),
      ], epochs: 20, metric: 0.3711)
    #expect(
      Findings.sentences(Self.results([base, trained])) == [
        "Before training, by the row median none of the 2 layers holds a massive activation (ratio over 1,000); "
          + "the largest ratio is 62.5, in layer 0.",
        "After 20 epochs, by the row median 1 of 2 layers holds 1,234 massive activations (ratio over 1,000); "
          + "the largest ratio is 12,345, in layer 0 on an edge of type “single”.",
        "By the row median, massive activations appear with training (trained): the untrained model "
          + "holds none (one seed).",
        "By the row median, of the massive activations of “trained”, all layers together, 72.9% are on "
          + "“single” (75.0% of the edges) and 27.1% are on “double” (25.0% of the edges).",
        "The test MAE is 1.616 (base) and 0.3711 (trained).",
      ])
  }

  @Test func ebtAndOtherThresholds() {
    let ebt = Self.run(
      .ebt, [Self.edge(massive: 1, largest: 150), Self.edge(massive: 3, largest: 101)],
      epochs: 1)
    #expect(
      Findings.sentences(Self.results([ebt], threshold: 100)) == [
        "With the Explicit Bias Term, after 1 epoch, by the row median 2 of 2 layers hold 4 massive activations "
          + "(ratio over 100); the largest ratio is 150, in layer 0."
      ])
  }

  @Test func recordedActivations() {
    let run = Self.run(
      .recorded, [Self.edge(massive: 1, largest: 1001)], label: "mine.safetensors")
    #expect(
      Findings.sentences(Self.results([run])) == [
        "In “mine.safetensors”, by the row median 1 of 1 layer holds 1 massive activation (ratio over 1,000); "
          + "the largest ratio is 1,001, in layer 0."
      ])
    let quiet = Self.run(.recorded, [Self.edge(massive: 0, largest: nil)], label: "empty")
    #expect(
      Findings.sentences(Self.results([quiet])) == [
        "In “empty”, by the row median the one observed layer holds no massive activation (ratio over 1,000); "
          + "no ratio is defined."
      ])
    let none = Self.run(.trained, [])
    #expect(
      Findings.sentences(Self.results([none])) == [
        "After training, no activations were recorded."
      ])
  }

  @Test func infiniteRatiosAndOddMedians() {
    var infinite = Self.edge(massive: 7, largest: .infinity, zero: 1)
    infinite.rowMedian?.largestFiniteRatio = 512
    let run = Self.run(.trained, [infinite], epochs: 2)
    #expect(
      Findings.sentences(Self.results([run])) == [
        "After 2 epochs, by the row median 1 of 1 layer holds 7 massive activations (ratio over 1,000); the largest "
          + "ratio is infinite, in layer 0 (a median of zero); the largest finite one is 512.",
        "Some ratios are infinite or undefined: 1 row with median zero (trained).",
      ])
  }

  /// Each reason why ratios are infinite is named, and no other.
  @Test(arguments: [
    (0, 7, "a ratio beyond 3.4e38, which single precision cannot hold"), (7, 0, "a median of zero"),
    (3, 4, "a median of zero and a ratio beyond 3.4e38, which single precision cannot hold"),
    (
      1, 2,
      "an infinite activation, a median of zero and a ratio beyond 3.4e38, which single precision cannot hold"
    ), (0, 0, "an infinite activation"),
  ])
  func reasonsOfInfiniteRatios(_ zero: Int, _ large: Int, _ text: String) throws {
    var edge = Self.edge(massive: 7, largest: .infinity, zero: zero > 0 ? 1 : 0)
    edge.rowMedian?.infiniteCount = 7
    edge.rowMedian?.zeroMedianRatios = zero > 0 ? zero : nil
    edge.rowMedian?.overflowedRatios = large > 0 ? large : nil
    let texts = Findings.sentences(Self.results([Self.run(.trained, [edge], epochs: 2)]))
    #expect(texts[0].contains("is infinite, in layer 0 (\(text))"), "\(texts[0])")
    if large > 0 {
      #expect(texts[1].contains("\(large) ratios beyond 3.4e38 by the row median (trained)"))
    }
  }

  @Test func runsOfOneKindAreToldApart() {
    let quiet = [Self.edge(massive: 0, largest: 5)]
    let texts = Findings.sentences(
      Self.results([
        Self.run(.trained, quiet, epochs: 3, label: "a"),
        Self.run(.trained, quiet, epochs: 3, label: "b"),
      ]))
    #expect(texts[0].hasPrefix("After 3 epochs (a), "))
    #expect(texts[1].hasPrefix("After 3 epochs (b), "))
  }

  @Test func syntheticDataAreCalledSynthetic() {
    let real = Findings.sentences(DemoResults.study(synthetic: false))
    let synthetic = Findings.sentences(DemoResults.study(synthetic: true))
    #expect(synthetic[0].contains("synthetic"))
    #expect(!real.contains { $0.contains("synthetic") })
    #expect(
      real[0] == "GraphTransformer on ZINC (12,000 graphs); activations of the 1,000 test graphs.")
  }

  /// A claim is made for both medians, and one without massive activations never stands alone where the
  /// other has some.
  @Test func bothMediansSpeak() {
    var quiet = Self.edge(massive: 0, largest: 62.5)
    quiet.batchMedian = Self.ratios(massive: 0, largest: 80)
    var loud = Self.edge(massive: 0, largest: 300)
    loud.batchMedian = Self.ratios(massive: 12_881, largest: 7_600_000)
    let runs = [
      Self.run(.base, [quiet, quiet], epochs: 0), Self.run(.trained, [quiet, loud], epochs: 12),
      Self.run(.ebt, [quiet, quiet], epochs: 12),
    ]
    let texts = Findings.sentences(Self.results(runs, medians: [.row, .batch]))
    #expect(
      texts.contains(
        "After 12 epochs, by the row median none of the 2 layers holds a massive activation (ratio "
          + "over 1,000); the largest ratio is 300, in layer 1. By the batch median 1 of 2 layers holds "
          + "12,881 massive activations (ratio over 1,000); the largest ratio is 7,600,000, in layer 1."
      ))
    #expect(
      texts.contains {
        $0.hasPrefix("By the row median, training (trained) brings no massive activation; ")
          && $0.hasSuffix(
            " By the batch median, massive activations appear with training (trained): the untrained "
              + "model holds none (one seed).")
      })
    #expect(
      texts.contains {
        $0.contains("massive activations by the row median 0 against 0")
          && $0.contains("massive activations by the batch median 0 against 12,881")
      })
    for text in texts where text.contains("no massive") || text.contains("none of") {
      #expect(text.lowercased().contains("by the batch median"), "\(text)")
    }
  }

  @Test func nodeActivationsHaveTheirSentence() {
    var study = DemoResults.study(layers: 2, batches: 3)
    #expect(
      Findings.sentences(study).contains(
        "By the row median, no node activation is massive in any run (largest ratio 6.76). By the batch "
          + "median, no node activation is massive in any run (largest ratio 6.76)."))
    study.runs[1].layers[0].node = .init(
      rows: 9, width: 4,
      rowMedian: .init(
        rows: 9, width: 4, massiveCount: 2, massiveRows: 1, largestRatio: 5000,
        batchMaxima: [5000]))
    study.medians = [.row]
    #expect(
      Findings.sentences(study).contains(
        "By the row median, the massive node activations are none (untrained; largest ratio 6.76), 2 "
          + "(trained; largest ratio 5,000) and none (trained with EBT; largest ratio 6.76)."))
  }
}
