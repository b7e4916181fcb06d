import OutcropCore

/// The time that the benchmarks of a run may take, divided between their families, and the names of the benchmarks
/// that were left out because that time was over.
package final class TimeBudget: Sendable {
  private struct State {
    var end = ContinuousClock.now
    var waiting: [BenchFamily] = []
    var familyEnd = ContinuousClock.now
    var secondsForOne = 0.0
    var leftOut: [BenchFamily: [String]] = [:]
  }

  private let seconds: Double
  private let state = Locked(State())

  /// `seconds` for all families of a run together.
  package init(seconds: Double) { self.seconds = seconds }

  /// The time of one benchmark of the current family.
  var secondsForOne: Double { state.withLock { $0.secondsForOne } }

  /// Begins the time of a run of `families`.
  func begin(run families: Set<BenchFamily>) {
    state.withLock {
      $0.end = .now + .seconds(seconds)
      $0.waiting = Array(families)
    }
  }

  /// Begins the time of one family, or of several that are measured together: their share of the time that is left.
  func begin(_ families: Set<BenchFamily>) {
    state.withLock { state in
      let left = max(0, (state.end - .now) / .seconds(1))
      let all = state.waiting.reduce(0) { $0 + $1.weight }
      let own = state.waiting.filter(families.contains)
      let share = all > 0 ? left * own.reduce(0) { $0 + $1.weight } / all : 0
      state.familyEnd = .now + .seconds(share)
      state.secondsForOne = share / Double(max(1, own.reduce(0) { $0 + $1.benchmarkCount }))
      state.waiting.removeAll(where: families.contains)
    }
  }

  /// Whether the benchmark, which takes about `expected` seconds, does not fit into the time of its family any more.
  /// A benchmark that does not fit is in `leftOut`.
  func leavesOut(_ work: String, _ family: BenchFamily, expected: Double = 0) -> Bool {
    state.withLock { state in
      if .now + .seconds(expected) <= state.familyEnd { return false }
      state.leftOut[family, default: []].append(work)
      return true
    }
  }

  /// A sentence for each family that lost benchmarks, in the order of the families.
  package var leftOut: [String] {
    let lost = state.withLock { $0.leftOut }
    return BenchFamily.allCases.compactMap { family in
      guard let works = lost[family], let first = works.first else { return nil }
      return "\(family.rawValue): "
        + (works.count == 1 ? first : "\(works.count) benchmarks, from \"\(first)\" on")
        + ", since the time was over"
    }
  }
}

extension BenchFamily {
  /// The number of benchmarks among which the family's time is divided.
  fileprivate var benchmarkCount: Int {
    switch self {
    case .products: 10
    case .batched, .attention, .dense: 4
    case .step, .evaluation, .modules: 3
    case .scale: 8
    case .lengths: 28
    case .eigen, .memory: 1
    case .operations: 225
    case .algebra: 20
    }
  }

  /// The family's part of the time of a run, relative to others.
  fileprivate var weight: Double {
    switch self {
    case .products, .batched, .attention, .dense, .eigen, .modules: 1
    case .evaluation: 1.5
    case .scale, .memory, .lengths: 2
    case .step, .operations, .algebra: 3
    }
  }
}
