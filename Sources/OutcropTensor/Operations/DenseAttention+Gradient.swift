import OutcropCore

/// The gradients of dense attention. P are the weights and dP = dO Vᵀ:
/// dS = P ∘ (dP − rowsum(dO ∘ O)); dQ = scale · dS K, dK = scale · dSᵀ Q, dV = Pᵀ dO, dbias = dS.
struct AttentionGradient<Scalar: TensorScalar> {
  private let attention: BlockAttention<Scalar>
  private let logarithms: Tensor<Scalar>
  private let dy: Tensor<Scalar>
  /// rowsum(dO ∘ O)
  private let inner: Tensor<Scalar>

  init(
    _ attention: BlockAttention<Scalar>, _ output: Tensor<Scalar>, _ logarithms: Tensor<Scalar>,
    _ dy: Tensor<Scalar>
  ) {
    (self.attention, self.logarithms, self.dy) = (attention, logarithms, dy)
    inner = Tensor(unsafeUninitialized: [attention.heads * attention.n]) { target in
      ThreadPool.forRanges(target.count, grain: rowGrain(attention.e)) { rows in
        rowProducts(dy.base, output.base, target.baseAddress!, rows, attention.e)
      }
    }
  }

  /// The gradients of query, key and value, computed by chunks of heads.
  func inputs() -> (Tensor<Scalar>, Tensor<Scalar>, Tensor<Scalar>) {
    let (dq, dk, dv) = (
      Tensor<Scalar>(unsafeUninitialized: attention.query.shape) { _ in },
      Tensor<Scalar>(unsafeUninitialized: attention.key.shape) { _ in },
      Tensor<Scalar>(unsafeUninitialized: attention.value.shape) { _ in }
    )
    withExtendedLifetime((dq, dk, dv)) {
      let work = max(1, attention.n * attention.m * (attention.d + attention.e))
      ThreadPool.forRanges(attention.heads, grain: max(1, (1 << 19) / work)) { heads in
        inputs(heads, dq.storage.base, dk.storage.base, dv.storage.base)
      }
    }
    return (dq, dk, dv)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func inputs(
    _ heads: Range<Int>, _ dq: UnsafeMutablePointer<Scalar>, _ dk: UnsafeMutablePointer<Scalar>,
    _ dv: UnsafeMutablePointer<Scalar>
  ) {
    let (n, m, d, e) = (attention.n, attention.m, attention.d, attention.e)
    let scratch = Storage<Scalar>(count: 2 * attention.scratchCount)
    // Keys that no query attends to are in no block.
    if n == 0 || attention.isCausal {
      dk.advanced(by: heads.lowerBound * m * d).update(repeating: 0, count: heads.count * m * d)
      dv.advanced(by: heads.lowerBound * m * e).update(repeating: 0, count: heads.count * m * e)
    }
    if m == 0 {
      dq.advanced(by: heads.lowerBound * n * d).update(repeating: 0, count: heads.count * n * d)
    }
    let isFirst = { (block: Int) in block == 0 && !attention.isCausal }
    for head in heads {
      for block in 0..<attention.blocksPerHead {
        let rows = attention.rows(block)
        let at = head * n + rows.lowerBound
        forKeyBlocks(head, rows, scratch.base) { columns, weights, dScores in
          let key = head * m + columns.lowerBound
          let width = columns.count
          product(
            false, false, rows.count, d, width, attention.scale, dScores, width,
            attention.key.base + key * d, d, columns.lowerBound == 0 ? 0 : 1, dq + at * d)
          product(
            true, false, width, d, rows.count, attention.scale, dScores, width,
            attention.query.base + at * d, d, isFirst(block) ? 0 : 1, dk + key * d)
          product(
            true, false, width, e, rows.count, 1, weights, width, dy.base + at * e, e,
            isFirst(block) ? 0 : 1, dv + key * e)
        }
      }
    }
  }

  /// The gradient of the bias: each chunk owns some of its elements and adds the gradients of all
  /// heads that these elements were broadcast to, in order.
  func bias() -> Tensor<Scalar> {
    let strides = attention.biasStrides
    let blocks = strides.row == 0 ? 1 : attention.blocksPerHead
    let result = Tensor<Scalar>.zeros(attention.bias!.shape)
    let owners = strides.shape[0] * strides.shape[1]
    withExtendedLifetime(result) {
      ThreadPool.run(chunks: owners * blocks) { chunk in
        let (owner, block) = (chunk / blocks, chunk % blocks)
        let scratch = Storage<Scalar>(count: 2 * attention.scratchCount)
        for head in 0..<attention.heads where strides.owner(head) == owner {
          for block in strides.row == 0 ? 0..<attention.blocksPerHead : block..<(block + 1) {
            let rows = attention.rows(block)
            forKeyBlocks(head, rows, scratch.base) { columns, _, dScores in
              addScores(
                dScores,
                result.storage.base + strides.offset(head, rows.lowerBound, columns.lowerBound),
                strides.row, strides.column, rows.count, columns.count)
            }
          }
        }
      }
    }
    return result
  }

  /// Calls `body` with the weights P and the gradients dS of each block of keys, for some queries of
  /// one head.
  @inline(__always)
  private func forKeyBlocks(
    _ head: Int, _ rows: Range<Int>, _ scratch: UnsafeMutablePointer<Scalar>,
    _ body: (Range<Int>, UnsafePointer<Scalar>, UnsafePointer<Scalar>) -> Void
  ) {
    let (m, e) = (attention.m, attention.e)
    let end = attention.keyEnd(rows)
    let weights = scratch
    let dScores = scratch + attention.scratchCount
    let at = head * attention.n + rows.lowerBound
    for first in stride(from: 0, to: end, by: BlockAttention<Scalar>.keyBlock) {
      let columns = first..<min(m, first + BlockAttention<Scalar>.keyBlock)
      attention.computeScores(head, rows, columns, weights)
      product(
        false, true, rows.count, columns.count, e, 1, dy.base + at * e, e,
        attention.value.base + (head * m + first) * e, e, 0, dScores)
      Kernels<Scalar>.table.softmax_block_gradient(
        weights, dScores, logarithms.base + at, inner.base + at, Int64(rows.count),
        Int64(columns.count))
      body(columns, weights, dScores)
    }
  }
}

extension ScoreStrides {
  /// The index, over the bias's batches and heads, of the bias of head number `index` of the
  /// scores.
  fileprivate func owner(_ index: Int) -> Int {
    let batch = shape[0] == 1 ? 0 : index / headCount
    return batch * shape[1] + (shape[1] == 1 ? 0 : index % headCount)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func rowProducts<Scalar: TensorScalar>(
  _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>,
  _ rows: Range<Int>, _ width: Int
) {
  for row in rows {
    let at = row * width
    var sum: Scalar = 0
    for column in 0..<width { sum += a[at + column] * b[at + column] }
    y[row] = sum
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addScores<Scalar: TensorScalar>(
  _ scores: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>, _ rowStride: Int,
  _ columnStride: Int, _ rows: Int, _ columns: Int
) {
  for row in 0..<rows {
    let (x, y) = (scores + row * columns, target + row * rowStride)
    if columnStride == 1 {
      for column in 0..<columns { y[column] += x[column] }
    } else {
      y[0] += pairwiseSum(x, columns)
    }
  }
}
