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
      interrupted ones resume from their checkpoints. Massive activations are counted by the \
      row median and by the batch median; --median picks one.

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
    if jobs < 1 { throw ValidationError("--jobs: found \(jobs), expected at least 1") }
  }

  func run() throws {
    let sweep = try Sweep(contentsOf: grid)
    if let point { return try run(sweep, point: point) }
    // Reports mistakes in the grid or the data before a run starts.
    let dataset = try data.load()
    for point in sweep.points {
      _ = try sweep.configuration(of: point).model(for: dataset)
      _ = try sweep.configuration(of: point).training()
    }
    try SystemFiles.createFolder(output + "/logs")
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
    let point = sweep.points[index]
    let configuration = sweep.configuration(of: point)
    let dataset = try data.load(fanOuts: configuration.training().fanOuts)
    func run(on dataset: some ExampleDataset) throws -> StudyResults.Run {
      try sweep.run(
        point, on: dataset, checkpoint: "\(output)/checkpoints/\(index)",
        medians: median.median.medians,
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

  /// Runs the combinations with the indices `points`. Returns the number of failed runs.
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
    // Files rather than pipes: a full pipe would stop the child.
    process.standardOutput = try newFile(lines)
    process.standardError = try newFile("\(output)/logs/\(index).log")
    return (process, lines)
  }

  /// An empty file for a child to write to.
  private func newFile(_ path: String) throws -> FileHandle {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Adds a child's line to the sweep's; a last line that was cut short before is removed first.
  private func append(_ path: String) -> Bool {
    do {
      let line = try SystemFiles.read(path)
      guard line.last == UInt8(ascii: "\n") else { return false }
      try SystemFiles.append(
        line: line.dropLast(), to: output + "/sweep.jsonl", removingCutLine: true)
      try? FileManager.default.removeItem(atPath: path)
      return true
    } catch {
      Console.note("\(error)")
      return false
    }
  }
}
