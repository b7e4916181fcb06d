import Foundation
import Outcrop

/// Measurements of one run, or of several runs together, with what they depend on.
///
/// Other programs' runs have the same form; what only the library knows is missing there.
package struct BenchReport: Codable, Equatable, Sendable {
  /// Name and version of what was measured, such as `torch 2.13.0`.
  package var program: String
  package var cpu: String?
  package var cores: Int?
  package var threads: Int?
  package var instructionSet: String?
  package var openBLAS: String?
  package var limits: MachineLimits?
  package var data: String?
  package var nodesPerBatch: Int?
  package var edgesPerBatch: Int?
  package var measurements: [Measurement] = []
  package var memory: MemoryGrowth?
  /// The process's largest resident size, in 10⁶ bytes.
  package var peakMemoryMB: Double?

  package init(program: String) { self.program = program }

  init(_ workload: Workload) {
    program = "outcrop \(OutcropVersion.string)"
    let machine = StudyResults.Machine.current
    (cpu, cores, threads) = (machine.cpu, machine.cores, ThreadPool.threadCount)
    instructionSet = kernelInstructionSet
    openBLAS = OpenBLAS.configuration.trimmingCharacters(in: .whitespaces)
    data = workload.name
    nodesPerBatch = workload.nodeCount
    edgesPerBatch = workload.edgeCount
  }

  /// As a file holds it.
  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// A run from a file.
  package init(file: URL) throws {
    do {
      self = try JSONDecoder().decode(BenchReport.self, from: Data(contentsOf: file))
    } catch {
      throw BenchError("\(file.path): expected the JSON of `outcrop bench`: \(error)")
    }
  }

  /// Of the limit, 0 ... 1 and beyond where measurements are noisy; nil where there is none.
  package func shareOfLimit(_ measurement: Measurement) -> Double? {
    limits?.milliseconds(gigaflop: measurement.gigaflop, megabytes: measurement.megabytes)
      .map { $0 / measurement.medianMilliseconds }
  }

  /// The work of each family in order of appearance, with all ways of doing it.
  package var byWork: [(family: BenchFamily, work: String, ways: [Measurement])] {
    var order: [String] = []
    var groups: [String: [Measurement]] = [:]
    for measurement in measurements {
      if groups[measurement.work] == nil { order.append(measurement.work) }
      groups[measurement.work, default: []].append(measurement)
    }
    return order.map { (groups[$0]![0].family, $0, groups[$0]!) }
  }

  /// Several runs as one: of each way of doing a work the median of the medians, with the range over all
  /// runs. What describes the machine is taken from the first run that knows it.
  package static func combined(_ runs: [BenchReport]) -> BenchReport? {
    guard var result = runs.first(where: { $0.limits != nil }) ?? runs.first else { return nil }
    var names: [String] = []
    for run in runs where !names.contains(run.program) { names.append(run.program) }
    result.program = names.joined(separator: ", ")
    let limits = runs.compactMap(\.limits)
    if !limits.isEmpty {
      func middle(_ value: (MachineLimits) -> Double) -> Double { median(limits.map(value)) }
      result.limits = MachineLimits(
        square: (middle(\.squareOneThread), middle(\.squareAllThreads)),
        small: (middle(\.smallOneThread), middle(\.smallAllThreads)),
        triad: (middle(\.triadOneThread), middle(\.triadAllThreads)))
    }
    var all = BenchReport(program: "")
    all.measurements = runs.flatMap(\.measurements)
    result.measurements = all.byWork.flatMap { group in
      var ways: [String] = []
      for one in group.ways where !ways.contains(one.way) { ways.append(one.way) }
      return ways.map { way in
        let same = group.ways.filter { $0.way == way }
        var one = same[0]
        one.medianMilliseconds = median(same.map(\.medianMilliseconds))
        one.minimumMilliseconds = same.map(\.minimumMilliseconds).min()!
        one.maximumMilliseconds = same.map(\.maximumMilliseconds).max()!
        one.runs = same.reduce(0) { $0 + $1.runs }
        one.peakPoolMegabytes = same.compactMap(\.peakPoolMegabytes).max()
        // The work's limit holds for programs that do not count it, too.
        one.gigaflop = group.ways.lazy.compactMap(\.gigaflop).first
        one.megabytes = group.ways.lazy.compactMap(\.megabytes).first
        return one
      }
    }
    result.memory = runs.compactMap(\.memory).first
    return result
  }
}
