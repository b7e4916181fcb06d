import Foundation
import OutcropCore
import OutcropReport
import Testing

/// The start of the page's script, which nothing else may precede.
enum ReportScriptText {
  static let start = "document.querySelectorAll(\"table.sort\")"
}

/// Figures and tables as files, and pages of several results.
@Suite struct ReportFilesTests {
  @Test func everyFigureAndTableIsAFile() throws {
    let folder = ReportTests.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for results in [
      DemoResults.full(layers: 3, batches: 20), DemoResults.ablation(seeds: [1, 2]),
      DemoResults.attack(), DemoResults.attribution(),
    ] {
      let files = try Report.write(results, to: folder)
      let html = try String(contentsOf: files.html, encoding: .utf8)
      ReportTests.check(html)
      #expect(
        files.tables.count == html.components(separatedBy: "<table class=\"sort\">").count - 1
          + html.components(separatedBy: " lines: tables/").count - 1)
      #expect(files.figures.count >= html.components(separatedBy: "<svg ").count - 1)
      #expect(
        html.components(separatedBy: "role=\"img\"").count - 1
          == html.components(separatedBy: "<desc>").count - 1)
      for (kind, urls) in [("figures", files.figures), ("tables", files.tables)] {
        // What an earlier report left is gone.
        let names = try FileManager.default.contentsOfDirectory(
          atPath: folder.appendingPathComponent(kind).path
        ).filter { !$0.hasPrefix(".") }
        #expect(Set(names) == Set(urls.map(\.lastPathComponent)))
        #expect(names.count == urls.count)
      }
      for url in files.figures {
        #expect(XMLCheck(try String(contentsOf: url, encoding: .utf8)).error == nil)
      }
      for url in files.tables {
        let rows = CSV.rows(try String(contentsOf: url, encoding: .utf8))
        #expect(rows.count > 1 && Set(rows.map(\.count)).count == 1, "\(url.lastPathComponent)")
      }
    }
  }

  /// Only what a report wrote is taken away by the next.
  @Test func filesOfOthersStay() throws {
    let folder = ReportTests.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Report.write(DemoResults.full(layers: 2, batches: 5), to: folder)
    let mine = folder.appendingPathComponent("figures/mine.svg")
    try Data("x".utf8).write(to: mine)
    // Not even what a spoiled list names outside.
    let list = folder.appendingPathComponent("figures/.report-files")
    let handle = try FileHandle(forWritingTo: list)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("../report.html\n..\n../results.json\n".utf8))
    try handle.close()
    try Report.write(DemoResults.study(layers: 1, batches: 2), to: folder)
    #expect(FileManager.default.fileExists(atPath: mine.path))
    #expect(
      FileManager.default.fileExists(atPath: folder.appendingPathComponent("results.json").path))
  }

  @Test func tablesHaveAllDigits() throws {
    let folder = ReportTests.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var results = DemoResults.full(seeds: [1, 2], layers: 2, batches: 5, kinds: [.base, .trained])
    let label = "with \"quotes\", commas\r\nand lines"
    for index in results.runs.indices where results.runs[index].kind == .trained {
      results.runs[index].label = label
    }
    let files = try Report.write(results, to: folder)
    let overview = try #require(files.tables.first { $0.lastPathComponent == "overview.csv" })
    let text = try String(contentsOf: overview, encoding: .utf8)
    #expect(text.hasSuffix("\r\n"))
    let rows = CSV.rows(text)
    #expect(
      Array(rows[0].prefix(6)) == [
        "Model", "n", "Epochs", "Test MAE, mean", "Test MAE, standard deviation", "Test MAE, n",
      ])
    #expect(rows[0].contains("Edges with MAs, mean [share]"))
    #expect(rows[2][0] == label)
    let metrics = results.runs.filter { $0.kind == .trained }.compactMap(\.testMetric?.value)
    #expect(Double(rows[2][3]) == (metrics[0] + metrics[1]) / 2)
  }

  /// A grid's runs have no untrained models, histograms and batch maxima, and there are many of them.
  @Test func gridsAndModulesAreReported() throws {
    var results = DemoResults.full(layers: 2, batches: 40, kinds: [.trained])
    let run = results.runs[0]
    results.experiment = .sweep
    results.model = nil
    results.runs = (0..<24).map { index in
      var run = run
      run.kind = index % 2 == 0 ? .trained : .ebt
      run.label = "L=\(index / 2)"
      run.followed = []
      for layer in run.layers.indices {
        run.layers[layer].edge?.histogram = nil
        run.layers[layer].edge?.batchMaxima = []
        run.layers[layer].modules = ["FFN_h_layer2": run.layers[layer].node!]
      }
      return run
    }
    let html = Report.html(results)
    ReportTests.check(html)
    #expect(html.contains("24 of 24 combinations hold massive activations"))
    #expect(html.contains("FFN_h_layer2"))
    // Plain training is not one model here.
    #expect(!html.contains("Bias terms against plain training"))
    #expect(!html.contains("no batch has a defined ratio"))
    #expect(html.utf8.count < 1_000_000)
  }

  @Test func severalResultsAreCompared() throws {
    let one = DemoResults.full(seeds: [1, 2], layers: 3, batches: 10)
    // The same model with other seeds, and another model.
    let more = DemoResults.full(seeds: [3], layers: 3, batches: 10)
    let other = DemoResults.full(seeds: [1], layers: 3, batches: 10, model: "SAN", data: "TOX21")
    let folder = ReportTests.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try Report.write(
      [one, more, other], sources: ["a.json", "b.json", "c.json"], to: folder)
    #expect(files.json == nil)
    let html = try String(contentsOf: files.html, encoding: .utf8)
    ReportTests.check(html)
    for name in ["a.json", "b.json", "c.json"] { #expect(html.contains("<td>\(name)</td>")) }
    let table = try #require(files.tables.first { $0.lastPathComponent == "comparison.csv" })
    let rows = CSV.rows(try String(contentsOf: table, encoding: .utf8))
    // Four arms of the first model from two files, and four of the second.
    #expect(
      rows.dropFirst().map { $0[0] } == [String](repeating: "1, 2", count: 4) + [
        "3", "3", "3", "3",
      ])
    #expect(rows.dropFirst().map { $0[4] } == ["3", "3", "3", "3", "1", "1", "1", "1"])
    #expect(html.contains("What differs between the files"))
    #expect(html.contains("Massive activations appear with training in 2 of 2 comparisons"))
    ReportTests.check(Report.html([]))
  }
}

/// Reads comma-separated values as RFC 4180 describes them.
enum CSV {
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var isQuoted = false
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      if isQuoted {
        if scalar == "\"" {
          if scalars.first == "\"" {
            field += "\""
            scalars.removeFirst()
          } else {
            isQuoted = false
          }
        } else {
          field.unicodeScalars.append(scalar)
        }
        continue
      }
      switch scalar {
      case "\"": isQuoted = true
      case ",":
        row.append(field)
        field = ""
      case "\r":
        scalars.removeFirst()
        rows.append(row + [field])
        (row, field) = ([], "")
      default: field.unicodeScalars.append(scalar)
      }
    }
    return rows
  }
}
