import CKernels
import OutcropCore

/// Exact medians. The method depends on where the values are: rows of an array (a kernel for short rows),
/// an array in memory (selection), or a stream that is read twice (`Median.Stream`). All use the same
/// ``MedianConvention`` for an even count.
///
/// The median of a set that contains a NaN is NaN, as in NumPy. The median of an empty set is NaN too.
public enum Median {
  /// The median of |x| over all `values`.
  public static func magnitude(
    of values: UnsafeBufferPointer<Float>, convention: MedianConvention = .meanOfMiddle
  ) -> Float {
    guard let base = values.baseAddress, !values.isEmpty else { return .nan }
    if values.count <= 1 << 16 {
      return serialMagnitude(base, values.count, convention)
    }
    if containsNaN(values) { return .nan }
    let (lower, upper) = ranks(values.count, convention)
    let keys = Selection.selectPair(count: values.count, lower: lower, upper: upper) {
      Selection.magnitudeKey(base[$0])
    }
    return middle(Float(bitPattern: keys.lower), Float(bitPattern: keys.upper), lower == upper)
  }

  /// The median of |x| over all `values`.
  public static func magnitude(
    of values: [Float], convention: MedianConvention = .meanOfMiddle
  ) -> Float {
    values.withUnsafeBufferPointer { magnitude(of: $0, convention: convention) }
  }

  /// The median of |x| of each row of `array`: `rowCount` values.
  public static func rowMagnitudes(
    of array: ActivationArray, convention: MedianConvention = .meanOfMiddle
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: array.rowCount) { result, count in
      count = array.rowCount
      array.forRowRanges { rows in
        rowMagnitudes(of: array, rows, convention, into: result.baseAddress!)
      }
    }
  }

  /// Writes the medians of some rows of `array` to the corresponding elements of `result`.
  static func rowMagnitudes(
    of array: ActivationArray, _ rows: Range<Int>, _ convention: MedianConvention,
    into result: UnsafeMutablePointer<Float>
  ) {
    let keys = 16 * max(1, min(array.width, Int(OC_NARROW_ROW)))
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: keys) { scratch in
      RatioPass.kernels.row_medians!(
        array.row(rows.lowerBound), result + rows.lowerBound, Int64(rows.count),
        Int64(array.width), convention == .lowerMiddle ? 1 : 0, scratch.baseAddress!)
    }
  }

  /// The median of |x| of each batch of `array`: `batchCount` values.
  public static func batchMagnitudes(
    of array: ActivationArray, convention: MedianConvention = .meanOfMiddle
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: array.batchCount) { result, count in
      count = array.batchCount
      if array.batchCount == 1 {
        result.initializeElement(at: 0, to: magnitude(of: array.batch(0), convention: convention))
        return
      }
      ThreadPool.run(chunks: array.batchCount) { batch in
        result[batch] = magnitude(of: array.batch(batch), convention: convention)
      }
    }
  }

  /// The median of signed numbers; NaN if there are no numbers or one of them is NaN.
  package static func signed(
    of values: UnsafeBufferPointer<Float>, convention: MedianConvention = .meanOfMiddle
  ) -> Float {
    guard let base = values.baseAddress, !values.isEmpty, !containsNaN(values) else { return .nan }
    let (lower, upper) = ranks(values.count, convention)
    let keys = Selection.selectPair(count: values.count, lower: lower, upper: upper) {
      Selection.orderedKey(base[$0])
    }
    return middle(
      Selection.number(ofOrderedKey: keys.lower), Selection.number(ofOrderedKey: keys.upper),
      lower == upper)
  }

  /// The median of |x| of `count` numbers, on the calling thread, in time linear in `count`.
  static func serialMagnitude(
    _ values: UnsafePointer<Float>, _ count: Int, _ convention: MedianConvention
  ) -> Float {
    RatioPass.kernels.magnitude_median!(
      values, Int64(count), convention == .lowerMiddle ? 1 : 0)
  }

  /// The ranks (from 0) whose mean is the median; equal when one value is the median.
  static func ranks(_ count: Int, _ convention: MedianConvention) -> (Int, Int) {
    let lower = (count - 1) / 2
    return (lower, convention == .meanOfMiddle ? count / 2 : lower)
  }

  static func middle(_ lower: Float, _ upper: Float, _ single: Bool) -> Float {
    if single { return lower }
    let sum = lower + upper
    // The sum of two large numbers may overflow where their mean does not.
    return sum.isInfinite ? lower / 2 + upper / 2 : sum / 2
  }

  private static func containsNaN(_ values: UnsafeBufferPointer<Float>) -> Bool {
    let grain = 1 << 16
    let parts = (values.count + grain - 1) / grain
    return withUnsafeTemporaryAllocation(of: Bool.self, capacity: parts) { found in
      ThreadPool.run(chunks: parts) { part in
        var largest: Int32 = 0
        for index in part * grain..<min(values.count, (part + 1) * grain) {
          largest = max(largest, Int32(bitPattern: Selection.magnitudeKey(values[index])))
        }
        found[part] = UInt32(largest) > Selection.infinityKey
      }
      return found.contains(true)
    }
  }
}
