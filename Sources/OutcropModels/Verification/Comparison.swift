import Foundation

/// One compared quantity.
public struct Comparison: Sendable, Equatable {
  /// The stored tensor's name.
  public let quantity: String
  /// The largest |computed − stored|; NaN when either has one that the other lacks.
  public let absoluteDifference: Double
  /// That difference over the stored tensor's largest magnitude (0 for two zeros).
  public let relativeDifference: Double
  /// The largest absolute difference that passes.
  public let tolerance: Double
  public var passes: Bool { absoluteDifference <= tolerance }
}

/// What may differ, and by how much: the one place where tolerances stand.
///
/// A float32 quantity passes within the larger of four times the float32–float64 gap that its file
/// states and a fraction of the stored tensor's largest magnitude.
public enum VerificationTolerance {
  /// How many of the file's own gaps are allowed.
  static let gaps = 4.0
  /// Scores, losses, running statistics, activations.
  static let values = 1e-5
  /// Gradients, and parameters after Adam steps.
  static let gradients = 1e-4
  /// Values stored in float64, against a run in `Double`.
  static let doubles = 1e-9
}

extension Comparison {
  /// Compares element by element.
  init(
    _ quantity: String, computed: [Double], stored: [Double], gap: Double, fraction: Double
  ) {
    var (difference, largest) = (0.0, 0.0)
    for (a, b) in zip(computed, stored) {
      if a == b && a.isInfinite { continue }
      let step = (a - b).magnitude
      if step.isNaN && !(a.isNaN && b.isNaN) {
        difference = .nan
      } else if step > difference {
        difference = step
      }
      // An infinite value must not make every difference tolerable.
      if b.isFinite { largest = max(largest, b.magnitude) }
    }
    if computed.count != stored.count { difference = .nan }
    self.quantity = quantity
    absoluteDifference = difference
    relativeDifference = difference == 0 ? 0 : difference / largest
    tolerance = max(VerificationTolerance.gaps * gap, fraction * largest)
  }

  /// Compares the signature of `computed` with a stored one:
  /// [Σ v, Σ |v|, ‖v‖₂, Σ v_i cos(0.37 i), max |v|, count].
  ///
  /// Each entry is measured in what it would be if every element had its magnitude: sums in Σ |v|,
  /// the norm in itself, the maximum in itself. The count must be equal.
  init(
    _ quantity: String, computed values: [Double], signature stored: [Double], gap: Double,
    fraction: Double
  ) {
    var signature = [Double](repeating: 0, count: 6)
    guard stored.count == signature.count else {
      self.init(quantity, computed: signature, stored: stored, gap: 0, fraction: 0)
      return
    }
    for (index, v) in values.enumerated() {
      signature[0] += v
      signature[1] += v.magnitude
      signature[2] += v * v
      signature[3] += v * cos(0.37 * Double(index))
      signature[4] = max(signature[4], v.magnitude)
    }
    signature[2] = signature[2].squareRoot()
    signature[5] = Double(values.count)
    let units = [stored[1], stored[1], stored[2], stored[1], stored[4], 0]
    // A gap in every element moves the sums by count · gap and the norm by √count · gap.
    let count = stored[5]
    let gaps = [count, count, count.squareRoot(), count, 1, 0].map {
      $0 * gap * VerificationTolerance.gaps
    }
    // The entry that comes closest to its tolerance, or exceeds it most, speaks for all.
    var worst = (excess: -1.0, difference: 0.0, unit: 1.0, tolerance: 0.0)
    for entry in 0..<6 {
      let difference = (signature[entry] - stored[entry]).magnitude
      let tolerance = max(gaps[entry], fraction * units[entry])
      let excess = difference.isNaN ? .infinity : (difference == 0 ? 0 : difference / tolerance)
      if excess > worst.excess { worst = (excess, difference, units[entry], tolerance) }
    }
    self.init(
      quantity: quantity, absoluteDifference: worst.difference,
      relativeDifference: worst.difference == 0 ? 0 : worst.difference / worst.unit,
      tolerance: worst.tolerance)
  }
}
