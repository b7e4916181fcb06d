/// Counts by edge type and level in flat memory, for the loop that meets every ratio above the lowest
/// threshold. The owner frees it.
struct ThresholdTable {
  private let thresholds: UnsafeMutableBufferPointer<Float>
  /// Level at the lower end of each range of numbers that share their first 13 bits, from the lowest
  /// threshold's range on.
  private let starts: UnsafeMutableBufferPointer<Int32>
  private let base: Int
  /// Levels of each slot's finite entries, and of its rows' largest.
  private let entries: UnsafeMutableBufferPointer<Int>
  private let rows: UnsafeMutableBufferPointer<Int>
  private let infinite: UnsafeMutableBufferPointer<Int>
  private let stride: Int

  private static let shift = UInt32(19)

  init(thresholds list: [Float], slots: Int) {
    stride = list.count + 1
    thresholds = .allocate(capacity: list.count)
    _ = thresholds.initialize(from: list)
    base = Int(list[0].bitPattern >> Self.shift)
    let last = Int(list[list.count - 1].bitPattern >> Self.shift)
    starts = .allocate(capacity: last - base + 1)
    for index in 0...last - base {
      let low = Float(bitPattern: UInt32(base + index) << Self.shift)
      starts.initializeElement(at: index, to: Int32(list.count { $0 < low }))
    }
    entries = .allocate(capacity: slots * stride)
    entries.initialize(repeating: 0)
    rows = .allocate(capacity: slots * stride)
    rows.initialize(repeating: 0)
    infinite = .allocate(capacity: slots)
    infinite.initialize(repeating: 0)
  }

  func deallocate() {
    thresholds.deallocate()
    starts.deallocate()
    entries.deallocate()
    rows.deallocate()
    infinite.deallocate()
  }

  /// How many thresholds lie below a ratio that is at least 0.
  @inline(__always)
  private func level(_ ratio: Float) -> Int {
    let index = Int(ratio.bitPattern >> Self.shift) - base
    if index < 0 { return 0 }
    if index >= starts.count { return thresholds.count }
    var level = Int(starts[index])
    while level < thresholds.count, ratio > thresholds[level] { level += 1 }
    return level
  }

  /// Counts a finite entry. Level 0 is counted, too, and means nothing.
  @inline(__always)
  func addEntry(_ ratio: Float, _ slot: Int) { entries[slot * stride + level(ratio)] += 1 }

  func addInfiniteEntry(_ slot: Int) { infinite[slot] += 1 }

  /// Counts a row with its largest ratio, which may be infinite.
  func addRow(_ top: Float, _ slot: Int) { rows[slot * stride + level(top)] += 1 }

  /// One slot's counts.
  func counts(_ slot: Int) -> ThresholdTally {
    var result = ThresholdTally(thresholdCount: thresholds.count)
    for level in 1..<stride {
      result.entries[level] = entries[slot * stride + level]
      result.rows[level] = rows[slot * stride + level]
    }
    result.infiniteEntries = infinite[slot]
    return result
  }
}
