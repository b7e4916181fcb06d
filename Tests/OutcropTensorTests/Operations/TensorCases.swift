import OutcropBLAS
import OutcropTensor
import OutcropTestSupport

/// A call of every differentiable operation of the module, for the checks of gradients and of
/// threads.
func tensorCases<Scalar: TensorScalar>(_: Scalar.Type) -> [OperationCase<Scalar>] {
  arithmeticCases() + elementwiseCases() + reductionCases() + productCases() + shapeCases()
    + rowCases() + normalizationCases() + softmaxCases() + dropoutCases() + lossCases()
    + batchedProductCases() + attentionCases() + functionCases() + contractionCases()
    + indexingCases() + sortingCases() + recomputationCases() + linearAlgebraCases()
    + networkCases()
}

/// Shapes of two inputs that broadcast: all sizes 1 or full on either side, missing leading axes,
/// scalars, and axes without elements.
let broadcastingShapes: [[[Int]]] = {
  let full = [2, 3, 2]
  func masked(_ mask: Int) -> [Int] {
    full.indices.map { mask >> $0 & 1 == 1 ? full[$0] : 1 }
  }
  var result: [[[Int]]] = []
  for a in 0..<8 {
    for b in 0..<8 { result.append([masked(a), masked(b)]) }
  }
  result += [
    [[], []], [[], [2, 3]], [[2, 3], []], [[3], [2, 3]], [[2, 3], [3]], [[1], [4, 2]],
    [[2, 1], [3, 2, 4]], [[3, 2, 4], [2, 1]], [[0, 3], [3]], [[1, 3], [0, 3]], [[0], []],
    [[2, 0], [2, 1]], [[0, 1], [1, 5]], [[2, 1, 3], [1, 0, 1]],
  ]
  return result
}()

private func arithmeticCases<S: TensorScalar>() -> [OperationCase<S>] {
  let large = [
    [[301, 211], [301, 211]], [[301, 211], [211]], [[301, 1], [301, 211]], [[], [70000]],
    [[41, 1, 53], [37, 1]],
  ]
  return [
    OperationCase(TensorOperation.add, shapes: broadcastingShapes, large: large) { $0[0] + $0[1] },
    OperationCase(TensorOperation.add, "twice the same", shapes: [[[3, 2]]]) { $0[0] + $0[0] },
    OperationCase(TensorOperation.subtract, shapes: broadcastingShapes, large: large) {
      $0[0] - $0[1]
    },
    OperationCase(TensorOperation.subtract, "twice the same", shapes: [[[3, 2]]]) {
      $0[0] - $0[0]
    },
    OperationCase(TensorOperation.multiply, shapes: broadcastingShapes, large: large) {
      $0[0] * $0[1]
    },
    OperationCase(TensorOperation.multiply, "twice the same", shapes: [[[3, 2]]]) {
      $0[0] * $0[0]
    },
    OperationCase(
      TensorOperation.divide, domains: [.normal, .awayFromZero], shapes: broadcastingShapes,
      large: large
    ) { $0[0] / $0[1] },
    OperationCase(
      TensorOperation.divide, "twice the same", domains: [.awayFromZero], shapes: [[[3, 2]]]
    ) { $0[0] / $0[0] },
  ]
}

private func elementwiseCases<S: TensorScalar>() -> [OperationCase<S>] {
  func elementwise(
    _ operation: TensorOperation, _ note: String = "", _ domain: InputDomain = .normal,
    _ function: @escaping @Sendable (Tensor<S>) -> Tensor<S>
  ) -> OperationCase<S> {
    OperationCase(
      operation, note, domains: [domain],
      shapes: [[[3, 4]], [[0, 4]], [[1, 5]], [[]], [[2, 1, 3]]], large: [[[70001]]]
    ) { function($0[0]) }
  }
  return [
    elementwise(.negate) { -$0 },
    elementwise(.addScalar, "tensor + number") { $0 + 3 },
    elementwise(.addScalar, "number + tensor") { 3 + $0 },
    elementwise(.addScalar, "tensor − number") { $0 - 3 },
    elementwise(.multiplyScalar, "tensor · number") { $0 * -2.5 },
    elementwise(.multiplyScalar, "number · tensor") { -2.5 * $0 },
    elementwise(.divideByScalar) { $0 / -2.5 },
    elementwise(.subtractFromScalar) { 1.5 - $0 },
    elementwise(.divideScalar, "", .awayFromZero) { 1.5 / $0 },
    elementwise(.exp) { $0.exp() },
    elementwise(.log, "", .positive) { $0.log() },
    elementwise(.sqrt, "", .positive) { $0.sqrt() },
    elementwise(.abs, "", .awayFromZero) { $0.abs() },
    elementwise(.tanh) { $0.tanh() },
    elementwise(.sigmoid) { $0.sigmoid() },
    elementwise(.sigmoid, "saturated") { ($0 * 20).sigmoid() },
    elementwise(.relu, "", .awayFromZero) { $0.relu() },
    elementwise(.leakyReLU, "", .awayFromZero) { $0.leakyReLU() },
    elementwise(.leakyReLU, "slope −0.5", .awayFromZero) { $0.leakyReLU(slope: -0.5) },
    elementwise(.clamp) { $0.clamped(to: -0.75...0.5) },
  ]
}

