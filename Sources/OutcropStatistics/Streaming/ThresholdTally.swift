/// Counts over a sorted list of thresholds. Element i is the number of ratios that are above exactly the
/// first i thresholds, so that each ratio changes only one count.
struct ThresholdTally: Sendable, Equatable, Codable {
  /// Finite entries by the number of thresholds below them; element 0 is not counted.
  var entries: [Int]
  /// Entries with an infinite ratio, which is above every threshold.
  var infiniteEntries = 0
  /// Rows by the number of thresholds below their largest ratio (all of them for an infinite ratio).
  var rows: [Int]

  init(thresholdCount: Int) {
    entries = Array(repeating: 0, count: thresholdCount + 1)
    rows = entries
  }

  /// All counts.
  var counts: [Int] { entries + rows + [infiniteEntries] }

  mutating func merge(_ other: Self) {
    for index in entries.indices {
      entries[index] += other.entries[index]
      rows[index] += other.rows[index]
    }
    infiniteEntries += other.infiniteEntries
  }

  /// The counts above each of `thresholds`.
  func counts(_ thresholds: [Float]) -> [ThresholdCounts] {
    var result = thresholds.map { ThresholdCounts(threshold: $0) }
    var (finite, rows) = (0, 0)
    for index in thresholds.indices.reversed() {
      finite += entries[index + 1]
      rows += self.rows[index + 1]
      result[index].finiteEntries = finite
      result[index].entries = finite + infiniteEntries
      result[index].rows = rows
    }
    return result
  }
}

/// One edge type's counts in a summary.
public struct TypeSummary: Sendable, Equatable, Codable {
  /// The edge type.
  public let type: Int
  /// Rows of this type.
  public internal(set) var rowCount = 0
  var levels: ThresholdTally

  init(type: Int, thresholdCount: Int) {
    self.type = type
    levels = ThresholdTally(thresholdCount: thresholdCount)
  }

  mutating func merge(_ other: Self) {
    rowCount += other.rowCount
    levels.merge(other.levels)
  }
}
