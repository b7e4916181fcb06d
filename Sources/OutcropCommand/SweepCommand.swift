import ArgumentParser
import Foundation
import Outcrop

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train and analyze every combination of a grid.",
    discussion: """
      The grid is a JSON file. `grid` lists values for fields of a configuration (L, hidden_dim, n_heads, \
      seed, explicit_bias, explicit_bias_strength, epochs, …). `thresholds` are the thresholds at which \
      massive activations are counted in every run. `config` is the path of a published configuration, in \
      which the fields are changed. --jobs sets the number of parallel processes. Each run adds one line \
      to sweep.jsonl in the output folder. Combinations that have a line of the same data, thresholds, \
      settings and version are not run again, and interrupted ones resume from their checkpoints. Massive \
      activations are counted by the row median and by the batch median; --median selects one.

        {"grid": {"L": [4, 10], "explicit_bias": [false, true], "seed": [41, 42, 43],
                  "epochs": [20]}, "thresholds": [1000, 100]}

      EXAMPLES
        outcrop sweep grid.json --dataset ZINC --data-dir ../data --jobs 2
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

  @Option(help: ArgumentHelp("Run only this combination and print its line.", visibility: .hidden))
  var point: Int?

  func validate() throws {
    if !(1...1024 ~= jobs) {
      throw ValidationError("--jobs: found \(jobs), expected 1 ... 1024")
    }
  }

  func run() throws {
    let sweep = try Sweep(contentsOf: grid)
    if let point { return try run(sweep, point: point) }
    // Reports mistakes in the grid or the data before a run starts.
    let dataset = try data.load()
    try sweep.check(on: dataset)
    data.warn(of: dataset)
    let keys = try keys(of: sweep, on: dataset)
    let file = output + "/sweep.jsonl"
    try SystemFiles.createFolder(output + "/logs")
    let lock = try FolderLock(output)
    defer { lock.release() }
    try Report.check(output)
    try Outputs.checkAppending(to: file)
    FileRemains.remove(in: output)
    let earlier = try SweepLine.all(in: file)
    let done = Set(earlier.map(key))
    let open = sweep.points.indices.filter { !done.contains(keys[$0]) }
    Console.note(
      "\(sweep.points.count) combinations, \(open.count) to run, \(jobs) at a time; data set "
        + "\(dataset.name)")
    let others = earlier.count - earlier.count { Set(keys).contains(key($0)) }
    if others > 0 {
      Console.note(
        "\(others) lines of \(file) are of other combinations, data, thresholds or settings and are "
          + "not changed")
    }
    Interruption.setHint { "run the same command again to continue" }
    let failures = try SweepProcesses(jobs: jobs, output: output).run(open) {
      sweep.points[$0].key
    }
    let runs = Dictionary(try SweepLine.all(in: file).map { (key($0), $0.run) }) { $1 }
    try report(keys.compactMap { runs[$0] }, sweep, dataset)
    if failures > 0 {
      throw CommandError(
        "\(failures) of \(open.count) combinations failed",
        hint: "their output is in \(output)/logs; run the command again to repeat them")
    }
  }

  /// The keys that identify the lines of points.
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
    _ runs: [StudyResults.Run], _ sweep: Sweep, _ dataset: some ExampleDataset
  ) throws {
    if runs.isEmpty { return }
    let results = StudyResults(
      experiment: .sweep, toolVersion: OutcropVersion.string,
      commandLine: ["outcrop"] + CommandLine.arguments.dropFirst(), date: StudyResults.timestamp(),
      threshold: sweep.thresholds[0],
      medians: median.median.medians.map { StudyResults.MedianKind($0) }, machine: .current,
      dataset: StudyResults.Dataset(dataset, analyzed: .test), runs: runs)
    let files = try Report.write(results, to: output)
    print("lines    \(output)/sweep.jsonl")
    if let json = files.json { print("results  \(json)") }
    print("report   \(files.html)")
  }

  /// The work of a child process: one combination.
  private func run(_ sweep: Sweep, point index: Int) throws {
    guard sweep.points.indices.contains(index) else {
      throw ValidationError("--point: found \(index), expected 0 ..< \(sweep.points.count)")
    }
    SweepProcesses.endWithParent()
    let point = sweep.points[index]
    let configuration = sweep.configuration(of: point)
    let dataset = try data.load(fanOuts: configuration.training().fanOuts)
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
