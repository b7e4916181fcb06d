import Foundation
import OutcropCore
import OutcropReport
import OutcropStatistics
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
      let files = try Report.write(results, to: folder.path)
      let html = try String(contentsOfFile: files.html, encoding: .utf8)
      ReportTests.check(html)
      #expect(
        files.tables.count == html.components(separatedBy: "<table class=\"sort\">").count - 1
          + html.components(separatedBy: " lines: tables/").count - 1)
      #expect(files.figures.count >= html.components(separatedBy: "<svg ").count - 1)
      #expect(
        html.components(separatedBy: "role=\"img\"").count - 1
          == html.components(separatedBy: "<desc>").count - 1)
      for (kind, paths) in [("figures", files.figures), ("tables", files.tables)] {
        // What an earlier report left is gone.
        let names = try FileManager.default.contentsOfDirectory(
          atPath: folder.appendingPathComponent(kind).path
        ).filter { !$0.hasPrefix(".") }
        #expect(Set(names) == Set(paths.map { ($0 as NSString).lastPathComponent }))
        #expect(names.count == paths.count)
      }
      for path in files.figures {
        #expect(XMLCheck(try String(contentsOfFile: path, encoding: .utf8)).error == nil)
      }
      for path in files.tables {
        let rows = CSV.rows(try String(contentsOfFile: path, encoding: .utf8))
        #expect(rows.count > 1 && Set(rows.map(\.count)).count == 1, "\(path)")
      }
    }
  }

  /// Only what a report wrote is taken away by the next.
  @Test func filesOfOthersStay() throws {
    let folder = ReportTests.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Report.write(DemoResults.full(layers: 2, batches: 5), to: folder.path)
    let mine = folder.appendingPathComponent("figures/mine.svg")
    try Data("x".utf8).write(to: mine)
    // Not even what a spoiled list names outside.
    let list = folder.appendingPathComponent("figures/.report-files")
    let handle = try FileHandle(forWritingTo: list)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("../report.html\n..\n../results.json\n".utf8))
    try handle.close()
    try Report.write(DemoResults.study(layers: 1, batches: 2), to: folder.path)
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
    let files = try Report.write(results, to: folder.path)
    let overview = try #require(files.tables.first { $0.hasSuffix("/overview.csv") })
    let text = try String(contentsOfFile: overview, encoding: .utf8)
    #expect(text.hasSuffix("\r\n"))
    let rows = CSV.rows(text)
    #expect(
      Array(rows[0].prefix(6)) == [
        "Model", "n", "Epochs", "Test MAE, mean", "Test MAE, standard deviation", "Test MAE, n",
      ])
    #expect(rows[0].contains("Edges with MAs, mean [share]"))
    // Two lines for each arm, one for each median.
    let median = try #require(rows[0].firstIndex(of: "Median"))
    #expect(rows.dropFirst().map { $0[median] } == ["row", "batch", "row", "batch"])
    #expect(rows[3][0] == label && rows[4][0] == label)
    let metrics = results.runs.filter { $0.kind == .trained }.compactMap(\.testMetric?.value)
    #expect(Double(rows[3][3]) == (metrics[0] + metrics[1]) / 2)
  }

  /// Every table with a number that depends on the median says which, and every such figure exists by
  /// both.
  @Test func tablesAndFiguresExistByBothMedians() throws {
    let folder = ReportTests.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for results in [
      DemoResults.full(layers: 3, batches: 20), DemoResults.ablation(seeds: [1, 2]),
    ] {
      let files = try Report.write(results, to: folder.path)
      var tables = 0
      for path in files.tables {
        let rows = CSV.rows(try String(contentsOfFile: path, encoding: .utf8))
        guard rows[0].contains(where: { $0.contains("MA") && !$0.contains("MAE") }) else {
          continue
        }
        tables += 1
        let column = try #require(rows[0].firstIndex(of: "Median"), "\(path)")
        #expect(Set(rows.dropFirst().map { $0[column] }) == ["row", "batch"])
      }
      #expect(tables > 3)
      let names = Set(
        files.figures.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent })
      let rows = names.filter { $0.contains("row-median") }
      #expect(rows.count > 5)
      for name in rows {
        #expect(names.contains(name.replacing("row-median", with: "batch-median")), "\(name)")
      }
      // With one median there is no trace of the other.
      var one = results
      one.medians = [.batch]
      let page = Report.html(one)
      #expect(!page.contains("<td class=\"t\">row</td>") && !page.contains(", row median"))
      #expect(page.contains(", batch median"))
    }
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
        for median in MedianKind.allCases {
          run.layers[layer].edge?[median]?.histogram = nil
          run.layers[layer].edge?[median]?.batchMaxima = []
        }
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
      [one, more, other], sources: ["a.json", "b.json", "c.json"], to: folder.path)
    #expect(files.json == nil)
    let html = try String(contentsOfFile: files.html, encoding: .utf8)
    ReportTests.check(html)
    for name in ["a.json", "b.json", "c.json"] { #expect(html.contains("<td>\(name)</td>")) }
    let table = try #require(files.tables.first { $0.hasSuffix("/comparison.csv") })
    let rows = CSV.rows(try String(contentsOfFile: table, encoding: .utf8))
    // Four arms of the first model from two files, and four of the second, each by both medians.
    #expect(
      rows.dropFirst().map { $0[0] } == [String](repeating: "1, 2", count: 8)
        + [String](repeating: "3", count: 8))
    #expect(
      rows.dropFirst().map { $0[4] } == [String](repeating: "3", count: 8)
        + [String](repeating: "1", count: 8))
    #expect(html.contains("What differs between the files"))
    // The first two files are one comparison, the third another.
    for median in MedianKind.allCases {
      let with = [one.runs + more.runs, other.runs].count { runs in
        runs.contains { run in
          run.kind == .trained
            && run.layers.contains { ($0.edge?[median]?.massiveCount ?? 0) > 0 }
        }
      }
      #expect(with > 0)
      #expect(
        html.contains(
          "By the \(median.name), massive activations appear with training in \(with) of 2 comparisons"
        ))
    }
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
