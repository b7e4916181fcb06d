import Foundation
import OutcropCore
import OutcropReport
import OutcropStatistics
import Testing

@Suite struct TextTableLayersTests {
  @Test func layersOfARun() throws {
    let study = DemoResults.study(layers: 10)
    let base = try #require(study.baseRun)
    let trained = study.runs[1]
    let table = TextTable.layers(of: trained, base: base, medians: [.row])
    #expect(
      table.columns.map(\.title) == [
        "layer", "row: untrained → this", "MAs", "MAs by edge type", "KS untrained → this",
      ])
    #expect(table.rows.count == 10)
    let edge = try #require(trained.layers[9][.edge(.row)])
    #expect(table.rows[9][2] == NumberText.grouped(edge.massiveCount))
    #expect(table.rows[9][3].contains("double 88.9%"))
    #expect(table.rows[9][4].contains(" → "))
    #expect(table.rows[1][3] == "–")
    #expect(table.text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    // Alone, a run has nothing to be compared with.
    #expect(TextTable.layers(of: base, base: base, medians: [.row]).columns.last?.title == "KS")
    #expect(
      TextTable.layers(of: trained, kind: .node, medians: [.row]).columns.map(\.title)
        == ["layer", "row median: largest ratio", "MAs", "KS"])
  }

  /// Both largest ratios, counts and verdicts of each layer.
  @Test func layersByBothMedians() throws {
    let study = DemoResults.full(seeds: [41], layers: 10)
    let trained = study.runs[1]
    let table = TextTable.layers(of: trained, base: study.baseRun)
    #expect(
      table.columns.map(\.title) == [
        "layer", "row: untrained → this", "MAs", "verdict",
        "batch: untrained → this", "MAs", "verdict",
      ])
    for (row, layer) in zip(table.rows, trained.layers) {
      for (median, first) in [(MedianKind.row, 1), (.batch, 4)] {
        let found = try #require(layer[.edge(median)])
        #expect(row[first].hasSuffix(NumberText.ratio(try #require(found.largestRatio))))
        #expect(row[first + 1] == NumberText.grouped(found.massiveCount))
        #expect(row[first + 2] == found.verdict?.outcome.rawValue)
      }
    }
    #expect(table.text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func emptyRuns() {
    let run = StudyResults.Run(kind: .recorded, label: "", layers: [.init(index: 4)])
    #expect(TextTable.layers(of: run).rows == [["4"]])
    #expect(TextTable.layers(of: .init(kind: .base, label: "", layers: [])).rows.isEmpty)
  }
}
