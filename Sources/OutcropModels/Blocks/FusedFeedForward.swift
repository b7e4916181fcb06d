import CKernels
import OutcropBLAS
import OutcropCore
import OutcropTensor

/// The feed-forward block with batch normalization and without dropout, as one operation:
///
///     z₁ = x Oᵀ + b_O + residual     m = norm₁(z₁)
///     h  = relu(m W₁ᵀ + b₁)          z₂ = h W₂ᵀ + b₂ + m        y = norm₂(z₂)
///
/// Rows are processed in chunks that stay in the second-level cache from one product to the next. Chunks
/// wait for each other only when a normalization needs the moments of the batch.
/// `FeedForwardBlock` also computes this with separate operations, which are the specification.
package struct FusedFeedForward<Scalar: TensorScalar> {
  /// The tensors of one call. Projection and residual may be missing.
  package struct Inputs {
    package var x: Tensor<Scalar>
    package var residual: Tensor<Scalar>?
    package var projection: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)?
    package var norm1, norm2, first, second: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)

    package init(
      x: Tensor<Scalar>, residual: Tensor<Scalar>?,
      projection: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)?,
      norm1: (weight: Tensor<Scalar>, bias: Tensor<Scalar>),
      norm2: (weight: Tensor<Scalar>, bias: Tensor<Scalar>),
      first: (weight: Tensor<Scalar>, bias: Tensor<Scalar>),
      second: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)
    ) {
      (self.x, self.residual, self.projection) = (x, residual, projection)
      (self.norm1, self.norm2, self.first, self.second) = (norm1, norm2, first, second)
    }

    /// The tensors in the order of the gradient rule.
    var all: [Tensor<Scalar>] {
      [
        x, norm1.weight, norm1.bias, first.weight, first.bias, second.weight, second.bias,
        norm2.weight, norm2.bias,
      ] + (projection.map { [$0.weight, $0.bias] } ?? []) + (residual.map { [$0] } ?? [])
    }
  }

  /// Running moments, for evaluation.
  package typealias Moments = (mean: [Double], variance: [Double])

  private(set) var tensors: Inputs
  let hasResidual: Bool
  let rows, width, hidden: Int
  /// Rows of a chunk: products of these stay within OpenBLAS's kernels for small matrices, and a chunk's
  /// tensors within the second-level cache.
  let grain: Int
  let epsilon: Double
  /// Connects the rows, one shard of a batch, with the others; nil where they are the whole batch.
  let exchange: (any ShardExchange)?

  /// Whether a chunk's rows and all weights fit in the second-level cache together.
  package static func fits(width: Int) -> Bool { width <= 160 }

  init(_ inputs: Inputs, epsilon: Double, over exchange: (any ShardExchange)? = nil) {
    var detached = inputs
    detached.x = inputs.x.detached
    detached.residual = inputs.residual?.detached
    tensors = detached
    hasResidual = inputs.residual != nil
    (rows, width) = (inputs.x.shape[0], inputs.x.shape[1])
    hidden = inputs.first.weight.shape[0]
    grain = max(8, ProductPlan.smallKernelWork / max(1, width * max(width, hidden)) & ~7)
    (self.epsilon, self.exchange) = (epsilon, exchange)
  }

  var chunks: Int { (rows + grain - 1) / grain }

  func rows(of chunk: Int) -> Range<Int> { chunk * grain..<min(rows, (chunk + 1) * grain) }

  /// Forward values saved for the backward pass.
  struct Saved {
    let z1, hidden, z2: Tensor<Scalar>
    let norm1, norm2: ColumnNormalization<Scalar>
    /// The rows of each normalization's moments, over all shards.
    let counts: (norm1: Int, norm2: Int)
  }

  /// Intermediate activations m and h, kept only when an observer asks.
  package typealias Intermediates = (middle: Tensor<Scalar>, hidden: Tensor<Scalar>)

  /// y in training, with the moments of the two normalizations, and m and h on request. With an `exchange` the
  /// moments are those over all shards of the batch.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func training(
    _ inputs: Inputs, epsilon: Double, keepsIntermediates: Bool = false,
    over exchange: (any ShardExchange)? = nil
  ) -> (output: Tensor<Scalar>, moments: [BatchMoments], intermediates: Intermediates?) {
    var block = FusedFeedForward(inputs, epsilon: epsilon, over: exchange)
    let (z1, own1) = block.project()
    let moments1 = own1.merged(over: exchange)
    let norm1 = block.normalization(moments1, inputs.norm1)
    let (h, z2, own2) = block.feedForward(z1, norm1)
    let moments2 = own2.merged(over: exchange)
    let norm2 = block.normalization(moments2, inputs.norm2)
    let y = block.normalized(z2, norm2)
    // The gradient does not read the residual.
    block.tensors.residual = nil
    let saved = Saved(
      z1: z1, hidden: h, z2: z2, norm1: norm1, norm2: norm2,
      counts: (moments1.count, moments2.count))
    let shape = y.shape
    let output = Tensor.record(ModelOperation.fusedFeedForward, inputs: inputs.all, outputs: [y]) {
      [block, weak memory = y.storage] gradients, sink in
      if let dy = gradients[0] ?? block.exchange.map({ _ in Tensor<Scalar>.zeros(shape) }) {
        block.backward(dy, saved, sink)
      }
      // Every consumer of y has run its backward pass, so the closure that recomputes y can be released.
      memory?.recompute = nil
    }[0]
    if output.isTracked {
      y.storage.recompute = { [block] in block.normalized(z2, norm2).storage }
    }
    let intermediates = keepsIntermediates ? (block.normalized(z1, norm1), h) : nil
    return (output, [moments1, moments2], intermediates)
  }

  private func normalized(
    _ z: Tensor<Scalar>, _ norm: ColumnNormalization<Scalar>
  ) -> Tensor<Scalar> {
    Tensor(unsafeUninitialized: z.shape) { target in
      ThreadPool.run(chunks: chunks) { chunk in
        let rows = rows(of: chunk)
        let start = rows.lowerBound * width
        normalize(rows.count, z.base + start, nil, norm, target.baseAddress! + start)
      }
      withExtendedLifetime((z, norm)) {}
    }
  }

  private func normalization(
    _ moments: BatchMoments, _ affine: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)
  ) -> ColumnNormalization<Scalar> {
    ColumnNormalization(
      mean: moments.mean, variance: moments.biasedVariance, epsilon: epsilon,
      weight: affine.weight, bias: affine.bias)
  }

  /// z₁ and its moments.
  private func project() -> (Tensor<Scalar>, BatchMoments) {
    let (x, residual, projection) = (tensors.x, tensors.residual, tensors.projection)
    let isCopy = projection != nil || residual != nil
    let z1 = isCopy ? Tensor<Scalar>(unsafeUninitialized: x.shape) { _ in } : x
    let moments = withTransposed([projection?.weight]) { weights in
      collectingMoments { rows, _, mean, deviation in
        let start = rows.lowerBound * width
        if let weight = weights[0] {
          multiply(
            rows.count, width, width, x.base + start, weight, 0, z1.storage.base + start,
            isFresh: true)
        }
        Kernels<Scalar>.table.column_moments(
          (projection == nil ? x : z1).base + start, projection?.bias.base,
          residual.map { $0.base + start }, isCopy ? z1.storage.base + start : nil, mean, deviation,
          Int64(rows.count), Int64(width))
      }
    }
    return (z1, moments)
  }

  /// h, z₂ and the moments of z₂.
  private func feedForward(
    _ z1: Tensor<Scalar>, _ norm1: ColumnNormalization<Scalar>
  ) -> (Tensor<Scalar>, Tensor<Scalar>, BatchMoments) {
    let h = Tensor<Scalar>(unsafeUninitialized: [rows, hidden]) { _ in }
    let z2 = Tensor<Scalar>(unsafeUninitialized: [rows, width]) { _ in }
    let moments = withTransposed([tensors.first.weight, tensors.second.weight]) { weights in
      collectingMoments { rows, m, mean, deviation in
        let start = rows.lowerBound * width
        let (hidden, z2) = (h.storage.base + rows.lowerBound * hidden, z2.storage.base + start)
        normalize(rows.count, z1.base + start, nil, norm1, m)
        feedForward(rows.count, m, weights[0]!, weights[1]!, hidden, z2, isFresh: true)
        Kernels<Scalar>.table.column_moments(
          z2, tensors.second.bias.base, hasResidual ? UnsafePointer(m) : nil, z2, mean, deviation,
          Int64(rows.count), Int64(width))
      }
    }
    withExtendedLifetime(norm1) {}
    return (h, z2, moments)
  }

  /// y in evaluation, with running moments: each chunk runs through all operations. Keeps m and h on
  /// request; has no gradient.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func evaluation(
    _ inputs: Inputs, _ moments1: Moments, _ moments2: Moments, epsilon: Double,
    keepsIntermediates: Bool = false
  ) -> (output: Tensor<Scalar>, intermediates: Intermediates?) {
    let block = FusedFeedForward(inputs, epsilon: epsilon)
    let (rows, width, hidden) = (block.rows, block.width, block.hidden)
    // Biases before a normalization are subtracted from its center.
    let norm1 = ColumnNormalization(
      mean: moments1.mean, variance: moments1.variance, epsilon: epsilon,
      weight: inputs.norm1.weight, bias: inputs.norm1.bias, offset: inputs.projection?.bias)
    let norm2 = ColumnNormalization(
      mean: moments2.mean, variance: moments2.variance, epsilon: epsilon,
      weight: inputs.norm2.weight, bias: inputs.norm2.bias, offset: inputs.second.bias)
    let intermediates: Intermediates? =
      keepsIntermediates
      ? (
        Tensor(unsafeUninitialized: [rows, width]) { _ in },
        Tensor(unsafeUninitialized: [rows, hidden]) { _ in }
      ) : nil
    let weights = [inputs.projection?.weight, inputs.first.weight, inputs.second.weight]
    let y = block.withTransposed(weights) { weights in
      Tensor<Scalar>(unsafeUninitialized: [rows, width]) { target in
        ThreadPool.run(
          chunks: block.chunks, scratch: block.grain * (width + hidden), of: Scalar.self
        ) { chunk, scratch in
          let rows = block.rows(of: chunk)
          let (count, start) = (rows.count, rows.lowerBound * width)
          let (x, y) = (inputs.x.base + start, target.baseAddress! + start)
          let m = intermediates.map { $0.middle.storage.base + start } ?? scratch
          let h =
            intermediates.map { $0.hidden.storage.base + rows.lowerBound * hidden }
            ?? scratch + count * width
          if let weight = weights[0] { block.multiply(count, width, width, x, weight, 0, m) }
          block.normalize(
            count, weights[0] == nil ? x : UnsafePointer(m),
            inputs.residual.map { $0.base + start },
            norm1, m)
          block.feedForward(count, m, weights[1]!, weights[2]!, h, y, isFresh: false)
          block.normalize(count, y, inputs.residual == nil ? nil : UnsafePointer(m), norm2, y)
        }
      }
    }
    withExtendedLifetime((inputs.all, norm1, norm2)) {}
    return (y, intermediates)
  }

  /// h = relu(m W₁ᵀ + b₁) and h W₂ᵀ of a chunk, with transposed weights. `isFresh` means that h is not in the
  /// cache.
  /// Evaluation passes false even when h is kept, so observed and unobserved runs give identical bits.
  @inline(__always)
  private func feedForward(
    _ count: Int, _ m: UnsafeMutablePointer<Scalar>, _ first: UnsafePointer<Scalar>,
    _ second: UnsafePointer<Scalar>, _ h: UnsafeMutablePointer<Scalar>,
    _ product: UnsafeMutablePointer<Scalar>, isFresh: Bool
  ) {
    multiply(count, hidden, width, m, first, 0, h, isFresh: isFresh)
    Kernels<Scalar>.table.bias_activation(
      h, tensors.first.bias.base, Int64(count), Int64(hidden), 1)
    multiply(count, width, hidden, h, second, 0, product, isFresh: true)
  }

  @inline(__always)
  func normalize(
    _ count: Int, _ z: UnsafePointer<Scalar>, _ residual: UnsafePointer<Scalar>?,
    _ norm: ColumnNormalization<Scalar>, _ y: UnsafeMutablePointer<Scalar>
  ) {
    Kernels<Scalar>.table.normalize(
      z, residual, norm.center, norm.scale, norm.shift, y, Int64(count), Int64(width))
  }

  /// C ← A B + beta C for dense blocks: A [m, k], B [k, n]. Into memory that is not in cache (`isFresh`)
  /// this package's kernel is the faster one, which prefetches where columns fill its blocks.
  @inline(__always)
  func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ beta: Scalar, _ c: UnsafeMutablePointer<Scalar>, isFresh: Bool = false
  ) {
    if n == 0 { return }
    if k == 0 {
      if beta == 0 { c.update(repeating: 0, count: m * n) }
      return
    }
    if isFresh && n % 64 == 0 {
      smallMatrixMultiply(false, false, m, n, k, 1, a, k, b, n, beta, c, n)
    } else {
      cachedMatrixMultiply(false, false, m, n, k, 1, a, k, b, n, beta, c, n)
    }
  }

  /// Calls `body` for every chunk of rows, with scratch memory for the rows and for the means and sums of
  /// squared deviations of the columns, and merges these moments.
  private func collectingMoments(
    _ body: (
      Range<Int>, UnsafeMutablePointer<Scalar>, UnsafeMutablePointer<Double>,
      UnsafeMutablePointer<Double>
    ) -> Void
  ) -> BatchMoments {
    withScratch(of: Double.self, count: 2 * chunks * width) { moments in
      ThreadPool.run(chunks: chunks, scratch: grain * width, of: Scalar.self) { chunk, scratch in
        let mean = moments + 2 * chunk * width
        body(rows(of: chunk), scratch, mean, mean + width)
      }
      return BatchMoments(merging: moments, grain: grain, rows: rows, columns: width)
    }
  }

  /// Calls `body` with transposed copies of weights, because products are fastest without transposition.
  private func withTransposed<Result>(
    _ weights: [Tensor<Scalar>?], _ body: ([UnsafePointer<Scalar>?]) -> Result
  ) -> Result {
    let total = weights.reduce(0) { $0 + ($1?.count ?? 0) }
    return withScratch(of: Scalar.self, count: total) { scratch in
      var next = scratch
      let copies = weights.map { weight -> UnsafePointer<Scalar>? in
        guard let weight else { return nil }
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        copyColumns(
          of: Operand(MatrixView(weight.base, rows: outputs, columns: inputs), .transposed),
          0..<outputs, into: next, rowStride: outputs)
        defer { next += weight.count }
        return UnsafePointer(next)
      }
      return body(copies)
    }
  }
}
