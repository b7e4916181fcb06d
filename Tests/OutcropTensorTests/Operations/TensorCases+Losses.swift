import OutcropCore
import OutcropTensor
import OutcropTestSupport

func softmaxCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[3, 4]], [[0, 4]], [[1, 5]], [[2, 3, 2]], [[4, 1]], [[3, 0]]]
  let large = [[[301, 277]], [[5, 43, 307]]]
  var result: [OperationCase<S>] = []
  for axis in [0, 1, -1] {
    result += [
      OperationCase(TensorOperation.softmax, "axis \(axis)", shapes: shapes, large: large) {
        $0[0].softmax(axis: axis)
      },
      OperationCase(TensorOperation.logSoftmax, "axis \(axis)", shapes: shapes, large: large) {
        $0[0].logSoftmax(axis: axis)
      },
    ]
  }
  return result
}

func dropoutCases<S: TensorScalar>() -> [OperationCase<S>] {
  [0.3, 0.9].map { probability in
    OperationCase(
      TensorOperation.dropout, "probability \(probability)",
      shapes: [[[4, 5]], [[0, 3]], [[1, 7]], [[]]], large: [[[301, 277]]]
    ) {
      var generator = RandomGenerator(seed: 9)
      return $0[0].dropout(probability: probability, using: &generator)
    }
  }
}

func lossCases<S: TensorScalar>() -> [OperationCase<S>] {
  let pairs = [
    [[4, 3], [4, 3]], [[0, 3], [0, 3]], [[1, 2], [1, 2]], [[5], [5]], [[], []],
  ]
  let large = [[[301, 277], [301, 277]]]
  let logits = [[[4, 3]], [[0, 3]], [[1, 5]], [[3]], [[2, 3, 4]], [[3, 1]]]
  return [
    OperationCase(
      TensorOperation.meanAbsoluteError, domains: [.distinct, .normal], shapes: pairs, large: large
    ) { $0[0].meanAbsoluteError(targets: $0[1]) },
    OperationCase(TensorOperation.meanSquaredError, shapes: pairs, large: large) {
      $0[0].meanSquaredError(targets: $0[1])
    },
    OperationCase(TensorOperation.meanSquaredError, "twice the same", shapes: [[[3]]]) {
      $0[0].meanSquaredError(targets: $0[0])
    },
    OperationCase(
      TensorOperation.binaryCrossEntropy, domains: [.normal, .positive], shapes: pairs, large: large
    ) { ($0[0] * 3).binaryCrossEntropy(targets: $0[1]) },
    OperationCase(
      TensorOperation.binaryCrossEntropy, "mask", domains: [.normal, .positive], shapes: pairs,
      large: large
    ) {
      let present: [S] = (0..<$0[0].count).map { $0 % 3 == 1 ? 0 : 1 }
      let mask = Tensor(present, shape: $0[0].shape)
      return $0[0].binaryCrossEntropy(targets: $0[1], mask: mask)
    },
    OperationCase(
      TensorOperation.binaryCrossEntropy, "nothing present", domains: [.normal, .positive],
      shapes: pairs
    ) { $0[0].binaryCrossEntropy(targets: $0[1], mask: .zeros($0[0].shape)) },
    OperationCase(TensorOperation.crossEntropy, shapes: logits, large: [[[1301, 77]]]) {
      let columns = $0[0].shape.last!
      let rows = $0[0].count / columns
      return $0[0].crossEntropy(targets: someRows(rows, below: columns))
    },
  ]
}
