import Foundation
import OutcropCore
import OutcropReport
import Testing

private let demoFolder = ProcessInfo.processInfo.environment["OUTCROP_DEMO_REPORT"]

/// Writes the reports of the demo studies into the folder that OUTCROP_DEMO_REPORT names, to look at them
/// in a browser.
@Suite(.enabled(if: demoFolder != nil, "OUTCROP_DEMO_REPORT names no folder"))
struct DemoPageTests {
  @Test func demoReportIsWritten() throws {
    let folder = try #require(demoFolder)
    let files = try Report.write(DemoResults.study(), to: folder)
    #expect(try StudyResults(path: #require(files.json)) == DemoResults.study())
  }

  /// Every experiment by itself, and all compared.
  @Test func demosOfExperimentsAreWritten() throws {
    let folder = URL(fileURLWithPath: try #require(demoFolder))
    let all = [
      ("full", DemoResults.full()), ("ablation", DemoResults.ablation()),
      ("attack", DemoResults.attack()), ("attribution", DemoResults.attribution()),
    ]
    for (name, results) in all {
      let place = folder.appendingPathComponent(name)
      let files = try Report.write(results, to: place.path)
      #expect(try StudyResults(path: #require(files.json)) == results)
    }
    let several = [
      DemoResults.full(batches: 200),
      DemoResults.full(batches: 200, model: "SAN", data: "TOX21"),
      DemoResults.full(seeds: [51, 52], batches: 200, model: "GraphiT"), DemoResults.attack(),
    ]
    let sources = ["a", "b", "c", "d"].map { "\($0)/results.json" }
    let files = try Report.write(
      several, sources: sources, to: folder.appendingPathComponent("several").path)
    #expect(
      try String(contentsOfFile: files.html, encoding: .utf8)
        == Report.html(several, sources: sources))
  }

  /// Much of everything: many layers and edge types, long names, infinite ratios.
  @Test func demoOfExtremesIsWritten() throws {
    var study = DemoResults.study(layers: 24, batches: 30, epochs: 400)
    var random = SplitMix(state: 5)
    for run in study.runs.indices {
      for epoch in study.runs[run].history.indices {
        study.runs[run].history[epoch].validationMetric = 0.8 - 0.3 / Double(epoch + 1)
        study.runs[run].history[epoch].trainLoss *= epoch == 50 ? .infinity : 1
      }
      for layer in study.runs[run].layers.indices where run == 1 {
        var edge = study.runs[run].layers[layer].edge?.rowMedian
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
          edge?.zeroMedians = 1
          edge?.gammaFit = nil
          edge?.gammaFitError = "the values are not all finite"
        }
        study.runs[run].layers[layer].edge?.rowMedian = edge
      }
    }
    let folder = URL(fileURLWithPath: try #require(demoFolder)).appendingPathComponent("extreme")
    let files = try Report.write(study, to: folder.path)
    #expect(try StudyResults(path: #require(files.json)) == study)
  }
}
