import Foundation
import OutcropCore
import OutcropReport
import OutcropStatistics
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

  /// What depends on the median is under the median's name; what doesn't is outside.
  @Test func mediansAreFieldsOfTheirOwn() throws {
    var study = DemoResults.study(layers: 1, batches: 2)
    study.runs[0].layers[0].edge?.batchMedian = nil
    let json = try JSONSerialization.jsonObject(with: study.json()) as? [String: Any]
    #expect(json?["schemaVersion"] as? Int == 3)
    #expect(json?["medians"] as? [String] == ["row", "batch"])
    let runs = try #require(json?["runs"] as? [[String: Any]])
    func edge(_ run: Int) -> [String: Any]? {
      (runs[run]["layers"] as? [[String: Any]])?[0]["edge"] as? [String: Any]
    }
    #expect(edge(0).map { Set($0.keys) } == ["rows", "width", "rowMedian"])
    #expect(edge(1).map { Set($0.keys) } == ["rows", "width", "rowMedian", "batchMedian"])
    let ratios = try #require(edge(1)?["batchMedian"] as? [String: Any])
    #expect(ratios["massiveCount"] != nil && ratios["rows"] == nil)
  }

  @Test func nonFiniteNumbersSurvive() throws {
    var study = DemoResults.study(layers: 1, batches: 4)
    study.runs[1].layers[0].edge?.batchMedian?.batchMaxima = [1, .infinity, .nan, -.infinity]
    study.runs[1].layers[0].edge?.batchMedian?.largestRatio = .infinity
    study.runs[1].testMetric?.value = .nan
    study.model?.configuration["limit"] = .number(-.infinity)
    let data = try study.json()
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("[1, \"inf\", \"nan\", \"-inf\"]"))
    let back = try StudyResults(json: data)
    let maxima = try #require(back.runs[1].layers[0].edge?.batchMedian?.batchMaxima)
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
    #expect(text.split(separator: "\n").count < 1000)
    #expect(text.hasSuffix("}\n"))
  }

  @Test func sharesAreFiniteWithoutRows() {
    let empty = StudyResults.RatioStatistics(
      rows: 0, width: 0, massiveCount: 0, massiveRows: 0, largestRatio: nil, batchMaxima: [])
    #expect(empty.massiveShare == 0 && empty.massiveRowShare == 0)
    let some = StudyResults.RatioStatistics(
      rows: 10, width: 5, massiveCount: 4, massiveRows: 2, largestRatio: .infinity,
      batchMaxima: [])
    #expect(some.massiveShare == 0.08 && some.massiveRowShare == 0.2)
    #expect(some.largestFiniteRatio == nil)
  }

  @Test func otherVersionsAndBrokenFilesAreRefused() throws {
    var study = DemoResults.study(layers: 1, batches: 2)
    study.schemaVersion = 99
    let newer = #expect(throws: InputError.self) {
      try StudyResults(json: study.json(), name: "f.json")
    }
    #expect(newer?.description == "f.json: 'schemaVersion': found 99, expected 3")
    #expect(newer?.hint?.contains("a newer version of outcrop wrote it") == true)
    #expect(throws: InputError.self) { try StudyResults(json: Data("{".utf8)) }
    #expect {
      try StudyResults(json: Data("{\"schemaVersion\": 3}".utf8), name: "g.json")
    } throws: {
      "\($0)".contains("g.json") && "\($0)".contains("found nothing, expected a value")
    }
    // Files of older versions say how to compute them again.
    for version in [1, 2] {
      let older = #expect(throws: InputError.self) {
        try StudyResults(json: Data("{\"schemaVersion\": \(version)}".utf8), name: "old.json")
      }
      #expect(
        older?.description == "old.json: 'schemaVersion': found \(version), expected 3")
      #expect(older?.hint?.contains("compute it again") == true)
    }
    let missing = #expect(throws: InputError.self) {
      try StudyResults(path: "/nonexistent/results.json")
    }
    #expect(
      missing?.description == "/nonexistent/results.json: cannot open: No such file or directory")
  }

  /// The JSON of results with one number changed.
  private func json(
    _ results: StudyResults, _ path: [any Sendable], _ number: Double
  ) throws -> Data {
    func change(_ value: Any, _ path: ArraySlice<any Sendable>) -> Any {
      guard let key = path.first else { return NSNumber(value: number) }
      let rest = path.dropFirst()
      if let name = key as? String, var fields = value as? [String: Any] {
        fields[name] = change(fields[name] ?? 0, rest)
        return fields
      }
      if let index = key as? Int, var list = value as? [Any] {
        list[index] = change(list[index], rest)
        return list
      }
      Issue.record("\(path)")
      return value
    }
    let all = try JSONSerialization.jsonObject(with: results.json())
    return try JSONSerialization.data(withJSONObject: change(all, path[...]))
  }

  /// Counts that would overflow a sum, and negative ones, are refused with their field, whatever holds them.
  @Test(arguments: [
    "threshold", "dataset.splits[0].graphs", "dataset.nodes", "machine.cores",
    "model.parameterCount",
    "runs[1].epochs", "runs[1].history[3].epoch", "runs[1].layers[0].index",
    "runs[1].layers[0].edge.rows", "runs[1].layers[0].edge.rowMedian.massiveCount",
    "runs[1].layers[0].node.batchMedian.massiveRows",
    "runs[1].layers[0].edge.batchMedian.byEdgeType[0].edges",
    "runs[1].layers[0].edge.rowMedian.histogram.counts[7]",
    "runs[1].layers[0].edge.rowMedian.histogram.below",
  ])
  func numbersOutOfRange(_ field: String) throws {
    let study = DemoResults.study(layers: 1, batches: 2)
    let path: [any Sendable] = field.split { ".[]".contains($0) }.map { Int($0) ?? String($0) }
    for number in [-1, -0x1p62, 0x1p62] where field != "threshold" || number < 0 {
      let data = try json(study, path, number)
      let error = #expect(throws: InputError.self) { try StudyResults(json: data, name: "r.json") }
      let sign = number < 0 ? "-" : "4"
      #expect(
        error?.description.hasPrefix("r.json: '\(field)': found \(sign)") == true,
        "\(String(describing: error))")
      #expect(error?.expected.hasPrefix("a ") == true)
    }
    let zero = try json(study, path, 0)
    if field == "threshold" || field.hasSuffix("history[3].epoch") {
      #expect(throws: InputError.self) { try StudyResults(json: zero) }
    } else {
      #expect(throws: Never.self) { try StudyResults(json: zero) }
    }
  }

  /// Sums of counts that are accepted one by one fit too, so no report of them traps.
  @Test func sumsFit() throws {
    var study = DemoResults.study(layers: 1, batches: 2)
    let most = 1 << 53
    for run in study.runs.indices {
      for median in [MedianKind.row, .batch] {
        study.runs[run].layers[0].edge?[median]?.byEdgeType[0].edges = most
      }
    }
    #expect(!Report.html(try StudyResults(json: study.json())).isEmpty)
    study.runs[1].layers[0].edge?.rowMedian?.histogram?.counts = Array(repeating: most, count: 9)
    let error = #expect(throws: InputError.self) { try StudyResults(json: study.json(), name: "f") }
    #expect(error?.description.contains("a sum of at most 72057594037927936") == true)
    #expect(error?.field?.contains("histogram.counts[") == true)
  }

  @Test func timestampIsISO8601() {
    let moment = Date(timeIntervalSince1970: 1_743_429_909)
    #expect(StudyResults.timestamp(moment) == "2025-03-31T14:05:09Z")
  }
}
