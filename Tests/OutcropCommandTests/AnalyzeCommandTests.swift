import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct AnalyzeCommandTests {
  private let truth = SharedFolder.packageRoot.appendingPathComponent(
    "Tests/OutcropExperimentsTests/Truth")

  private func run(_ arguments: [String], _ folder: TemporaryFolder) throws -> CommandRun {
    try CommandRun(["analyze"] + arguments + ["--output", folder.url.path])
  }

  @Test func baseAndTrainedComeSideBySide() throws {
    let folder = try TemporaryFolder()
    let run = try run(
      [
        "--trained", truth.appendingPathComponent("activations.npz").path, "--base",
        truth.appendingPathComponent("activations_base.npz").path, "--threshold", "100", "--json",
      ], folder)
    #expect(run.status == 0, "\(run.errors)")
    let printed = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
    let runs = try #require((printed as? [String: Any])?["runs"] as? [[String: Any]])
    #expect(runs.map { $0["kind"] as? String } == ["base", "trained"])
    let layers = try #require(runs[1]["layers"] as? [[String: Any]])
    for layer in layers {
      let edge = try #require(layer["edge"] as? [String: Any])
      for median in ["rowMedian", "batchMedian"] {
        #expect((edge[median] as? [String: Any])?["againstBase"] != nil)
      }
    }
    for name in ["results.json", "report.html"] {
      #expect(
        FileManager.default.fileExists(atPath: folder.url.appendingPathComponent(name).path))
    }
  }

  /// `edge` is the paper's name of the row median.
  @Test(arguments: [
    ("both", ["rowMedian", "batchMedian"]), ("row", ["rowMedian"]), ("edge", ["rowMedian"]),
    ("batch", ["batchMedian"]),
  ])
  func medianPicks(choice: String, fields: [String]) throws {
    let folder = try TemporaryFolder()
    let file = truth.appendingPathComponent("activations.npz").path
    let run = try run([file, "--threshold", "100", "--json", "--median", choice], folder)
    #expect(run.status == 0, "\(run.errors)")
    let printed = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    let runs = try #require(printed?["runs"] as? [[String: Any]])
    let layer = try #require((runs[0]["layers"] as? [[String: Any]])?.first)
    let edge = try #require(layer["edge"] as? [String: Any])
    #expect(Set(edge.keys) == Set(["rows", "width"] + fields))
    // The tables and sentences say the same.
    let tables = try self.run([file, "--threshold", "100", "--median", choice], folder)
    for (field, name) in [("rowMedian", "row median"), ("batchMedian", "batch median")] {
      #expect(tables.output.lowercased().contains(name) == fields.contains(field))
    }
    #expect(try self.run([file, "--median", "graph"], folder).status == 2)
  }

  @Test func mistakesNameFileAndArray() throws {
    let folder = try TemporaryFolder()
    let none = try run([], folder)
    #expect(none.status == 2)
    #expect(none.errors.contains("no file to analyze"))
    let types = truth.appendingPathComponent("activations_base.npz").path
    let several = try run(
      [truth.appendingPathComponent("activations.npz").path, "--edge-types", types], folder)
    #expect(several.status == 1)
    #expect(several.errors.contains("\(types): found 6 arrays, expected one array, the edge types"))
  }

  /// A file of 320 MB in half the memory: what is kept doesn't grow with the rows.
  @Test(
    .enabled(
      if: FileManager.default.isReadableFile(atPath: "/proc/self/status"),
      "peak memory is read from /proc"))
  func memoryIsABlock() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appendingPathComponent("x.npy").path
    let script = """
      { printf '\\223NUMPY\\001\\000\\166\\000'
        printf '%-117s\\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1250000, 64), }"
        yes '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ' | head -c 320000000
      } > '\(path)'
      "$0" analyze '\(path)' --output '\(folder.url.path)' > /dev/null &
      pid=$!
      peak=0
      while now=$(awk '/VmHWM/ {print $2}' /proc/$pid/status 2>/dev/null) && [ -n "$now" ]; do
        peak=$now
        sleep 0.02
      done
      wait $pid
      echo "$? $peak"
      """
    let run = try CommandRun(shell: script)
    let numbers = run.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    #expect(numbers.first == 0, "\(run.errors)")
    #expect(try #require(numbers.last) > 10_000)
    #expect(try #require(numbers.last) < 160_000)
  }
}
