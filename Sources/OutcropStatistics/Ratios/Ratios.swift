import OutcropCore

/// Ratios |x| / median of whole arrays, for uses that need every value instead of a summary.
public enum Ratios {
  /// r = |x| / median for every value of `array`, row-major, in `Float` arithmetic. Zero medians give
  /// infinite ratios (NaN for a zero value), NaN medians give NaN.
  public static func values(
    of array: ActivationArray, median: MedianKind, convention: MedianConvention = .meanOfMiddle
  ) -> [Float] {
    let rows = median == .row ? Median.rowMagnitudes(of: array, convention: convention) : []
    let whole =
      median == .batch ? Median.magnitude(of: array.values, convention: convention) : 0
    return [Float](unsafeUninitializedCapacity: array.values.count) { result, count in
      count = array.values.count
      array.forRowRanges { range in
        for row in range {
          let values = array.row(row)
          let divisor = median == .row ? rows[row] : whole
          for channel in 0..<array.width {
            result[row * array.width + channel] = abs(values[channel]) / divisor
          }
        }
      }
    }
  }

  /// y = −log₁₀(r + 2.220446e-16) for every value of `array`, row-major: the ratio and the
  /// sum in `Float` arithmetic, the logarithm rounded once to `Float`.
  public static func logarithms(
    of array: ActivationArray, median: MedianKind, convention: MedianConvention = .meanOfMiddle
  ) -> [Float] {
    var result = values(of: array, median: median, convention: convention)
    result.withUnsafeMutableBufferPointer { result in
      ThreadPool.forRanges(result.count, grain: 1 << 14) { range in
        let part = result.baseAddress! + range.lowerBound
        RatioPass.logarithms(part, median: 1, into: part, count: range.count)
      }
    }
    return result
  }
}
