import Foundation
import OutcropCore
import OutcropReport
import Testing

/// Results that are empty, tiny or absurd: everything must still be drawn and written.
@Suite struct DegenerateTests {
  /// The same statistics by both medians.
  private static func activations(
    _ rows: Int, _ width: Int, _ make: (Int, Int) -> StudyResults.RatioStatistics
  ) -> StudyResults.Activations {
    .init(rows: rows, width: width, rowMedian: make(rows, width), batchMedian: make(rows, width))
  }

  static let empty = activations(0, 0) {
    .init(
      rows: $0, width: $1, massiveCount: 0, massiveRows: 0, largestRatio: nil, batchMaxima: [],
      byEdgeType: [.init(id: 0, name: "", massive: 0, edges: 0)],
      histogram: .init(lower: 0, upper: 0, counts: []))
  }

  static let infinite = activations(4, 2) {
    .init(
      rows: $0, width: $1, massiveCount: 8, infiniteCount: 8, massiveRows: 4,
      largestRatio: .infinity,
      largestPosition: .init(), zeroMedians: 4,
      batchMaxima: [.infinity, .infinity, .nan],
      byEdgeType: [
        .init(id: 0, name: "a", massive: 8, edges: 4),
        .init(id: 1, name: "b", massive: 0, edges: 0),
      ],
      histogram: .init(lower: -4, upper: 4, counts: [0, 0, 0], below: 8, above: 2),
      gammaFitError: "infinite values")
  }

  static let undefined = activations(1, 1) {
    .init(
      rows: $0, width: $1, massiveCount: 0, massiveRows: 0, largestRatio: .nan, nanMedians: 1,
      batchMaxima: [.nan], histogram: .init(lower: .nan, upper: .infinity, counts: [1]),
      gammaFit: .init(
        shape: .nan, location: .infinity, scale: 0, meanLogLikelihood: .nan,
        kolmogorovSmirnov: .init(statistic: .nan, pValue: .nan)))
  }

  static let one = activations(1, 1) {
    .init(
      rows: $0, width: $1, massiveCount: 0, massiveRows: 0, largestRatio: 1, batchMaxima: [1],
      histogram: .init(lower: 0, upper: 1e-300, counts: [1]),
      gammaFit: .init(
        shape: 1e9, location: -1e6, scale: 1e-3, meanLogLikelihood: 0,
        kolmogorovSmirnov: .init(statistic: 1)))
  }

  static let cases: [String: [StudyResults.Run]] = [
    "no runs": [],
    "no layers": [.init(kind: .base, label: "", layers: [])],
    "no activations": [.init(kind: .trained, label: "x", layers: [.init(index: 0)])],
    "empty": [
      .init(kind: .base, label: "b", layers: [.init(index: 0, edge: empty, node: empty)]),
      .init(kind: .trained, label: "t", layers: [.init(index: 0, edge: empty, node: empty)]),
    ],
    "infinite": [
      .init(kind: .base, label: "b", layers: [.init(index: 0, edge: infinite, node: infinite)]),
      .init(kind: .ebt, label: "e", layers: [.init(index: 0, edge: infinite, node: infinite)]),
    ],
    "undefined": [
      .init(
        kind: .trained, label: "t", epochs: 1, secondsPerEpoch: .nan, peakMemoryMB: .infinity,
        history: [.init(epoch: 1, learningRate: .nan, trainLoss: .nan, seconds: .infinity)],
        testMetric: .init(name: "", value: .nan),
        layers: [.init(index: 5, edge: undefined, node: undefined)])
    ],
    "one": [
      .init(kind: .base, label: "b", layers: [.init(index: 1, edge: one)]),
      .init(
        kind: .trained, label: "t", epochs: 1,
        history: [
          .init(
            epoch: 1, learningRate: 1, trainLoss: 0.5, validationLoss: 0.5, validationMetric: 0,
            seconds: 0)
        ], layers: [.init(index: 1, edge: one), .init(index: 2, edge: infinite)]),
    ],
    "losses of all sizes": [
      .init(
        kind: .trained, label: "t", epochs: 5,
        history: [1e-300, 0, .infinity, 1e300, -1].enumerated().map {
          .init(
            epoch: $0.offset + 1, learningRate: 1, trainLoss: $0.element,
            validationLoss: abs($0.element) + 1e-30, validationMetric: .nan, seconds: 1)
        }, layers: [])
    ],
    "layers differ": [
      .init(kind: .base, label: "b", layers: [.init(index: 3, edge: one)]),
      .init(
        kind: .recorded, label: "r",
        layers: (0..<70).map { .init(index: $0, edge: $0 % 2 == 0 ? infinite : one) }),
    ],
  ]

  @Test(arguments: cases.keys.sorted()) func nothingBreaks(_ name: String) throws {
    let runs = try #require(Self.cases[name])
    for threshold in [1000, 1, 0, -1, .infinity, .nan] {
      let results = FindingsTests.results(runs, threshold: threshold, medians: [.row, .batch])
      FigureTests.all(results).forEach(FigureTests.check)
      let html = Report.html(results)
      ReportTests.check(html)
      ReportTests.check(Report.html([results, results]))
      #expect(html.utf8.count < 5_000_000)
      #expect(!Findings.sentences(results).isEmpty)
      for run in runs {
        for kind in StudyResults.ActivationKind.allCases {
          let table = TextTable.layers(of: run, base: results.baseRun, kind: kind)
          #expect(table.rows.count == run.layers.count)
        }
      }
      let data = try results.json()
      if StudyResults.isThreshold(threshold) {
        #expect(try StudyResults(json: data).json() == data)
      } else {
        #expect(throws: InputError.self) { try StudyResults(json: data) }
      }
    }
  }

  /// Four arms of three seeds each, and several of these side by side.
  @Test func pagesOfManyRunsStaySmall() {
    let study = DemoResults.full()
    #expect(study.runs.count == 12)
    #expect(Report.html(study).utf8.count < 5_000_000)
    let several = Report.html(
      (0..<5).map { DemoResults.full(model: "model \($0)") } + [DemoResults.ablation()])
    #expect(several.utf8.count < 5_000_000)
    let many = Report.html((0..<16).map { DemoResults.full(batches: 200, model: "model \($0)") })
    #expect(many.utf8.count < 6_000_000)
  }

  @Test func aDeepStudyStaysSmall() {
    let study = DemoResults.study(layers: 48, batches: 2000, epochs: 1000)
    #expect(Report.html(study).utf8.count < 5_000_000)
  }
}
