import Foundation
import OutcropBLAS
import OutcropDatasets
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite struct DoctorCommandTests {
  /// The text behind a label at the beginning of a line.
  private func value(_ label: String, _ run: CommandRun) -> String? {
    run.lines.first { $0.hasPrefix(label + "  ") }
      .map { $0.dropFirst(label.count).trimmingCharacters(in: .whitespaces) }
  }

  @Test func machineAndChecks() throws {
    let run = try CommandRun(["doctor"])
    #expect(run.status == 0)
    #expect(run.errors == "")
    for label in [
      "outcrop", "system", "processor", "instructions", "threads", "memory", "OpenBLAS", "zlib",
      "ok    matrix product", "ok    LAPACK", "ok    gzip",
    ] { #expect(value(label, run)?.isEmpty == false, "\(label) in \(run.output)") }
    #expect(value("OpenBLAS", run)?.contains(/^\d+\.\d+\.\d+/) == true)
    #expect(value("memory", run)?.contains("GiB") == true)
    #expect(value("data set", run)?.hasPrefix("sample (synthetic") == true)
  }

  @Test func environmentIsShown() throws {
    let run = try CommandRun(
      ["doctor"],
      environment: ["OUTCROP_NUM_THREADS": "3", "OUTCROP_INSTRUCTION_SET": "baseline"])
    #expect(value("threads", run)?.hasPrefix("3 (OUTCROP_NUM_THREADS=3") == true)
    #expect(value("instructions", run)?.hasPrefix("baseline (") == true)
  }

  @Test func dataSetsAreFoundAndCounted() throws {
    let folder = try TemporaryFolder()
    let generated = try CommandRun(
      ["data", "generate", folder.path("sets/mine")]
        + ["--train", "6", "--validation", "4", "--test", "3"])
    #expect(generated.status == 0)
    try folder.write("sets/readme", "text")
    try folder.write("sets/broken/B_graph_indicator.txt", "1\ntwo\n")
    try folder.write("sets/single/S_graph_indicator.txt", "1\n1\n2\n")
    for run in [
      try CommandRun(["doctor", "--data-dir", folder.path("sets")]),
      try CommandRun(["doctor"], environment: ["OUTCROP_DATA": folder.path("sets")]),
    ] {
      #expect(run.status == 0)
      #expect(run.output.contains("sets/mine: 6 + 4 + 3 graphs"))
      #expect(run.output.contains("sets/single: 2 graphs"))
      #expect(
        run.output.contains("unusable: \(folder.path("sets/broken"))/B_graph_indicator.txt:2:"))
      #expect(!run.output.contains("readme"))
    }
  }

  @Test func everyFormatIsListed() throws {
    let folder = try TemporaryFolder()
    let made = [
      ["molecules", folder.path("sets/tu"), "--train", "6", "--validation", "4", "--test", "3"],
      ["proteins", folder.path("sets/large"), "--nodes", "50", "--edges", "90"],
    ]
    for arguments in made {
      #expect(try CommandRun(["data", "generate"] + arguments).status == 0)
    }
    let converted = try CommandRun(
      ["data", "convert", folder.path("sets/tu"), folder.path("sets/lines"), "--format", "jsonl"])
    #expect(converted.status == 0)
    for (name, text) in [
      ("raw/num-node-list", "1\n2\n1\n1\n"), ("raw/edge", "0,1\n"),
      ("split/random/train", "2\n0\n"),
      ("split/random/valid", "1\n"), ("split/random/test", ""),
    ] { try folder.write("sets/ogb/\(name).csv", text) }
    try folder.write("sets/three.jsonl", "{}\n\n {}\r\n{}")
    try folder.write("sets/settings.json", "{}")
    try folder.write("sets/half/train.jsonl", "{}")
    let run = try CommandRun(["doctor", "--data-dir", folder.path("sets")])
    #expect(run.status == 0)
    let listed = run.lines.filter { $0.hasPrefix("data set  ") && $0.contains(folder.path("sets")) }
    let expected = [
      "half: found no file val.jsonl", "large: 50 nodes, 90 edges, OGB files of one large graph",
      "lines: 6 + 4 + 3 graphs (training, validation, test), JSON lines",
      "ogb: 2 + 1 + 0 graphs (training, validation, test), OGB files",
      "three.jsonl: 3 graphs, JSON lines",
      "tu: 6 + 4 + 3 graphs (training, validation, test), TUDataset text",
    ]
    #expect(listed.count == expected.count, "\(run.output)")
    for (line, text) in zip(listed, expected) { #expect(line.contains("/sets/\(text)")) }
    // A data set itself instead of a folder of them.
    for name in ["large", "lines", "ogb", "tu"] {
      let itself = try CommandRun(["doctor", "--data-dir", folder.path("sets/\(name)")])
      let lines = itself.lines.filter { $0.contains(folder.path("sets")) }
      #expect(lines.count == 1 && listed.contains(lines[0]), "\(lines)")
    }
  }

  @Test func aFailedCheckComesWithAdvice() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "")
    let run = try CommandRun(["doctor"], environment: ["TMPDIR": folder.path("file/none")])
    #expect(run.status == 1)
    #expect(value("FAIL  gzip", run) != nil)
    #expect(value("ok    LAPACK", run) != nil)
    #expect(run.errors.contains("outcrop: error: 1 check failed"))
    #expect(run.errors.contains("TMPDIR"))
  }
}
