import Foundation

/// What one way of doing a piece of work took.
struct Measurement: Codable {
  /// The work and its shape, such as `product linear-nodes [2965, 64] x [64, 192]`.
  var work: String
  /// Who did it, such as `outcrop` or `cblas, 1 thread`.
  var way: String
  var medianMilliseconds: Double
  var minimumMilliseconds: Double
  var maximumMilliseconds: Double
  var runs: Int
  /// Billions of floating-point operations of the work's matrix products; nil where none are counted.
  var gigaflop: Double?

  /// 10⁹ floating-point operations a second, by the median.
  var gigaflopPerSecond: Double? { gigaflop.map { $0 / medianMilliseconds * 1e3 } }

  init(_ work: String, _ way: String, _ milliseconds: [Double], gigaflop: Double? = nil) {
    let sorted = milliseconds.sorted()
    self.work = work
    self.way = way
    medianMilliseconds = sorted[sorted.count / 2]
    minimumMilliseconds = sorted[0]
    maximumMilliseconds = sorted[sorted.count - 1]
    runs = sorted.count
    self.gigaflop = gigaflop
  }
}

/// How long to measure.
struct Effort {
  var warmUps = 5
  var runs = 20
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
  _ work: String, _ effort: Effort, gigaflop: Double? = nil,
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
  return ways.indices.map { Measurement(work, ways[$0].name, times[$0], gigaflop: gigaflop) }
}
