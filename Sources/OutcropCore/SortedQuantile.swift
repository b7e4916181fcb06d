extension Array where Element == Double {
  /// The quantile `share` (0 ... 1) of values in ascending order, linear between neighbors (NumPy's default); nil
  /// without values.
  ///
  /// Between a finite and an infinite neighbor, the quantile is infinite; it is never NaN for values without NaN.
  package func sortedQuantile(_ share: Double) -> Double? {
    if isEmpty { return nil }
    let place = Swift.min(Swift.max(0, share), 1) * Double(count - 1)
    let left = Swift.min(Int(place), count - 1)
    let (low, high) = (self[left], self[Swift.min(left + 1, count - 1)])
    // Infinite values are neither multiplied by 0 nor subtracted from each other.
    if place == Double(left) || low == high || low.isInfinite { return low }
    return low + (high - low) * (place - Double(left))
  }
}
