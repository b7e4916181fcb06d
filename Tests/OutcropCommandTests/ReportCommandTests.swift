import Foundation
import OutcropTestSupport
import Testing

/// `outcrop report` on results that `outcrop analyze` made.
@Suite struct ReportCommandTests {
  /// A matrix of one row whose largest ratio is `ratio`, as NumPy writes it.
  static func matrix(ratio: Float) -> Data { matrix([1, 1, 1, ratio]) }

  /// A matrix of one row of four values, as NumPy writes it.
  static func matrix(_ values: [Float]) -> Data {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
    data.append(Data(header.utf8))
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }

  /// A folder with results in `one` and `two`.
  static func results() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, ratio) in [("one", Float(5000)), ("two", 20)] {
      try folder.write("\(name).npy", matrix(ratio: ratio))
      let run = try CommandRun(
        ["analyze", "\(name).npy", "--output", name], in: folder.url)
      #expect(run.status == 0, "\(run.errors)")
    }
    return folder
  }

  @Test func aReportIsMadeAnew() throws {
    let folder = try Self.results()
    let results = folder.url.appendingPathComponent("one/results.json")
    let before = try Data(contentsOf: results)
    let run = try CommandRun(["report", "one", "--output", "one"], in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasPrefix("\nMassive activations by both medians.\n"))
    #expect(run.output.contains("5k*") && !run.output.contains("holds 1 massive activation"))
    let verbose = try CommandRun(["report", "one", "--output", "one", "--verbose"], in: folder.url)
    let layer =
      "1 of 1 layer holds 1 massive activation (ratio over 1,000); the largest ratio is 5,000, in layer 0."
    #expect(
      verbose.output.contains(
        "In “one.npy”, by the row median \(layer) By the batch median \(layer)"))
    #expect(try Data(contentsOf: results) == before)
    let page = try String(
      contentsOf: folder.url.appendingPathComponent("one/report.html"), encoding: .utf8)
    #expect(page.contains("one/results.json"))
    let tables = try FileManager.default.contentsOfDirectory(
      atPath: folder.path("one/tables")
    ).filter { $0.hasSuffix(".csv") }
    #expect(
      tables.sorted() == [
        "layers-one-npy.csv", "overview.csv", "thresholds.csv", "verdicts-one-npy.csv",
      ])
  }

  @Test("A study in progress tells what is finished and how far the other models are")
  func studyInProgress() throws {
    let folder = try TemporaryFolder()
    let study =
      "study --epochs 100000 --layers 1 --width 8 --heads 2 --median row --seeds 1 --set min_lr=0"
    let stopped = try CommandRun(
      shell: """
        cd '\(folder.url.path)' || exit 9
        "$0" \(study) --output s >out 2>err &
        count=0
        while [ ! -e s/seed-1/trained.safetensors ] && [ $count -lt 600 ]; do
          sleep 0.1; count=$((count + 1))
        done
        kill -TERM $!; wait $!
        """)
    #expect(stopped.status == 143, "\(stopped.errors)")
    let run = try CommandRun(["report", "s", "--output", "r"], in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let line = try #require(run.lines.first { $0.hasPrefix("study in progress: ") })
    let told = try #require(
      line.wholeMatch(
        of:
          #/study in progress: 1 of 3 models are finished. Not finished: trained \(([\d,]+) of at most 100,000 epochs\); with EBT \(0 of at most 100,000 epochs\)./#
      ), "\(line)")
    #expect(told.1 != "0")
    let page = try String(
      contentsOf: folder.url.appendingPathComponent("r/report.html"), encoding: .utf8)
    #expect(page.contains("Study in progress.") && page.contains("1 of 3 models are finished"))
  }

  @Test func severalResultsMakeOnePage() throws {
    let folder = try Self.results()
    let run = try CommandRun(
      ["report", "one/results.json", "two", "--output", "both"], in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let page = try String(
      contentsOf: folder.url.appendingPathComponent("both/report.html"), encoding: .utf8)
    #expect(page.contains("2 results compared"))
    #expect(page.contains("one.npy") && page.contains("two.npy"))
    let comparison = try String(
      contentsOf: folder.url.appendingPathComponent("both/tables/comparison.csv"),
      encoding: .utf8)
    // The names of columns, then two files by two medians.
    #expect(comparison.split(separator: "\r\n").count == 5)
    #expect(
      comparison.contains(",row,1,,1,1,,1,5000,,1") && comparison.contains(",batch,0,,1,0,,1,20,,1")
    )
  }

  /// Nothing is written where one file can't be read.
  @Test func badFilesAreNamed() throws {
    let folder = try Self.results()
    try folder.write("old.json", #"{"schemaVersion": 1}"#)
    try folder.write("two.json", #"{"schemaVersion": 2}"#)
    try folder.write("broken.json", "{")
    let cases = [
      ("old.json", "compute it again"), ("two.json", "expected 3"),
      ("broken.json", "found text that is not JSON"),
      ("missing.json", "missing.json"),
    ]
    for (name, text) in cases {
      let run = try CommandRun(["report", "one", name, "--output", "out"], in: folder.url)
      expectFailure(run, status: 1, saying: name, text)
      #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
    }
    expectFailure(try CommandRun(["report"], in: folder.url), status: 2, saying: "file")
  }
}
