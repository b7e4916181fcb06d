import OutcropCore
import OutcropTensor
import OutcropTestSupport

func normalizationCases<S: TensorScalar>() -> [OperationCase<S>] {
  func inputs(_ shapes: [[Int]], residual: Bool) -> [[[Int]]] {
    shapes.map { [$0, [$0.last!], [$0.last!]] + (residual ? [$0] : []) }
  }
  // Statistics need a row: without elements means without columns.
  let batches = [[5, 3], [1, 3], [4, 0], [2, 3, 2], [130, 1]]
  let rows = [[5, 3], [1, 4], [0, 3], [3, 0], [2, 3, 2], [6]]
  let large = [[1001, 67], [70, 300]]
  var result: [OperationCase<S>] = []
  for residual in [false, true] {
    let note = residual ? "residual" : ""
    result += [
      OperationCase(
        TensorOperation.batchNorm, note, shapes: inputs(batches, residual: residual),
        large: inputs(large, residual: residual)
      ) {
        $0[0].batchNorm(
          weight: $0[1], bias: $0[2], residual: residual ? $0[3] : nil, epsilon: 1e-3
        ).output
      },
      OperationCase(
        TensorOperation.batchNormInference, note, shapes: inputs(rows, residual: residual),
        large: inputs(large, residual: residual)
      ) {
        var generator = RandomGenerator(seed: 3)
        let columns = $0[1].shape
        return $0[0].batchNorm(
          weight: $0[1], bias: $0[2], residual: residual ? $0[3] : nil,
          mean: .normal(columns, using: &generator),
          variance: .uniform(columns, low: 0.5, high: 2, using: &generator))
      },
      OperationCase(
        TensorOperation.layerNorm, note, shapes: inputs(rows, residual: residual),
        large: inputs(large, residual: residual)
      ) {
        $0[0].layerNorm(weight: $0[1], bias: $0[2], residual: residual ? $0[3] : nil, epsilon: 1e-3)
      },
    ]
  }
  result += [
    OperationCase(
      TensorOperation.batchNorm, "residual is the input", shapes: [[[4, 2], [2], [2]]]
    ) { $0[0].batchNorm(weight: $0[1], bias: $0[2], residual: $0[0]).output },
    OperationCase(
      TensorOperation.layerNorm, "residual is the input", shapes: [[[4, 3], [3], [3]]]
    ) { $0[0].layerNorm(weight: $0[1], bias: $0[2], residual: $0[0]) },
  ]
  return result
}
