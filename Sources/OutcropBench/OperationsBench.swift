import OutcropCore
import OutcropTensor

/// Everyday operations on square matrices of three sizes: in the first-level cache, in the second, and larger
/// than both. Every operation makes a new result, as PyTorch's does without `out`.
func measureOperations(_ effort: Effort) throws -> [Measurement] {
  try [64, 256, 1024].flatMap { size in
    let operands = OperationOperands(size: size)
    return try everydayOperations(operands).flatMap { operation in
      // One call shows an error of a factorization before the time is measured.
      try operation.body()
      return sideBySide(
        .operations, "\(operation.name): [\(size), \(size)]", effort, Cost(),
        [(outcropWay, { try? operation.body() })])
    }
  }
}

/// The operands of one size.
private struct OperationOperands {
  let x: Tensor<Float>
  let y: Tensor<Float>
  /// Between 0.5 and 1.5, for logarithms, roots and powers.
  let positive: Tensor<Float>
  let row: Tensor<Float>
  let column: Tensor<Float>
  let mask: Tensor<Bool>
  let indices: Tensor<Int64>
  let classes: [Int32]
  let size: Int

  init(size: Int) {
    var generator = RandomGenerator(seed: 11)
    self.size = size
    x = .normal([size, size], using: &generator)
    y = .normal([size, size], using: &generator)
    positive = .uniform([size, size], low: 0.5, high: 1.5, using: &generator)
    row = .normal([size], using: &generator)
    column = .normal([size, 1], using: &generator)
    mask = x .> 0
    indices = .integers([size], in: 0..<size, using: &generator)
    classes = (0..<size).map { Int32(($0 * 7) % size) }
  }
}

private typealias Operation = (name: String, body: () throws -> Void)

private func everydayOperations(_ operands: OperationOperands) -> [Operation] {
  elementwiseOperations(operands) + reductionOperations(operands) + shapeOperations(operands)
    + productOperations(operands) + operationsWithGradients(operands)
}

private func elementwiseOperations(_ o: OperationOperands) -> [Operation] {
  let (x, y, positive) = (o.x, o.y, o.positive)
  return [
    ("add", { _ = x + y }),
    ("add a row", { _ = x + o.row }),
    ("add a column", { _ = x + o.column }),
    ("add a number", { _ = x + 0.5 }),
    ("multiply", { _ = x * y }),
    ("divide", { _ = x / positive }),
    ("power", { _ = positive.pow(y) }),
    ("power of 2.5", { _ = positive.pow(2.5) }),
    ("square", { _ = x.square() }),
    ("square root", { _ = positive.sqrt() }),
    ("reciprocal square root", { _ = positive.rsqrt() }),
    ("absolute value", { _ = x.abs() }),
    ("maximum", { _ = x.maximum(y) }),
    ("clamp", { _ = x.clamped(to: -1...1) }),
    ("greater", { _ = x .> y }),
    ("where", { _ = Tensor.where(o.mask, x, y) }),
    ("floor", { _ = x.floor() }),
    ("exp", { _ = x.exp() }),
    ("expm1", { _ = x.expm1() }),
    ("log", { _ = positive.log() }),
    ("log1p", { _ = positive.log1p() }),
    ("sin", { _ = x.sin() }),
    ("tanh", { _ = x.tanh() }),
    ("sigmoid", { _ = x.sigmoid() }),
    ("erf", { _ = x.erf() }),
    ("relu", { _ = x.relu() }),
    ("gelu", { _ = x.gelu() }),
    ("gelu by tanh", { _ = x.gelu(approximation: .tanh) }),
    ("silu", { _ = x.silu() }),
    ("elu", { _ = x.elu() }),
    ("softplus", { _ = x.softplus() }),
    ("cast to Double", { _ = Tensor<Double>(x) }),
  ]
}

