import Foundation

/// The comparison of one computed quantity with its stored value.
public struct Comparison: Sendable, Equatable {
  /// The stored tensor's name.
  public let quantity: String
  /// The largest |computed − stored|; NaN if only one of the two has a NaN.
  public let absoluteDifference: Double
  /// The absolute difference divided by the stored tensor's largest magnitude (0 if both are zero).
  public let relativeDifference: Double
  /// The largest absolute difference that passes.
  public let tolerance: Double
  /// Whether the difference is within the tolerance.
  public var passes: Bool { absoluteDifference <= tolerance }
}

/// All tolerances of the comparisons.
///
/// The tolerance of a float32 quantity is the larger of two numbers: four times the float32–float64 gap that
/// its file states, and a fraction of the stored tensor's largest magnitude. Where the gap depends on the order of
/// additions, as that of a gradient with the input of a ReLU near 0, it is measured with parameters that are moved by
/// rounding errors.
public enum VerificationTolerance {
  /// The allowed multiple of the gap that the file states.
  static let gaps = 4.0
  /// The fraction for scores, losses, running statistics and activations.
  static let values = 1e-5
  /// The fraction for gradients, and for parameters after Adam steps.
  static let gradients = 1e-4
  /// The fraction for values stored in float64, compared with a run in `Double`.
  static let doubles = 1e-9
}

extension Comparison {
  /// Compares element by element. `movement` is how far rounding moves an element, in addition to the gap.
  init(
    _ quantity: String, computed: [Double], stored: [Double], gap: Double, fraction: Double,
    movement: Double = 0
  ) {
    let largest = stored.lazy.filter(\.isFinite).map(\.magnitude).max() ?? 0
    self.init(
      quantity, computed: computed, stored: stored,
      tolerance: max(VerificationTolerance.gaps * gap, fraction * largest) + movement)
  }

  /// Compares element by element with an absolute tolerance.
  package init(_ quantity: String, computed: [Double], stored: [Double], tolerance: Double) {
    var (difference, largest) = (0.0, 0.0)
    for (a, b) in zip(computed, stored) {
      // An infinity must not increase its own tolerance.
      if b.isFinite { largest = max(largest, b.magnitude) }
      if a == b || (a.isNaN && b.isNaN) { continue }
      let step = (a - b).magnitude
      if step.isNaN {
        difference = .nan
      } else if step > difference {
        difference = step
      }
    }
    if computed.count != stored.count { difference = .nan }
    self.quantity = quantity
    absoluteDifference = difference
    relativeDifference = difference == 0 ? 0 : difference / largest
    self.tolerance = tolerance
  }

  /// [Σ v, Σ |v|, ‖v‖₂, Σ v_i cos(0.37 i), max |v|, count].
  static func signature(of values: [Double]) -> [Double] {
    var signature = [Double](repeating: 0, count: 6)
    for (index, v) in values.enumerated() {
      signature[0] += v
      signature[1] += v.magnitude
      signature[2] += v * v
      signature[3] += v * cos(0.37 * Double(index))
      signature[4] = max(signature[4], v.magnitude)
    }
    signature[2] = signature[2].squareRoot()
    signature[5] = Double(values.count)
    return signature
  }

  /// Compares the signature of `computed` with a stored one.
  ///
  /// Differences of the three sums are relative to the stored Σ |v|, those of the norm and the maximum to the
  /// stored values. The counts must be equal. `movement` is how far rounding moves each number of the signature,
  /// in addition to the gap.
  init(
    _ quantity: String, computed values: [Double], signature stored: [Double], gap: Double,
    fraction: Double, movement: [Double] = [0, 0, 0, 0, 0, 0]
  ) {
    let signature = Self.signature(of: values)
    let units = [stored[1], stored[1], stored[2], stored[1], stored[4], 0]
    // A gap in every element changes the sums by count · gap and the norm by √count · gap.
    let count = stored[5]
    let gaps = [count, count, count.squareRoot(), count, 1, 0].map {
      $0 * gap * VerificationTolerance.gaps
    }
    // Report the entry with the largest difference relative to its tolerance.
    var worst = (excess: -1.0, difference: 0.0, unit: 1.0, tolerance: 0.0)
    for entry in 0..<6 {
      let difference = (signature[entry] - stored[entry]).magnitude
      let tolerance = max(gaps[entry], fraction * units[entry]) + movement[entry]
      let ratio = difference == 0 ? 0 : difference / tolerance
      // A stored infinity or NaN never passes.
      let excess = ratio.isNaN ? .infinity : ratio
      if excess > worst.excess {
        worst = (excess, ratio.isNaN ? .nan : difference, units[entry], tolerance)
      }
    }
    self.quantity = quantity
    absoluteDifference = worst.difference
    relativeDifference = worst.difference == 0 ? 0 : worst.difference / worst.unit
    tolerance = worst.tolerance
  }
}
