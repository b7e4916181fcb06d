import Foundation
import OutcropTestSupport
import Testing

/// The experiments as a user runs them, on the embedded data and models that take seconds.
@Suite("Experiments", .serialized)
struct ExperimentCommandTests {
  private static let small = [
    "--epochs", "1", "--layers", "1", "--width", "16", "--heads", "4", "--batch-size", "256",
  ]

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func studyAblateAndAttackShareAFolder() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.path + "/out"
    let common = Self.small + ["--seeds", "1,2", "--output", output]
    let study = try CommandRun(
      ["study"] + common + ["--adaptive", "driven", "--snapshots", "1", "--attribution"])
    #expect(study.status == 0, "\(study.errors)")
    for seed in [1, 2] {
      for arm in ["trained", "with-ebt", "with-driven-ebt"] {
        #expect(exists("\(output)/seed-\(seed)/\(arm).safetensors"))
        #expect(exists("\(output)/seed-\(seed)/\(arm)/epoch-0001.safetensors"))
      }
    }
    #expect(exists(output + "/report.html") && exists(output + "/results.json"))
    let ablate = try CommandRun(["ablate"] + common + ["--resume", "--fraction", "0.5"])
    #expect(ablate.status == 0, "\(ablate.errors)")
    // The plain model is the study's: it is not trained again.
    #expect(ablate.errors.contains("continuing after epoch 1 of 1"))
    #expect(exists(output + "/ablate/report.html"))
    let attack = try CommandRun(
      ["attack"] + common + ["--resume", "--draws", "1", "--steps", "2", "--deviation", "0.1"])
    #expect(attack.status == 0, "\(attack.errors)")
    #expect(exists(output + "/attack/report.html"))
    let report = try CommandRun([
      "report", output + "/results.json", output + "/ablate/results.json",
      output + "/attack/results.json", "--output", folder.url.path + "/all",
    ])
    #expect(report.status == 0, "\(report.errors)")
    #expect(exists(folder.url.path + "/all/report.html"))
  }

  @Test func edgesAreExported() throws {
    let folder = try TemporaryFolder()
    let output = folder.url.path + "/out"
    let study = try CommandRun(["study"] + Self.small + ["--seed", "1", "--output", output])
    #expect(study.status == 0, "\(study.errors)")
    // The answer, a map for each median, and no tables.
    #expect(study.output.contains("row median") && study.output.contains("batch median"))
    #expect(study.output.contains("assive activations"))
    #expect(!study.output.contains("activations by layer"))
    #expect(!study.errors.contains("Preset"))
    let checkpoint = output + "/seed-1/trained.safetensors"
    let export = ["export", checkpoint, "--threshold", "5", "--drawings", "2", "--output", "edges"]
    for _ in 0..<2 {
      let run = try CommandRun(export, in: folder.url)
      #expect(run.status == 0, "\(run.errors)")
      let csv = try String(contentsOfFile: folder.path("edges/edges.csv"), encoding: .utf8)
      #expect(csv.hasPrefix("graph,source,destination,type,row_ratio,row_layer,"))
      let drawings = try FileManager.default.contentsOfDirectory(
        atPath: folder.path("edges/drawings")
      ).filter { $0.hasSuffix(".svg") }
      #expect(drawings.count == 2)
      #expect(exists(folder.path("edges/heads/layer-0-row-median.svg")))
    }
    expectFailure(
      try CommandRun(["export", checkpoint, "--drawings", "-1"]), status: 2, saying: "--drawings")
    expectFailure(
      try CommandRun(["export", folder.path("none.safetensors")]), status: 1, saying: "none")
  }

  @Test func sweepGoesOnWhereItStopped() throws {
    let folder = try TemporaryFolder()
    let grid = folder.url.path + "/grid.json"
    try Data(
      """
      {"grid": {"L": [1, 2], "seed": [1, 2], "hidden_dim": [16], "out_dim": [16], "n_heads": [4],
                "epochs": [1], "batch_size": [256]}, "thresholds": [1000, 50]}
      """.utf8
    ).write(to: URL(fileURLWithPath: grid))
    let output = folder.url.path + "/sweep"
    let arguments = ["sweep", grid, "--jobs", "2", "--output", output]
    let first = try CommandRun(arguments)
    #expect(first.status == 0, "\(first.errors)")
    let file = output + "/sweep.jsonl"
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 4)
    // Two lines are left, the second of them cut short, as after a crash.
    try Data("\(lines[0])\n\(lines[1].prefix(40))".utf8).write(to: URL(fileURLWithPath: file))
    let second = try CommandRun(arguments)
    #expect(second.status == 0 && second.errors.contains("3 to run"))
    let again = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(again.count == 4 && again[0] == lines[0])
    let third = try CommandRun(arguments)
    #expect(third.status == 0 && third.errors.contains("0 to run"))
  }

  @Test func mistakesAreNamed() throws {
    let bad = try CommandRun(["study"] + Self.small + ["--activations", "FFN_x"])
    #expect(bad.status != 0 && bad.errors.contains("FFN_h_layer2"))
    let seeds = try CommandRun(["study", "--seeds", "1,1"])
    #expect(seeds.status != 0)
    let grid = try CommandRun(["sweep", "nowhere.json"])
    #expect(grid.status != 0 && grid.errors.contains("nowhere.json"))
  }
}
