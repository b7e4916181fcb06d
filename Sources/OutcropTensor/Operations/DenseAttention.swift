import OutcropBLAS
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Scaled dot-product attention: softmax(scale · Q Kᵀ + bias) V, for each batch and head.
  ///
  /// Query [B, H, N, d], key [B, H, M, d], value [B, H, M, e] → [B, H, N, e]. `mask` (0 drops a
  /// pair, any other value keeps it) and `bias` broadcast to [B, H, N, M]. A row without any pair
  /// gives 0. `scale` is 1/√d unless given. The mask has no gradient: a tracked mask traps.
  ///
  /// With `isCausal`, query i attends only to the keys 0 ... i (in addition to the mask), and the blocks
  /// above the diagonal are not computed. Without heads, query [B, N, d], key [B, M, d] and value
  /// [B, M, e] give [B, N, e], and mask and bias broadcast to [B, N, M].
  ///
  /// The scores are computed block by block and never stored as a whole (online softmax, Milakov &
  /// Gimelshein 2018; Dao et al. 2022). The tape saves inputs, result and [B, H, N] numbers, and
  /// the gradient recomputes the scores. A bias of −∞ drops a pair as the mask does.
  public static func denseAttention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, bias: Tensor? = nil,
    scale: Double? = nil, isCausal: Bool = false
  ) -> Tensor {
    if query.rank == 3, key.rank == 3, value.rank == 3 {
      func withHead(_ x: Tensor) -> Tensor {
        x.rank == 3 ? x.reshaped([x.shape[0], 1, x.shape[1], x.shape[2]]) : x
      }
      let y = denseAttention(
        query: withHead(query), key: withHead(key), value: withHead(value),
        mask: mask.map(withHead), bias: bias.map(withHead), scale: scale, isCausal: isCausal)
      return y.reshaped([y.shape[0], y.shape[2], y.shape[3]])
    }
    let attention = BlockAttention(query, key, value, mask, bias, scale, isCausal)
    let (output, logarithms) = attention.forward()
    let inputs = [query, key, value] + (bias.map { [$0] } ?? [])
    let hasBias = bias != nil
    return .record(TensorOperation.denseAttention, inputs: inputs, output: output) { dy, sink in
      let backward = AttentionGradient(attention, output, logarithms, dy)
      if (0..<3).contains(where: sink.wants) {
        let (dq, dk, dv) = backward.inputs()
        sink.add(0, dq)
        sink.add(1, dk)
        sink.add(2, dv)
      }
      if hasBias { sink.add(3, backward.bias()) }
    }
  }
}

/// The inputs of dense attention with their sizes, and the blocks of its work.
struct BlockAttention<Scalar: TensorScalar>: Sendable {
  let query, key, value: Tensor<Scalar>
  let mask, bias: Tensor<Scalar>?
  let scale: Scalar
  let heads: Int
  /// The numbers of queries and of keys, the widths of queries and of values.
  let n, m, d, e: Int
  let maskStrides, biasStrides: ScoreStrides
  let isCausal: Bool

  /// The numbers of queries and of keys in one block, whose scores stay in the second-level cache.
  static var queryBlock: Int { 128 }
  static var keyBlock: Int { 256 }

  init(
    _ query: Tensor<Scalar>, _ key: Tensor<Scalar>, _ value: Tensor<Scalar>,
    _ mask: Tensor<Scalar>?, _ bias: Tensor<Scalar>?, _ scale: Double?, _ isCausal: Bool
  ) {
    self.isCausal = isCausal
    let (q, k, v) = (query.shape, key.shape, value.shape)
    require(
      q.count == 4 && k.count == 4 && v.count == 4 && q[..<2] == k[..<2] && q[..<2] == v[..<2]
        && q[3] == k[3] && k[2] == v[2],
      "denseAttention: query \(q), key \(k) and value \(v); "
        + "expected [B, H, N, d], [B, H, M, d] and [B, H, M, e], or the same without H")
    require(mask?.isTracked != true, "denseAttention: the mask has no gradient; use `.detached`")
    (self.query, self.key, self.value) = (query.detached, key.detached, value.detached)
    (self.mask, self.bias) = (mask?.detached, bias?.detached)
    (n, m, d, e) = (q[2], k[2], q[3], v[3])
    heads = q[0] * q[1]
    self.scale = Scalar(scale ?? 1 / Double(max(1, q[3])).squareRoot())
    let scores = [q[0], q[1], n, m]
    maskStrides = ScoreStrides("mask", mask?.shape ?? [], scores)
    biasStrides = ScoreStrides("bias", bias?.shape ?? [], scores)
  }

