import CKernels
import OutcropBLAS
import OutcropCore
import OutcropTensor

extension FusedFeedForward {
  /// Chunks are divided among at most this many groups; each sums the gradients of the weights of its
  /// chunks, and groups are added in order.
  private static var mostGroups: Int { 16 }

  private var groups: Int { min(chunks, Self.mostGroups) }

  private func chunks(of group: Int) -> Range<Int> {
    group * chunks / groups..<(group + 1) * chunks / groups
  }

  /// Sums that every group computes separately, in double precision: the columns of dz₂ and dh, and the two
  /// sums of norm₁.
  private struct Sums {
    let second, first, norm1: Range<Int>
    var count: Int { norm1.upperBound }

    init(width: Int, hidden: Int) {
      second = 0..<width
      first = width..<width + hidden
      norm1 = first.upperBound..<first.upperBound + 2 * width
    }
  }

  /// Runs one pass over the chunks for the sums of each normalization, and between these two passes one from
  /// z₂ back to m.
  func backward(_ dy: Tensor<Scalar>, _ saved: Saved, _ sink: GradientSink<Scalar>) {
    let kernels = Kernels<Scalar>.table
    let norm2Sums = summedOverChunks(rows, width: 2 * width, grain: grain) { rows, sums in
      let start = rows.lowerBound * width
      kernels.norm_gradient_sums(
        dy.base + start, saved.z2.base + start, saved.norm2.center, saved.norm2.inverseDeviation,
        sums, Int64(rows.count), Int64(width))
    }
    let norm2 = ColumnNormalization.Gradient(
      saved.norm2, sums: norm2Sums, total: exchange?.sums(norm2Sums) ?? norm2Sums,
      rows: saved.counts.norm2)
    let layout = Sums(width: width, hidden: hidden)
    // Gradients of W₁, W₂ and O.
    let weights = Tensor<Scalar>(unsafeUninitialized: [groups, 2 * width * hidden + width * width])
    { _ in }
    let dz = Tensor<Scalar>(unsafeUninitialized: [rows, width]) { _ in }
    let sums = summedOverGroups(layout.count, scratch: grain * (2 * width + hidden)) {
      group, sums, scratch in
      let part = weights.storage.base + group * weights.shape[1]
      for chunk in chunks(of: group) {
        backToNorm1(
          chunk, dy, saved, norm2, layout, sums, dz, part,
          chunk == chunks(of: group).lowerBound ? 0 : 1, scratch)
      }
    }
    let norm1Sums = Array(sums[layout.norm1])
    let projection = tensors.projection?.weight
    // A shard without rows has plain operations. Like them, the block exchanges the sums of a normalization only if
    // something before it has a gradient.
    let beforeNorm1 =
      [0, 1, 2] + (projection == nil ? [] : [9, 10]) + (hasResidual ? [residualInput] : [])
    let sumsOfAll = beforeNorm1.contains(where: sink.wants) ? exchange?.sums(norm1Sums) : nil
    let norm1 = ColumnNormalization.Gradient(
      saved.norm1, sums: norm1Sums, total: sumsOfAll ?? norm1Sums, rows: saved.counts.norm1)
    let dx = projection == nil ? dz : Tensor<Scalar>(unsafeUninitialized: [rows, width]) { _ in }
    let projectionSums = summedOverGroups(width, scratch: 0) { group, sums, _ in
      let part = weights.storage.base + group * weights.shape[1] + 2 * width * hidden
      for chunk in chunks(of: group) {
        let rows = rows(of: chunk)
        let (count, start) = (rows.count, rows.lowerBound * width)
        let target = dz.storage.base + start
        kernels.norm_gradient_apply(
          target, saved.z1.base + start, saved.norm1.center, norm1.a, norm1.b, norm1.c, target,
          Int64(count), Int64(width))
        guard let projection else { continue }
        kernels.column_sums(target, sums, Int64(count), Int64(width))
        let beta: Scalar = chunk == chunks(of: group).lowerBound ? 0 : 1
        weightGradient(count, width, width, target, tensors.x.base + start, beta, part)
        multiply(count, width, width, target, projection.base, 0, dx.storage.base + start)
      }
    }
    withExtendedLifetime((norm1, norm2, saved)) {}
    let total = summedOverRows(weights)
    func weight(_ start: Int, _ like: Tensor<Scalar>) -> Tensor<Scalar> {
      Tensor(shape: like.shape, storage: total.storage, offset: start)
    }
    sink.add(0, dx)
    sink.add(1, norm1.weight)
    sink.add(2, norm1.bias)
    sink.add(3, weight(0, tensors.first.weight))
    sink.add(4, .rounded(sums, layout.first))
    sink.add(5, weight(width * hidden, tensors.second.weight))
    sink.add(6, .rounded(sums, layout.second))
    sink.add(7, norm2.weight)
    sink.add(8, norm2.bias)
    if let projection {
      sink.add(9, weight(2 * width * hidden, projection))
      sink.add(10, .rounded(projectionSums, 0..<width))
    }
    if hasResidual { sink.add(residualInput, dz) }
  }

