import Foundation
import OutcropCore
import OutcropReport
import Testing

/// The order of the page and the figures of its first screen.
@Suite struct OpeningTests {
  private static func sections(_ html: String) -> [(title: String, body: String)] {
    html.components(separatedBy: "<h2 id=").dropFirst().map { part in
      let rest = part.drop { $0 != ">" }.dropFirst()
      return (String(rest.prefix { $0 != "<" }), String(rest))
    }
  }

  @Test func theAnswerComesFirst() throws {
    for results in [
      DemoResults.full(layers: 3, batches: 20), DemoResults.study(), DemoResults.attack(),
    ] {
      let html = Report.html(results)
      let sentence = try #require(
        html.range(of: "<h1>\(Markup.escape(Headline(results).sentence))</h1>"))
      let figure = try #require(html.range(of: "<figure class=\"hero\">"))
      let keys = try #require(html.range(of: "<dl class=\"keys\">"))
      let links = try #require(html.range(of: "<nav aria-label"))
      let section = try #require(html.range(of: "<h2 "))
      #expect(sentence.upperBound < figure.lowerBound && figure.upperBound < keys.lowerBound)
      #expect(keys.upperBound < links.lowerBound && links.upperBound < section.lowerBound)
    }
  }

  @Test func sectionsFollowTheQuestions() {
    var results = DemoResults.full(layers: 3, batches: 20)
    results.attributions = DemoResults.attribution().attributions
    let found = Self.sections(Report.html(results))
    #expect(found.map(\.title) == Question.allCases.map(\.title) + ["How to reproduce"])
    for (title, body) in found.dropLast() {
      let parts = body.components(separatedBy: "<details>")
      let open = parts[0]
      #expect(open.contains("</h2><figure>"), "\(title)")
      #expect(open.components(separatedBy: "<p>").count <= 4, "\(title)")
      // Tables are folded.
      #expect(!open.contains("<table"), "\(title)")
    }
  }

  @Test func cellsAreWarmOverTheThreshold() {
    let runs = [20.0, 999, 1001, 5e6, .infinity].map { FindingsTests.edge(massive: 0, largest: $0) }
    let results = FindingsTests.results([FindingsTests.run(.trained, runs, metric: 0.5)])
    for isNarrow in [false, true] {
      let figure = Figures.overview(
        of: results.arms, medians: [.row], threshold: 1000, isNarrow: isNarrow)
      let cells = figure.svg.components(separatedBy: "data-t=\"trained, layer ").dropFirst()
      #expect(cells.count == 5)
      for (index, cell) in cells.enumerated() {
        let element = cell.prefix { $0 != ">" }
        #expect(element.contains(index < 2 ? "class=\"heat\"" : "class=\"hot\""))
      }
      #expect(figure.svg.contains("largest ratio 1,001; massive: 0"))
      #expect(figure.svg.contains("trained: test MAE 0.5"))
      #expect(
        figure.alternativeText.contains("in layers 2 to 4 over 1,000 by the row median, at most ∞"))
      let document = figure.document
      #expect(XMLCheck(document).error == nil && !document.contains("data-t"))
    }
  }

  @Test func manyArmsAndLayersFit() {
    var results = DemoResults.full(seeds: [1], layers: 24, batches: 2, kinds: [.trained])
    let run = results.runs[0]
    results.runs = (0..<40).map { index in
      var run = run
      run.label = "L=\(index)"
      return run
    }
    let figure = Figures.overview(of: results.arms, medians: results.medians, threshold: 1000)
    #expect(figure.width <= 1082 && figure.height < 500)
    // 14 of the arms by both medians, with a cell for each layer.
    #expect(figure.svg.matches(of: #/data-t="L=\d+, layer /#).count == 14 * 2 * 24)
    #expect(figure.svg.contains("26 more in the table"))
    let narrow = Figures.overview(
      of: results.arms, medians: results.medians, threshold: 1000, isNarrow: true)
    #expect(narrow.width <= 400)
    let none = Figures.overview(of: [], medians: [.row], threshold: 1000)
    #expect(XMLCheck(none.document).error == nil)
  }

  @Test func theCourseHasACellForEveryLook() throws {
    let results = DemoResults.full(seeds: [1], layers: 4, batches: 3)
    let run = try #require(results.runs.first { $0.kind == .trained })
    let figure = try #require(Figures.course(of: run, by: .batch, threshold: 1000))
    let cells = figure.svg.components(separatedBy: "data-t=\"epoch ").count - 1
    let looks = run.followed.count * 4
    #expect(cells == looks + 2 * run.history.count)
    let massive = run.followed.flatMap(\.layers).count {
      ($0.batchMedian?.largestRatio ?? 0) > 1000
    }
    let hot = figure.svg.components(separatedBy: "data-t=\"epoch ").dropFirst().count {
      $0.prefix { $0 != ">" }.contains("class=\"hot\"")
    }
    let scale = Figures.course(of: run, by: .batch, threshold: 1000, comparable: [run])
    #expect(massive > 0 && hot == massive && scale == figure)
    var quiet = run
    quiet.followed = []
    #expect(Figures.course(of: quiet, by: .batch, threshold: 1000) == nil)
  }

  /// Results without runs have a headline and no other sentence of the same words.
  @Test func emptyResultsSaySoOnce() {
    let html = Report.html(FindingsTests.results([]))
    #expect(html.components(separatedBy: "hold no run").count == 2)
  }

  @Test func epochsWithoutMassiveActivationsAreNamed() {
    var results = DemoResults.full(seeds: [1], layers: 4, batches: 3)
    results.runs = results.runs.filter { $0.kind == .trained }
    func sections() -> String {
      Self.sections(Report.html(results)).first { $0.title == Question.course.title }?.body ?? ""
    }
    #expect(sections().contains("“trained” holds massive activations in most analyzed epochs from"))
    for epoch in results.runs[0].followed.indices {
      for layer in results.runs[0].followed[epoch].layers.indices {
        results.runs[0].followed[epoch].layers[layer].rowMedian?.massiveCount = 0
      }
    }
    #expect(
      sections().contains(
        "By the row median, “trained” holds massive activations in none of the analyzed epochs; by the "
          + "batch median, in most of them from"))
    for epoch in results.runs[0].followed.indices {
      for layer in results.runs[0].followed[epoch].layers.indices {
        results.runs[0].followed[epoch].layers[layer].batchMedian?.massiveCount = 0
      }
    }
    #expect(sections().contains("“trained” holds no massive activation at any analyzed epoch."))
  }

  /// The terminal shows the same map.
  @Test func theTerminalHasTheMap() {
    let results = DemoResults.full(seeds: [1, 2], layers: 3, batches: 20)
    let table = TextTable.overview(results, by: .row)
    #expect(table.columns.map(\.title).prefix(4) == ["row median", "layer 0", "1", "2"])
    #expect(table.rows.map { $0[0] } == results.arms.map(\.label))
    #expect(table.text.contains("*"))
    let deep = TextTable.overview(DemoResults.study(layers: 24, batches: 3), by: .row)
    #expect(deep.columns.map(\.title).contains("layer 0–2"))
    #expect(deep.text.split(separator: "\n").allSatisfy { $0.count <= 110 })
  }
}
