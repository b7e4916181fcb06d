import Foundation
import OutcropCore
import OutcropReport
import Testing

@Suite struct StudyResultsTests {
  @Test func everythingSurvivesTheRoundTrip() throws {
    let study = DemoResults.study(layers: 3, batches: 20)
    #expect(try StudyResults(json: study.json()) == study)
    for results in [
      DemoResults.full(layers: 3, batches: 5), DemoResults.ablation(seeds: [1]),
      DemoResults.attack(), DemoResults.attribution(),
    ] {
      #expect(try StudyResults(json: results.json()) == results)
    }
  }

  @Test func nonFiniteNumbersSurvive() throws {
    var study = DemoResults.study(layers: 1, batches: 4)
    study.runs[1].layers[0].edge?.batchMaxima = [1, .infinity, .nan, -.infinity]
    study.runs[1].layers[0].edge?.largestRatio = .infinity
    study.runs[1].testMetric?.value = .nan
    study.model?.configuration["limit"] = .number(-.infinity)
    let data = try study.json()
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("[1, \"inf\", \"nan\", \"-inf\"]"))
    let back = try StudyResults(json: data)
    let maxima = try #require(back.runs[1].layers[0].edge?.batchMaxima)
    #expect(maxima[0] == 1 && maxima[1] == .infinity && maxima[3] == -.infinity)
    #expect(maxima[2].isNaN)
    #expect(back.runs[1].testMetric?.value.isNaN == true)
    #expect(back.model?.configuration["limit"] == .number(-.infinity))
    #expect(try back.json() == data)
  }

  @Test func hostileStringsSurviveListJoining() throws {
    var study = DemoResults.study(layers: 1, batches: 2)
    study.notes = ["[", "]", "a [\n]", "{", "},", "\"[", "\u{2028}\u{1F600}", ""]
    study.commandLine = []
    study.runs[0].label = "x [\n\n]"
    let data = try study.json()
    #expect(try StudyResults(json: data) == study)
    #expect(try JSONSerialization.jsonObject(with: data) is [String: Any])
  }

  @Test func keysAreSortedAndNumberListsTakeOneLine() throws {
    let data = try DemoResults.study(layers: 1, batches: 500).json()
    let text = String(decoding: data, as: UTF8.self)
    let keys = text.split(separator: "\n")
      .filter { $0.hasPrefix("  \"") }.map { $0.prefix { $0 != ":" } }
    #expect(keys == keys.sorted() && keys.count > 6)
    #expect(text.split(separator: "\n").count < 750)
    #expect(text.hasSuffix("}\n"))
  }

  @Test func sharesAreFiniteWithoutRows() {
    let empty = StudyResults.Activations(
      rows: 0, width: 0, massiveCount: 0, massiveRows: 0, largestRatio: nil, batchMaxima: [])
    #expect(empty.massiveShare == 0 && empty.massiveRowShare == 0)
    let some = StudyResults.Activations(
      rows: 10, width: 5, massiveCount: 4, massiveRows: 2, largestRatio: .infinity,
      batchMaxima: [])
    #expect(some.massiveShare == 0.08 && some.massiveRowShare == 0.2)
    #expect(some.largestFiniteRatio == nil)
  }

  @Test func otherVersionsAndBrokenFilesAreRefused() throws {
    var study = DemoResults.study(layers: 1, batches: 2)
    study.schemaVersion = 99
    #expect(throws: ReportError.schemaVersion(file: "f.json", found: 99, expected: 2)) {
      try StudyResults(json: study.json(), name: "f.json")
    }
    #expect(throws: ReportError.self) { try StudyResults(json: Data("{".utf8)) }
    #expect {
      try StudyResults(json: Data("{\"schemaVersion\": 2}".utf8), name: "g.json")
    } throws: {
      "\($0)".contains("g.json") && "\($0)".contains("is missing")
    }
    // Files of the first version say how to redo them.
    #expect {
      try StudyResults(json: Data("{\"schemaVersion\": 1}".utf8), name: "old.json")
    } throws: {
      "\($0)".contains("old.json: has schemaVersion 1, expected 2")
        && "\($0)".contains("compute it again")
    }
    #expect(throws: ReportError.self) {
      try StudyResults(contentsOf: URL(fileURLWithPath: "/nonexistent/results.json"))
    }
  }

  @Test func timestampIsISO8601() {
    let moment = Date(timeIntervalSince1970: 1_743_429_909)
    #expect(StudyResults.timestamp(moment) == "2025-03-31T14:05:09Z")
  }
}