  var blocksPerHead: Int { (n + Self.queryBlock - 1) / Self.queryBlock }

  func rows(_ block: Int) -> Range<Int> {
    block * Self.queryBlock..<min(n, (block + 1) * Self.queryBlock)
  }

  /// The number of keys to which the queries in `rows` attend.
  func keyEnd(_ rows: Range<Int>) -> Int { isCausal ? min(m, rows.upperBound) : m }

  var scratchCount: Int { min(n, Self.queryBlock) * min(m, Self.keyBlock) }

  /// The result and the logarithm of each row's sum of exponentials (+∞ for a row without pairs).
  func forward() -> (output: Tensor<Scalar>, logarithms: Tensor<Scalar>) {
    let logarithms = Tensor<Scalar>(unsafeUninitialized: [heads * n]) { _ in }
    let output = Tensor<Scalar>(unsafeUninitialized: Array(query.shape[..<3]) + [e]) { target in
      let work = max(1, min(n, Self.queryBlock) * m * (d + e))
      withExtendedLifetime(logarithms) {
        ThreadPool.forRanges(heads * blocksPerHead, grain: max(1, (1 << 20) / work)) { range in
          forwardBlocks(range, target.baseAddress!, logarithms.storage.base)
        }
      }
    }
    return (output, logarithms)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func forwardBlocks(
    _ range: Range<Int>, _ output: UnsafeMutablePointer<Scalar>,
    _ logarithms: UnsafeMutablePointer<Scalar>
  ) {
    let softmaxBlock = Kernels<Scalar>.table.softmax_block
    let scratch = Storage<Scalar>(count: scratchCount + 2 * Self.queryBlock)
    let scores = scratch.base
    let sums = scores + scratchCount
    let corrections = sums + Self.queryBlock
    for index in range {
      let head = index / blocksPerHead
      let rows = rows(index % blocksPerHead)
      let y = output + (head * n + rows.lowerBound) * e
      let largest = logarithms + head * n + rows.lowerBound
      largest.update(repeating: -.infinity, count: rows.count)
      sums.update(repeating: 0, count: rows.count)
      for first in stride(from: 0, to: keyEnd(rows), by: Self.keyBlock) {
        let columns = first..<min(m, first + Self.keyBlock)
        computeScores(head, rows, columns, scores)
        softmaxBlock(
          scores, largest, sums, corrections, Int64(rows.count), Int64(columns.count))
        if first > 0 { scaleRows(y, corrections, rows.count, e) }
        product(
          false, false, rows.count, e, columns.count, 1, scores, columns.count,
          value.base + (head * m + first) * e, e, first == 0 ? 0 : 1, y)
      }
      if m == 0 { y.update(repeating: 0, count: rows.count * e) }
      for row in 0..<rows.count {
        let isEmpty = largest[row] == -.infinity
        corrections[row] = isEmpty ? 0 : 1 / sums[row]
        largest[row] = isEmpty ? .infinity : largest[row] + Scalar._log(sums[row])
      }
      scaleRows(y, corrections, rows.count, e)
    }
  }

  /// scale · Q Kᵀ + bias, −∞ where the mask is 0, for a block of one head.
  @inline(__always)
  func computeScores(
    _ head: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ scores: UnsafeMutablePointer<Scalar>
  ) {
    product(
      false, true, rows.count, columns.count, d, scale,
      query.base + (head * n + rows.lowerBound) * d, d,
      key.base + (head * m + columns.lowerBound) * d, d, 0, scores)
    if let bias {
      addBias(
        scores, bias.base + biasStrides.offset(head, rows.lowerBound, columns.lowerBound),
        biasStrides.row, biasStrides.column, rows.count, columns.count)
    }
    if let mask {
      dropMasked(
        scores, mask.base + maskStrides.offset(head, rows.lowerBound, columns.lowerBound),
        maskStrides.row, maskStrides.column, rows.count, columns.count)
    }
    if isCausal, columns.upperBound > rows.lowerBound {
      dropLater(scores, rows, columns)
    }
  }
}

/// The strides of a mask or a bias along the axes of the scores, 0 where it is broadcast.
struct ScoreStrides: Sendable {
  let batch, head, row, column: Int
  let headCount: Int
  /// The sizes, padded with leading axes of size 1.
  let shape: [Int]

