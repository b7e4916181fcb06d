import Foundation

extension FineHistogram {
  /// The mean of the finite values, within 2⁻²⁵ (half a unit of q); nil without a finite value.
  public var mean: Double? {
    count > 0 ? Double(sum.value) / Double(count) * 0x1p-24 : nil
  }

  /// The population standard deviation of the finite values, within 2⁻²⁴; nil without a finite value.
  public var standardDeviation: Double? {
    if count == 0 { return nil }
    // n Σq² − (Σq)² in integers, so cancellation loses no digits.
    let n = Int128(count)
    let (product, overflow) = n.multipliedReportingOverflow(by: squares.value)
    let (square, tooLarge) = sum.value.multipliedReportingOverflow(by: sum.value)
    let variance: Double
    if overflow || tooLarge {
      let mean = Double(sum.value) / Double(count)
      variance = Double(squares.value) / Double(count) - mean * mean
    } else {
      variance = Double(product - square) / Double(count) / Double(count)
    }
    return max(0, variance).squareRoot() * 0x1p-24
  }

  /// The middle of each rank's bin (ranks from 0, ascending): within ±2⁻¹⁴, and between the extremes.
  func values(atRanks ranks: [Int]) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(ranks.count)
    var before = 0
    forEachBin { bin, count in
      while result.count < ranks.count, ranks[result.count] < before + count {
        result.append(center(bin))
      }
      before += count
    }
    return result
  }

  /// The middle of the part of a bin that is between the extremes.
  func center(_ bin: Int) -> Double {
    0.5 * (max(Self.edge(bin), Double(least)) + min(Self.edge(bin + 1), Double(greatest)))
  }

  /// The quantile `q` (0 ... 1) of the finite values as NumPy's linear interpolation defines it,
  /// within 2⁻¹⁴ (half a bin) of the exact one; the extremes are exact. nil without a finite value.
  public func quantile(_ q: Double) -> Double? {
    if count == 0 || !(0...1).contains(q) { return nil }
    let position = q * Double(count - 1)
    let lower = Int(position)
    if lower == 0, q == 0 { return Double(least) }
    if lower >= count - 1 { return Double(greatest) }
    let pair = values(atRanks: [lower, lower + 1])
    return pair[0] + (position - Double(lower)) * (pair[1] - pair[0])
  }

  /// The median, within 2⁻¹⁴; nil without a finite value.
  public var median: Double? { quantile(0.5) }

  /// The number of values below `value`, negative infinities among them: of bins whose middle is below it.
  public func count(below value: Double) -> Int {
    var result = negativeInfinities
    forEachBin { bin, count in
      if center(bin) < value { result += count }
    }
    return result
  }

  /// The finite values in `binCount` equal bins from the smallest to the largest, for drawing.
  ///
  /// Every fine bin is counted in the bin that contains its middle, so the edges are accurate to 2⁻¹⁴.
  /// nil without a finite value.
  public func histogram(binCount: Int = 1000) -> Histogram? {
    if count == 0 { return nil }
    let (low, high) = (Double(least), Double(greatest))
    var result = Histogram(lowerBound: low, upperBound: high, counts: [])
    if low == high { (result.lowerBound, result.upperBound) = (low - 0.5, high + 0.5) }
    result.counts = Array(repeating: 0, count: max(1, binCount))
    let scale = Double(result.counts.count) / (result.upperBound - result.lowerBound)
    forEachBin { bin, count in
      let position = Int((center(bin) - result.lowerBound) * scale)
      result.counts[min(max(0, position), result.counts.count - 1)] += count
    }
    return result
  }
}
