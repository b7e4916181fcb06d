import OutcropBLAS
import OutcropCore
import OutcropTensor

/// Batches of small products: of one size, and of the sizes of molecules. The alternatives are code
/// without the library: a loop over calls of OpenBLAS, and for one batch three loops in Swift.
///
/// Operations: 2 m n k for each product. Bytes: every operand and result once.
func measureBatched(_ effort: Effort) -> [Measurement] {
  [(1024, 64, 64, 64), (128, 64, 64, 64), (1024, 128, 8, 128)].flatMap {
    measureBatch(count: $0.0, m: $0.1, k: $0.2, n: $0.3, effort)
  } + measureRagged(effort)
}

private func measureBatch(count: Int, m: Int, k: Int, n: Int, _ effort: Effort) -> [Measurement] {
  var generator = RandomGenerator(seed: 2)
  let a = Tensor<Float>.normal([count, m, k], using: &generator)
  let b = Tensor<Float>.normal([count, k, n], using: &generator)
  var (ours, theirs) = (Tensor<Float>.zeros([count, m, n]), Tensor<Float>.zeros([count, m, n]))
  let work = "batched product: \(count) × [\(m), \(k)] × [\(k), \(n)]"
  // Large batches do not fit in the caches.
  let cost = Cost(
    flop: 2 * Double(count * m * n * k),
    bytes: count >= 1024 ? 4 * Double(count * (m * k + k * n + m * n)) : nil)
  let result = withPointers(a, b, &ours, &theirs) { a, b, ours, theirs in
    var ways: [(name: String, body: () -> Void)] = [
      (
        outcropWay,
        {
          matrixMultiply(
            BatchedMatrixView(a, count: count, rows: m, columns: k), .plain,
            BatchedMatrixView(b, count: count, rows: k, columns: n), .plain,
            into: MutableBatchedMatrixView(ours, count: count, rows: m, columns: n))
        }
      ),
      (
        "loop over cblas_sgemm",
        {
          for i in 0..<count {
            Float._gemm(
              false, false, m, n, k, 1, a + i * m * k, k, b + i * k * n, n, 0,
              theirs + i * m * n, n)
          }
        }
      ),
    ]
    // The loops in Swift are slow, so only the small batch has them.
    if count < 1024 {
      ways.append(
        (
          "three loops in Swift",
          {
            for i in 0..<count {
              naiveProduct(m, n, k, a + i * m * k, b + i * k * n, theirs + i * m * n)
            }
          }
        ))
    }
    return sideBySide(.batched, work, effort, cost, ways)
  }
  requireClose(ours, theirs, depth: k, work)
  return result
}

/// 1,024 graphs of 9 to 37 nodes, each with another right factor.
private func measureRagged(_ effort: Effort) -> [Measurement] {
  var generator = RandomGenerator(seed: 3)
  let sizes = (0..<1024).map { 9 + $0 * 7 % 29 }
  let rows = sizes.reduce(0, +)
  let starts = sizes.indices.map { sizes[..<$0].reduce(0, +) }
  let a = Tensor<Float>.normal([rows, 64], using: &generator)
  let b = Tensor<Float>.normal([sizes.count, 64, 64], using: &generator)
  var (ours, theirs) = (Tensor<Float>.zeros([rows, 64]), Tensor<Float>.zeros([rows, 64]))
  let work = "ragged product: \(sizes.count) × [9 ... 37, 64] × [64, 64]"
  let cost = Cost(
    flop: 2 * 4096 * Double(rows), bytes: 4 * Double(2 * rows * 64 + sizes.count * 4096))
  let result = withPointers(a, b, &ours, &theirs) { a, b, ours, theirs in
    let products = sizes.indices.map { index in
      RaggedProduct(
        MatrixView(a + starts[index] * 64, rows: sizes[index], columns: 64),
        MatrixView(b + index * 4096, rows: 64, columns: 64),
        into: MutableMatrixView(ours + starts[index] * 64, rows: sizes[index], columns: 64))
    }
    return sideBySide(
      .batched, work, effort, cost,
      [
        (outcropWay, { matrixMultiply(products) }),
        (
          "loop over cblas_sgemm",
          {
            for index in sizes.indices {
              Float._gemm(
                false, false, sizes[index], 64, 64, 1, a + starts[index] * 64, 64,
                b + index * 4096, 64, 0, theirs + starts[index] * 64, 64)
            }
          }
        ),
      ])
  }
  requireClose(ours, theirs, depth: 64, work)
  return result
}
