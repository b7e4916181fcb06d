import Foundation
import OutcropBench
import OutcropCore
import Testing

@Suite("Reports of measurements")
struct BenchReportTests {
  private func report(_ medians: [Double], limits: MachineLimits? = nil) -> BenchReport {
    var report = BenchReport(program: "test")
    report.limits = limits
    for (index, median) in medians.enumerated() {
      report.measurements.append(
        Measurement(
          .batched, "work \(index)", "way", [median / 2, median, 3 * median],
          Cost(flop: 4e9, bytes: 1e9)))
    }
    return report
  }

  private let limits = MachineLimits(square: (90, 180), small: (100, 200), triad: (20, 40))

  @Test("A measurement keeps median and range of its times")
  func measurement() {
    let one = Measurement(.dense, "work", "way", [3, 1, 2, 10, 4], Cost(flop: 6e9))
    #expect(one.medianMilliseconds == 3)
    #expect(one.minimumMilliseconds == 1 && one.maximumMilliseconds == 10 && one.runs == 5)
    #expect(one.gigaflopPerSecond == 2000)
    #expect(one.megabytes == nil)
  }

  @Test("The limit is the larger of arithmetic at the better peak and memory")
  func limit() {
    #expect(limits.peak == 200)
    #expect(limits.milliseconds(gigaflop: 4, megabytes: nil) == 20)
    #expect(limits.milliseconds(gigaflop: nil, megabytes: 1000) == 25)
    #expect(limits.milliseconds(gigaflop: 4, megabytes: 1000) == 25)
    #expect(limits.milliseconds(gigaflop: nil, megabytes: nil) == nil)
    let report = report([50], limits: limits)
    #expect(report.shareOfLimit(report.measurements[0]) == 0.5)
    #expect(report.text.contains("50 %"))
  }

  @Test("Several runs give the median of medians with the whole range")
  func combination() throws {
    let runs = [report([10, 1], limits: limits), report([30, 3]), report([20, 2])]
    let combined = try #require(BenchReport.combined(runs))
    #expect(combined.measurements.map(\.medianMilliseconds) == [20, 2])
    #expect(combined.measurements.map(\.minimumMilliseconds) == [5, 0.5])
    #expect(combined.measurements.map(\.maximumMilliseconds) == [90, 9])
    #expect(combined.measurements.map(\.runs) == [9, 9])
    #expect(combined.limits == limits)
    #expect(BenchReport.combined([]) == nil)
    let two = try #require(BenchReport.combined([report([10]), report([30])]))
    #expect(two.measurements[0].medianMilliseconds == 20)
  }

  @Test("Benchmarks that do not fit into the time are named", arguments: [1e-9, 3600])
  func budget(seconds: Double) throws {
    var bench = Bench()
    bench.families = [.batched]
    bench.graphsPerBatch = 4
    bench.effort = Effort(runs: 3, budget: TimeBudget(seconds: seconds))
    let report = try bench.run { _ in }
    let first = "1024 × [64, 64] × [64, 64]"
    if seconds < 1 {
      #expect(report.measurements.isEmpty)
      let line =
        "batched: 4 benchmarks, from \"batched product: \(first)\" on, since the time was over"
      #expect(report.leftOut == [line])
      #expect(report.text.contains("left out: " + line))
    } else {
      #expect(report.measurements.count > 8 && report.measurements.allSatisfy { $0.runs == 3 })
      #expect(report.leftOut == [])
    }
  }

  @Test("Other programs' ways stand beside our own, and the tables say how many times longer")
  func peers() throws {
    var peer = BenchReport(program: "peer 1")
    peer.measurements = [Measurement(.batched, "work 0", "theirs", [25])]
    let combined = try #require(BenchReport.combined([report([10], limits: limits), peer]))
    #expect(combined.program == "test, peer 1")
    #expect(combined.byWork.count == 1 && combined.byWork[0].ways.map(\.way) == ["way", "theirs"])
    // 4 GFLOP at 200 a second are 20 ms, 1 GB at 40 a second 25: the limit is the work's, whoever does it.
    #expect(combined.markdown.contains("|  | theirs | 25.0 | 25.0 | 25.0 | 100 % | 2.50 |"))
    let chart = combined.chart(.batched)
    #expect(chart.svg.contains("theirs") && chart.alternativeText.contains("work 0: way 10.0 ms"))
  }

  @Test("What grows is also told by item, in tables of its own columns")
  func growth() throws {
    var report = report([10, 20])
    #expect(!report.markdown.contains("ns each"))
    report.measurements[0].items = 1e6
    report.measurements[0].peakPoolMegabytes = 64
    #expect(report.measurements[0].nanosecondsPerItem == 10)
    #expect(report.text.contains("ns each"))
    #expect(report.markdown.contains("| times the first | ns each | pool MB |"))
    #expect(report.markdown.contains("| work 0 | way | 10.0 | 5.000 | 30.0 |  |  | 10.0 | 64.0 |"))
    #expect(report.markdown.contains("| work 1 | way | 20.0 | 10.0 | 60.0 |  |  |  |  |"))
  }

  @Test("JSON and back; a file of something else is told")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let report = report([10, 20], limits: limits)
    try report.write(to: folder.path)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["batched.json", "batched.svg", "tables.md"])
    #expect(try BenchReport(path: folder.appendingPathComponent("batched.json").path) == report)
    let error = #expect(throws: InputError.self) {
      try BenchReport(path: folder.appendingPathComponent("tables.md").path)
    }
    #expect(error?.description.contains("tables.md: found text that is not JSON") == true)
    #expect(error?.hint == "give a file that `outcrop bench --json` wrote")
  }
}
