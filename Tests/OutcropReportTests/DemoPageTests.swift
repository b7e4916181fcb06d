import Foundation
import OutcropCore
import OutcropReport
import Testing

/// Writes the report of the demo study where OUTCROP_DEMO_REPORT says, to look at it in a browser.
@Suite struct DemoPageTests {
  static let folder = ProcessInfo.processInfo.environment["OUTCROP_DEMO_REPORT"]

  @Test(.enabled(if: folder != nil)) func demoReportIsWritten() throws {
    let folder = URL(fileURLWithPath: try #require(Self.folder))
    let files = try Report.write(DemoResults.study(), to: folder)
    #expect(try StudyResults(contentsOf: #require(files.json)) == DemoResults.study())
    for run in DemoResults.study().runs {
      print(run.label)
      print(TextTable.layers(of: run, base: DemoResults.study().baseRun).text)
    }
    for text in Summary.sentences(DemoResults.study()) { print("-", text) }
  }

  /// Every experiment by itself, and all compared.
  @Test(.enabled(if: folder != nil)) func demosOfExperimentsAreWritten() throws {
    let folder = URL(fileURLWithPath: try #require(Self.folder))
    let all = [
      ("full", DemoResults.full()), ("ablation", DemoResults.ablation()),
      ("attack", DemoResults.attack()), ("attribution", DemoResults.attribution()),
    ]
    for (name, results) in all {
      let place = folder.appendingPathComponent(name)
      try Report.write(results, to: place)
      print(name, Report.html(results).utf8.count)
      for text in Summary.sentences(results) { print("-", text) }
    }
    let several = [
      DemoResults.full(batches: 200),
      DemoResults.full(batches: 200, model: "SAN", data: "TOX21"),
      DemoResults.full(seeds: [51, 52], batches: 200, model: "GraphiT"), DemoResults.attack(),
    ]
    try Report.write(
      several, sources: ["a/results.json", "b/results.json", "c/results.json", "d/results.json"],
      to: folder.appendingPathComponent("several"))
    print("several", Report.html(several).utf8.count)
  }

  /// Much of everything: many layers and edge types, long names, infinite ratios.
  @Test(.enabled(if: folder != nil)) func demoOfExtremesIsWritten() throws {
    var study = DemoResults.study(layers: 24, batches: 30, epochs: 400)
    var random = SplitMix(state: 5)
    for run in study.runs.indices {
      for epoch in study.runs[run].history.indices {
        study.runs[run].history[epoch].validationMetric = 0.8 - 0.3 / Double(epoch + 1)
        study.runs[run].history[epoch].trainLoss *= epoch == 50 ? .infinity : 1
      }
      for layer in study.runs[run].layers.indices where run == 1 {
        var edge = study.runs[run].layers[layer].edge
        edge?.byEdgeType = (0..<15).map {
          .init(
            id: $0, name: "association kind \($0)",
            massive: layer % 3 == 0 ? Int(random.unit() * 4000) / ($0 + 1) : 0,
            edges: 1000 * ($0 + 1))
        }
        if layer == 7 {
          edge?.batchMaxima[3] = .infinity
          edge?.batchMaxima[4] = 3e6
          edge?.largestRatio = .infinity
          edge?.histogram?.below = 64
          edge?.zeroMedianRows = 1
          edge?.gammaFit = nil
          edge?.gammaFitError = "the values are not all finite"
        }
        study.runs[run].layers[layer].edge = edge
      }
    }
    let folder = URL(fileURLWithPath: try #require(Self.folder)).appendingPathComponent("extreme")
    try Report.write(study, to: folder)
  }
}
