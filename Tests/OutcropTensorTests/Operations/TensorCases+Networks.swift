import OutcropCore
import OutcropTensor
import OutcropTestSupport

/// Functions of networks: normalization, convolution, pooling, attention's causal form, losses.
func networkCases<S: TensorScalar>() -> [OperationCase<S>] {
  normalizingCases() + convolutionCases() + poolingCases() + causalCases() + furtherLossCases()
}

private func normalizingCases<S: TensorScalar>() -> [OperationCase<S>] {
  [
    OperationCase(
      TensorOperation.rowNormalization, "RMS",
      shapes: [[[3, 4], [4]], [[0, 4], [4]], [[1, 3], [3]], [[5], [5]]],
      large: [[[301, 277], [277]]]
    ) { $0[0].rmsNorm(weight: $0[1], epsilon: 1e-3) },
    OperationCase(
      TensorOperation.rowNormalization, "groups",
      shapes: [[[2, 4, 3], [4], [4]], [[0, 4, 2], [4], [4]], [[1, 2, 2, 2], [2], [2]]],
      large: [[[20, 8, 301], [8], [8]]]
    ) { $0[0].groupNorm(groups: 2, weight: $0[1], bias: $0[2], epsilon: 1e-3) },
    OperationCase(TensorOperation.rowNormalization, "plain", shapes: [[[2, 4, 3]], [[2, 6]]]) {
      $0[0].groupNorm(groups: 1, epsilon: 1e-3).rmsNorm(epsilon: 0.1)
    },
  ]
}

private func convolutionCases<S: TensorScalar>() -> [OperationCase<S>] {
  func convolution(
    _ note: String, _ shapes: [[[Int]]], large: [[[Int]]] = [],
    _ apply: @escaping @Sendable (Tensor<S>, Tensor<S>, Tensor<S>?) -> Tensor<S>
  ) -> OperationCase<S> {
    OperationCase(TensorOperation.convolution, note, shapes: shapes, large: large) {
      apply($0[0], $0[1], $0.count > 2 ? $0[2] : nil)
    }
  }
  return [
    convolution(
      "",
      [
        [[2, 3, 4, 5], [2, 3, 3, 2], [2]], [[1, 1, 1, 1], [1, 1, 1, 1], [1]],
        [[0, 2, 3, 3], [2, 2, 2, 2], [2]], [[2, 2, 3, 3], [3, 2, 3, 3]],
      ],
      large: [
        [[20, 8, 30, 31], [12, 8, 3, 3], [12]], [[2, 64, 60, 60], [16, 64, 3, 3], [16]],
      ]
    ) { $0.convolution2D(weight: $1, bias: $2) },
    convolution("stride and padding", [[[2, 2, 5, 6], [3, 2, 3, 3], [3]]]) {
      $0.convolution2D(weight: $1, bias: $2, stride: (2, 3), padding: (1, 2))
    },
    convolution("dilation and groups", [[[2, 4, 6, 5], [6, 2, 2, 2], [6]]]) {
      $0.convolution2D(weight: $1, bias: $2, padding: 1, dilation: 2, groups: 2)
    },
    convolution("every channel by itself", [[[2, 3, 4, 4], [3, 1, 3, 3]]]) {
      $0.convolution2D(weight: $1, bias: $2, padding: 1, groups: 3)
    },
    convolution("padding beyond the window", [[[1, 1, 2, 2], [1, 1, 2, 2]]]) {
      $0.convolution2D(weight: $1, bias: $2, padding: 3)
    },
    convolution("one axis", [[[2, 3, 7], [4, 3, 3], [4]], [[1, 2, 3], [1, 2, 3]]]) {
      $0.convolution1D(weight: $1, bias: $2, stride: 2, padding: 1)
    },
  ]
}

private func poolingCases<S: TensorScalar>() -> [OperationCase<S>] {
  let shapes = [[[2, 2, 4, 5]], [[1, 1, 2, 2]], [[0, 2, 3, 3]], [[2, 1, 5, 6]]]
  let large = [[[16, 16, 40, 41]]]
  return [
    OperationCase(TensorOperation.maxPooling, domains: [.distinct], shapes: shapes, large: large) {
      $0[0].maxPooling2D(window: (2, 2))
    },
    OperationCase(
      TensorOperation.maxPooling, "overlapping", domains: [.distinct], shapes: shapes, large: large
    ) { $0[0].maxPooling2D(window: (2, 2), stride: (1, 2), padding: (1, 1)) },
    OperationCase(
      TensorOperation.maxPooling, "one axis", domains: [.distinct], shapes: [[[2, 3, 7]]]
    ) {
      $0[0].maxPooling1D(window: 3, stride: 2)
    },
    OperationCase(TensorOperation.averagePooling, shapes: shapes, large: large) {
      $0[0].averagePooling2D(window: (2, 2))
    },
    OperationCase(TensorOperation.averagePooling, "overlapping", shapes: shapes, large: large) {
      $0[0].averagePooling2D(window: (2, 2), stride: (1, 2), padding: (1, 1))
    },
    OperationCase(TensorOperation.averagePooling, "without padding", shapes: shapes) {
      $0[0].averagePooling2D(
        window: (2, 2), stride: (2, 1), padding: (1, 1), countsPadding: false)
    },
    OperationCase(TensorOperation.averagePooling, "one axis", shapes: [[[2, 3, 7]]]) {
      $0[0].averagePooling1D(window: 3, stride: 2, padding: 1)
    },
  ]
}

