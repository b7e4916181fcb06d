import Foundation
import Outcrop

let usage = """
  Measures Outcrop's kernels and training step; prints a table, or JSON for programs.

  usage: bench [--only products,attention,step,evaluation] [--data DIR] [--batch N] [--runs N]
               [--threads N] [--json FILE]

    --only     the groups to measure; by default all
    --data     a data set in TUDataset text, such as ZINC; by default synthetic molecules
    --batch    graphs in a batch (128)
    --runs     measured runs of each piece of work, after a warm-up (20)
    --threads  threads that work together; by default OUTCROP_NUM_THREADS or all processors
    --json     also write everything to a file; `-` prints it instead of the table

  Example: swift run -c release bench --only step --data ../../shared/data/ZINC
  """

/// What to measure, from the command line.
struct Arguments {
  var groups = ["products", "attention", "step", "evaluation"]
  var models = ["GT", "SAN", "GraphiT"]
  var folder: String?
  var batch = 128
  var effort = Effort()
  var json: String?

  init(_ words: [String]) throws {
    var words = words[...]
    func number(_ text: String, _ option: String) throws -> Int {
      guard let value = Int(text), value > 0 else {
        throw BenchError("\(option): found \"\(text)\", expected a whole number above 0")
      }
      return value
    }
    while let option = words.popFirst() {
      guard let value = words.popFirst() else {
        throw BenchError("found \"\(option)\" without a value or unknown; see --help")
      }
      switch option {
      case "--only":
        let known = groups
        groups = value.split(separator: ",").map(String.init)
        if let unknown = groups.first(where: { !known.contains($0) }) {
          throw BenchError(
            "--only: found \"\(unknown)\", expected \(known.joined(separator: ", "))")
        }
      case "--model": models = value.split(separator: ",").map(String.init)
      case "--data": folder = value
      case "--batch": batch = try number(value, option)
      case "--runs": effort.runs = try number(value, option)
      case "--threads": ThreadPool.threadCount = min(try number(value, option), 64)
      case "--json": json = value
      default: throw BenchError("found \"\(option)\", expected one of the options in --help")
      }
    }
  }
}

func run(_ arguments: Arguments) throws {
  let workload = try Workload(folder: arguments.folder, graphsPerBatch: arguments.batch)
  var report = BenchReport(workload)
  func steps<Architecture: ModelArchitecture>(_ configuration: Architecture) {
    let step = TrainingStep(configuration, workload)
    if arguments.groups.contains("step") {
      let result = step.measure(arguments.effort)
      report.measurements += result.measurements
      report.parameters = step.model.parameterCount
      report.largeAllocationsAtFirst = result.largeAllocationsAtFirst
      report.largeAllocationsLater = result.largeAllocationsLater
    }
    if arguments.groups.contains("evaluation") {
      report.measurements += step.measureEvaluation(arguments.effort)
    }
  }
  if arguments.groups.contains("products") {
    report.measurements += measureProducts(workload, arguments.effort)
  }
  if arguments.groups.contains("attention") {
    report.measurements += measureAttention(workload, arguments.effort)
  }
  if arguments.models.contains("GT") { steps(GraphTransformerConfiguration()) }
  if arguments.models.contains("SAN") { steps(SANConfiguration()) }
  if arguments.models.contains("GraphiT") { steps(GraphiTConfiguration()) }
  report.peakMemoryMB = ProcessMemory.peakBytes.map { Double($0) / 0x1p20 }
  report.pooledMB = Double(BufferPool.statistics.bytesHeld) / 0x1p20
  if arguments.json != "-" { print(report.text) }
  if let file = arguments.json {
    let json = try report.json()
    if file == "-" {
      print(String(decoding: json, as: UTF8.self))
    } else {
      try json.write(to: URL(fileURLWithPath: file))
    }
  }
}

let words = Array(CommandLine.arguments.dropFirst())
if words.contains("--help") || words.contains("-h") {
  print(usage)
} else {
  let arguments: Arguments
  do {
    arguments = try Arguments(words)
  } catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    exit(2)
  }
  do {
    try run(arguments)
  } catch {
    FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    exit(1)
  }
}
