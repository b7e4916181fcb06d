import Foundation
import OutcropReport
import Testing

/// Writes the report of the demo study where OUTCROP_DEMO_REPORT says, to look at it in a browser.
@Suite struct DemoPageTests {
  static let folder = ProcessInfo.processInfo.environment["OUTCROP_DEMO_REPORT"]

  @Test(.enabled(if: folder != nil)) func demoReportIsWritten() throws {
    let folder = URL(fileURLWithPath: try #require(Self.folder))
    let files = try Report.write(DemoResults.study(), to: folder)
    #expect(try StudyResults(contentsOf: files.json) == DemoResults.study())
    for run in DemoResults.study().runs {
      print(run.label)
      print(TextTable.layers(of: run, base: DemoResults.study().baseRun).text)
    }
    for text in Summary.sentences(DemoResults.study()) { print("-", text) }
  }
}
