import OutcropTensor
import OutcropTestSupport

/// Functions that are computed again in the backward pass.
func recomputationCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[3, 4], [3, 4]], [[0, 4], [0, 4]], [[1, 5], [1, 5]]]
  let large = [[[301, 211], [301, 211]]]
  return [
    OperationCase(TensorOperation.recompute, shapes: shapes, large: large) { inputs in
      Tensor.recomputing(inputs) { [($0[0] * $0[1]).exp(), $0[0].tanh() * 2] }
    },
    OperationCase(TensorOperation.recompute, "inside itself", shapes: shapes, large: large) {
      inputs in
      Tensor.recomputing(inputs) { inputs in
        let inner = Tensor.recomputing(inputs) { [$0[0] * $0[1] + $0[1].sigmoid()] }
        return [inner[0] * inputs[0]]
      }
    },
    OperationCase(TensorOperation.recompute, "one result unused", shapes: shapes) { inputs in
      [Tensor.recomputing(inputs) { [$0[0] * $0[1], $0[0].exp() + $0[1]] }[1]]
    },
  ]
}
