import ArgumentParser
import Foundation
import Outcrop

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train and analyze every combination of a grid.",
    discussion: """
      The grid is a JSON file: `grid` lists values by field of a configuration (L, hidden_dim, n_heads, \
      seed, explicit_bias, explicit_bias_strength, epochs, …), `thresholds` are counted in every run, \
      `config` names a published configuration to change. Runs go in parallel processes. Each adds one \
      line to sweep.jsonl in the output folder; combinations that have a line are not run again, and \
      interrupted ones go on from their checkpoints.

        {"grid": {"L": [4, 10], "explicit_bias": [false, true], "seed": [41, 42, 43],
                  "epochs": [20]}, "thresholds": [1000, 100]}

      EXAMPLES
        outcrop sweep grid.json --dataset ZINC --data-dir ../data --jobs 2
      """)

  @Argument(help: ArgumentHelp("The grid.", valueName: "file"))
  var grid: String

  @OptionGroup var data: DatasetOptions

  @Option(
    help: ArgumentHelp(
      "Processes at the same time; each gets its part of the threads.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("The folder for lines, checkpoints and the report.", valueName: "dir"))
  var output = "outcrop-sweep"

  @Option(help: ArgumentHelp("Run this combination alone and print its line.", visibility: .hidden))
  var point: Int?

  func validate() throws {
    if jobs < 1 { throw ValidationError("--jobs: found \(jobs), expected at least 1") }
  }

  func run() throws {
    let sweep = try Sweep(contentsOf: grid)
    if let point { return try run(sweep, point: point) }
    // Mistakes in the grid or the data show before anything is started.
    let dataset = try data.load()
    for point in sweep.points {
      _ = try sweep.configuration(of: point).model(for: dataset)
      _ = try sweep.configuration(of: point).training()
    }
    try FileManager.default.createDirectory(
      atPath: output + "/logs", withIntermediateDirectories: true)
    let file = output + "/sweep.jsonl"
    let done = Set(try SweepLine.all(in: file).map(\.key))
    let open = sweep.points.indices.filter { !done.contains(sweep.points[$0].key) }
    Console.note(
      "\(sweep.points.count) combinations, \(open.count) to run, \(jobs) at a time; data set "
        + "\(dataset.name)")
    let failures = try SweepProcesses(jobs: jobs, output: output).run(open, of: sweep)
    let lines = try SweepLine.all(in: file)
    let runs = sweep.points.compactMap { point in lines.first { $0.key == point.key }?.run }
    try report(runs, sweep, dataset)
    if failures > 0 {
      throw CommandError(
        "\(failures) of \(open.count) combinations failed",
        hint: "their output is in \(output)/logs; run the command again to repeat them")
    }
  }

  private func report(
    _ runs: [StudyResults.Run], _ sweep: Sweep, _ dataset: some ExampleDataset
  ) throws {
    if runs.isEmpty { return }
    let results = StudyResults(
      experiment: .sweep, toolVersion: OutcropVersion.string,
      commandLine: ["outcrop"] + CommandLine.arguments.dropFirst(), date: StudyResults.timestamp(),
      threshold: sweep.thresholds[0], machine: .current,
      dataset: StudyResults.Dataset(dataset, analyzed: .test), runs: runs)
    let files = try Report.write(results, to: URL(fileURLWithPath: output))
    print("lines    \(output)/sweep.jsonl")
    if let json = files.json { print("results  \(json.path)") }
    print("report   \(files.html.path)")
  }

  /// What a child process does.
  private func run(_ sweep: Sweep, point index: Int) throws {
    guard sweep.points.indices.contains(index) else {
      throw ValidationError("--point: found \(index), expected 0 ..< \(sweep.points.count)")
    }
    let point = sweep.points[index]
    let configuration = sweep.configuration(of: point)
    let dataset = try data.load(fanOuts: configuration.training().fanOuts)
    func run(on dataset: some ExampleDataset) throws -> StudyResults.Run {
      try sweep.run(
        point, on: dataset, checkpoint: "\(output)/checkpoints/\(index)",
        observer: ConsoleStudyObserver())
    }
    let line = SweepLine(point, try run(on: dataset))
    print(String(decoding: try line.json(), as: UTF8.self))
  }
}

/// Runs combinations in child processes of this program, several at a time.
private struct SweepProcesses {
  let jobs: Int
  let output: String

  /// Runs the combinations with these numbers; returns how many failed.
  func run(_ points: [Int], of sweep: Sweep) throws -> Int {
    let queue = DispatchQueue(label: "outcrop.sweep")
    let free = DispatchSemaphore(value: jobs)
    let group = DispatchGroup()
    nonisolated(unsafe) var (finished, failures) = (0, 0)
    for index in points {
      free.wait()
      group.enter()
      let label = sweep.points[index].key
      let child = try start(index)
      child.process.terminationHandler = { process in
        queue.sync {
          finished += 1
          let isGood = process.terminationStatus == 0 && append(child.lines)
          failures += isGood ? 0 : 1
          Console.note("\(finished)/\(points.count)  \(isGood ? "done" : "failed")  \(label)")
        }
        free.signal()
        group.leave()
      }
      try child.process.run()
    }
    group.wait()
    return failures
  }

  private func start(_ index: Int) throws -> (process: Process, lines: String) {
    let process = Process()
    process.executableURL = URL(
      fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
    process.arguments = CommandLine.arguments.dropFirst() + ["--point", "\(index)"]
    var environment = ProcessInfo.processInfo.environment
    let threads = StudyResults.Machine.current.threads ?? 1
    environment["OUTCROP_NUM_THREADS"] = "\(max(1, threads / jobs))"
    process.environment = environment
    let lines = "\(output)/logs/\(index).line"
    for path in [lines, "\(output)/logs/\(index).log"] {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    // Files rather than pipes: a full pipe would stop the child.
    process.standardOutput = FileHandle(forWritingAtPath: lines)
    process.standardError = FileHandle(forWritingAtPath: "\(output)/logs/\(index).log")
    return (process, lines)
  }

  /// Adds a child's line to the sweep's; a last line that was cut short before is ended first.
  private func append(_ path: String) -> Bool {
    guard let line = FileManager.default.contents(atPath: path),
      line.last == UInt8(ascii: "\n")
    else { return false }
    let file = output + "/sweep.jsonl"
    if !FileManager.default.fileExists(atPath: file) {
      _ = FileManager.default.createFile(atPath: file, contents: nil)
    }
    guard let handle = FileHandle(forUpdatingAtPath: file) else { return false }
    do {
      let end = try handle.seekToEnd()
      if end > 0 {
        try handle.seek(toOffset: end - 1)
        let last = try handle.read(upToCount: 1)
        if last?.first != UInt8(ascii: "\n") {
          try handle.truncate(atOffset: lastLine(handle, end))
        }
        try handle.seekToEnd()
      }
      try handle.write(contentsOf: line)
      try handle.synchronize()
      try handle.close()
      try? FileManager.default.removeItem(atPath: path)
      return true
    } catch {
      Console.note("\(file): \(error)")
      return false
    }
  }

  /// Where the unfinished last line starts.
  private func lastLine(_ handle: FileHandle, _ end: UInt64) throws -> UInt64 {
    try handle.seek(toOffset: 0)
    let data = try handle.readToEnd() ?? Data()
    return UInt64((data.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
  }
}
