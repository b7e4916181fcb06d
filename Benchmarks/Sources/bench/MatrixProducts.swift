import CPeerBLAS
import Outcrop

/// C = op(A) op(B) for the shapes of a training step: one call into OpenBLAS on one thread against the
/// library's product on all of its threads.
func measureProducts(_ workload: Workload, _ effort: Effort) -> [Measurement] {
  let (n, e) = (workload.nodeCount, workload.edgeCount)
  let shapes: [ProductShape] = [
    ProductShape("q, k, v of nodes", m: n, n: 192, k: 64, right: .transposed),
    ProductShape("projection of edges", m: e, n: 64, k: 64, right: .transposed),
    ProductShape("first feed-forward of edges", m: e, n: 128, k: 64, right: .transposed),
    ProductShape("second feed-forward of edges", m: e, n: 64, k: 128, right: .transposed),
    ProductShape("input gradient of edges", m: e, n: 64, k: 128),
    ProductShape("input gradient of q, k, v", m: n, n: 64, k: 192),
    ProductShape("weight gradient of edges", m: 128, n: 64, k: e, left: .transposed),
    ProductShape("weight gradient of nodes", m: 192, n: 64, k: n, left: .transposed),
    ProductShape("square", m: 1024, n: 1024, k: 1024),
  ]
  // The library does the same before its first product.
  openblas_set_num_threads(1)
  return shapes.flatMap { $0.measure(effort) }
}

private struct ProductShape {
  let name: String
  let m, n, k: Int
  let left, right: Transposition

  init(
    _ name: String, m: Int, n: Int, k: Int, left: Transposition = .none,
    right: Transposition = .none
  ) {
    (self.name, self.m, self.n, self.k) = (name, m, n, k)
    (self.left, self.right) = (left, right)
  }

  func measure(_ effort: Effort) -> [Measurement] {
    var generator = RandomGenerator(seed: 1)
    let aShape = left == .none ? [m, k] : [k, m]
    let bShape = right == .none ? [k, n] : [n, k]
    let a = Tensor<Float>.normal(aShape, using: &generator).values
    let b = Tensor<Float>.normal(bShape, using: &generator).values
    let (ours, theirs) = (
      UnsafeMutablePointer<Float>.allocate(capacity: m * n),
      UnsafeMutablePointer<Float>.allocate(capacity: m * n)
    )
    defer {
      ours.deallocate()
      theirs.deallocate()
    }
    let work =
      "product, \(name): [\(m), \(k)]\(left == .none ? "" : "ᵀ") × [\(k), \(n)]"
      + (right == .none ? "" : "ᵀ")
    let result = a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        sideBySide(
          work, effort, gigaflop: 2e-9 * Double(m) * Double(n) * Double(k),
          [
            (
              "outcrop, \(ThreadPool.threadCount) threads",
              {
                matrixMultiply(
                  MatrixView(a.baseAddress!, rows: aShape[0], columns: aShape[1]), left,
                  MatrixView(b.baseAddress!, rows: bShape[0], columns: bShape[1]), right,
                  into: MutableMatrixView(ours, rows: m, columns: n))
              }
            ),
            (
              "cblas_sgemm, 1 thread",
              {
                cblas_sgemm(
                  CblasRowMajor, left == .none ? CblasNoTrans : CblasTrans,
                  right == .none ? CblasNoTrans : CblasTrans, blasint(m), blasint(n), blasint(k), 1,
                  a.baseAddress!, blasint(aShape[1]), b.baseAddress!, blasint(bShape[1]), 0, theirs,
                  blasint(n))
              }
            ),
          ])
      }
    }
    // A fast wrong product is no result.
    for index in stride(from: 0, to: m * n, by: 97) {
      precondition(
        abs(ours[index] - theirs[index]) <= 1e-3 * Float(k).squareRoot(),
        "\(work): the two products differ at element \(index): \(ours[index]), \(theirs[index])")
    }
    return result
  }
}