  init(_ name: String, _ shape: [Int], _ scores: [Int]) {
    let padded = Array(repeating: 1, count: max(0, 4 - shape.count)) + shape
    require(
      padded.count == 4 && zip(padded, scores).allSatisfy { $0 == $1 || $0 == 1 },
      "denseAttention: \(name) \(shape) does not broadcast to the scores \(scores)")
    var strides = [0, 0, 0, 0]
    var step = 1
    for axis in (0..<4).reversed() {
      strides[axis] = padded[axis] == 1 ? 0 : step
      step *= padded[axis]
    }
    (batch, head, row, column) = (strides[0], strides[1], strides[2], strides[3])
    self.shape = padded
    headCount = scores[1]
  }

  @inline(__always)
  func offset(_ index: Int, _ row: Int, _ column: Int) -> Int {
    index / headCount * batch + index % headCount * head + row * self.row + column * self.column
  }
}

/// C ← alpha · op(A) op(B) + beta · C on the calling thread, with C dense.
@inline(__always)
func product<Scalar: TensorScalar>(
  _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Scalar,
  _ a: UnsafePointer<Scalar>, _ lda: Int, _ b: UnsafePointer<Scalar>, _ ldb: Int, _ beta: Scalar,
  _ c: UnsafeMutablePointer<Scalar>
) {
  if m == 0 || n == 0 { return }
  if k == 0 {
    if beta == 0 { c.update(repeating: 0, count: m * n) }
    return
  }
  smallMatrixMultiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, n)
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func scaleRows<Scalar: TensorScalar>(
  _ y: UnsafeMutablePointer<Scalar>, _ factors: UnsafePointer<Scalar>, _ rows: Int, _ width: Int
) {
  for row in 0..<rows {
    let factor = factors[row]
    // The values of a row without pairs are undefined and may be infinite, so they are not
    // multiplied by 0.
    for column in 0..<width {
      y[row * width + column] = factor == 0 ? 0 : y[row * width + column] * factor
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addBias<Scalar: TensorScalar>(
  _ scores: UnsafeMutablePointer<Scalar>, _ bias: UnsafePointer<Scalar>, _ rowStride: Int,
  _ columnStride: Int, _ rows: Int, _ columns: Int
) {
  for row in 0..<rows {
    let (x, b) = (scores + row * columns, bias + row * rowStride)
    if columnStride == 1 {
      for column in 0..<columns { x[column] += b[column] }
    } else {
      let addend = b[0]
      for column in 0..<columns { x[column] += addend }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func dropMasked<Scalar: TensorScalar>(
  _ scores: UnsafeMutablePointer<Scalar>, _ mask: UnsafePointer<Scalar>, _ rowStride: Int,
  _ columnStride: Int, _ rows: Int, _ columns: Int
) {
  for row in 0..<rows {
    let (x, keep) = (scores + row * columns, mask + row * rowStride)
    if columnStride == 1 {
      for column in 0..<columns { x[column] = keep[column] == 0 ? -.infinity : x[column] }
    } else if keep[0] == 0 {
      x.update(repeating: -.infinity, count: columns)
    }
  }
}

/// −∞ where the column is above the row.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func dropLater<Scalar: TensorScalar>(
  _ scores: UnsafeMutablePointer<Scalar>, _ rows: Range<Int>, _ columns: Range<Int>
) {
  for (index, row) in rows.enumerated() {
    let first = min(columns.count, max(0, row + 1 - columns.lowerBound))
    (scores + index * columns.count + first).update(
      repeating: -.infinity, count: columns.count - first)
  }
}
