import Foundation
import OutcropCore

/// The times of one implementation of a benchmark.
package struct Measurement: Codable, Equatable, Sendable {
  /// The family of the benchmark.
  package var family: BenchFamily
  /// The benchmark and its shape, such as `product, projection of edges: [6415, 64] × [64, 64]ᵀ`.
  /// Other programs use the same name for the same computation.
  package var work: String
  /// The implementation, such as `outcrop, 2 threads` or `cblas_sgemm, 1 thread`.
  package var way: String
  package var medianMilliseconds: Double
  package var minimumMilliseconds: Double
  package var maximumMilliseconds: Double
  package var runs: Int
  /// 10⁹ floating-point operations of the benchmark's matrix products; nil if they are not
  /// counted.
  package var gigaflop: Double?
  /// 10⁶ bytes of the arrays that the benchmark reads or writes, each counted once; nil if not
  /// counted.
  package var megabytes: Double?
  /// The number of edges or values in a benchmark of growing size; otherwise nil.
  package var items: Double?
  /// The peak of the memory in use in the buffer pool, in 10⁶ bytes; nil if not measured.
  package var peakPoolMegabytes: Double?

  /// The median time for one item, in nanoseconds.
  package var nanosecondsPerItem: Double? { items.map { medianMilliseconds * 1e6 / $0 } }

  /// 10⁹ floating-point operations per second, from the median.
  package var gigaflopPerSecond: Double? { gigaflop.map { $0 / medianMilliseconds * 1e3 } }

  package init(
    _ family: BenchFamily, _ work: String, _ way: String, _ milliseconds: [Double],
    _ cost: Cost = Cost()
  ) {
    let sorted = milliseconds.sorted()
    (self.family, self.work, self.way) = (family, work, way)
    medianMilliseconds = median(milliseconds)
    minimumMilliseconds = sorted[0]
    maximumMilliseconds = sorted[sorted.count - 1]
    runs = sorted.count
    gigaflop = cost.flop.map { $0 / 1e9 }
    megabytes = cost.bytes.map { $0 / 1e6 }
  }
}

/// The middle value, or the mean of the two middle values.
func median(_ values: [Double]) -> Double {
  values.sorted().sortedQuantile(0.5)!
}

/// The floating-point operations and bytes of memory traffic that a benchmark requires.
package struct Cost: Sendable {
  var flop: Double?
  var bytes: Double?

  package init(flop: Double? = nil, bytes: Double? = nil) {
    (self.flop, self.bytes) = (flop, bytes)
  }
}

/// The number of runs of a measurement, within the time that a budget leaves.
package struct Effort: Sendable {
  package var warmUps = 3
  package var runs = 20
  /// The time of all benchmarks together; nil for no limit.
  package var budget: TimeBudget?

  package init(runs: Int = 20, budget: TimeBudget? = nil) {
    (self.runs, self.budget) = (runs, budget)
  }

  /// The same with at most `runs` runs, for slow benchmarks.
  func atMost(_ runs: Int) -> Effort {
    var effort = self
    effort.runs = min(effort.runs, runs)
    return effort
  }

  /// Calls `run` until all runs were made, or until the time of one benchmark is over after at least three.
  /// Every eighth of that time may be taken by `warmUp`, which is called at least once.
  func repeated(warmUp: () -> Void, run: () -> Void) {
    let clock = ContinuousClock()
    let start = clock.now
    let limit = budget.map { Duration.seconds($0.secondsForOne) }
    func isOver(_ share: Double) -> Bool { limit.map { clock.now - start > $0 * share } ?? false }
    for count in 0..<warmUps where count == 0 || !isOver(0.125) { warmUp() }
    for count in 0..<runs where count < 3 || !isOver(1) { run() }
  }
}

/// The duration of `body` in milliseconds.
func milliseconds(_ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  body()
  return (clock.now - start) / .milliseconds(1)
}

/// Measures several implementations of the same benchmark in alternating runs, so that other load
/// on the machine affects all of them. A short benchmark is repeated within a run to last about a
/// millisecond.
///
/// A benchmark is left out where the time of its family is over.
func sideBySide(
  _ family: BenchFamily, _ work: String, _ effort: Effort, _ cost: Cost = Cost(),
  _ ways: [(name: String, body: () -> Void)]
) -> [Measurement] {
  if let budget = effort.budget, budget.leavesOut(work, family) { return [] }
  var repetitions = ways.map { _ in 1 }
  var times = ways.map { _ in [Double]() }
  effort.repeated {
    for (index, way) in ways.enumerated() {
      let once = milliseconds(way.body)
      repetitions[index] = max(1, Int(1 / max(1e-4, once)))
    }
  } run: {
    for (index, way) in ways.enumerated() {
      let total = milliseconds { for _ in 0..<repetitions[index] { way.body() } }
      times[index].append(total / Double(repetitions[index]))
    }
  }
  return ways.indices.map { Measurement(family, work, ways[$0].name, times[$0], cost) }
}
