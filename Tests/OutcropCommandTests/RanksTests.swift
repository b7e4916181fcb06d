import Foundation
import OutcropTestSupport
import Testing

/// Processes that a launcher starts, and parts of experiments.
@Suite struct RanksTests {
  #if !MPI
    @Test(arguments: ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"])
    func copiesWithoutMPIAreRefused(_ variable: String) throws {
      let folder = try TemporaryFolder()
      let run = try CommandRun(["train"], in: folder.url, environment: [variable: "2"])
      expectFailure(run, status: 1, saying: "one of 2 processes", "--traits MPI")
      #expect(try folder.contents == [])
      #expect(try CommandRun(["--version"], environment: [variable: "1"]).status == 0)
    }
  #endif

  @Test func exactMomentsArePartOfTheRun() throws {
    let folder = try TemporaryFolder()
    func train(_ options: [String]) throws -> CommandRun {
      try CommandRun(
        ["train", "--layers", "1", "--width", "16", "--heads", "2", "--shards", "4"]
          + ["--checkpoint", "run"] + options, in: folder.url)
    }
    #expect(try train(["--epochs", "1", "--exact-moments"]).status == 0)
    expectFailure(
      try train(["--epochs", "2", "--resume"]), status: 1, saying: "exactMoments true",
      "exactMoments missing")
    let field = ["--set", "exact_batch_moments=true"]
    #expect(try train(["--epochs", "2", "--resume"] + field).status == 0)
    expectFailure(
      try train(["--exact-moments"] + field), status: 2, saying: "--exact-moments", "same field")
  }

  @Test(arguments: ["0/2", "3/2", "1", "1/0", "a/b", "1/2/3"])
  func partsThatAreNone(_ part: String) throws {
    expectFailure(
      try CommandRun(["study", "--seeds", "1,2", "--shard", part]), status: 2, saying: "--shard")
  }

  @Test func morePartsThanSeeds() throws {
    expectFailure(
      try CommandRun(["study", "--seeds", "1,2", "--shard", "1/3"]), status: 2, saying: "--seeds")
  }

  /// A launcher of separate jobs may set its variables.
  @Test func partsOfASweepMakeTheWhole() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "grid.json",
      #"{"grid": {"L": [1], "hidden_dim": [16], "out_dim": [16], "n_heads": [2], "epochs": [1], "seed": [1, 2, 3]}}"#
    )
    func run(_ arguments: [String]) throws -> CommandRun {
      let run = try CommandRun(arguments, in: folder.url, environment: ["PMI_SIZE": "2"])
      #expect(run.status == 0, "\(run.errors)")
      return run
    }
    let sweep = ["sweep", "grid.json", "--median", "row", "--output"]
    for part in ["1/2", "2/2"] { _ = try run(sweep + ["parts", "--shard", part]) }
    _ = try CommandRun(
      sweep + ["alone"], in: folder.url, environment: ["OUTCROP_NUM_THREADS": "1"])
    // `report` is one process.
    let merged = try CommandRun(["report", "parts", "--output", "merged"], in: folder.url)
    #expect(merged.status == 0, "\(merged.errors)")
    func tables(_ name: String) throws -> [String: String] {
      let tables = folder.path("\(name)/tables")
      return try Dictionary(
        // That of training has times.
        uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: tables)
          .filter { $0 != "training.csv" }.map {
            ($0, try String(contentsOfFile: "\(tables)/\($0)", encoding: .utf8))
          })
    }
    let expected = try tables("alone")
    #expect(!expected.isEmpty)
    #expect(try tables("merged") == expected)
    // All lines are there: the whole grid has nothing left to run.
    let rest = try CommandRun(sweep + ["parts"], in: folder.url)
    #expect(rest.errors.contains("0 to run"))
    try FileManager.default.removeItem(atPath: folder.path("parts/part-2-of-2"))
    expectFailure(
      try CommandRun(["report", "parts", "--output", "x"], in: folder.url), status: 1,
      saying: "1 of 2 parts, without 2")
  }
}
