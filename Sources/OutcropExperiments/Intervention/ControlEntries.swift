import OutcropCore
import OutcropStatistics

/// Entries that are changed beside the massive ones, to compare with: as many, in the same layer, with a defined
/// ratio that is not over the threshold. Positions are in all of the layer's values, ascending.
struct ControlEntries {
  let scores: LayerScores
  let median: MedianKind
  let threshold: Float
  /// The massive entries.
  let massive: [Int]
  let seed: UInt64

  private func isEligible(_ position: Int) -> Bool {
    scores.ratio(position, median) <= threshold && scores.values[position].isFinite
  }

  private func generator(_ control: Int, _ draw: Int) -> RandomGenerator {
    let medianNumber = median == .row ? 0 : 1
    let stream = UInt64((scores.layer * 2 + medianNumber) * 4 + control) << 32 | UInt64(draw)
    return RandomGenerator(seed: seed, stream: mixed(stream))
  }

  /// Uniform among all eligible entries; all of them where there are fewer than massive ones.
  func random(draw: Int) -> [Int] {
    var generator = generator(0, draw)
    let total = scores.values.count
    if massive.count * 4 > total {
      return chosen(from: (0..<total).filter(isEligible), &generator)
    }
    // Most entries are eligible: draws that are not, or come twice, are repeated.
    var found: Set<Int> = []
    var attempts = 0
    while found.count < massive.count, attempts < 64 * massive.count + 1024 {
      attempts += 1
      let position = generator.below(total)
      if isEligible(position) { found.insert(position) }
    }
    if found.count < massive.count {
      return chosen(from: (0..<total).filter(isEligible), &generator)
    }
    return found.sorted()
  }

  /// Uniform among the eligible entries of rows that hold massive ones.
  func sameRows(draw: Int) -> [Int] {
    var generator = generator(1, draw)
    return chosen(from: pool, &generator)
  }

  /// The eligible entries of rows with massive entries.
  private var pool: [Int] {
    let width = scores.width
    var rows: [Int] = []
    for position in massive where rows.last != position / width { rows.append(position / width) }
    return rows.flatMap { row in (row * width..<(row + 1) * width).filter(isEligible) }
  }

  /// The eligible entries with the largest ratios; of equal ones those that come first.
  func nextLargest() -> [Int] {
    var level = threshold
    var found: [(ratio: Float, position: Int)] = []
    repeat {
      level /= 4
      found = scores.values.indices.lazy.map { (scores.ratio($0, median), $0) }
        .filter { $0.0 > level && isEligible($0.1) }.map { ($0.0, $0.1) }
    } while found.count < massive.count && level > threshold * 1e-9
    found.sort { ($1.ratio, $0.position) < ($0.ratio, $1.position) }
    return found.prefix(massive.count).map(\.position).sorted()
  }

  private func chosen(from pool: [Int], _ generator: inout RandomGenerator) -> [Int] {
    var pool = pool
    let count = min(massive.count, pool.count)
    for index in 0..<count {
      pool.swapAt(index, index + generator.below(pool.count - index))
    }
    return pool.prefix(count).sorted()
  }
}
