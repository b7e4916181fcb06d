import CKernels
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The variance of all elements, a scalar: Σ (x − mean)² / (n − `correction`).
  public func variance(correction: Double = 1) -> Tensor {
    variance(axes: allAxes, correction: correction)
  }

  /// The variance over `axes`: Σ (x − mean)² / (n − `correction`). A correction of 1 (as in PyTorch)
  /// makes the estimate unbiased; a correction of 0 (as in NumPy) divides by n. NaN if n is not above the
  /// correction.
  ///
  /// Deviations are from the mean in double precision, so that a large mean loses no digits. The
  /// reduced axes are removed; with `keepingAxes` they stay with size 1.
  public func variance(axes: [Int], correction: Double = 1, keepingAxes: Bool = false) -> Tensor {
    let plan = ReductionPlan("variance", shape, axes)
    let (x, divisor) = (detached, Self.divisor(plan, correction))
    let (means, squares) = x.deviations(plan)
    let result = Self.rounding(
      squares, plan.resultShape(keepingAxes: keepingAxes), dividedBy: divisor)
    return .record(TensorOperation.variance, inputs: [self], output: result) { dy, sink in
      let factor = dy.reshaped(plan.keptShape) * Scalar(2 / divisor)
      sink.add(0, (x - Self.rounding(means, plan.keptShape)) * factor)
    }
  }

  /// The variance over one axis.
  public func variance(axis: Int, correction: Double = 1, keepingAxis: Bool = false) -> Tensor {
    variance(axes: [axis], correction: correction, keepingAxes: keepingAxis)
  }

  /// The square root of the variance of all elements.
  public func standardDeviation(correction: Double = 1) -> Tensor {
    standardDeviation(axes: allAxes, correction: correction)
  }

  /// The square root of the variance over `axes`. The gradient is 0 where all elements are equal.
  public func standardDeviation(
    axes: [Int], correction: Double = 1, keepingAxes: Bool = false
  ) -> Tensor {
    let plan = ReductionPlan("standardDeviation", shape, axes)
    let (x, divisor) = (detached, Self.divisor(plan, correction))
    let (means, squares) = x.deviations(plan)
    let deviation = Self.rounding(
      squares.mapped(OC_DIVIDE_BY_SCALAR, divisor).mapped(OC_SQRT), plan.keptShape)
    let result = deviation.reshaped(plan.resultShape(keepingAxes: keepingAxes))
    return .record(TensorOperation.standardDeviation, inputs: [self], output: result) { dy, sink in
      let factor = Self.combine(
        OC_QUOTIENT_OR_ZERO, "standardDeviation", dy.reshaped(plan.keptShape),
        deviation * Scalar(divisor))
      sink.add(0, (x - Self.rounding(means, plan.keptShape)) * factor)
    }
  }

  /// The square root of the variance over one axis.
  public func standardDeviation(
    axis: Int, correction: Double = 1, keepingAxis: Bool = false
  ) -> Tensor {
    standardDeviation(axes: [axis], correction: correction, keepingAxes: keepingAxis)
  }

  /// The number of elements less the correction, NaN if that is not positive.
  private static func divisor(_ plan: ReductionPlan, _ correction: Double) -> Double {
    let degrees = Double(plan.size) - correction
    return degrees > 0 ? degrees : .nan
  }

  /// The means and the sums of squared deviations, in double precision.
  private func deviations(_ plan: ReductionPlan) -> (means: Tensor<Double>, Tensor<Double>) {
    let means = sums(plan).mapped(OC_DIVIDE_BY_SCALAR, Double(plan.size))
    return (means, sums(plan, OC_SQUARES, centers: means))
  }

  /// The norm of all elements, a scalar; see `norm(order:axes:keepingAxes:)`.
  public func norm(order: Double = 2) -> Tensor { norm(order: order, axes: allAxes) }

  /// The norm (Σ |x|ᵖ)^(1/p) over `axes`, with p = `order`: 2 is the Euclidean norm, 1 the sum of
  /// magnitudes, ∞ the largest and −∞ the smallest magnitude, 0 the number of elements other than 0.
  ///
  /// The gradient is 0 where the norm is 0. Elements whose magnitudes tie for ±∞ share it equally.
  /// Squares neither overflow nor underflow: sums are in double precision, and `Double` values of extreme
  /// size are scaled by a power of two first. The orders ±∞ trap if an axis of size 0 is reduced.
  public func norm(order: Double = 2, axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let plan = ReductionPlan("norm", shape, axes)
    let x = detached
    let kept = plan.keptShape
    let value: Tensor
    switch order {
    case 1: value = Self.rounding(x.sums(plan, OC_MAGNITUDES), kept)
    case 2:
      let (scaled, scale) = x.scaledForSquares()
      value = Self.rounding(scaled.sums(plan, OC_SQUARES).mapped(OC_SQRT), kept) * scale
    case 0:
      value = Self.rounding(x.mapped(OC_SIGN).sums(plan, OC_MAGNITUDES), kept)
    case .infinity, -.infinity:
      require(
        plan.axes.allSatisfy { shape[$0] > 0 },
        "norm: axes \(axes) of the shape \(shape) contain no element")
      value = x.mapped(OC_ABS).extremes(plan, sign: order > 0 ? 1 : -1).reshaped(kept)
    default:
      let powers = x.mapped(OC_ABS).raised(to: Scalar(order)).sums(plan)
      value = Self.rounding(powers.raised(to: 1 / order), kept)
    }
    let result = value.reshaped(plan.resultShape(keepingAxes: keepingAxes))
    return .record(TensorOperation.norm, inputs: [self], output: result) { dy, sink in
      let dy = dy.reshaped(kept)
      switch order {
      case 0: sink.add(0, .zeros(x.shape))
      case 1: sink.add(0, x.mapped(OC_SIGN) * dy)
      case 2: sink.add(0, x * Self.combine(OC_QUOTIENT_OR_ZERO, "norm", dy, value))
      case .infinity, -.infinity:
        sink.add(0, x.mapped(OC_SIGN) * x.mapped(OC_ABS).sharing(dy, among: value, plan))
      default:
        // dx = dy · sign(x) · (|x| / norm)^(p − 1)
        let ratio = Self.combine(OC_QUOTIENT_OR_ZERO, "norm", x.mapped(OC_ABS), value)
        let slope = x.mapped(OC_SIGN) * ratio.raised(to: Scalar(order - 1))
        sink.add(0, Self.combine(OC_KEEP, "norm", slope * dy, value))
      }
    }
  }

  /// This tensor divided by a power of two, and that power, so that squares neither overflow nor underflow
  /// in double precision.
  private func scaledForSquares() -> (Tensor, Scalar) {
    // Squares of `Float` values fit in the double precision of the sums.
    guard Scalar.self == Double.self, count > 0 else { return (self, 1) }
    let largest = mapped(OC_ABS).max().scalar
    guard largest.isFinite, largest > 0, Swift.abs(Int(largest.exponent)) > 400 else {
      return (self, 1)
    }
    let scale = Scalar(
      sign: .plus, exponent: Swift.max(largest.exponent, Scalar.leastNormalMagnitude.exponent),
      significand: 1)
    return (self / scale, scale)
  }

  /// The logarithm of the sum of exponentials of all elements, a scalar.
  public func logSumExp() -> Tensor { logSumExp(axes: allAxes) }

  /// log Σ exp(x) over `axes`, without overflow: the largest element is subtracted first. −∞ if all
  /// elements are −∞ or there are none.
  public func logSumExp(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let plan = ReductionPlan("logSumExp", shape, axes)
    let x = detached
    let result: Tensor
    if plan.size == 0 {
      result = Tensor(repeating: -.infinity, shape: plan.keptShape)
    } else if plan.inner == 1, plan.order == nil {
      result = Tensor(unsafeUninitialized: plan.keptShape) { target in
        ThreadPool.forRanges(plan.outer, grain: rowGrain(plan.size)) { rows in
          logSumExpRows(x.base, target.baseAddress!, plan.size, rows)
        }
      }
    } else {
      // An infinite largest element is not subtracted: ∞ − ∞ is NaN.
      let largest = x.extremes(plan, sign: 1).mapped(OC_FINITE_OR_ZERO).reshaped(plan.keptShape)
      let sum = (x - largest).mapped(OC_EXP).sums(plan).mapped(OC_LOG)
      result = Self.rounding(sum, plan.keptShape) + largest
    }
    let output = result.reshaped(plan.resultShape(keepingAxes: keepingAxes))
    return .record(TensorOperation.logSumExp, inputs: [self], output: output) { dy, sink in
      // dx = dy · exp(x − y)
      sink.add(
        0, (x - result.mapped(OC_FINITE_OR_ZERO)).mapped(OC_EXP) * dy.reshaped(plan.keptShape))
    }
  }

  /// log Σ exp(x) over one axis.
  public func logSumExp(axis: Int, keepingAxis: Bool = false) -> Tensor {
    logSumExp(axes: [axis], keepingAxes: keepingAxis)
  }
}

/// The logarithms of the sums of exponentials of contiguous rows, by the kernel of softmax on blocks of a copy.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func logSumExpRows<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ size: Int, _ rows: Range<Int>
) {
  let width = min(size, 4096)
  withUnsafeTemporaryAllocation(of: Scalar.self, capacity: width) { scratch in
    let block = scratch.baseAddress!
    for row in rows {
      let from = x + row * size
      var (largest, sum, correction) = (-Scalar.infinity, Scalar(0), Scalar(0))
      var start = 0
      while start < size {
        let count = min(width, size - start)
        block.update(from: from + start, count: count)
        Kernels<Scalar>.table.softmax_block(
          block, &largest, &sum, &correction, 1, Int64(count))
        start += count
      }
      if largest == .infinity {
        // ∞ − ∞ is NaN; the result is ∞ unless an element is NaN.
        let hasNaN = (0..<size).contains { from[$0].isNaN }
        y[row] = hasNaN ? .nan : .infinity
      } else {
        let shift: Scalar = largest == -.infinity ? 0 : largest
        y[row] = Scalar._log(sum) + shift
      }
    }
  }
}
