import Foundation
import OutcropCore
import OutcropStatistics
import OutcropTensor

/// The growth of time and memory with the size: edge attention from 10³ to 10⁷ edges, limited by
/// the memory, and statistics from 10⁴ to 10⁶ rows. The memory in use includes inputs and results.
///
/// Bytes: for edge attention as in its benchmark; for statistics each value once, if the array is
/// larger than the caches.
func measureScale(_ effort: Effort, memoryBytes: UInt64 = ProcessInfo.processInfo.physicalMemory)
  -> [Measurement]
{
  let effort = effort.atMost(5)
  var result: [Measurement] = []
  var count = 1000
  // 2200 bytes: inputs, results and gradients of an edge and of half a node.
  var seconds = 0.0
  while count <= 10_000_000, UInt64(count) * 2200 < memoryBytes {
    let work = "edge attention, forward and backward: \(count) edges"
    // The time grows with the number of edges, also that for making the graph.
    if let budget = effort.budget, budget.leavesOut(work, .scale, expected: 10 * seconds) { break }
    seconds =
      milliseconds {
        result += growing(items: Double(count)) {
          let attention = AttentionCase(molecules(edges: count))
          return sideBySide(
            .scale, work, effort, attention.bothCost, [(outcropWay, attention.both)])
        }
      } / 1000
    BufferPool.trim()
    count *= 10
  }
  for rows in [10_000, 100_000, 1_000_000] {
    result += growing(items: Double(rows * 64)) { measureStatistics(rows: rows, effort) }
  }
  return result
}

/// Adds the number of items and the memory, for comparison between sizes.
private func growing(items: Double, _ measure: () -> [Measurement]) -> [Measurement] {
  BufferPool.resetPeak()
  return measure().map { one in
    var one = one
    one.items = items
    one.peakPoolMegabytes = Double(BufferPool.statistics.peakBytesInUse) / 1e6
    return one
  }
}

private func measureStatistics(rows: Int, _ effort: Effort) -> [Measurement] {
  var generator = RandomGenerator(seed: 6)
  let values = Tensor<Float>.normal([rows, 64], using: &generator)
  let bytes = 4 * Double(rows * 64)
  return sideBySide(
    .scale, "streaming statistics: [\(rows), 64]", effort, Cost(bytes: bytes < 64e6 ? nil : bytes),
    [
      (
        outcropWay,
        {
          var summary = ActivationSummary()
          values.withUnsafeBufferPointer {
            do {
              try summary.add(ActivationArray($0, rowCount: rows, width: 64))
            } catch {
              preconditionFailure("\(error)")
            }
          }
        }
      )
    ])
}
