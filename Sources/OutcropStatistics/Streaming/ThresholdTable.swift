/// Counts by edge type and by the number of thresholds below a ratio, in flat memory, for the inner loop
/// over all ratios above the lowest threshold. The owner must free it.
struct ThresholdTable {
  private let thresholds: UnsafeMutableBufferPointer<Float>
  /// The number of thresholds below the lower end of each range of numbers that share their first 13 bits,
  /// beginning with the lowest threshold's range.
  private let starts: UnsafeMutableBufferPointer<Int32>
  private let base: Int
  /// For each slot, finite entries and rows by the number of thresholds below the (largest) ratio.
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

  /// The number of thresholds below a ratio that is at least 0.
  @inline(__always)
  private func thresholdsBelow(_ ratio: Float) -> Int {
    let index = Int(ratio.bitPattern >> Self.shift) - base
    if index < 0 { return 0 }
    if index >= starts.count { return thresholds.count }
    var count = Int(starts[index])
    while count < thresholds.count, ratio > thresholds[count] { count += 1 }
    return count
  }

  /// Counts a finite entry. The count of entries below all thresholds is not used.
  @inline(__always)
  func addEntry(_ ratio: Float, _ slot: Int) {
    entries[slot * stride + thresholdsBelow(ratio)] += 1
  }

  func addInfiniteEntry(_ slot: Int) { infinite[slot] += 1 }

  /// Counts a row with its largest ratio, which may be infinite.
  func addRow(_ top: Float, _ slot: Int) { rows[slot * stride + thresholdsBelow(top)] += 1 }

  /// One slot's counts.
  func counts(_ slot: Int) -> ThresholdTally {
    var result = ThresholdTally(thresholdCount: thresholds.count)
    for index in 1..<stride {
      result.entries[index] = entries[slot * stride + index]
      result.rows[index] = rows[slot * stride + index]
    }
    result.infiniteEntries = infinite[slot]
    return result
  }
}
