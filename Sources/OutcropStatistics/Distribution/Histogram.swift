import OutcropCore

/// Counts of a sample in equally wide bins from its smallest to its largest value, as NumPy's
/// `histogram` counts them in double precision: the last bin includes its upper edge.
public struct Histogram: Sendable, Equatable, Codable {
  /// The lower edge of the first bin.
  public var lowerBound: Double
  /// The upper edge of the last bin.
  public var upperBound: Double
  /// The number of values in each bin.
  public var counts: [Int]

  /// The lower edge of bin `bin`; the upper bound for `bin` = the number of bins.
  public func edge(_ bin: Int) -> Double {
    bin == counts.count ? upperBound : Double(bin) * binWidth + lowerBound
  }

  /// The width of each bin.
  public var binWidth: Double { (upperBound - lowerBound) / Double(counts.count) }

  /// The density in bin `bin`: its share of the sample over its width.
  public func density(_ bin: Int) -> Double {
    let total = counts.reduce(0, +)
    return total == 0 ? 0 : Double(counts[bin]) / (Double(total) * binWidth)
  }

  init(lowerBound: Double, upperBound: Double, counts: [Int]) {
    self.lowerBound = lowerBound
    self.upperBound = upperBound
    self.counts = counts
  }

  /// Counts `values`, all finite, between `minimum` and `maximum`, their extremes. If the extremes are
  /// equal, the range is ±½ around them, as in NumPy.
  init<T: BinaryFloatingPoint>(
    _ values: UnsafeBufferPointer<T>, minimum: Double, maximum: Double, binCount: Int
  ) {
    require(binCount > 0, "Histogram: found \(binCount) bins, expected at least 1")
    let constant = minimum == maximum
    lowerBound = constant ? minimum - 0.5 : minimum
    upperBound = constant ? maximum + 0.5 : maximum
    counts = Array(repeating: 0, count: binCount)
    let edges = (0...binCount).map { edge($0) }
    let scale = Double(binCount) / (upperBound - lowerBound)
    let first = lowerBound
    counts = countInParts(values.count, bins: binCount) { index in
      let value = Double(values[index])
      var bin = min(binCount - 1, Int((value - first) * scale))
      // If rounding puts a value on the wrong side of an edge, a comparison with the edge corrects it.
      if value < edges[bin] {
        bin -= 1
      } else if bin < binCount - 1, value >= edges[bin + 1] {
        bin += 1
      }
      return bin
    }
  }
}

/// How many of the indices 0 ..< `count` fall into each bin, on all threads.
@inline(__always)
func countInParts(_ count: Int, bins: Int, bin: (Int) -> Int) -> [Int] {
  // At most 16 partial counts. They are integers, so the order of addition changes nothing.
  let grain = max(1 << 15, (count + 15) / 16)
  let parts = (count + grain - 1) / grain
  let buffer = BufferPool.allocate(byteCount: max(1, parts * bins) * MemoryLayout<UInt32>.stride)
  defer { BufferPool.release(buffer) }
  let partial = buffer.base.bindMemory(to: UInt32.self, capacity: max(1, parts * bins))
  ThreadPool.run(chunks: parts) { part in
    let counts = partial + part * bins
    counts.update(repeating: 0, count: bins)
    for index in part * grain..<min(count, (part + 1) * grain) { counts[bin(index)] &+= 1 }
  }
  var total = [Int](repeating: 0, count: bins)
  for part in 0..<parts {
    for index in 0..<bins { total[index] += Int(partial[part * bins + index]) }
  }
  return total
}
