import Foundation
import OutcropCore
import OutcropModels
import OutcropTestSupport
import Testing

@Suite struct BenchCommandTests {
  @Test func measuresAndPutsRunsTogether() throws {
    let folder = try TemporaryFolder()
    var files: [String] = []
    for number in 0..<2 {
      let run = try CommandRun([
        "bench", "--only", "step,evaluation,batched", "--model", "SAN", "--batch-size", "4",
        "--runs", "2", "--threads", "1", "--json", "-",
      ])
      #expect(run.status == 0, "\(run.errors)")
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
      let works = try #require(report["measurements"] as? [[String: Any]])
      #expect(works.contains { $0["work"] as? String == "training step: SAN ZINC, batch 4" })
      #expect(!works.contains { ($0["work"] as? String)?.contains("GT") == true })
      #expect(report["limits"] is [String: Any])
      #expect(report["threads"] as? Int == 1)
      files.append(folder.url.appendingPathComponent("\(number).json").path)
      try Data(run.output.utf8).write(to: URL(fileURLWithPath: files[number]))
    }
    let output = folder.url.appendingPathComponent("out")
    let run = try CommandRun(["bench", "--combine"] + files + ["--output", output.path])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("of the limit"))
    for name in ["step.json", "step.svg", "evaluation.svg", "batched.svg", "tables.md"] {
      #expect(FileManager.default.fileExists(atPath: output.appendingPathComponent(name).path))
    }
  }

  @Test func mistakesAreTold() throws {
    let family = try CommandRun(["bench", "--only", "stepp"])
    #expect(family.status == 2)
    #expect(family.errors.contains("--only: found \"stepp\", expected products, batched"))
    #expect(try CommandRun(["bench", "--runs", "0"]).status == 2)
    let threads = try CommandRun(["bench", "--threads", "0"])
    #expect(threads.status == 2 && threads.errors.contains("--threads: found 0, expected 1 ..."))
    let missing = try CommandRun(["bench", "--combine", "/nowhere/a.json"])
    #expect(missing.status == 1)
    #expect(missing.errors.contains("/nowhere/a.json"))
  }
}
