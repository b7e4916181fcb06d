import OutcropTensor
import OutcropTestSupport

/// Calls of the operations that move, select and replace elements.
func indexingCases<S: TensorScalar>() -> [OperationCase<S>] {
  repetitionCases() + paddingCases() + sliceCases() + gatherCases() + putCases() + chooseCases()
}

private func repetitionCases<S: TensorScalar>() -> [OperationCase<S>] {
  [
    OperationCase(
      TensorOperation.broadcast,
      shapes: [[[2, 1, 3]], [[3]], [[1, 1]], [[]], [[0, 1, 3]], [[1, 1, 1]]],
      large: [[[31, 1, 501]]]
    ) {
      let shape = $0[0].shape
      return $0[0].broadcast(
        to: [2, shape.count == 3 ? shape[0] : 2, 4, max(3, shape.last ?? 1)])
    },
    OperationCase(TensorOperation.broadcast, "tiled", shapes: [[[2, 3]], [[0, 3]], [[1, 2]]]) {
      $0[0].tiled([2, 1, 3])
    },
    OperationCase(TensorOperation.broadcast, "tiled, fewer counts", shapes: [[[2, 1, 3]], [[]]]) {
      $0[0].tiled([2])
    },
    OperationCase(
      TensorOperation.broadcast, "repeated", shapes: [[[2, 3, 2]], [[1, 3]], [[0, 2]]],
      large: [[[201, 307]]]
    ) { $0[0].repeated(3, axis: 1) },
  ]
}

private func paddingCases<S: TensorScalar>() -> [OperationCase<S>] {
  [
    OperationCase(
      TensorOperation.roll, shapes: [[[2, 3]], [[3, 1, 4]], [[0, 2]], [[1, 3]]],
      large: [[[301, 211]]]
    ) { $0[0].rolled(by: 1, axis: 0).rolled(by: -2, axis: -1) },
    OperationCase(TensorOperation.roll, "flattened", shapes: [[[2, 3]]], large: [[[70_001]]]) {
      $0[0].rolled(by: 4)
    },
    OperationCase(
      TensorOperation.concatenate, "stacked",
      shapes: [[[2, 3], [2, 3]], [[0], [0]], [[], []]],
      large: [[[301, 211], [301, 211]]]
    ) { .stack([$0[0], $0[1], $0[0]], axis: -1) },
    OperationCase(
      TensorOperation.pad, shapes: [[[2, 3]], [[1, 2, 3]], [[0, 2]], [[1, 1]]],
      large: [[[301, 211]]]
    ) { $0[0].padded([(1, 2), (0, 3)], with: 5) },
    OperationCase(TensorOperation.pad, "last axis", shapes: [[[3]], [[2, 3]]]) {
      $0[0].padded([(2, 0)])
    },
    OperationCase(TensorOperation.pad, "diagonal", shapes: [[[3]], [[0]], [[1]]], large: [[[301]]])
    {
      .diagonal($0[0], offset: -2)
    },
  ]
}

private func sliceCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[4, 3, 5]], [[3, 3, 3]], [[1, 1, 1]], [[0, 2, 0]]]
  let large = [[[31, 47, 59]]]
  func slice(
    _ note: String, _ function: @escaping @Sendable (Tensor<S>) -> Tensor<S>
  ) -> OperationCase<S> {
    OperationCase(TensorOperation.slice, note, shapes: shapes, large: large) { function($0[0]) }
  }
  return [
    slice("steps") { $0[.slice(by: 2), ..., .slice(by: -2)] },
    slice("flipped") { $0.flipped(axes: [0, -1]) },
    slice("diagonal") { $0.diagonal(axes: 2, 0) },
    slice("diagonal with an offset") { $0.diagonal(offset: 1, axes: 0, 1) },
    slice("of a slice of a permuted tensor") {
      $0.permuted([2, 0, 1])[0..., .newAxis, .slice(by: 2)].flipped(axis: 0)[..., 0..., 0...]
    },
    slice("split into parts") {
      Tensor.concatenate($0.split(size: 2, axis: 1).reversed(), axis: 1)
    },
    OperationCase(TensorOperation.roll, "twice", shapes: [[[4, 3]], [[2, 3, 2]]]) {
      $0[0].rolled(by: 5, axis: 1).rolled(by: -1)
    },
    OperationCase(TensorOperation.slice, "one element", shapes: [[[2, 3]], [[3, 3]]]) {
      $0[0][-1, 2]
    },
    OperationCase(TensorOperation.slice, "selecting", shapes: [[[2, 3]], [[3, 3]]]) {
      $0[0].selecting(-2, axis: 1)
    },
  ]
}

