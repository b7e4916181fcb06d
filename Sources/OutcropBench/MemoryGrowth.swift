import OutcropCore
import OutcropModels

/// Memory of training over many steps of GT.
package struct MemoryGrowth: Codable, Equatable, Sendable {
  package var steps: Int
  /// Resident memory in 10⁶ bytes after a tenth of the steps, after all steps, and at the peak.
  package var earlyMB: Double?
  package var lateMB: Double?
  package var peakMB: Double?
  /// Allocations of at least 64 KiB from the system during the last nine tenths of the steps.
  package var lateLargeAllocations: Int

  /// At most `steps` steps; with `seconds`, at least twenty, and not more than fit into that time.
  static func measured(_ workload: Workload, steps: Int, seconds: Double? = nil) -> MemoryGrowth {
    let bench = ModelBench(GraphTransformerConfiguration(), workload)
    func megabytes(_ bytes: Int?) -> Double? { bytes.map { Double($0) / 1e6 } }
    ProcessMemory.releaseFree()
    var steps = steps
    if let seconds {
      let once = milliseconds { _ = bench.step(0) } / 1000
      steps = min(steps, max(20, Int(seconds / max(1e-6, once))))
    }
    var (early, before) = (Double?.none, 0)
    for index in 0..<steps {
      _ = bench.step(index)
      if index + 1 == max(1, steps / 10) {
        early = megabytes(ProcessMemory.residentBytes)
        before = BufferPool.statistics.largeAllocations
      }
    }
    return MemoryGrowth(
      steps: steps, earlyMB: early, lateMB: megabytes(ProcessMemory.residentBytes),
      peakMB: megabytes(ProcessMemory.peakBytes),
      lateLargeAllocations: BufferPool.statistics.largeAllocations - before)
  }

  package var text: String {
    func megabytes(_ value: Double?) -> String { value.map { "\(Int($0.rounded())) MB" } ?? "?" }
    return
      "memory of GT's training: \(megabytes(earlyMB)) resident after \(max(1, steps / 10)) steps, "
      + "\(megabytes(lateMB)) after \(steps), at most \(megabytes(peakMB)); "
      + "\(lateLargeAllocations) large allocations in between"
  }
}