private func reductionCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[2, 3, 4]], [[0, 3, 2]], [[1, 5, 1]], [[1, 1, 1]], [[3, 1, 2]]]
  let large = [[[67, 3, 501]], [[401, 7, 31]]]
  var result: [OperationCase<S>] = []
  for axes in [[0], [1], [2], [-1], [0, 1], [1, 2], [0, 2], [-1, 0, 1], []] {
    for keep in [false, true] {
      let note = "axes \(axes)\(keep ? " kept" : "")"
      result += [
        OperationCase(TensorOperation.sum, note, shapes: shapes, large: large) {
          $0[0].sum(axes: axes, keepingAxes: keep)
        },
        OperationCase(TensorOperation.mean, note, shapes: shapes, large: large) {
          $0[0].mean(axes: axes, keepingAxes: keep)
        },
        OperationCase(
          TensorOperation.max, note, domains: [.distinct],
          shapes: shapes.map {
            $0[0][0] == 0 && axes.contains { [0, -3].contains($0) } ? [[2, 2, 2]] : $0
          },
          large: large
        ) { $0[0].max(axes: axes, keepingAxes: keep) },
      ]
    }
  }
  result += [
    OperationCase(TensorOperation.sum, "all", shapes: shapes + [[[]]], large: [[[70001]]]) {
      $0[0].sum()
    },
    OperationCase(TensorOperation.mean, "all", shapes: shapes + [[[]]], large: [[[70001]]]) {
      $0[0].mean()
    },
    OperationCase(TensorOperation.max, "all", domains: [.distinct], shapes: [[[]], [[7]]]) {
      $0[0].max()
    },
  ]
  return result
}

private func productCases<S: TensorScalar>() -> [OperationCase<S>] {
  let matrices = [
    [[3, 4], [4, 2]], [[1, 4], [4, 3]], [[0, 4], [4, 3]], [[3, 0], [0, 2]], [[3, 4], [4, 0]],
    [[1, 1], [1, 1]],
  ]
  let linear = [
    [[5, 3], [4, 3]], [[1, 3], [4, 3]], [[0, 3], [4, 3]], [[3], [2, 3]], [[2, 3, 4], [5, 4]],
    [[3, 0], [2, 0]], [[3, 2], [0, 2]],
  ]
  let biased = linear.map { $0 + [[$0[1][0]]] }
  let large = [[[3001, 17], [33, 17], [33]], [[700, 64], [128, 64], [128]]]
  return [
    OperationCase(
      TensorOperation.matrixProduct, shapes: matrices,
      large: [[[301, 200], [200, 170]], [[17, 5001], [5001, 31]]]
    ) { $0[0].matrixProduct($0[1]) },
    OperationCase(TensorOperation.matrixProduct, "twice the same", shapes: [[[3, 3]]]) {
      $0[0].matrixProduct($0[0])
    },
    OperationCase(TensorOperation.linear, shapes: linear, large: large.map { [$0[0], $0[1]] }) {
      $0[0].linear(weight: $0[1])
    },
    OperationCase(TensorOperation.linear, "bias", shapes: biased, large: large) {
      $0[0].linear(weight: $0[1], bias: $0[2])
    },
    OperationCase(TensorOperation.linear, "ReLU", shapes: linear) {
      $0[0].linear(weight: $0[1], activation: .relu)
    },
    OperationCase(TensorOperation.linear, "bias and ReLU", shapes: biased, large: large) {
      $0[0].linear(weight: $0[1], bias: $0[2], activation: .relu)
    },
  ]
}
