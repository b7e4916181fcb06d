import CKernels
import OutcropCore

// `sum(axis: 1)` reduces one axis, `sum(axes: [0, 2])` several, and `sum()` all. Negative axes count from
// the end. Reduced axes are removed; with `keepingAxes` they stay with size 1.
extension Tensor where Scalar: TensorScalar {
  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { sum(axes: allAxes) }

  /// The sum over `axes` (negative axes count from the end). The reduced axes are removed; with
  /// `keepingAxes` they stay with size 1. The error is that of a pairwise sum in double precision.
  public func sum(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let plan = ReductionPlan("sum", shape, axes)
    let result = Self.rounding(sums(plan), plan.resultShape(keepingAxes: keepingAxes))
    return .record(TensorOperation.sum, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.reshaped(plan.keptShape).expandedOffTape(to: plan.shape))
    }
  }

  /// The sum over one axis.
  public func sum(axis: Int, keepingAxis: Bool = false) -> Tensor {
    sum(axes: [axis], keepingAxes: keepingAxis)
  }

  /// The mean of all elements, a scalar; NaN for a tensor without elements.
  public func mean() -> Tensor { mean(axes: allAxes) }

  /// The mean over `axes`. The reduced axes are removed; with `keepingAxes` they stay with size 1.
  /// The mean of no elements is NaN.
  public func mean(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let plan = ReductionPlan("mean", shape, axes)
    let number = Double(plan.size)
    let result = Self.rounding(
      sums(plan), plan.resultShape(keepingAxes: keepingAxes), dividedBy: number)
    return .record(TensorOperation.mean, inputs: [self], output: result) { dy, sink in
      sink.add(0, (dy / Scalar(number)).reshaped(plan.keptShape).expandedOffTape(to: plan.shape))
    }
  }

  /// The mean over one axis.
  public func mean(axis: Int, keepingAxis: Bool = false) -> Tensor {
    mean(axes: [axis], keepingAxes: keepingAxis)
  }

  /// The largest element, a scalar; NaN if any element is NaN. Traps for a tensor without
  /// elements.
  public func max() -> Tensor { max(axes: allAxes) }

  /// The maximum over `axes`; NaN if any of the elements is NaN. Equal largest elements share the
  /// gradient equally. Traps if an axis of size 0 is reduced.
  public func max(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    extreme(.max, 1, axes, keepingAxes)
  }

  /// The maximum over one axis.
  public func max(axis: Int, keepingAxis: Bool = false) -> Tensor {
    max(axes: [axis], keepingAxes: keepingAxis)
  }

  /// The smallest element, a scalar; NaN if any element is NaN. Traps for a tensor without
  /// elements.
  public func min() -> Tensor { min(axes: allAxes) }

  /// The minimum over `axes`; NaN if any of the elements is NaN. Equal smallest elements share the
  /// gradient equally. Traps if an axis of size 0 is reduced.
  public func min(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    extreme(.min, -1, axes, keepingAxes)
  }

  /// The minimum over one axis.
  public func min(axis: Int, keepingAxis: Bool = false) -> Tensor {
    min(axes: [axis], keepingAxes: keepingAxis)
  }

  private func extreme(
    _ operation: TensorOperation, _ sign: Int32, _ axes: [Int], _ keepingAxes: Bool
  ) -> Tensor {
    let plan = ReductionPlan(operation.rawValue, shape, axes)
    require(
      plan.axes.allSatisfy { shape[$0] > 0 },
      "\(operation.rawValue): axes \(axes) of the shape \(shape) contain no element")
    let x = detached
    let best = x.extremes(plan, sign: sign)
    let result = best.reshaped(plan.resultShape(keepingAxes: keepingAxes))
    return .record(operation, inputs: [self], output: result) { dy, sink in
      sink.add(0, x.sharing(dy, among: best.reshaped(plan.keptShape), plan))
    }
  }

  /// The gradient of elements that are equal to `best` of their group, which share `dy` equally.
  func sharing(_ dy: Tensor, among best: Tensor, _ plan: ReductionPlan) -> Tensor {
    let chosen = Self.combine(OC_IS_EQUAL, "max", self, best)
    let ties = Self.rounding(chosen.sums(plan), plan.keptShape)
    return chosen * (dy.reshaped(plan.keptShape) / ties)
  }

  /// The product of all elements, a scalar; 1 for a tensor without elements.
  public func product() -> Tensor { product(axes: allAxes) }

  /// The product over `axes`, computed in double precision; 1 for no elements. Its gradient is correct
  /// for zeros, too.
  public func product(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let plan = ReductionPlan("product", shape, axes)
    let x = detached
    let result = Self.rounding(sums(plan, OC_PRODUCT), plan.resultShape(keepingAxes: keepingAxes))
    return .record(TensorOperation.product, inputs: [self], output: result) { dy, sink in
      sink.add(0, x.productsOfOthers(plan) * dy.reshaped(plan.keptShape))
    }
  }

  /// The product over one axis.
  public func product(axis: Int, keepingAxis: Bool = false) -> Tensor {
    product(axes: [axis], keepingAxes: keepingAxis)
  }

  /// For each element the product of all other elements of its group.
  private func productsOfOthers(_ plan: ReductionPlan) -> Tensor {
    let x = plan.order.map { reordered($0) } ?? self
    let result = Tensor(unsafeUninitialized: x.shape) { target in
      if target.isEmpty { return }
      ThreadPool.forRanges(
        plan.outer, grain: Swift.max(1, elementGrain / Swift.max(1, plan.size * plan.inner))
      ) { blocks in
        for block in blocks {
          let start = block * plan.size * plan.inner
          otherProducts(x.base + start, target.baseAddress! + start, plan.size, plan.inner)
        }
      }
    }
    return plan.order.map { result.reordered(inverseOrder(of: $0)) } ?? result
  }

  var allAxes: [Int] { Array(0..<rank) }
}

/// The inverse of the permutation `order`.
func inverseOrder(of order: [Int]) -> [Int] {
  var inverse = order
  for (axis, source) in order.enumerated() { inverse[source] = axis }
  return inverse
}

/// y[i] = the product of x[j] over j ≠ i, by column: the product of the elements before i times that of
/// the elements after i.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func otherProducts<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ size: Int, _ inner: Int
) {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: inner) { running in
    running.update(repeating: 1)
    for row in 0..<size {
      for column in 0..<inner {
        y[row * inner + column] = Scalar(running[column])
        running[column] *= Double(x[row * inner + column])
      }
    }
    running.update(repeating: 1)
    for row in (0..<size).reversed() {
      for column in 0..<inner {
        let at = row * inner + column
        y[at] = Scalar(Double(y[at]) * running[column])
        running[column] *= Double(x[at])
      }
    }
  }
}

/// A pairwise sum, whose rounding error grows with the logarithm of the count.
@inline(never)
func pairwiseSum<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>, _ count: Int) -> Scalar {
  if count <= 64 {
    var sum: Scalar = 0
    for index in 0..<count { sum += x[index] }
    return sum
  }
  let half = count / 2
  return pairwiseSum(x, half) + pairwiseSum(x + half, count - half)
}