private func causalCases<S: TensorScalar>() -> [OperationCase<S>] {
  func inputs(_ b: Int, _ h: Int, _ n: Int, _ m: Int, _ d: Int, _ e: Int) -> [[Int]] {
    [[b, h, n, d], [b, h, m, d], [b, h, m, e]]
  }
  return [
    OperationCase(
      TensorOperation.denseAttention, "causal",
      shapes: [
        inputs(2, 2, 3, 3, 2, 3), inputs(1, 1, 2, 5, 2, 2), inputs(1, 1, 5, 2, 2, 2),
        inputs(1, 1, 0, 3, 2, 2), inputs(1, 1, 3, 300, 1, 1), inputs(1, 1, 140, 2, 1, 1),
      ], large: [inputs(3, 2, 150, 301, 8, 8), inputs(2, 2, 601, 601, 8, 8)]
    ) { .denseAttention(query: $0[0], key: $0[1], value: $0[2], isCausal: true) },
    OperationCase(
      TensorOperation.denseAttention, "causal with mask and bias",
      shapes: [inputs(2, 1, 4, 4, 2, 3) + [[4, 4]]]
    ) {
      .denseAttention(
        query: $0[0], key: $0[1], value: $0[2], mask: someMask([4]), bias: $0[3], isCausal: true)
    },
    OperationCase(
      TensorOperation.denseAttention, "without heads",
      shapes: [[[2, 3, 2], [2, 4, 2], [2, 4, 3], [2, 3, 4]]]
    ) {
      .denseAttention(
        query: $0[0], key: $0[1], value: $0[2], mask: someMask([2, 1, 4]), bias: $0[3])
    },
  ]
}

private func furtherLossCases<S: TensorScalar>() -> [OperationCase<S>] {
  let pairs = [
    [[4, 3], [4, 3]], [[0, 3], [0, 3]], [[1, 2], [1, 2]], [[5], [5]], [[], []],
  ]
  let large = [[[301, 277], [301, 277]]]
  let logits = [[[4, 3]], [[0, 3]], [[1, 5]], [[3]], [[2, 3, 4]]]
  return [
    OperationCase(TensorOperation.huber, shapes: pairs, large: large) {
      $0[0].huber(targets: $0[1])
    },
    OperationCase(TensorOperation.huber, "delta 0.35", shapes: pairs) {
      $0[0].huber(targets: $0[1], delta: 0.35)
    },
    OperationCase(TensorOperation.huber, "smooth L1", shapes: pairs) {
      $0[0].smoothL1(targets: $0[1], beta: 0.7)
    },
    OperationCase(
      TensorOperation.klDivergence, domains: [.normal, .positive], shapes: Array(pairs.dropLast()),
      large: large
    ) { $0[0].klDivergence(targets: $0[1]) },
    OperationCase(TensorOperation.klDivergence, "logarithms", shapes: Array(pairs.dropLast())) {
      $0[0].klDivergence(targets: $0[1], areLogarithms: true)
    },
    OperationCase(TensorOperation.negativeLogLikelihood, shapes: logits, large: [[[1301, 77]]]) {
      $0[0].negativeLogLikelihood(targets: labels($0[0], ignoring: false))
    },
    OperationCase(TensorOperation.negativeLogLikelihood, "weights, ignored", shapes: logits) {
      $0[0].negativeLogLikelihood(
        targets: labels($0[0], ignoring: true), weights: weights($0[0]), ignoring: -100)
    },
    OperationCase(
      TensorOperation.crossEntropy, "weights, ignored", shapes: logits, large: [[[1301, 77]]]
    ) {
      $0[0].crossEntropy(
        targets: labels($0[0], ignoring: true), weights: weights($0[0]), ignoring: -100)
    },
    OperationCase(TensorOperation.crossEntropy, "smoothing", shapes: logits) {
      $0[0].crossEntropy(
        targets: labels($0[0], ignoring: true), weights: weights($0[0]), ignoring: -100,
        labelSmoothing: 0.2)
    },
    OperationCase(
      TensorOperation.softplus, "binary cross-entropy with weights", domains: [.normal, .positive],
      shapes: [[[4, 3], [4, 3]]]
    ) {
      $0[0].binaryCrossEntropy(
        targets: $0[1], weights: Tensor([1, 0.5, 2]), positiveWeight: Tensor([3, 1, 0.2]))
    },
    OperationCase(
      TensorOperation.norm, "cosine similarity",
      shapes: [[[4, 3], [4, 3]], [[2, 1, 3], [2, 3]]]
    ) { $0[0].cosineSimilarity($0[1]) },
    OperationCase(TensorOperation.gatherRows, "bags", shapes: [[[7, 2]]]) {
      let index = RowIndex([1, 4, 4, 6, 0], rowCount: 7)
      let bags = Segments(offsets: [0, 2, 2, 5])
      return [
        $0[0].embeddingBag(rows: index, bags: bags, mode: .sum),
        $0[0].embeddingBag(rows: index, bags: bags),
        $0[0].embeddingBag(rows: index, bags: bags, mode: .max),
      ]
    },
  ]
}

/// Classes below the width of x, the first one ignored on request.
private func labels<S: TensorScalar>(_ x: Tensor<S>, ignoring ignored: Bool) -> [Int32] {
  let columns = x.shape.last!
  let rows = someRows(x.count / columns, below: columns)
  return ignored && rows.count > 1 ? [-100] + rows.dropFirst() : rows
}

private func weights<S: TensorScalar>(_ x: Tensor<S>) -> Tensor<S> {
  Tensor((0..<x.shape.last!).map { S($0) * 0.3 + 0.5 })
}