private func gatherCases<S: TensorScalar>() -> [OperationCase<S>] {
  let indices = Tensor<Int64>([[2, 0, -1], [0, 0, 1]])
  return [
    OperationCase(
      TensorOperation.gatherElements, "index tensor", shapes: [[[3, 2]], [[3, 0]], [[3]]],
      large: [[[301, 511]]]
    ) { $0[0][indices] },
    OperationCase(TensorOperation.gatherElements, "single row", shapes: [[[1, 3]]]) {
      $0[0][[0, 0]]
    },
    OperationCase(TensorOperation.gatherElements, "taken", shapes: [[[2, 3, 2]], [[0, 3]]]) {
      $0[0].taken(indices, axis: 1)
    },
    OperationCase(
      TensorOperation.gatherElements, "two index tensors", shapes: [[[4, 3, 5]], [[3, 3, 2]]]
    ) { $0[0][[0, 2, 2], .all, Tensor<Int32>([[1], [-1]])] },
    OperationCase(
      TensorOperation.gatherElements, "neighboring index tensors", shapes: [[[2, 4, 3, 2]]]
    ) { $0[0][1..., [0, 2, 2], Tensor<Int32>([[1], [-1]])] },
    // A mask of several parts, which threads share.
    OperationCase(
      TensorOperation.gatherElements, "whole mask", shapes: [[[2, 3]], [[0]]],
      large: [[[301, 511]]]
    ) { x in
      let bits = (0..<x[0].count).map { $0 % 7 % 3 != 1 }
      return x[0][Tensor(bits, shape: x[0].shape)]
    },
    OperationCase(TensorOperation.gatherElements, "mask", shapes: [[[2, 3, 2]], [[2, 3]]]) {
      $0[0][Tensor<Bool>([[true, false, true], [false, true, true]])]
    },
    OperationCase(
      TensorOperation.gatherElements, "along an axis", shapes: [[[3, 3, 2]], [[3, 3]]]
    ) {
      let indices =
        $0[0].rank == 2 ? indices : indices.unsqueezed(axis: 2).broadcast(to: [2, 3, 2])
      return $0[0].gathered(axis: 0, indices)
    },
    OperationCase(
      TensorOperation.gatherElements, "along the last axis", shapes: [[[2, 4]], [[3, 3]]]
    ) {
      $0[0].gathered(axis: -1, indices)
    },
  ]
}

private func putCases<S: TensorScalar>() -> [OperationCase<S>] {
  let rows = Tensor<Int64>([2, 0, 2, 1, 2])
  return [
    OperationCase(
      TensorOperation.putElements, "accumulating",
      shapes: [[[3, 2], [5, 2]], [[3, 0], [5, 0]], [[3], [1]]],
      large: [[[301, 511], [5, 511]]]
    ) { $0[0].putting($0[1], at: rows, accumulating: true) },
    OperationCase(
      TensorOperation.putElements, "replacing",
      shapes: [[[3, 2], [5, 2]], [[3, 0], [5, 0]], [[3], [1]]],
      large: [[[301, 511], [5, 511]]]
    ) { $0[0].putting($0[1], at: rows) },
    OperationCase(
      TensorOperation.putElements, "a slice", shapes: [[[1, 4], [1, 2]], [[3, 4], [2]]]
    ) { $0[0].putting($0[1], at: .all, .slice(by: 2)) },
    OperationCase(TensorOperation.putElements, "along an axis", shapes: [[[2, 3], [2, 5]]]) {
      $0[0].scattered(axis: 1, rows.broadcast(to: [2, 5]), $0[1])
    },
    OperationCase(TensorOperation.putElements, "added along an axis", shapes: [[[2, 3], [2, 5]]]) {
      $0[0].scattered(axis: 1, rows.broadcast(to: [2, 5]), $0[1], accumulating: true)
    },
  ]
}

private func chooseCases<S: TensorScalar>() -> [OperationCase<S>] {
  let condition = Tensor<Bool>([[true], [false], [true]])
  let one = Tensor<Bool>(true)
  return [
    OperationCase(
      TensorOperation.choose,
      shapes: [
        [[3, 2], [3, 2]], [[1], [3, 2]], [[3, 1], [4]], [[], []], [[0], [1]], [[1, 0], [3, 1]],
      ],
      large: [[[3, 30001], [30001]]]
    ) { .where(condition, $0[0], $0[1]) },
    OperationCase(TensorOperation.choose, "numbers", shapes: [[[3, 2]]]) {
      [.where(condition, $0[0], 3), .where(condition, 3, $0[0]), $0[0].maskedFill(condition, 2)]
    },
    OperationCase(TensorOperation.choose, "all true", shapes: [[[3, 2], [2]]]) {
      .where(one, $0[0], $0[1])
    },
    OperationCase(TensorOperation.choose, "triangles", shapes: [[[3, 2]], [[2, 3, 4]]]) {
      [$0[0].lowerTriangle(diagonal: -1), $0[0].upperTriangle(diagonal: 1)]
    },
  ]
}
