import Foundation
import OutcropReport
import Testing

/// Onset and end of massive activations.
@Suite struct DynamicsTests {
  private func span(_ looks: String, every interval: Int = 1) -> StudyResults.MassiveSpan? {
    StudyResults.MassiveSpan(
      epochs: looks.indices.enumerated().map { $0.offset * interval },
      isMassive: looks.map { $0 == "x" })
  }

  /// By trying every pair of looks.
  private func reference(_ looks: [Bool]) -> (onset: Int, end: Int)? {
    var best: (onset: Int, end: Int)?
    for first in looks.indices where looks[first] {
      for last in first..<looks.count where looks[last] {
        let part = looks[first...last]
        guard 2 * part.count(where: { $0 }) > part.count else { continue }
        if let best, last - first <= best.end - best.onset { continue }
        best = (first, last)
      }
    }
    return best
  }

  @Test func theSpanIsTheLongestWithMostLooks() throws {
    #expect(span("....") == nil && span("") == nil)
    #expect(span("..x.") == .init(onset: 2, end: 2, looks: 1, massiveLooks: 1, lasts: false))
    #expect(span("..xxx") == .init(onset: 2, end: 4, looks: 3, massiveLooks: 3, lasts: true))
    // A gap is bridged if more than half of the looks hold massive activations.
    #expect(span(".xx.x.") == .init(onset: 1, end: 4, looks: 4, massiveLooks: 3, lasts: false))
    // Two of four are not more than half: the first of two equal spans.
    #expect(span("x..x") == .init(onset: 0, end: 0, looks: 1, massiveLooks: 1, lasts: false))
    // An early look does not move the onset of a long span.
    #expect(span("x....xxx")?.onset == 5)
    #expect(span("x..xxx") == .init(onset: 0, end: 5, looks: 6, massiveLooks: 4, lasts: true))
    #expect(span(".xx.x.", every: 5)?.end == 20)
    #expect(StudyResults.MassiveSpan(epochs: [1], isMassive: []) == nil)
  }

  @Test func theSpanIsThatOfAllPairs() throws {
    var random = SplitMix(state: 3)
    for _ in 0..<500 {
      let looks = (0..<Int(random.unit() * 30)).map { _ in random.unit() < 0.45 }
      let found = StudyResults.MassiveSpan(epochs: Array(looks.indices), isMassive: looks)
      let expected = reference(looks)
      #expect(found?.onset == expected?.onset && found?.end == expected?.end, "\(looks)")
      if let found {
        #expect(found.looks == found.end - found.onset + 1)
        #expect(found.massiveLooks == looks[found.onset...found.end].count { $0 })
      }
    }
  }

  /// Looks every second epoch; layer 1 holds massive activations where `text` has an x.
  private func run(_ text: String, seed: UInt64) -> StudyResults.Run {
    StudyResults.Run(
      kind: .trained, label: "trained", seed: seed,
      followed: text.enumerated().map { index, mark in
        let count = mark == "x" ? 3 : 0
        func ratios(_ count: Int) -> StudyResults.FollowedRatios {
          .init(largestRatio: count > 0 ? 2000 : 20, massiveCount: count, massiveRows: count)
        }
        return .init(
          epoch: 2 * index,
          layers: [
            .init(index: 0, rowMedian: ratios(0), batchMedian: ratios(0)),
            .init(index: 1, rowMedian: ratios(count), batchMedian: ratios(0)),
          ])
      }, layers: [])
  }

  private func results(_ texts: [String], firstSeed: UInt64 = 0) -> StudyResults {
    FindingsTests.results(
      texts.enumerated().map { run($1, seed: firstSeed + UInt64($0)) }, medians: [.row, .batch])
  }

  @Test func theSpreadIsOverSeeds() throws {
    let results = results(["..xxxx", "...xx.", "......"])
    let dynamics = try #require(results.dynamics)
    // Any layer, layer 0 and layer 1, by two medians.
    #expect(dynamics.map(\.layer) == [nil, 0, 1, nil, 0, 1])
    for found in [dynamics[0], dynamics[2]] {
      #expect(found.median == .row && found.runs == 3 && found.spans.map(\.seed) == [0, 1])
      #expect(found.spans.map(\.onset) == [4, 6] && found.spans.map(\.end) == [10, 8])
      #expect(found.onset?.mean == 5 && found.onset?.smallest == 4 && found.onset?.largest == 6)
      #expect(abs(try #require(found.onset?.deviation) - 2.0.squareRoot()) < 1e-12)
      #expect(found.end?.mean == 9 && found.lasting == 1)
    }
    for found in [dynamics[1], dynamics[3], dynamics[4], dynamics[5]] {
      #expect(found.spans.isEmpty && found.onset == nil && found.end == nil && found.lasting == 0)
    }
    #expect(try StudyResults(json: results.json()).dynamics == dynamics)
    #expect(self.results(["x"]).dynamics == nil)
    // Parts of a study have the dynamics of the whole.
    let parts = [self.results(["..xxxx"]), self.results(["...xx."], firstSeed: 1)]
    let whole = self.results(["..xxxx", "...xx."]).dynamics
    #expect(try StudyResults.merged(parts, sources: ["a", "b"]).dynamics == whole)
  }

  @Test func theReportHasBothMedians() {
    let html = Report.html(results(["..xxxx", "...xx.", "......"]))
    #expect(html.contains("in most analyzed epochs from 5.0 ± 1.4 to 9.0 ± 1.4 (2 of 3 seeds"))
    #expect(html.contains("to the last analyzed epoch in 1); by the batch median, in none."))
    #expect(html.contains("more than half hold one"))
    let one = Report.html(results(["..xxxx"]))
    #expect(one.contains("from 4 to 10, the last one; by the batch median, in none."))
  }

  @Test func theFigureMarksTheSpan() throws {
    var run = run(".xx.x.", seed: 1)
    run.history = (1...14).map {
      .init(
        epoch: $0, learningRate: 1e-3, trainLoss: 1, validationLoss: 1 / Double($0),
        validationMetric: 0.5, seconds: 1)
    }
    let figure = try #require(Figures.course(of: run, by: .row, threshold: 1000))
    #expect(XMLCheck(figure.document).error == nil)
    #expect(figure.svg.components(separatedBy: "--c:var(--ink)").count == 2)
    #expect(
      figure.alternativeText.contains(
        "layer 1 holds massive activations in 3 of 4 looks from epoch 2 to epoch 8"))
    // Loss, metric and learning rate of all 14 epochs, though the last look is after 10.
    for name in ["validation loss", "validation metric", "learning rate"] {
      #expect(figure.svg.contains("data-t=\"epoch 14: \(name)"), "\(name)")
    }
    let other = try #require(Figures.course(of: run, by: .batch, threshold: 1000))
    #expect(other.alternativeText.contains("at any of 6 looks"))
  }
}
