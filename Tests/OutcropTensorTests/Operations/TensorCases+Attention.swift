import OutcropCore
import OutcropTensor
import OutcropTestSupport

func batchedProductCases<S: TensorScalar>() -> [OperationCase<S>] {
  [
    OperationCase(
      TensorOperation.batchedProduct,
      shapes: [
        [[2, 3, 4], [2, 4, 2]], [[1, 1, 4], [1, 4, 3]], [[0, 2, 4], [0, 4, 3]],
        [[2, 3, 0], [2, 0, 2]], [[2, 2, 3, 2], [2, 2, 2, 3]],
      ],
      large: [[[37, 33, 29], [37, 29, 31]], [[3, 301, 70], [3, 70, 120]]]
    ) { $0[0].matrixProduct($0[1]) },
    OperationCase(TensorOperation.batchedProduct, "twice the same", shapes: [[[2, 3, 3]]]) {
      $0[0].matrixProduct($0[0])
    },
  ]
}

/// A mask that drops a third of the pairs and every pair of some rows.
func someMask<S: TensorScalar>(_ shape: [Int]) -> Tensor<S> {
  var generator = RandomGenerator(seed: 17)
  let columns = max(1, shape.last ?? 1)
  return Tensor(unsafeUninitialized: shape) { target in
    for index in target.indices {
      target[index] = index / columns % 5 == 3 || generator.unit() < 0.33 ? 0 : 1
    }
  }
}

func attentionCases<S: TensorScalar>() -> [OperationCase<S>] {
  func inputs(_ b: Int, _ h: Int, _ n: Int, _ m: Int, _ d: Int, _ e: Int) -> [[Int]] {
    [[b, h, n, d], [b, h, m, d], [b, h, m, e]]
  }
  let small = [
    inputs(2, 2, 3, 4, 2, 3), inputs(1, 1, 1, 1, 1, 1), inputs(1, 2, 5, 3, 4, 2),
    inputs(2, 1, 0, 3, 2, 2), inputs(2, 1, 3, 0, 2, 2), inputs(0, 2, 2, 2, 2, 2),
    inputs(1, 1, 2, 3, 0, 2), inputs(1, 1, 2, 3, 2, 0),
  ]
  // Several blocks of queries and of keys.
  let wide = [inputs(1, 1, 3, 300, 1, 1), inputs(1, 1, 70, 2, 1, 1)]
  let large = [inputs(3, 2, 150, 301, 8, 8), inputs(16, 8, 32, 32, 8, 8)]
  func scores(_ shapes: [[Int]]) -> [Int] { shapes[0][..<3] + [shapes[1][2]] }
  var result: [OperationCase<S>] = [
    OperationCase(TensorOperation.denseAttention, shapes: small + wide, large: large) {
      .denseAttention(query: $0[0], key: $0[1], value: $0[2])
    },
    OperationCase(TensorOperation.denseAttention, "scale 0.3", shapes: small) {
      .denseAttention(query: $0[0], key: $0[1], value: $0[2], scale: 0.3)
    },
    OperationCase(TensorOperation.denseAttention, "twice the same", shapes: [[[1, 2, 3, 2]]]) {
      .denseAttention(query: $0[0], key: $0[0], value: $0[0])
    },
    OperationCase(TensorOperation.denseAttention, "mask", shapes: small + wide, large: large) {
      let mask: Tensor<S> = someMask(Array($0[0].shape[..<3]) + [$0[1].shape[2]])
      return .denseAttention(query: $0[0], key: $0[1], value: $0[2], mask: mask)
    },
    OperationCase(TensorOperation.denseAttention, "mask of rows", shapes: small) {
      let mask: Tensor<S> = someMask([$0[0].shape[2], 1])
      return .denseAttention(query: $0[0], key: $0[1], value: $0[2], mask: mask)
    },
  ]
  // The bias full or broadcast along every choice of axes, with a mask of columns beside it.
  for pattern in 0..<16 {
    func withBias(_ shapes: [[Int]]) -> [[Int]] {
      let full = scores(shapes)
      return shapes + [full.indices.map { pattern >> $0 & 1 == 1 ? full[$0] : 1 }]
    }
    result.append(
      OperationCase(
        TensorOperation.denseAttention, "bias, axes \(String(pattern, radix: 2))",
        shapes: (small + wide).map(withBias), large: large.map(withBias)
      ) {
        let mask: Tensor<S> = someMask([$0[1].shape[2]])
        return .denseAttention(
          query: $0[0], key: $0[1], value: $0[2], mask: mask, bias: $0[3])
      })
  }
  result.append(
    OperationCase(
      TensorOperation.denseAttention, "bias of rank 2",
      shapes: [inputs(2, 1, 3, 2, 2, 2) + [[3, 2]]]
    ) { .denseAttention(query: $0[0], key: $0[1], value: $0[2], bias: $0[3]) })
  return result
}
