import Foundation
import OutcropBLAS
import OutcropCore
import OutcropReport
import OutcropTensor

/// Measurements of one run or of several combined runs, with a description of the machine.
///
/// The reports of other programs have the same form, without the fields that exist only for this library.
package struct BenchReport: Codable, Equatable, Sendable {
  /// Name and version of the measured program, such as `torch 2.13.0`.
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
  /// What was left out because the time of the run was over, a sentence for each family; nil without a limit.
  package var leftOut: [String]?
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

  /// The report as JSON.
  package func json() throws -> Data {
    try JSON.encode(self, isIndented: true) + Data("\n".utf8)
  }

  /// A run from a file.
  package init(path: String) throws {
    do {
      self = try JSON.read(path: path)
    } catch let error as InputError where error.kind != .system {
      throw error.withHint("give a file that `outcrop bench --json` wrote")
    }
  }

  /// The fraction of the limit that a measurement reaches; nil without a limit. A fraction above 1 is
  /// measurement noise.
  package func shareOfLimit(_ measurement: Measurement) -> Double? {
    limits?.milliseconds(gigaflop: measurement.gigaflop, megabytes: measurement.megabytes)
      .map { $0 / measurement.medianMilliseconds }
  }

  /// The benchmarks of each family in order of appearance, with all implementations.
  package var byWork: [(family: BenchFamily, work: String, ways: [Measurement])] {
    var order: [String] = []
    var groups: [String: [Measurement]] = [:]
    for measurement in measurements {
      if groups[measurement.work] == nil { order.append(measurement.work) }
      groups[measurement.work, default: []].append(measurement)
    }
    return order.map { (groups[$0]![0].family, $0, groups[$0]!) }
  }

  /// Several runs as one report: for each implementation the median of the medians and the range of
  /// all runs. The description of the machine is that of the first run that has one.
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
        // The limit of a benchmark also applies to programs that do not count operations.
        one.gigaflop = group.ways.lazy.compactMap(\.gigaflop).first
        one.megabytes = group.ways.lazy.compactMap(\.megabytes).first
        return one
      }
    }
    result.memory = runs.compactMap(\.memory).first
    var leftOut: [String] = []
    for line in runs.flatMap({ $0.leftOut ?? [] }) where !leftOut.contains(line) {
      leftOut.append(line)
    }
    result.leftOut = leftOut.isEmpty ? nil : leftOut
    return result
  }
}
