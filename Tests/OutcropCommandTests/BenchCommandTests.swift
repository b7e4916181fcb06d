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

  /// `Benchmarks/bench.sh` takes minutes, so that a mistake in its command lines would stay unseen. This program in place
  /// of the real one lets that check them: with a file that cannot be written, the real one ends before it measures.
  private static let checkingProgram = """
    #!/usr/bin/env bash
    case " $* " in
    *" --combine "*)
      for word; do case $word in *.json) test -s "$word" || exit 3 ;; esac; done
      exit 0 ;;
    esac
    words=()
    for word; do [ "$word" = - ] && word=/nowhere/results.json; words+=("$word"); done
    "$PROGRAM" "${words[@]}" 2>errors && exit 3
    [ $? = 1 ] || { cat errors >&2; exit 2; }
    grep -q /nowhere errors || { cat errors >&2; exit 3; }
    echo "$3" >>families
    echo '{}'
    """

  @Test(arguments: [true, false])
  func theScriptRunsEveryFamily(hasData: Bool) throws {
    let folder = try TemporaryFolder()
    let program = try folder.write("program", Self.checkingProgram)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    let benchmarks = SharedFolder.packageRoot.appendingPathComponent("Benchmarks")
    let copy = folder.url.appendingPathComponent("package/Benchmarks")
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    let text = try String(
      contentsOf: benchmarks.appendingPathComponent("bench.sh"), encoding: .utf8)
    let script = try folder.write("package/Benchmarks/bench.sh", text)
    let run = try CommandRun(
      shell: """
        cd \(folder.path)
        PROGRAM="$0" OUTCROP=\(program.path) OUTPUT=\(folder.path("out")) PYTHON=false \
          bash \(script.path) \(hasData ? folder.path : folder.path("none")) 1
        """)
    #expect(run.status == 0, "\(run.errors)")
    let known = try #require(
      try CommandRun(["bench", "--only", "?"]).errors.firstMatch(of: #/expected (.*)/#)?.1
    ).split(separator: ", ")
    let measured = try String(
      contentsOfFile: folder.path("package/families"), encoding: .utf8
    ).split(whereSeparator: { $0.isNewline || $0 == "," })
    #expect(Set(measured) == Set(known) && measured.count == known.count, "\(measured)")
    // The peers are named in the same words.
    for line in text.split(separator: "\n") where line.contains(#/^\s*peer /#) {
      let families = line.split(separator: " ")[2].split(separator: ",")
      #expect(Set(families).isSubset(of: known), "\(line)")
    }
  }

  @Test(arguments: ["bench.sh", "analyze.sh", "read.sh", "regression.sh"])
  func scriptsParse(_ name: String) throws {
    let path = SharedFolder.packageRoot.appendingPathComponent("Benchmarks/\(name)").path
    let run = try CommandRun(shell: "bash -n \(path)")
    #expect(run.status == 0, "\(run.errors)")
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
