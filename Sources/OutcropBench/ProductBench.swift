import OutcropBLAS
import OutcropCore
import OutcropTensor

/// C = op(A) op(B) for the shapes of a training step: the library's product on all threads, compared with one
/// call of OpenBLAS on one thread, and for the smallest shape with three loops in Swift.
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
    ProductShape("small", m: 64, n: 64, k: 64, isNaiveToo: true),
  ]
  return shapes.flatMap { $0.measure(effort) }
}

private struct ProductShape {
  let name: String
  let m, n, k: Int
  let left, right: Transposition
  let isNaiveToo: Bool

  init(
    _ name: String, m: Int, n: Int, k: Int, left: Transposition = .plain,
    right: Transposition = .plain, isNaiveToo: Bool = false
  ) {
    self.name = name
    (self.m, self.n, self.k) = (m, n, k)
    (self.left, self.right) = (left, right)
    self.isNaiveToo = isNaiveToo
  }

  /// Bytes are not counted, because in a training step the operands are in the cache.
  var cost: Cost { Cost(flop: 2 * Double(m) * Double(n) * Double(k)) }

  func measure(_ effort: Effort) -> [Measurement] {
    var generator = RandomGenerator(seed: 1)
    let a = Tensor<Float>.normal(left == .plain ? [m, k] : [k, m], using: &generator)
    let b = Tensor<Float>.normal(right == .plain ? [k, n] : [n, k], using: &generator)
    var (ours, theirs) = (Tensor<Float>.zeros([m, n]), Tensor<Float>.zeros([m, n]))
    let work =
      "product, \(name): [\(m), \(k)]\(left == .plain ? "" : "ᵀ") × [\(k), \(n)]"
      + (right == .plain ? "" : "ᵀ")
    let result = withPointers(a, b, &ours, &theirs) { a, b, ours, theirs in
      var ways: [(name: String, body: () -> Void)] = [
        (outcropWay, { library(a, b, ours) }),
        ("cblas_sgemm, 1 thread", { blas(a, b, theirs) }),
      ]
      if isNaiveToo {
        ways.append(("three loops in Swift", { naiveProduct(m, n, k, a, b, theirs) }))
      }
      return sideBySide(.products, work, effort, cost, ways)
    }
    requireClose(ours, theirs, depth: k, work)
    return result
  }

  private func library(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    matrixMultiply(
      MatrixView(a, rows: left == .plain ? m : k, columns: left == .plain ? k : m), left,
      MatrixView(b, rows: right == .plain ? k : n, columns: right == .plain ? n : k), right,
      into: MutableMatrixView(c, rows: m, columns: n))
  }

  private func blas(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    Float._gemm(
      left == .transposed, right == .transposed, m, n, k, 1, a, left == .plain ? k : m, b,
      right == .plain ? n : k, 0, c, n)
  }
}

/// C = A B of dense matrices by three nested loops.
func naiveProduct(
  _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
  _ c: UnsafeMutablePointer<Float>
) {
  for row in 0..<m {
    for column in 0..<n {
      var sum: Float = 0
      for inner in 0..<k { sum += a[row * k + inner] * b[inner * n + column] }
      c[row * n + column] = sum
    }
  }
}

/// Calls `body` with two factors and the two results to compare.
func withPointers<Result>(
  _ a: Tensor<Float>, _ b: Tensor<Float>, _ ours: inout Tensor<Float>,
  _ theirs: inout Tensor<Float>,
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
    UnsafeMutablePointer<Float>
  ) -> Result
) -> Result {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      ours.withUnsafeMutableBufferPointer { ours in
        theirs.withUnsafeMutableBufferPointer { theirs in
          body(a.baseAddress!, b.baseAddress!, ours.baseAddress!, theirs.baseAddress!)
        }
      }
    }
  }
}

/// The name of the library's implementation.
var outcropWay: String { "outcrop, \(ThreadPool.threadCount) threads" }

/// Stops the program when the two results differ by more than rounding errors.
func requireClose(_ ours: Tensor<Float>, _ theirs: Tensor<Float>, depth: Int, _ work: String) {
  let tolerance = 1e-3 * Float(max(1, depth)).squareRoot()
  for (index, (a, b)) in zip(ours.values, theirs.values).enumerated() {
    precondition(
      abs(a - b) <= tolerance, "\(work): two implementations differ at element \(index): \(a), \(b)"
    )
  }
}
