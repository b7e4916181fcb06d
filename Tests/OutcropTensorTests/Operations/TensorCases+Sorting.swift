import OutcropTensor
import OutcropTestSupport

/// Calls of sorting operations, whose gradients are those of gathering.
func sortingCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[3, 4, 2]], [[1, 5, 1]], [[0, 3, 2]], [[2, 1, 3]]]
  func sorting(
    _ note: String, _ function: @escaping @Sendable (Tensor<S>) -> [Tensor<S>]
  ) -> OperationCase<S> {
    OperationCase(
      TensorOperation.gatherElements, note, domains: [.distinct], shapes: shapes,
      large: [[[31, 47, 59]]]
    ) { function($0[0]) }
  }
  return [
    sorting("sorted") { [$0.sorted(axis: 1), $0.sorted(axis: 0, descending: true)] },
    sorting("top k") { [$0.topK(1, axis: 1).values, $0.topK(1, axis: -1, largest: false).values] },
    sorting("median") { [$0.median(axis: 1), $0.median(axis: -1, keepingAxis: true)] },
    sorting("quantile") { [$0.quantile(0.3, axis: 1), $0.quantile(1, axis: 2)] },
  ]
}
