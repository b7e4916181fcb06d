import Foundation
import Outcrop

/// All measurements of one run with what they depend on.
struct BenchReport: Codable {
  var version = OutcropVersion.string
  var cpu = StudyResults.Machine.current.cpu
  var cores = StudyResults.Machine.current.cores
  var threads = ThreadPool.threadCount
  var instructionSet = kernelInstructionSet
  var openBLAS = OpenBLAS.configuration
  var openBLASCore = OpenBLAS.coreName
  var data: String
  var nodesPerBatch: Int
  var edgesPerBatch: Int
  /// Of the model that trains; nil where none does.
  var parameters: Int?
  var measurements: [Measurement] = []
  /// Requests of 64 KiB and more that went to the system while every batch was seen once, and after.
  var largeAllocationsAtFirst: Int?
  var largeAllocationsLater: Int?
  /// What the pool of buffers holds at the end, and the process's largest resident size.
  var pooledMB: Double?
  var peakMemoryMB: Double?

  init(_ workload: Workload) {
    data = workload.name
    nodesPerBatch = workload.nodeCount
    edgesPerBatch = workload.edgeCount
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  var text: String {
    var table = TextTable(columns: [
      .init("work", .left), .init("way", .left), .init("median ms"), .init("min ms"),
      .init("max ms"), .init("GFLOP/s"), .init("times"),
    ])
    var first: Measurement?
    for measurement in measurements {
      let isNewWork = first?.work != measurement.work
      if isNewWork { first = measurement }
      table.rows.append([
        isNewWork ? measurement.work : "", measurement.way,
        number(measurement.medianMilliseconds), number(measurement.minimumMilliseconds),
        number(measurement.maximumMilliseconds),
        measurement.gigaflopPerSecond.map { String(format: "%.0f", $0) } ?? "",
        // How much longer than the first way of the same work.
        isNewWork
          ? ""
          : String(format: "%.2f", measurement.medianMilliseconds / first!.medianMilliseconds),
      ])
    }
    var lines = [
      "\(cpu), \(cores) cores, \(threads) threads, kernels \(instructionSet)",
      openBLAS.trimmingCharacters(in: .whitespaces),
      "\(data): \(nodesPerBatch) nodes, \(edgesPerBatch) edges in an average batch", "", table.text,
    ]
    if let largeAllocationsAtFirst, let largeAllocationsLater {
      lines.append(
        "large allocations: \(largeAllocationsAtFirst) in the warm-up, "
          + "\(largeAllocationsLater) in all measured steps")
    }
    if let pooledMB, let peakMemoryMB {
      lines.append(
        String(format: "memory: %.0f MB pooled, %.0f MB resident at most", pooledMB, peakMemoryMB))
    }
    return lines.joined(separator: "\n")
  }

  private func number(_ value: Double) -> String {
    String(format: value < 0.1 ? "%.4f" : value < 10 ? "%.3f" : "%.1f", value)
  }
}
