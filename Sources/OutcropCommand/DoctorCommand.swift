import ArgumentParser
import Foundation
import Outcrop

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the machine, the libraries and the data sets.",
    discussion: """
      Prints the processor, the number of threads, the instruction set, the memory, the versions of \
      OpenBLAS and zlib, and the data sets in --data-dir, $OUTCROP_DATA, data and ../shared/data \
      (each a folder of data sets or a data set). Warns of releases of OpenBLAS that are known to \
      give wrong results. Tests a matrix product, an eigenproblem and gzip. \
      The exit status is 1 when a test fails.

      EXAMPLES
        outcrop doctor
        outcrop doctor --data-dir ../data
        OUTCROP_NUM_THREADS=1 outcrop doctor
      """)

  @Option(
    name: .customLong("data-dir"),
    help: ArgumentHelp("Another folder of data sets to list.", valueName: "dir"))
  var dataFolder: String?

  func run() throws {
    let machine = Machine()
    show("outcrop", OutcropVersion.string)
    show("system", machine.system)
    show("processor", machine.processor)
    show("instructions", machine.instructions)
    show("threads", machine.threads)
    show("memory", machine.memory)
    show("OpenBLAS", machine.openBLAS)
    if let warning = OpenBLAS.warning() { show("warning", warning) }
    show("zlib", Zlib.version)
    print("")
    let failures = HealthCheck.all.compactMap { check -> HealthCheck.Failure? in
      switch check.run() {
      case .success(let text):
        show("ok    \(check.name)", text)
        return nil
      case .failure(let failure):
        show("FAIL  \(check.name)", failure.found)
        return failure
      }
    }
    print("")
    try showData()
    if let first = failures.first {
      throw CommandError(
        "\(failures.count) check\(failures.count == 1 ? "" : "s") failed",
        hint: Set([first] + failures).map(\.advice).sorted().joined(separator: "\n  "))
    }
  }

  private func showData() throws {
    show("data set", "sample (synthetic molecules, embedded)")
    for place in try [dataFolder].compactMap({ $0 }) + DataFolders.usual() {
      let found = DatasetListing.find(in: place)
      for listing in found { show("data set", Self.text(listing)) }
      if found.isEmpty {
        let there = DataFolders.isFolder(place)
        show("data folder", "\(place): \(there ? "no readable data set" : "does not exist")")
      }
    }
  }

  private static func text(_ listing: DatasetListing) -> String {
    let size: String
    switch listing.size {
    case .unknown(let problem): return "unusable: \(problem)"
    case .graphs(let counts):
      size =
        "\(counts.map(String.init).joined(separator: " + ")) graphs"
        + (counts.count == 3 ? " (training, validation, test)" : "")
    case .graph(let nodes, let edges): size = "\(nodes) nodes, \(edges) edges"
    case .bytes(let count):
      size =
        count < 100_000_000
        ? String(format: "%.2f MB", Double(count) / 1e6)
        : String(format: "%.1f GB", Double(count) / 1e9)
    }
    return "\(listing.path): \(size), \(listing.format.title)"
  }

  private func show(_ label: String, _ text: String) {
    print(label + String(repeating: " ", count: max(2, 20 - label.count)) + text)
  }
}

/// Descriptions of the machine.
private struct Machine {
  private let process = ProcessInfo.processInfo

  var system: String { process.operatingSystemVersionString }

  var processor: String {
    let count = process.activeProcessorCount
    return "\(StudyResults.Machine.current.cpu), \(count) processor\(count == 1 ? "" : "s")"
  }

  var instructions: String {
    "\(kernelInstructionSet) \(chosen(by: "OUTCROP_INSTRUCTION_SET", "the best that the processor supports"))"
  }

  var threads: String {
    "\(ThreadPool.threadCount) \(chosen(by: "OUTCROP_NUM_THREADS", "all processors"))"
  }

  private func chosen(by variable: String, _ otherwise: String) -> String {
    process.environment[variable].map { "(\(variable)=\($0))" }
      ?? "(\(otherwise); \(variable) is not set)"
  }

  /// OpenBLAS's version and options without the library's name, and the kernels that it chose.
  var openBLAS: String {
    let name = "OpenBLAS "
    let text = OpenBLAS.configuration
    let version = text.hasPrefix(name) ? String(text.dropFirst(name.count)) : text
    let replaced = OpenBLAS.replacedCoreName.map {
      " (OpenBLAS chose \($0): it does not know this processor)"
    }
    return "\(version), kernels for \(OpenBLAS.coreName)\(replaced ?? "")"
  }

  var memory: String {
    let total = gigabytes(Double(process.physicalMemory))
    return available.map { "\(total), \(gigabytes($0)) available" } ?? total
  }

  /// The bytes of available memory; nil if the system does not report them.
  private var available: Double? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kilobytes = Double(line.filter(\.isNumber))
    else { return nil }
    return kilobytes * 1024
  }

  private func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GiB", bytes / 0x1p30) }
}