  /// The number of the residual among the inputs: the last one.
  private var residualInput: Int { tensors.projection == nil ? 9 : 11 }

  /// Calls `body` for every group, with sums that start at zero and with scratch memory. Returns the total,
  /// added in the order of the groups.
  private func summedOverGroups(
    _ count: Int, scratch: Int,
    _ body: (Int, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Scalar>) -> Void
  ) -> [Double] {
    summedOverChunks(groups, width: count, scratch: scratch, of: Scalar.self, body)
  }

  /// Runs one chunk backward from dy to dm (stored in `dz`) and accumulates its parameter sums.
  private func backToNorm1(
    _ chunk: Int, _ dy: Tensor<Scalar>, _ saved: Saved,
    _ norm2: ColumnNormalization<Scalar>.Gradient,
    _ layout: Sums, _ sums: UnsafeMutablePointer<Double>, _ dz: Tensor<Scalar>,
    _ weights: UnsafeMutablePointer<Scalar>, _ beta: Scalar,
    _ scratch: UnsafeMutablePointer<Scalar>
  ) {
    let kernels = Kernels<Scalar>.table
    let rows = rows(of: chunk)
    let (count, start) = (rows.count, rows.lowerBound * width)
    let (z1, z2) = (saved.z1.base + start, saved.z2.base + start)
    let h = saved.hidden.base + rows.lowerBound * hidden
    let (m, dh) = (scratch, scratch + 2 * count * width)
    // With a residual, dm starts as dz₂.
    let dm = dz.storage.base + start
    let dz2 = hasResidual ? dm : scratch + count * width
    kernels.norm_gradient_apply(
      dy.base + start, z2, saved.norm2.center, norm2.a, norm2.b, norm2.c, dz2, Int64(count),
      Int64(width))
    kernels.column_sums(dz2, sums + layout.second.lowerBound, Int64(count), Int64(width))
    multiply(count, hidden, width, dz2, tensors.second.weight.base, 0, dh)
    kernels.relu_gradient(
      dh, h, dh, sums + layout.first.lowerBound, Int64(count), Int64(hidden))
    normalize(count, z1, nil, saved.norm1, m)
    weightGradient(count, hidden, width, dh, m, beta, weights)
    weightGradient(count, width, hidden, dz2, h, beta, weights + width * hidden)
    multiply(count, width, hidden, dh, tensors.first.weight.base, hasResidual ? 1 : 0, dm)
    kernels.norm_gradient_sums(
      dm, z1, saved.norm1.center, saved.norm1.inverseDeviation, sums + layout.norm1.lowerBound,
      Int64(count), Int64(width))
  }

  /// C ← Aᵀ B + beta C for dense blocks: A [count, m], B [count, n].
  @inline(__always)
  private func weightGradient(
    _ count: Int, _ m: Int, _ n: Int, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ beta: Scalar, _ c: UnsafeMutablePointer<Scalar>
  ) {
    if m == 0 || n == 0 { return }
    cachedMatrixMultiply(true, false, m, n, count, 1, a, m, b, n, beta, c, n)
  }
}

/// The sum of the rows of [rows, columns], added in order.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func summedOverRows<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
  let (rows, columns) = (x.shape[0], x.shape[1])
  return Tensor(unsafeUninitialized: [columns]) { target in
    ThreadPool.forRanges(columns, grain: 1 << 12) { range in
      let sum = target.baseAddress!
      let first = x.base
      for column in range { sum[column] = first[column] }
      for row in 1..<max(1, rows) {
        let part = first + row * columns
        for column in range { sum[column] += part[column] }
      }
    }
  }
}
