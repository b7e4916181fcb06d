import CKernels
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Normalizes each group of channels of each example (Wu & He 2018): [N, C, ...] with C divided
  /// into `groups`, y = (x − mean) / sqrt(variance + epsilon) · weight + bias, with `weight` and
  /// `bias` [C] and the biased variance over a group's channels and all further axes. One group of
  /// one channel is instance normalization.
  public func groupNorm(
    groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
  ) -> Tensor {
    require(
      rank >= 2 && groups >= 1 && shape[1] % groups == 0
        && [weight, bias].allSatisfy { $0 == nil || $0!.shape == [shape[1]] },
      "groupNorm: input \(shape), \(groups) groups, weight \(weight?.shape ?? []) and bias "
        + "\(bias?.shape ?? []); expected [N, C, ...] with C a multiple of the groups, [C] and [C]")
    let rows = shape[0] * groups
    let y = reshaped([rows, rows == 0 ? 0 : count / rows]).normalizedRows(
      isCentered: true, epsilon: epsilon
    ).reshaped(shape)
    let channels = [shape[1]] + Array(repeating: 1, count: rank - 2)
    let scaled = weight.map { y * $0.reshaped(channels) } ?? y
    return bias.map { scaled + $0.reshaped(channels) } ?? scaled
  }

  /// Divides every row by the root of its mean square over the last axis (Zhang & Sennrich 2019):
  /// y = x / sqrt(mean(x²) + epsilon) · weight, with `weight` [columns].
  public func rmsNorm(weight: Tensor? = nil, epsilon: Double = 1e-6) -> Tensor {
    let (rows, columns) = rowsAndColumns
    require(
      rank >= 1 && (weight == nil || weight!.shape == [columns]),
      "rmsNorm: input \(shape) and weight \(weight?.shape ?? []); expected [..., columns] and "
        + "[columns]")
    let y = reshaped([rows, columns]).normalizedRows(isCentered: false, epsilon: epsilon)
      .reshaped(shape)
    return weight.map { y * $0 } ?? y
  }

  /// (x − mean) / sqrt(variance + epsilon) of each row of a matrix, or x / sqrt(mean(x²) + epsilon).
  private func normalizedRows(isCentered: Bool, epsilon: Double) -> Tensor {
    let plan = ReductionPlan("normalization", shape, [1])
    let number = Double(plan.size)
    let x = detached
    let means = isCentered ? x.sums(plan) / number : nil
    let squares = x.sums(plan, OC_SQUARES, centers: means)
    let inverse = Self.rounding((squares / number + epsilon).rsqrt(), plan.keptShape)
    let centered = means.map { x - Self.rounding($0, plan.keptShape) } ?? x
    let y = centered * inverse
    return .record(TensorOperation.rowNormalization, inputs: [self], output: y) { dy, sink in
      // dx = (dy − mean(dy) − y · mean(dy y)) / σ
      let scaled = dy - y * Self.rounding((dy * y).sums(plan), plan.keptShape, dividedBy: number)
      let shift =
        isCentered
        ? Self.rounding(dy.sums(plan), plan.keptShape, dividedBy: number) : .zeros([])
      sink.add(0, (scaled - shift) * inverse)
    }
  }
}
