import OutcropCore
import OutcropTensor
import OutcropTestSupport

/// Products of every rank, and contractions, which end in products.
func contractionCases<S: TensorScalar>() -> [OperationCase<S>] {
  let batches = [
    [[4, 2, 3], [3, 5]], [[2, 3], [4, 3, 2]], [[2, 1, 2, 3], [4, 3, 2]], [[1, 2, 3], [4, 3, 2]],
    [[4, 2, 3], [1, 3, 2]], [[0, 2, 3], [3, 2]], [[2, 2, 0], [0, 3]], [[3], [2, 3, 2]],
    [[2, 2, 3], [3]],
    [[2, 3, 2, 2], [3, 2, 2]], [[1, 1, 3], [3, 2]],
  ]
  let large = [
    [[70, 33, 29], [29, 31]], [[33, 29], [70, 29, 31]], [[7, 1, 33, 29], [9, 29, 31]],
  ]
  func flipped(_ shapes: [[[Int]]], _ left: Bool, _ right: Bool) -> [[[Int]]] {
    shapes.filter { $0[0].count > 1 && $0[1].count > 1 }.map {
      [left ? swapped($0[0]) : $0[0], right ? swapped($0[1]) : $0[1]]
    }
  }
  func swapped(_ shape: [Int]) -> [Int] {
    Array(shape.dropLast(2)) + [shape[shape.count - 1], shape[shape.count - 2]]
  }
  var result: [OperationCase<S>] = [
    OperationCase(
      TensorOperation.batchedProduct, "broadcast", shapes: batches, large: large
    ) { $0[0].matrixProduct($0[1]) },
    OperationCase(
      TensorOperation.matrixProduct, "vectors",
      shapes: [[[3], [3]], [[3], [3, 2]], [[2, 3], [3]]]
    ) {
      $0[0].matmul($0[1])
    },
    OperationCase(TensorOperation.matrixProduct, "dot", shapes: [[[3], [3]], [[0], [0]]]) {
      $0[0].dot($0[1])
    },
    OperationCase(
      TensorOperation.matrixProduct, "outer", shapes: [[[3], [2]], [[0], [2]], [[2, 2], [3]]]
    ) {
      $0[0].outer($0[1])
    },
    OperationCase(
      TensorOperation.batchedProduct, "inner",
      shapes: [[[3], [3]], [[2, 3], [4, 3]], [[2, 2, 3], [3]]]
    ) {
      $0[0].inner($0[1])
    },
    OperationCase(
      TensorOperation.batchedProduct, "tensorContraction",
      shapes: [[[2, 3, 4], [3, 4, 2]], [[3, 4], [3, 4]], [[1, 0, 2], [0, 2, 3]]]
    ) { $0[0].tensorContraction($0[1]) },
    OperationCase(
      TensorOperation.batchedProduct, "tensorContraction of chosen axes",
      shapes: [[[2, 3, 4], [4, 5, 2]]]
    ) { $0[0].tensorContraction($0[1], axes: ([-1, 0], [0, 2])) },
    OperationCase(
      TensorOperation.axesDiagonal, "einsum",
      shapes: [[[3, 2, 3]], [[0, 2, 0]], [[1, 2, 1]], [[2, 2, 2]]],
      large: [[[301, 11, 301]]]
    ) { einsum("iji->ji", $0[0]) },
    OperationCase(TensorOperation.axesDiagonal, "trace", shapes: [[[3, 3]], [[1, 1]]]) {
      einsum("ii", $0[0])
    },
    OperationCase(TensorOperation.axesDiagonal, "triple", shapes: [[[3, 3, 3]]]) {
      einsum("iii->i", $0[0])
    },
  ]
  for (left, right) in [(true, false), (false, true), (true, true)] {
    result += [
      OperationCase(
        TensorOperation.batchedProduct, "transposed \(left) \(right)",
        shapes: flipped(batches, left, right), large: flipped(large, left, right)
      ) { $0[0].matrixProduct($0[1], transposingSelf: left, transposingOther: right) },
      OperationCase(
        TensorOperation.matrixProduct, "transposed \(left) \(right)",
        shapes: flipped(
          [[[2, 3], [3, 4]], [[0, 3], [3, 2]], [[1, 1], [1, 1]]], left, right)
      ) { $0[0].matrixProduct($0[1], transposingSelf: left, transposingOther: right) },
    ]
  }
  for (equation, shapes) in [
    ("ij,jk->ik", [[2, 3], [3, 4]]), ("ij,jk,kl->il", [[2, 3], [3, 2], [2, 4]]),
    ("bij,bjk->bik", [[2, 2, 3], [2, 3, 2]]), ("...ij,...jk->...ik", [[2, 1, 2, 3], [3, 3, 2]]),
    ("bhqd,bhkd->bhqk", [[1, 2, 3, 2], [1, 2, 4, 2]]), ("i,j->ij", [[3], [2]]),
    ("ij,ij->", [[2, 3], [2, 3]]), ("ijk,jil->kl", [[2, 3, 2], [3, 2, 4]]),
    ("ij,kl->", [[2, 2], [1, 3]]),
    ("ij,jk", [[2, 3], [3, 4]]), ("ki,kj->ij", [[3, 2], [3, 4]]),
  ] {
    result.append(
      OperationCase(TensorOperation.batchedProduct, "einsum \(equation)", shapes: [shapes]) {
        einsum(equation, $0)
      })
  }
  // Many dot products are one reduction.
  for (equation, shapes) in [
    ("b...,b...->b", [[2, 3, 2], [2, 3, 2]]), ("ij,ij->i", [[2, 3], [2, 3]]),
    ("bik,bjk->bij", [[2, 1, 3], [2, 1, 3]]),
  ] {
    result.append(
      OperationCase(TensorOperation.multiply, "einsum \(equation)", shapes: [shapes]) {
        einsum(equation, $0)
      })
  }
  return result
}