private func reductionOperations(_ o: OperationOperands) -> [Operation] {
  let x = o.x
  return [
    ("sum", { _ = x.sum() }),
    ("sum over axis 0", { _ = x.sum(axis: 0) }),
    ("sum over axis 1", { _ = x.sum(axis: 1) }),
    ("mean over axis 1", { _ = x.mean(axis: 1) }),
    ("max over axis 0", { _ = x.max(axis: 0) }),
    ("max over axis 1", { _ = x.max(axis: 1) }),
    ("argmax over axis 1", { _ = x.argmax(axis: 1) }),
    ("variance over axis 0", { _ = x.variance(axis: 0) }),
    ("variance over axis 1", { _ = x.variance(axis: 1) }),
    ("norm", { _ = x.norm() }),
    ("log-sum-exp over axis 1", { _ = x.logSumExp(axis: 1) }),
    ("softmax over axis 0", { _ = x.softmax(axis: 0) }),
    ("softmax over axis 1", { _ = x.softmax(axis: 1) }),
    ("log-softmax over axis 1", { _ = x.logSoftmax(axis: 1) }),
    ("layer normalization", { _ = x.layerNorm(weight: o.row, bias: o.row) }),
    ("cumulative sum over axis 0", { _ = x.cumulativeSum(axis: 0) }),
    ("cumulative sum over axis 1", { _ = x.cumulativeSum(axis: 1) }),
    ("sort over axis 1", { _ = x.sorted(axis: 1) }),
    ("top 10 over axis 1", { _ = x.topK(10, axis: 1) }),
  ]
}

private func shapeOperations(_ o: OperationOperands) -> [Operation] {
  let (x, y) = (o.x, o.y)
  return [
    ("transpose", { _ = x.transposed() }),
    ("concatenate over axis 0", { _ = Tensor.concatenate([x, y], axis: 0) }),
    ("concatenate over axis 1", { _ = Tensor.concatenate([x, y], axis: 1) }),
    ("stack", { _ = Tensor.stack([x, y], axis: 0) }),
    ("flip over axis 1", { _ = x.flipped(axis: 1) }),
    ("roll over axis 1", { _ = x.rolled(by: 3, axis: 1) }),
    ("pad", { _ = x.padded([(1, 1), (1, 1)], with: 0) }),
    ("lower triangle", { _ = x.lowerTriangle() }),
    ("repeat rows", { _ = x.repeated(2, axis: 0) }),
    ("take rows", { _ = x.taken(o.indices) }),
    ("take columns", { _ = x.taken(o.indices, axis: 1) }),
    ("put rows, accumulating", { _ = x.putting(y, at: o.indices, accumulating: true) }),
    ("select by mask", { _ = x[o.mask] }),
  ]
}

private func productOperations(_ o: OperationOperands) -> [Operation] {
  let (x, y) = (o.x, o.y)
  return [
    ("matrix product", { _ = x.matrixProduct(y) }),
    ("matrix product, second transposed", { _ = x.matrixProduct(y, transposingOther: true) }),
    ("matrix times vector", { _ = x.matrixProduct(o.column) }),
    ("einsum ij,ij->i", { _ = einsum("ij,ij->i", x, y) }),
    ("outer product", { _ = o.row.outer(o.row) }),
  ]
}

private func operationsWithGradients(_ o: OperationOperands) -> [Operation] {
  func both(_ body: @escaping (Tensor<Float>) -> Tensor<Float>) -> () -> Void {
    { body(o.x.trackingGradients()).sum().backward() }
  }
  return [
    ("gelu, forward and backward", both { $0.gelu() }),
    ("tanh, forward and backward", both { $0.tanh() }),
    ("softmax over axis 1, forward and backward", both { $0.softmax(axis: 1).square() }),
    (
      "layer normalization, forward and backward",
      both { $0.layerNorm(weight: o.row, bias: o.row).square() }
    ),
    ("cross entropy, forward and backward", both { $0.crossEntropy(targets: o.classes) }),
    ("linear, forward and backward", both { $0.linear(weight: o.y, bias: o.row) }),
  ]
}
