import CKernels
import OutcropBLAS
import OutcropCore
import OutcropTensor

/// What follows attention on one path, with batch normalization and without dropout, as one operation:
///
///     z₁ = x Oᵀ + b_O + input        m = norm₁(z₁)
///     h  = relu(m W₁ᵀ + b₁)          z₂ = h W₂ᵀ + b₂ + m        y = norm₂(z₂)
///
/// Rows go through in chunks that stay in the second-level cache from one product to the next; only the
/// moments of a normalization make all chunks wait for each other. `TransformerPath` has the same in
/// single operations.
package struct FusedPath<Scalar: TensorScalar> {
  /// The tensors of one call. Projection and input may be missing.
  package struct Inputs {
    package var x: Tensor<Scalar>
    package var input: Tensor<Scalar>?
    package var projection: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)?
    package var norm1, norm2, first, second: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)

    package init(
      x: Tensor<Scalar>, input: Tensor<Scalar>?,
      projection: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)?,
      norm1: (weight: Tensor<Scalar>, bias: Tensor<Scalar>),
      norm2: (weight: Tensor<Scalar>, bias: Tensor<Scalar>),
      first: (weight: Tensor<Scalar>, bias: Tensor<Scalar>),
      second: (weight: Tensor<Scalar>, bias: Tensor<Scalar>)
    ) {
      (self.x, self.input, self.projection) = (x, input, projection)
      (self.norm1, self.norm2, self.first, self.second) = (norm1, norm2, first, second)
    }

    /// In the order in which the gradient's rule numbers them.
    var all: [Tensor<Scalar>] {
      [
        x, norm1.weight, norm1.bias, first.weight, first.bias, second.weight, second.bias,
        norm2.weight, norm2.bias,
      ] + (projection.map { [$0.weight, $0.bias] } ?? []) + (input.map { [$0] } ?? [])
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

  /// Whether a chunk's rows and all weights fit in the second-level cache together.
  package static func fits(width: Int) -> Bool { width <= 160 }

  init(_ inputs: Inputs, epsilon: Double) {
    var detached = inputs
    detached.x = inputs.x.detached
    detached.input = inputs.input?.detached
    tensors = detached
    hasResidual = inputs.input != nil
    (rows, width) = (inputs.x.shape[0], inputs.x.shape[1])
    hidden = inputs.first.weight.shape[0]
    grain = max(8, ProductPlan.smallKernelWork / max(1, width * max(width, hidden)) & ~7)
    self.epsilon = epsilon
  }

  var chunks: Int { (rows + grain - 1) / grain }

  func rows(of chunk: Int) -> Range<Int> { chunk * grain..<min(rows, (chunk + 1) * grain) }

  /// What the gradient needs of the way forward.
  struct Saved {
    let z1, hidden, z2: Tensor<Scalar>
    let norm1, norm2: ColumnNormalization<Scalar>
  }

  /// What lies between, for those who look.
  package typealias Steps = (middle: Tensor<Scalar>, hidden: Tensor<Scalar>)

  /// y in training, with the moments of the two normalizations, and m and h if asked for.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func training(
    _ inputs: Inputs, epsilon: Double, keepsSteps: Bool = false
  ) -> (output: Tensor<Scalar>, moments: [BatchMoments], steps: Steps?) {
    var path = FusedPath(inputs, epsilon: epsilon)
    let (z1, moments1) = path.project()
    let norm1 = path.normalization(moments1, inputs.norm1)
    let (h, z2, moments2) = path.feedForward(z1, norm1)
    let norm2 = path.normalization(moments2, inputs.norm2)
    let y = path.normalized(z2, norm2)
    // The gradient does not read it.
    path.tensors.input = nil
    let saved = Saved(z1: z1, hidden: h, z2: z2, norm1: norm1, norm2: norm2)
    let output = Tensor.record(ModelOperation.fusedPath, inputs: inputs.all, output: y) {
      [path, weak memory = y.storage] in
      path.backward($0, saved, $1)
      // Whoever reads y has been here: what the recipe holds may go.
      memory?.recipe = nil
    }
    if output.isTracked {
      y.storage.recipe = { [path] in path.normalized(z2, norm2).storage }
    }
    let steps = keepsSteps ? (path.normalized(z1, norm1), h) : nil
    return (output, [moments1, moments2], steps)
  }

  private func normalized(
    _ z: Tensor<Scalar>, _ norm: ColumnNormalization<Scalar>
  ) -> Tensor<Scalar> {
    Tensor(shape: z.shape) { target in
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
    let (x, input, projection) = (tensors.x, tensors.input, tensors.projection)
    let isCopy = projection != nil || input != nil
    let z1 = isCopy ? Tensor<Scalar>(shape: x.shape) { _ in } : x
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
          input.map { $0.base + start }, isCopy ? z1.storage.base + start : nil, mean, deviation,
          Int64(rows.count), Int64(width))
      }
    }
    return (z1, moments)
  }

  /// h, z₂ and the moments of z₂.
  private func feedForward(
    _ z1: Tensor<Scalar>, _ norm1: ColumnNormalization<Scalar>
  ) -> (Tensor<Scalar>, Tensor<Scalar>, BatchMoments) {
    let h = Tensor<Scalar>(shape: [rows, hidden]) { _ in }
    let z2 = Tensor<Scalar>(shape: [rows, width]) { _ in }
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

  /// y in evaluation, by running moments: each chunk goes from end to end. Keeps m and h if asked for;
  /// has no gradient.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func evaluation(
    _ inputs: Inputs, _ moments1: Moments, _ moments2: Moments, epsilon: Double,
    keepsSteps: Bool = false
  ) -> (output: Tensor<Scalar>, steps: Steps?) {
    let path = FusedPath(inputs, epsilon: epsilon)
    let (rows, width, hidden) = (path.rows, path.width, path.hidden)
    // Biases before a normalization join its center.
    let norm1 = ColumnNormalization(
      mean: moments1.mean, variance: moments1.variance, epsilon: epsilon,
      weight: inputs.norm1.weight, bias: inputs.norm1.bias, offset: inputs.projection?.bias)
    let norm2 = ColumnNormalization(
      mean: moments2.mean, variance: moments2.variance, epsilon: epsilon,
      weight: inputs.norm2.weight, bias: inputs.norm2.bias, offset: inputs.second.bias)
    let steps: Steps? =
      keepsSteps
      ? (Tensor(shape: [rows, width]) { _ in }, Tensor(shape: [rows, hidden]) { _ in }) : nil
    let weights = [inputs.projection?.weight, inputs.first.weight, inputs.second.weight]
    let y = path.withTransposed(weights) { weights in
      Tensor<Scalar>(shape: [rows, width]) { target in
        ThreadPool.run(
          chunks: path.chunks, scratch: path.grain * (width + hidden), of: Scalar.self
        ) { chunk, scratch in
          let rows = path.rows(of: chunk)
          let (count, start) = (rows.count, rows.lowerBound * width)
          let (x, y) = (inputs.x.base + start, target.baseAddress! + start)
          let m = steps.map { $0.middle.storage.base + start } ?? scratch
          let h =
            steps.map { $0.hidden.storage.base + rows.lowerBound * hidden }
            ?? scratch + count * width
          if let weight = weights[0] { path.multiply(count, width, width, x, weight, 0, m) }
          path.normalize(
            count, weights[0] == nil ? x : UnsafePointer(m), inputs.input.map { $0.base + start },
            norm1, m)
          path.feedForward(count, m, weights[1]!, weights[2]!, h, y, isFresh: false)
          path.normalize(count, y, inputs.input == nil ? nil : UnsafePointer(m), norm2, y)
        }
      }
    }
    withExtendedLifetime((inputs.all, norm1, norm2)) {}
    return (y, steps)
  }

  /// h = relu(m W₁ᵀ + b₁) and h W₂ᵀ of a chunk, by transposed weights. `isFresh`: h is not in cache.
  /// Evaluation says no though it keeps h for those who look: the same bits for all.
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
  /// our own kernel is faster, which loads ahead where columns fill its blocks; elsewhere OpenBLAS's is.
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
      smallProduct(false, false, m, n, k, 1, a, k, b, n, beta, c, n)
    } else {
      Scalar.gemm(false, false, m, n, k, 1, a, k, b, n, beta, c, n)
    }
  }

  /// Calls `body` for every chunk of rows, with room for as many rows and for its columns' means and sums
  /// of squared deviations, and merges these.
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

  /// Calls `body` with transposed copies of weights: products are fastest with both factors as they are
  /// stored.
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
