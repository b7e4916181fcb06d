import Foundation

/// What one way of doing a piece of work took.
package struct Measurement: Codable, Equatable, Sendable {
  /// The group that the work belongs to.
  package var family: BenchFamily
  /// The work and its shape, such as `product, projection of edges: [6415, 64] × [64, 64]ᵀ`. Other
  /// programs that do the same give it the same name.
  package var work: String
  /// Who did it, such as `outcrop, 2 threads` or `cblas_sgemm, 1 thread`.
  package var way: String
  package var medianMilliseconds: Double
  package var minimumMilliseconds: Double
  package var maximumMilliseconds: Double
  package var runs: Int
  /// Billions of floating-point operations of the work's matrix products; nil where none are counted.
  package var gigaflop: Double?
  /// 10⁶ bytes of the arrays that the work reads or writes, each counted once; nil where none are counted.
  package var megabytes: Double?
  /// How many edges or values the work goes through, where that is what grows; else nil.
  package var items: Double?
  /// The most 10⁶ bytes in use in the library's pool meanwhile; nil where nobody looked.
  package var peakPoolMegabytes: Double?

  /// The median by item, in nanoseconds.
  package var nanosecondsPerItem: Double? { items.map { medianMilliseconds * 1e6 / $0 } }

  /// 10⁹ floating-point operations a second, by the median.
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

/// The middle value, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// What a piece of work cannot do without.
package struct Cost: Sendable {
  var flop: Double?
  var bytes: Double?

  package init(flop: Double? = nil, bytes: Double? = nil) {
    (self.flop, self.bytes) = (flop, bytes)
  }
}

/// How long to measure.
package struct Effort: Sendable {
  package var warmUps = 3
  package var runs = 20

  package init(runs: Int = 20) { self.runs = runs }
}

/// The milliseconds that `body` takes.
func milliseconds(_ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  body()
  return (clock.now - start) / .milliseconds(1)
}

/// Measures several ways of doing the same work, taking turns, so that a busy moment of the machine
/// hits all of them. Short work is repeated inside a run until it takes about a millisecond.
func sideBySide(
  _ family: BenchFamily, _ work: String, _ effort: Effort, _ cost: Cost = Cost(),
  _ ways: [(name: String, body: () -> Void)]
) -> [Measurement] {
  let repetitions = ways.map { way in
    for _ in 0..<effort.warmUps { way.body() }
    return max(1, Int(1 / max(1e-4, milliseconds(way.body))))
  }
  var times = ways.map { _ in [Double]() }
  for _ in 0..<effort.runs {
    for (index, way) in ways.enumerated() {
      let total = milliseconds { for _ in 0..<repetitions[index] { way.body() } }
      times[index].append(total / Double(repetitions[index]))
    }
  }
  return ways.indices.map { Measurement(family, work, ways[$0].name, times[$0], cost) }
}
