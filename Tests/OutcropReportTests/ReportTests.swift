import Foundation
import OutcropCore
import OutcropReport
import Testing

@Suite struct ReportTests {
  static func temporaryFolder() -> URL {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("outcrop-report-\(UUID().uuidString)")
  }

  @Test func pageIsSelfContainedAndSmall() {
    let html = Report.html(DemoResults.study())
    #expect(html.hasPrefix("<!DOCTYPE html>"))
    // Every figure that depends on the median exists by both.
    #expect(html.utf8.count < 1_200_000)
    // The only address is the name of the SVG language, which nothing loads.
    let addresses = html.components(separatedBy: "://").dropLast().map { $0.suffix(4) }
    #expect(addresses.allSatisfy { $0 == "http" })
    #expect(
      html.components(separatedBy: "http://www.w3.org/2000/svg").count - 1 == addresses.count)
    // One script, which loads nothing.
    #expect(html.components(separatedBy: "<script").count == 2)
    #expect(html.contains("<script>\n\(ReportScriptText.start)"))
    for forbidden in [
      "<script ", "fetch(", "import(", "XMLHttp", "<link", "<img", "src=", "@import", "url(",
      "Optional(",
    ] {
      #expect(!html.contains(forbidden), "\(forbidden)")
    }
  }

  /// The page avoids what HTML allows and XML doesn't, so an XML parser can check its nesting.
  static func check(_ html: String) {
    let page = html.replacing("<!DOCTYPE html>", with: "")
      .replacing("<meta charset=\"utf-8\">", with: "")
    let pieces = page.components(separatedBy: "<meta ").enumerated().map { index, piece in
      index == 0 ? piece : String(piece.drop { $0 != ">" }.dropFirst())
    }
    let xml = XMLCheck(pieces.joined())
    #expect(xml.error == nil, "\(xml.error ?? "")")
  }

  @Test func pageIsWellFormed() {
    Self.check(Report.html(DemoResults.study()))
    Self.check(Report.html(DemoResults.study(kinds: [.base])))
  }

  @Test func bannerAppearsForSyntheticDataOnly() {
    #expect(Report.html(DemoResults.study(synthetic: true)).contains("Synthetic data."))
    #expect(!Report.html(DemoResults.study(synthetic: false)).contains("Synthetic data."))
  }

  @Test func pageHoldsSummaryCommandAndChecksum() {
    let study = DemoResults.study()
    let html = Report.html(study)
    #expect(html.contains("<td>sha256:") && html.contains("aria-label=\"Contents\""))
    for text in Findings.sentences(study) { #expect(html.contains(Markup.escape(text))) }
    #expect(html.contains("outcrop study --epochs 20"))
    #expect(html.contains(study.dataset?.checksum ?? "?"))
    #expect(html.contains("<td>41</td>"))
    #expect(html.contains("don’t trust KS alone"))
  }

  @Test func everythingFromOutsideIsEscaped() {
    let hostile = "</svg></td><script>alert('x')</script>\"&\u{0}\u{1B}"
    var study = DemoResults.study(layers: 2, batches: 5)
    study.toolVersion = hostile
    study.commandLine = [hostile, "it's", ""]
    study.date = hostile
    study.machine = .init(cores: 1, cpu: hostile, memoryMB: 1, system: hostile)
    study.notes = [hostile]
    study.dataset = .init(
      name: hostile, isSynthetic: true, source: hostile, checksum: hostile,
      splits: [.init(name: hostile, graphs: 1)], analyzedSplit: hostile, nodes: 1, edges: 1,
      edgeTypes: [.init(id: 1, name: hostile, share: 1)])
    study.model = .init(name: hostile, configuration: [hostile: .text(hostile)])
    for index in study.runs.indices {
      study.runs[index].label = hostile
      study.runs[index].stopReason = hostile
      study.runs[index].sources = [hostile]
      study.runs[index].testMetric?.name = hostile
      for layer in study.runs[index].layers.indices {
        study.runs[index].layers[layer].edge?.rowMedian?.gammaFit = nil
        study.runs[index].layers[layer].edge?.rowMedian?.gammaFitError = hostile
        study.runs[index].layers[layer].edge?.rowMedian?.byEdgeType = [
          .init(id: 1, name: hostile, massive: 3, edges: 4),
          .init(id: 2, name: hostile, massive: 1, edges: 4),
        ]
      }
    }
    let html = Report.html(study)
    #expect(html.components(separatedBy: "<script").count == 2)

    #expect(!html.contains("\u{0}") && !html.contains("\u{1B}"))
    #expect(html.contains("&lt;script&gt;"))
    #expect(html.contains("&#39;it&#39;\\&#39;&#39;s&#39; &#39;&#39;"))
    Self.check(html)
    FigureTests.all(study).forEach { #expect(XMLCheck($0.document).error == nil) }
  }

  @Test func filesAreWrittenWholeAndReplaceOldOnes() throws {
    let folder = Self.temporaryFolder().appendingPathComponent("deep/er")
    defer { try? FileManager.default.removeItem(at: folder) }
    let study = DemoResults.study(layers: 2, batches: 10)
    let files = try Report.write(study, to: folder.path)
    #expect(try StudyResults(path: #require(files.json)) == study)
    #expect(try String(contentsOfFile: files.html, encoding: .utf8) == Report.html(study))
    let shorter = DemoResults.study(layers: 1, batches: 2)
    try Report.write(shorter, to: folder.path)
    #expect(try StudyResults(path: #require(files.json)) == shorter)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == ["results.json", "report.html", "figures", "tables"])
  }

  @Test func aFailedWriteLeavesNothingBehind() throws {
    let folder = Self.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    // A folder where the file should go: the rename must fail.
    let target = folder.appendingPathComponent("results.json")
    try FileManager.default.createDirectory(
      at: target.appendingPathComponent("x"), withIntermediateDirectories: true)
    #expect {
      try Report.write(DemoResults.study(layers: 1, batches: 2), to: folder.path)
    } throws: {
      "\($0)".contains(target.path) && $0 is InputError
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["results.json"])
    // A file where the folder should go.
    let file = folder.appendingPathComponent("file")
    try Data().write(to: file)
    #expect(throws: InputError.self) {
      try Report.write(DemoResults.study(layers: 1, batches: 2), to: file.path)
    }
  }
}
