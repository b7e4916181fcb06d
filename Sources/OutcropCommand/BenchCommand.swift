import ArgumentParser
import Foundation
import Outcrop
import OutcropBench

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure kernels and training steps against the machine's limits.",
    discussion: """
      First measures the limits of the machine: OpenBLAS on large and on small products, and a triad \
      over memory, on one thread and on all threads. Then measures every benchmark and its alternatives. \
      Each time is compared with the larger of two limits: the time of the floating-point operations at \
      the peak rate, and the time of the bytes at the measured bandwidth, with each array counted once.

      Families: products, batched, attention, dense, lengths, step, evaluation, scale, eigen, \
      operations, algebra, modules, memory. The family memory makes 50 training steps of GT in each run. The family scale grows to 10^7 edges, \
      which need 22 GB, or to the size of the memory.

      EXAMPLES
        outcrop bench --quick
        outcrop bench --only step --data ../shared/data/ZINC
        outcrop bench --only attention,dense --runs 10 --output bench
        outcrop bench --combine run-1.json run-2.json torch-1.json --output bench
      """)

  @Option(help: ArgumentHelp("The families to measure. By default all.", valueName: "list"))
  var only: String?

  @Option(
    help: ArgumentHelp(
      "The models of the family step: GT, SAN, GraphiT. By default all.", valueName: "list"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "A data set in TUDataset text, such as ZINC. By default synthetic molecules.",
      valueName: "dir"))
  var data: String?

  @Option(name: .customLong("batch-size"), help: ArgumentHelp("Graphs in a batch.", valueName: "n"))
  var batchSize = 128

  @Option(
    help: ArgumentHelp(
      "The number of measured runs of each benchmark, after a warm-up.", valueName: "n"))
  var runs = 20

  @Option(
    help: ArgumentHelp(
      "The time for all benchmarks together: they are measured in fewer runs, and those that do not fit are "
        + "left out and named.",
      valueName: "seconds"))
  var budget: DecimalNumber?

  @Flag(help: "The same as --budget 60.")
  var quick = false

  @Option(
    help: ArgumentHelp(
      "The number of threads, instead of OUTCROP_NUM_THREADS.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Also write the results as JSON to this file; - prints them.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "The folder for tables.md, a JSON file and a chart of each family.", valueName: "dir"))
  var output: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Combine the JSON files of several runs, also of other programs, instead of measuring.",
      valueName: "file"))
  var combine: [String] = []

  func validate() throws {
    for (option, value) in [("--runs", runs), ("--batch-size", batchSize)]
    where !(1...1_000_000 ~= value) {
      throw ValidationError("\(option): found \(value), expected 1 ... 1000000")
    }
    if !combine.isEmpty {
      for (option, isGiven) in [
        ("--only", only != nil), ("--model", model != nil), ("--data", data != nil),
        ("--batch-size", batchSize != 128), ("--runs", runs != 20), ("--threads", threads != nil),
        ("--budget", budget != nil), ("--quick", quick),
      ] where isGiven {
        throw ValidationError("\(option): has no effect with --combine, which measures nothing")
      }
    }
    if let budget, !(1...86_400 ~= budget.value) {
      throw ValidationError("--budget: found \(budget.value), expected 1 ... 86400 seconds")
    }
    if budget != nil, quick {
      throw ValidationError("--quick: has no effect with --budget, which sets the time")
    }
    if let threads, !(1...ThreadPool.maximumThreadCount).contains(threads) {
      throw ValidationError(
        "--threads: found \(threads), expected 1 ... \(ThreadPool.maximumThreadCount)")
    }
    let families = try families()
    _ = try models()
    let names = families.map(\.rawValue).sorted().joined(separator: ", ")
    for (option, isGiven, hasEffect) in [
      ("--batch-size", batchSize != 128, families.contains(where: \.usesBatches)),
      ("--data", data != nil, families.contains { $0.usesBatches || $0 == .eigen }),
      ("--model", model != nil, !families.isDisjoint(with: [.step, .evaluation])),
    ] where isGiven && !hasEffect {
      throw ValidationError("\(option): has no effect on what is measured (\(names))")
    }
  }

  func run() throws {
    if let json, json != "-" { try Outputs.check(json) }
    if let output {
      try SystemFiles.createFolder(output)
      try Outputs.check(output + "/tables.md")
    }
    let report: BenchReport
    if combine.isEmpty {
      if let threads { ThreadPool.threadCount = threads }
      let seconds = budget?.value ?? (quick ? 60 : nil)
      var bench = Bench()
      (bench.families, bench.models, bench.folder) = (try families(), try models(), data)
      (bench.graphsPerBatch, bench.effort) = (
        batchSize, Effort(runs: runs, budget: seconds.map { TimeBudget(seconds: $0) })
      )
      report = try bench.run { Console.note("measuring: \($0)") }
    } else {
      let runs = try combine.map { try BenchReport(path: $0) }
      report = BenchReport.combined(runs)!
    }
    if json != "-" { print(report.text) }
    if let json {
      if json == "-" {
        print(String(decoding: try report.json(), as: UTF8.self), terminator: "")
      } else {
        try AtomicFile.write(report.json(), to: json)
      }
    }
    if let output { try report.write(to: output) }
  }

  private func families() throws -> Set<BenchFamily> {
    try chosen(only, "--only", BenchFamily.allCases.map { ($0.rawValue, $0) })
      .map { Set($0) } ?? Set(BenchFamily.allCases)
  }

  private func models() throws -> [BenchModel] {
    try chosen(model, "--model", BenchModel.allCases.map { ($0.rawValue, $0) })
      ?? BenchModel.allCases
  }

  private func chosen<Value>(
    _ list: String?, _ option: String, _ known: [(name: String, value: Value)]
  ) throws -> [Value]? {
    try list?.split(separator: ",").map { word in
      guard let found = known.first(where: { $0.name == word }) else {
        throw ValidationError(
          "\(option): found \"\(word)\", expected "
            + known.map(\.name).joined(separator: ", "))
      }
      return found.value
    }
  }
}
