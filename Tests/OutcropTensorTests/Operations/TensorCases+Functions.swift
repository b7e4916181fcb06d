import OutcropCore
import OutcropTensor
import OutcropTestSupport

/// Element-wise functions, reductions and scans.
func functionCases<S: TensorScalar>() -> [OperationCase<S>] {
  elementFunctionCases() + pairFunctionCases() + momentCases() + scanCases()
}

private func elementFunctionCases<S: TensorScalar>() -> [OperationCase<S>] {
  func function(
    _ operation: TensorOperation, _ note: String = "", _ domain: InputDomain = .normal,
    _ function: @escaping @Sendable (Tensor<S>) -> Tensor<S>
  ) -> OperationCase<S> {
    OperationCase(
      operation, note, domains: [domain],
      shapes: [[[3, 4]], [[0, 4]], [[1, 5]], [[]], [[2, 1, 3]]], large: [[[70001]]]
    ) { function($0[0]) }
  }
  return [
    function(.expm1) { $0.expm1() },
    function(.log1p, "", .positive) { $0.log1p() },
    function(.log1p, "below 0", .positive) { ($0 * -0.4).log1p() },
    function(.log2, "", .positive) { $0.log2() },
    function(.log10, "", .positive) { $0.log10() },
    function(.rsqrt, "", .positive) { $0.rsqrt() },
    function(.reciprocal, "", .awayFromZero) { $0.reciprocal() },
    function(.square) { $0.square() },
    function(.sin) { $0.sin() },
    function(.cos) { $0.cos() },
    function(.tan, "", .positive) { ($0 * 0.6).tan() },
    function(.asin, "", .awayFromZero) { ($0 * 0.6).asin() },
    function(.acos, "", .awayFromZero) { ($0 * 0.6).acos() },
    function(.atan) { ($0 * 2).atan() },
    function(.sinh) { $0.sinh() },
    function(.cosh) { $0.cosh() },
    function(.asinh) { ($0 * 3).asinh() },
    function(.acosh, "", .positive) { ($0 + 1).acosh() },
    function(.atanh, "", .awayFromZero) { ($0 * 0.6).atanh() },
    function(.erf) { $0.erf() },
    function(.elu, "", .awayFromZero) { $0.elu() },
    function(.elu, "alpha 0.3", .awayFromZero) { $0.elu(alpha: 0.3) },
    function(.silu) { ($0 * 2).silu() },
    function(.softplus) { ($0 * 4).softplus() },
    function(.gelu) { $0.gelu() },
    function(.geluTanh) { $0.gelu(approximation: .tanh) },
    function(.step, "floor", .positive) { ($0 * 0.2 + 3.3).floor() },
    function(.step, "ceil", .positive) { ($0 * 0.2 + 3.3).ceil() },
    function(.step, "round", .positive) { ($0 * 0.2 + 3.02).round() },
    function(.step, "trunc", .positive) { ($0 * 0.2 + 3.3).trunc() },
    function(.step, "sign", .awayFromZero) { $0.sign() },
    function(.power, "2.5", .positive) { $0.pow(2.5) },
    function(.power, "2") { $0.pow(2) },
    function(.power, "3") { $0.pow(3) },
    function(.power, "0") { $0.pow(0) },
    function(.power, "−1", .awayFromZero) { $0.pow(-1) },
    function(.power, "½", .positive) { $0.pow(0.5) },
    function(.power, "−1.5", .positive) { .pow($0, -1.5) },
    function(.powerOfScalar) { .pow(2.5, $0) },
  ]
}

private func pairFunctionCases<S: TensorScalar>() -> [OperationCase<S>] {
  func pair(
    _ operation: TensorOperation, _ domains: [InputDomain],
    _ function: @escaping @Sendable (Tensor<S>, Tensor<S>) -> Tensor<S>
  ) -> OperationCase<S> {
    OperationCase(
      operation, domains: domains, shapes: broadcastingShapes,
      large: [
        [[301, 211], [301, 211]], [[301, 211], [211]], [[301, 1], [301, 211]], [[], [70000]],
      ]
    ) { function($0[0], $0[1]) }
  }
  return [
    // Shifted, so that no two values are close.
    pair(.maximum, [.distinct, .distinct]) { $0.maximum($1 + 0.017) },
    pair(.minimum, [.distinct, .distinct]) { $0.minimum($1 + 0.017) },
    pair(.atan2, [.awayFromZero, .awayFromZero]) { $0.atan2($1) },
    // Quotients in 0.2 ... 0.9 and −0.9 ... −0.2, far from whole numbers.
    pair(.remainder, [.positive, .positive]) { ($0 * 0.2).remainder($1 + 0.5) },
    pair(.remainder, [.positive, .positive]) { (0 - $0 * 0.2).remainder($1 + 0.5) },
    pair(.powerOfTensors, [.positive, .normal]) { $0.pow($1) },
    OperationCase(
      TensorOperation.powerOfTensors, "twice the same", domains: [.positive], shapes: [[[3]]]
    ) {
      $0[0].pow($0[0])
    },
    OperationCase(TensorOperation.maximum, "number", domains: [.distinct], shapes: [[[3, 4]]]) {
      $0[0].maximum(0.05)
    },
  ]
}

