import ArgumentParser
import Foundation
import Outcrop

struct SweepCommand: RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train and analyze every combination of a grid.",
    discussion: """
      The grid is a JSON file: `grid` lists values by field of a configuration (L, hidden_dim, n_heads, \
      seed, explicit_bias, explicit_bias_strength, epochs, …), `thresholds` are counted in every run, \
      `config` names a published configuration to change. Runs go in parallel processes. Each adds one \
      line to sweep.jsonl in the output folder; combinations that have a line of the same data, \
      thresholds, settings and version are not run again, and interrupted ones resume from their \
      checkpoints. Massive activations are counted by the \
      row median and by the batch median; --median picks one. Processes can share the combinations: under \
      mpirun or srun, or with --shard, whose parts `outcrop report` merges.

        {"grid": {"L": [4, 10], "explicit_bias": [false, true], "seed": [41, 42, 43],
                  "epochs": [20]}, "thresholds": [1000, 100]}

      EXAMPLES
        outcrop sweep grid.json --dataset ZINC --data-dir ../data --jobs 2
        outcrop sweep grid.json --shard 3/8
      """)

  @Argument(help: ArgumentHelp("The grid.", valueName: "file"))
  var grid: String

  @OptionGroup var data: DatasetOptions
  @OptionGroup var median: MedianArguments

  @Option(
    help: ArgumentHelp(
      "The number of parallel processes, which share the threads.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("The folder for lines, checkpoints and the report.", valueName: "dir"))
  var output = "outcrop-sweep"

  @Option(help: RunPart.help("combinations"))
  var shard: RunPart?

  @Option(help: ArgumentHelp("Run only this combination and print its line.", visibility: .hidden))
  var point: Int?

  func validate() throws {
    if !(1...1024 ~= jobs) {
      throw ValidationError("--jobs: found \(jobs), expected 1 ... 1024")
    }
  }

  func run() throws {
    let sweep = try Sweep(contentsOf: grid)
    if let shard, sweep.points.count < shard.count {
      throw ValidationError(
        "--shard: found \(shard.count) parts, expected at most \(sweep.points.count), the combinations"
      )
    }
    if let point { return try run(sweep, point: point) }
    // Reports mistakes in the grid or the data before a run starts.
    let dataset = try data.load()
    try sweep.check(on: dataset)
    data.describe(dataset)
    let keys = try keys(of: sweep, on: dataset)
    let part = RunPart.ofRank ?? shard
    let folder = part?.folder(in: output) ?? output
    let file = folder + "/sweep.jsonl"
    try SystemFiles.createFolder(folder + "/logs")
    let lock = try FolderLock(folder)
    defer { lock.release() }
    try Report.check(folder)
    if RunPart.ofRank?.number == 1 { try Report.check(output) }
    try Outputs.checkAppending(to: file)
    FileRemains.remove(in: folder)
    let earlier = try lines(in: RunPart.ofRank == nil ? folder : output)
    let done = Set(earlier.map(key))
    let all = Array(sweep.points.indices)
    // Ranks take the next run when they are free.
    let claims = RunPart.ofRank == nil ? nil : try RunClaims(in: output + "/claims")
    let taken = claims == nil ? part?.taken(of: all) ?? all : all
    let open = taken.filter { !done.contains(keys[$0]) }
    Console.note(
      "\(taken.count) combinations, \(open.count) to run, \(jobs) at a time; data set "
        + "\(dataset.name)")
    let others = earlier.count - earlier.count { Set(keys).contains(key($0)) }
    if others > 0 {
      Console.note(
        "\(others) lines of \(file) are of other combinations, data, thresholds or settings and are "
          + "not changed")
    }
    Interruption.setHint { "run the same command again to continue" }
    var failures = try SweepProcesses(jobs: jobs, output: folder).run(open, claims: claims) {
      sweep.points[$0].key
    }
    if RunPart.ofRank == nil {
      let lines = open.isEmpty ? earlier : try lines(in: folder)
      try report(runs(taken.map { keys[$0] }, of: lines), sweep, dataset, folder)
    } else {
      // A claim ends with this object: until all ranks have taken their last run, it must not.
      try withExtendedLifetime(claims) { try Ranks.communicator.barrier() }
      if Ranks.isRoot {
        try? FileManager.default.removeItem(atPath: output + "/claims")
        try report(runs(keys, of: try lines(in: output)), sweep, dataset, output)
      }
      // No rank fails before the report is written, and all know of all failures.
      failures = try Ranks.communicator.gather([failures]).reduce(0) { $0 + $1[0] }
    }
    if failures > 0 {
      throw CommandError(
        "\(failures) of \(open.count) combinations failed",
        hint:
          "their output is in \(RunPart.ofRank == nil ? folder : output + "/part-*")/logs; run the command again to repeat them"
      )
    }
  }

  /// The lines in a folder, and in those of its parts.
  private func lines(in folder: String) throws -> [SweepLine] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let parts = names.filter { $0.wholeMatch(of: #/part-\d+-of-\d+/#) != nil }.sorted()
    return try ([""] + parts.map { $0 + "/" }).flatMap {
      try SweepLine.all(in: "\(folder)/\($0)sweep.jsonl")
    }
  }

  /// The runs of those keys, as far as they are done.
  private func runs(_ keys: [String], of lines: [SweepLine]) -> [StudyResults.Run] {
    let runs = Dictionary(lines.map { (key($0), $0.run) }) { $1 }
    return keys.compactMap { runs[$0] }
  }

  /// What tells a point's line from all others.
  private func keys(of sweep: Sweep, on dataset: some ExampleDataset) throws -> [String] {
    try sweep.points.map { point in
      let context = try sweep.context(of: point, on: dataset, medians: median.median.medians)
      return "\(point.key) \(context)"
    }
  }

  private func key(_ line: SweepLine) -> String {
    "\(line.key) \(line.context?.description ?? "")"
  }

  private func report(
    _ runs: [StudyResults.Run], _ sweep: Sweep, _ dataset: some ExampleDataset,
    _ folder: String
  ) throws {
    if runs.isEmpty { return }
    // Thousands of runs take a while.
    if runs.count > 100 { Console.note("writing the report of \(runs.count) runs") }
    let results = StudyResults(
      experiment: .sweep, toolVersion: OutcropVersion.string,
      commandLine: ["outcrop"] + CommandLine.arguments.dropFirst(), date: StudyResults.timestamp(),
      threshold: sweep.thresholds[0],
      medians: median.median.medians, machine: .current,
      dataset: StudyResults.Dataset(dataset, analyzed: .test), runs: runs)
    let files = try Report.write(results, to: folder)
    if RunPart.ofRank == nil { print("lines    \(folder)/sweep.jsonl") }
    if let json = files.json { print("results  \(json)") }
    print("report   \(files.html)")
  }

  /// The work of a child process: one combination.
  private func run(_ sweep: Sweep, point index: Int) throws {
    guard sweep.points.indices.contains(index) else {
      throw ValidationError("--point: found \(index), expected 0 ..< \(sweep.points.count)")
    }
    try SweepProcesses.endWithParent()
    let point = sweep.points[index]
    let configuration = sweep.configuration(of: point)
    let dataset = try data.load(for: configuration.training())
    func run(on dataset: some ExampleDataset) throws -> StudyResults.Run {
      try sweep.run(
        point, on: dataset, checkpoint: output + "/checkpoints",
        medians: median.median.medians,
        observer: ConsoleStudyObserver())
    }
    func context(on dataset: some ExampleDataset) throws -> JSONValue {
      try sweep.context(of: point, on: dataset, medians: median.median.medians)
    }
    let line = SweepLine(point, try run(on: dataset), context: try context(on: dataset))
    print(String(decoding: try line.json(), as: UTF8.self))
  }
}
