import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The median of all elements; see `quantile(_:axis:keepingAxis:)`.
  public func median() -> Tensor { quantile(0.5) }

  /// The medians along `axis`. For an even number of elements, the mean of the two middle ones, as in
  /// `numpy.median` (`torch.median` takes the lower one); see `quantile(_:axis:keepingAxis:)`.
  public func median(axis: Int, keepingAxis: Bool = false) -> Tensor {
    quantile(0.5, axis: axis, keepingAxis: keepingAxis)
  }

  /// The quantile of all elements; see `quantile(_:axis:keepingAxis:)`.
  public func quantile(_ q: Double) -> Tensor { reshaped([count]).quantile(q, axis: 0) }

  /// The quantiles along `axis` for 0 ≤ `q` ≤ 1 (negative axes count from the end): linear interpolation
  /// at place `q` · (n − 1) of the sorted elements, as in NumPy and PyTorch by default. NaN if an
  /// element is NaN. Between two equal infinite elements the result is that infinity (NaN in NumPy). The
  /// axis is removed; with `keepingAxis` it stays with size 1. Traps if the axis has size 0.
  public func quantile(_ q: Double, axis: Int, keepingAxis: Bool = false) -> Tensor {
    let plan = AxisPlan("quantile", shape, axis)
    require(
      q >= 0 && q <= 1 && plan.size > 0,
      "quantile: \(q) along axis \(axis) of the shape \(shape); expected 0 ... 1 and an axis with "
        + "elements")
    let place = q * Double(plan.size - 1)
    let lower = Int(place)
    let upper = Swift.min(lower + 1, plan.size - 1)
    let order = argsort(axis: plan.axis)
    var target = shape
    target[plan.axis] = 1
    if !keepingAxis { target.remove(at: plan.axis) }
    // NaN is last; a lane that holds it is NaN.
    let last = elements(order, plan, plan.size - 1, target)
    let isNaN = last.detached .!= last.detached
    let low = elements(order, plan, lower, target)
    let weight = place - Double(lower)
    let isExact = weight == 0
    var result = low
    if !isExact {
      let high = elements(order, plan, upper, target)
      let (a, b) = (low.detached, high.detached)
      let isSameInfinity = (a .== b) .& ((a .== .infinity) .| (a .== -.infinity))
      result = low + (high - low) * Scalar(weight)
      if isSameInfinity.any() { result = .where(isSameInfinity, low, result) }
    }
    return isNaN.any() ? .where(isNaN, last, result) : result
  }

  /// The elements at one place of the sorted order.
  private func elements(
    _ order: Tensor<Int64>, _ plan: AxisPlan, _ place: Int, _ target: [Int]
  ) -> Tensor {
    let indices = order.sliced(axis: plan.axis, place..<(place + 1))
    return gathered(plan.positions(indices, kept: 1, areDistinct: true), shape: target)
  }
}