private func momentCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[2, 3, 4]], [[0, 3, 2]], [[1, 5, 2]], [[3, 2, 2]]]
  let large = [[[67, 3, 501]], [[401, 7, 31]]]
  var result: [OperationCase<S>] = []
  for axes in [[0], [1], [2], [-1], [0, 1], [1, 2], [0, 2], [-1, 0, 1]] {
    for keep in [false, true] {
      let note = "axes \(axes)\(keep ? " kept" : "")"
      // Groups without elements, or with as few as the correction, have no finite result.
      let full =
        shapes.filter { shape in
          axes.map { shape[0][$0 < 0 ? $0 + 3 : $0] }.reduce(1, *) > 1
        } + [[[2, 2, 2]]]
      func add(
        _ operation: TensorOperation, _ extra: String = "", _ domain: InputDomain = .normal,
        _ apply: @escaping @Sendable (Tensor<S>) -> Tensor<S>
      ) {
        result.append(
          OperationCase(
            operation, extra + note, domains: [domain], shapes: full, large: large
          ) { apply($0[0]) })
      }
      add(.min, "", .distinct) { $0.min(axes: axes, keepingAxes: keep) }
      add(.product, "", .awayFromZero) { $0.product(axes: axes, keepingAxes: keep) }
      add(.variance) { $0.variance(axes: axes, keepingAxes: keep) }
      add(.variance, "no correction, ") {
        $0.variance(axes: axes, correction: 0, keepingAxes: keep)
      }
      add(.standardDeviation, "", .distinct) { $0.standardDeviation(axes: axes, keepingAxes: keep) }
      add(.logSumExp) { $0.logSumExp(axes: axes, keepingAxes: keep) }
      add(.norm) { $0.norm(axes: axes, keepingAxes: keep) }
      for order in [0, 1, 3, 1.5] {
        add(.norm, "order \(order), ", .awayFromZero) {
          $0.norm(order: order, axes: axes, keepingAxes: keep)
        }
      }
      for order in [Double.infinity, -.infinity] {
        add(.norm, "order \(order), ", .distinct) {
          ($0 + 2.3).norm(order: order, axes: axes, keepingAxes: keep)
        }
      }
    }
  }
  // Axes of size 0, reduced and kept.
  for operation in [
    TensorOperation.min, .product, .variance, .standardDeviation, .logSumExp, .norm,
  ] {
    result.append(
      OperationCase(operation, "nothing kept", shapes: [[[0, 3]], [[1, 3]], [[4, 2]]]) {
        switch operation {
        case .min: ($0[0] * 1).min(axes: [1])
        case .product: $0[0].product(axes: [1])
        case .variance: $0[0].variance(axes: [1])
        case .standardDeviation: $0[0].standardDeviation(axes: [1])
        case .logSumExp: $0[0].logSumExp(axes: [1])
        default: $0[0].norm(axes: [1])
        }
      })
  }
  result += [
    OperationCase(
      TensorOperation.product, "all", domains: [.awayFromZero], shapes: [[[]], [[7]], [[0, 2]]]
    ) {
      $0[0].product()
    },
    OperationCase(TensorOperation.product, "one zero", shapes: [[[2, 4]]]) {
      ($0[0] * Tensor([1, 0, 1, 1, 1, 1, 1, 1], shape: [2, 4])).product(axes: [1])
    },
    OperationCase(TensorOperation.product, "two zeros", shapes: [[[2, 4]]]) {
      ($0[0] * Tensor([1, 0, 1, 0, 1, 1, 1, 1], shape: [2, 4])).product(axis: 1)
    },
  ]
  return result
}

private func scanCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[2, 3, 4]], [[0, 3, 2]], [[1, 5, 2]], [[2, 0, 2]], [[3, 1, 1]]]
  let large = [[[67, 3, 501]], [[401, 7, 31]]]
  return [0, 1, -1].flatMap { axis -> [OperationCase<S>] in
    [
      OperationCase(TensorOperation.cumulativeSum, "axis \(axis)", shapes: shapes, large: large) {
        $0[0].cumulativeSum(axis: axis)
      },
      OperationCase(
        TensorOperation.cumulativeProduct, "axis \(axis)", domains: [.awayFromZero], shapes: shapes,
        large: large
      ) { $0[0].cumulativeProduct(axis: axis) },
      OperationCase(
        TensorOperation.cumulativeProduct, "zeros, axis \(axis)", domains: [.awayFromZero],
        shapes: [[[2, 3, 2]]]
      ) {
        ($0[0] * Tensor([1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0], shape: [2, 3, 2]))
          .cumulativeProduct(axis: axis)
      },
    ]
  }
}
