import OutcropBLAS
import OutcropCore
import OutcropTestSupport
import Testing

extension BLASTests {
  /// Identities on random matrices of many shapes, with gaps between rows and between matrices.
  @Suite struct LinearAlgebraPropertyTests {
    static let shapes: [(Int, Int)] = [
      (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (7, 7), (8, 8), (9, 9), (16, 16), (17, 17), (31, 31),
      (32, 32), (33, 33), (64, 64), (65, 65), (100, 100), (3, 1), (1, 3),
      (8, 5), (5, 8), (20, 3),
      (3, 20), (40, 33), (33, 40), (64, 10), (10, 64), (120, 70), (70, 120),
    ]
    static let counts = [1, 3, 8, 21]

    @Test func doubles() throws { try checkAll(Double.self) }
    @Test func floats() throws { try checkAll(Float.self) }

    private func checkAll<S: BLASScalar>(_: S.Type) throws {
      var random = TestRandom(91)
      for (m, n) in Self.shapes {
        for count in m * n > 1200 ? [1, 3] : Self.counts {
          let a = MatrixBatch<S>(count, m, n) { random.number() }
          let unit = 8 * Double(m + n) * Double(S.ulpOfOne)
          try qr(a, unit, complete: false)
          try qr(a, unit, complete: true)
          try svd(a, unit, full: false)
          try svd(a, unit, full: true)
          try lu(a, unit)
          if m == n {
            try square(a, unit, &random)
            try symmetric(a, unit)
          }
        }
      }
    }

    private func qr<S: BLASScalar>(_ a: MatrixBatch<S>, _ unit: Double, complete: Bool) throws {
      let width = complete ? a.rows : min(a.rows, a.columns)
      let (q, r) = (
        MatrixBatch<S>(a.count, a.rows, width), MatrixBatch<S>(a.count, width, a.columns)
      )
      try a.view.qr(q: q.target, r: r.target)
      let only = MatrixBatch<S>(a.count, width, a.columns)
      try a.view.qr(q: nil, r: only.target)
      for index in 0..<a.count {
        let name = "QR \(a.name) \(index)"
        expectClose(q[index] * r[index], a[index], unit, name)
        expectOrthonormal(q[index], unit, name)
        #expect(
          (0..<width).allSatisfy { row in
            (0..<min(row, a.columns)).allSatisfy { r[index][row, $0] == 0 }
          }, "\(name): R")
        expectClose(only[index], r[index], unit, "\(name): R alone")
      }
      #expect(q.gapsAreUntouched && r.gapsAreUntouched, "QR \(a.name) wrote into gaps")
    }

    private func svd<S: BLASScalar>(_ a: MatrixBatch<S>, _ unit: Double, full: Bool) throws {
      let (m, n, rank) = (a.rows, a.columns, min(a.rows, a.columns))
      let u = MatrixBatch<S>(a.count, m, full ? m : rank)
      let v = MatrixBatch<S>(a.count, full ? n : rank, n)
      var (values, only) = (
        [S](repeating: -1, count: a.count * rank), [S](repeating: -1, count: a.count * rank)
      )
      try a.view.svd(u: u.target, values: &values, vTransposed: v.target)
      try a.view.svd(values: &only)
      for index in 0..<a.count {
        let name = "SVD \(a.name) \(index)"
        let sigma = Array(values[(index * rank)..<((index + 1) * rank)])
        #expect(sigma == sigma.sorted(by: >) && sigma.allSatisfy { $0 >= 0 }, "\(name): \(sigma)")
        var scaled = DenseMatrix<S>(zeros: u.columns, v.rows)
        for (place, value) in sigma.enumerated() { scaled[place, place] = value }
        expectClose(u[index] * scaled * v[index], a[index], unit, name)
        expectOrthonormal(u[index], unit, "\(name): U")
        expectOrthonormal(v[index].transposed(), unit, "\(name): V")
        let largest = Double(sigma.first ?? 0)
        for (x, y) in zip(sigma, only[(index * rank)...]) {
          #expect(abs(Double(x) - Double(y)) <= unit * largest, "\(name): values alone")
        }
      }
      #expect(u.gapsAreUntouched && v.gapsAreUntouched, "SVD \(a.name) wrote into gaps")
    }

    private func lu<S: BLASScalar>(_ a: MatrixBatch<S>, _ unit: Double) throws {
      for index in 0..<a.count {
        let (p, l, u) = try a[index].lu()
        expectClose(p * l * u, a[index], 4 * unit, "LU \(a.name) \(index)")
        #expect(l.elements.allSatisfy { abs($0) <= 1 }, "LU \(a.name): pivoting")
      }
    }

    private func square<S: BLASScalar>(
      _ a: MatrixBatch<S>, _ unit: Double, _ random: inout TestRandom
    ) throws {
      let (n, k) = (a.rows, 1 + a.count % 3)
      // Twice the diagonal's share, so that the condition number is moderate.
      for index in 0..<a.count { for row in 0..<n { a.add(index, row, row, S(n)) } }
      let x = MatrixBatch<S>(a.count, n, k) { random.number() }
      let (b, found) = (MatrixBatch<S>(a.count, n, k), MatrixBatch<S>(a.count, n, k))
      matrixMultiply(a.view, .plain, x.view, into: b.target)
      try a.view.solve(b.view, into: found.target)
      let inverse = MatrixBatch<S>(a.count, n, n)
      try a.view.inverse(into: inverse.target)
      let gram = MatrixBatch<S>(a.count, n, n)
      matrixMultiply(a.view, .plain, a.view, .transposed, into: gram.target)
      let factor = MatrixBatch<S>(a.count, n, n)
      try gram.view.cholesky(into: factor.target)
      for index in 0..<a.count {
        let name = "\(a.name) \(index)"
        expectClose(found[index], x[index], 8 * unit, "solve \(name)")
        expectClose(inverse[index] * a[index], .identity(n), 8 * unit, "inverse \(name)")
        let l = factor[index]
        expectClose(l * l.transposed(), gram[index], unit, "Cholesky \(name)")
        expectClose(
          try l.choleskySolve(gram[index] * x[index]), x[index], 64 * unit, "choleskySolve \(name)")
        expectClose(
          try l.triangularSolve(l * x[index], triangle: .lower), x[index], 64 * unit,
          "triangularSolve \(name)")
      }
      #expect(
        found.gapsAreUntouched && inverse.gapsAreUntouched && factor.gapsAreUntouched,
        "\(a.name): wrote into gaps")
      // The factors solve both systems, plain and transposed.
      let factors = MatrixBatch<S>(a.count, n, n)
      var pivots = [Int32](repeating: 0, count: a.count * n)
      try pivots.withUnsafeMutableBufferPointer { pivots in
        try a.view.luFactors(into: factors.target, pivots: pivots.baseAddress!)
        for transposition in [Transposition.plain, .transposed] {
          matrixMultiply(a.view, transposition, x.view, into: b.target)
          try factors.view.luSolve(
            pivots.baseAddress!, transposition, b.view, into: found.target)
          for index in 0..<a.count {
            expectClose(found[index], x[index], 8 * unit, "luSolve \(a.name) \(index)")
          }
        }
      }
    }

    private func symmetric<S: BLASScalar>(_ a: MatrixBatch<S>, _ unit: Double) throws {
      let n = a.rows
      let s = MatrixBatch<S>(a.count, n, n)
      for index in 0..<a.count {
        for r in 0..<n { for c in 0..<n { s.add(index, r, c, a[index][r, c] + a[index][c, r]) } }
      }
      let vectors = MatrixBatch<S>(a.count, n, n)
      var (values, only) = (
        [S](repeating: 0, count: a.count * n), [S](repeating: 0, count: a.count * n)
      )
      try s.view.symmetricEigen(values: &values, vectors: vectors.target)
      try s.view.symmetricEigen(values: &only)
      for index in 0..<a.count {
        let name = "symmetricEigen \(a.name) \(index)"
        let lambda = Array(values[(index * n)..<((index + 1) * n)])
        #expect(lambda == lambda.sorted(), "\(name)")
        let v = vectors[index]
        expectClose(v * DenseMatrix(diagonal: lambda) * v.transposed(), s[index], unit, name)
        expectOrthonormal(v, unit, name)
        let largest = lambda.reduce(0) { max($0, Double($1.magnitude)) }
        for (x, y) in zip(lambda, only[(index * n)...]) {
          #expect(abs(Double(x) - Double(y)) <= unit * largest, "\(name): values alone")
        }
      }
      #expect(vectors.gapsAreUntouched)
    }

    /// Matrices that are factored by blocks.
    @Test func largeMatrices() throws {
      var random = TestRandom(95)
      for n in [256, 300] {
        let a = MatrixBatch<Double>(1, n, n) { random.number() }
        let unit = 16 * Double(n) * Double.ulpOfOne
        try lu(a, unit)
        try square(a, unit, &random)
      }
    }

    @Test func unusualMatricesOfDoubles() throws { try checkUnusual(1e150) }
    @Test func unusualMatricesOfFloats() throws { try checkUnusual(Float(1e15)) }

    /// Singular, graded, very large and very small matrices and equal values, beside ordinary ones
    /// in the same batch.
    private func checkUnusual<S: BLASScalar>(_ extreme: S) throws {
      var random = TestRandom(94)
      for (m, n) in [(3, 3), (8, 8), (20, 20), (33, 33), (64, 64), (12, 5), (5, 12)] {
        let kinds: [(Int, Int) -> S] = [
          { _, _ in random.number() }, { _, _ in 0 }, { $0 == $1 ? 1 : 0 }, { _, _ in 1 },
          { r, c in r < m / 2 ? random.number() : 0 }, { r, c in c < n / 2 ? random.number() : 0 },
          { r, c in
            r == c ? S(sign: .plus, exponent: S.Exponent(-min(3 * r, 120)), significand: 1) : 0
          },
          { _, _ in random.number() * extreme }, { _, _ in random.number() / extreme },
          { r, c in r <= c ? random.number() : 0 }, { r, c in (r + 1) % m == c % m ? 2 : 0 },
          { r, c in abs(r - c) <= 1 ? 1 : 0 }, { r, c in S(r + 1) * S(c + 2) },
          { r, c in r == 0 && c == 0 ? 1 : 0 }, { _, _ in random.number() },
        ]
        let a = MatrixBatch<S>(kinds.count, m, n)
        for (index, kind) in kinds.enumerated() {
          for r in 0..<m { for c in 0..<n { a.set(index, r, c, kind(r, c)) } }
        }
        let unit = 8 * Double(m + n) * Double(S.ulpOfOne)
        try qr(a, unit, complete: false)
        try qr(a, unit, complete: true)
        try svd(a, unit, full: false)
        try svd(a, unit, full: true)
        try lu(a, unit)
        if m == n { try symmetric(a, unit) }
      }
    }

    /// A v = λ v in complex numbers.
    @Test func eigenvectors() throws {
      var random = TestRandom(92)
      for n in [1, 2, 5, 12, 40] {
        let a = DenseMatrix<Double>(
          (0..<(n * n)).map { _ in random.number() }, rows: n, columns: n)
        let e = try a.eigen()
        let (real, imaginary) = (
          DenseMatrix(diagonal: e.realValues), DenseMatrix(diagonal: e.imaginaryValues)
        )
        let (vr, vi) = (e.realVectors, e.imaginaryVectors)
        expectClose(a * vr, vr * real - vi * imaginary, 1e-13 * Double(n), "real part, \(n)")
        let part = vr * imaginary + vi * real
        #expect(
          zip((a * vi).elements, part.elements).allSatisfy { abs($0 - $1) < 1e-13 * Double(n) })
        #expect(n < 5 || e.imaginaryValues.contains { $0 != 0 })
      }
    }

    @Test func exponentialOfRotation() throws {
      // exp([[0, -t], [t, 0]]) is the rotation by t.
      for t in [1e-3, 0.7, 3, 40] {
        let e = try DenseMatrix<Double>([0, -t, t, 0], rows: 2, columns: 2).matrixExponential()
        let expected = DenseMatrix(
          [cosine(t), -sine(t), sine(t), cosine(t)], rows: 2, columns: 2)
        expectClose(e, expected, 1e-14 * (1 + t), "rotation by \(t)")
        let single = try DenseMatrix<Float>([0, -Float(t), Float(t), 0], rows: 2, columns: 2)
          .matrixExponential()
        for (x, y) in zip(single.elements, expected.elements) {
          #expect(abs(Double(x) - y) < 1e-6 * (1 + t))
        }
      }
    }

    @Test func bitsDoNotDependOnThreads() throws {
      var random = TestRandom(93)
      for (count, n) in [(300, 5), (70, 17), (9, 70), (1, 400)] {
        let a = MatrixBatch<Float>(count, n, n) { random.number() }
        for index in 0..<count { for row in 0..<n { a.add(index, row, row, Float(n)) } }
        let b = MatrixBatch<Float>(count, n, 2) { random.number() }
        func bits() throws -> [[Float]] {
          let (x, q, r) = (
            MatrixBatch<Float>(count, n, 2), MatrixBatch<Float>(count, n, n),
            MatrixBatch<Float>(count, n, n)
          )
          let (u, v, e, g) = (
            MatrixBatch<Float>(count, n, n), MatrixBatch<Float>(count, n, n),
            MatrixBatch<Float>(count, n, n),
            MatrixBatch<Float>(count, n, n)
          )
          var (s, w) = (
            [Float](repeating: 0, count: count * n), [Float](repeating: 0, count: count * n)
          )
          try a.view.solve(b.view, into: x.target)
          try a.view.qr(q: q.target, r: r.target)
          try a.view.svd(u: u.target, values: &s, vTransposed: v.target)
          try a.view.symmetricEigen(values: &w, vectors: e.target)
          matrixMultiply(a.view, .plain, a.view, .transposed, into: g.target)
          let l = MatrixBatch<Float>(count, n, n)
          try g.view.cholesky(into: l.target)
          let inverse = MatrixBatch<Float>(count, n, n)
          try a.view.inverse(into: inverse.target)
          try a.view.leastSquares(b.view, into: b2.target)
          return [x, q, r, u, v, e, l, inverse, b2].map(\.bits) + [s, w]
        }
        let b2 = MatrixBatch<Float>(count, n, 2)
        let expected = try withThreadCount(1) { try bits() }
        for threads in [2, 8] {
          #expect(try withThreadCount(threads) { try bits() } == expected, "\(count) x \(n)")
        }
      }
    }
  }
}

private func cosine(_ x: Double) -> Double { rotation(x).0 }
private func sine(_ x: Double) -> Double { rotation(x).1 }
/// (cos x, sin x) by the series after halving.
private func rotation(_ x: Double) -> (Double, Double) {
  if abs(x) > 0.1 {
    let (c, s) = rotation(x / 2)
    return (c * c - s * s, 2 * s * c)
  }
  var (c, s, term) = (0.0, 0.0, 1.0)
  for k in 0..<12 {
    let sign: Double = k / 2 % 2 == 0 ? 1 : -1
    if k % 2 == 0 { c += sign * term } else { s += sign * term }
    term *= x / Double(k + 1)
  }
  return (c, s)
}

/// Matrices with NaN between rows and between matrices.
final class MatrixBatch<S: BLASScalar> {
  let count: Int
  let rows: Int
  let columns: Int
  private let rowStride: Int
  private let batchStride: Int
  private let base: UnsafeMutablePointer<S>
  private let size: Int

  init(_ count: Int, _ rows: Int, _ columns: Int, _ fill: () -> S = { 0 }) {
    (self.count, self.rows, self.columns) = (count, rows, columns)
    rowStride = columns + 1
    batchStride = rows * rowStride + 3
    size = count * batchStride + 1
    base = .allocate(capacity: size)
    base.initialize(repeating: .nan, count: size)
    for index in 0..<count {
      for row in 0..<rows {
        for column in 0..<columns { base[place(index, row, column)] = fill() }
      }
    }
  }

  deinit { base.deallocate() }

  private func place(_ index: Int, _ row: Int, _ column: Int) -> Int {
    index * batchStride + row * rowStride + column
  }

  func add(_ index: Int, _ row: Int, _ column: Int, _ number: S) {
    base[place(index, row, column)] += number
  }

  func set(_ index: Int, _ row: Int, _ column: Int, _ number: S) {
    base[place(index, row, column)] = number
  }

  var view: BatchedMatrixView<S> {
    BatchedMatrixView(
      base, count: count, rows: rows, columns: columns, rowStride: rowStride,
      batchStride: batchStride)
  }

  var target: MutableBatchedMatrixView<S> {
    MutableBatchedMatrixView(
      base, count: count, rows: rows, columns: columns, rowStride: rowStride,
      batchStride: batchStride)
  }

  subscript(index: Int) -> DenseMatrix<S> {
    DenseMatrix(
      (0..<rows).flatMap { row in (0..<columns).map { base[place(index, row, $0)] } }, rows: rows,
      columns: columns)
  }

  var bits: [S] { (0..<count).flatMap { self[$0].elements } }

  var gapsAreUntouched: Bool {
    var inside = [Bool](repeating: false, count: size)
    for index in 0..<count {
      for row in 0..<rows {
        for column in 0..<columns { inside[place(index, row, column)] = true }
      }
    }
    return (0..<size).allSatisfy { inside[$0] || base[$0].isNaN }
  }

  var name: String { "[\(count), \(rows), \(columns)] \(S.self)" }
}

/// The largest difference is at most `tolerance` times the Frobenius norm of `expected`.
func expectClose<S: BLASScalar>(
  _ found: DenseMatrix<S>, _ expected: DenseMatrix<S>, _ tolerance: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let norm = expected.elements.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  var worst = 0.0
  for (x, y) in zip(found.elements, expected.elements) {
    let gap = abs(Double(x) - Double(y))
    if !(gap <= worst) { worst = gap.isNaN ? .infinity : gap }
  }
  #expect(
    found.rows == expected.rows && found.columns == expected.columns && worst <= tolerance * norm,
    "\(name): off by \(worst / norm), tolerated \(tolerance)", sourceLocation: sourceLocation)
}

func expectOrthonormal<S: BLASScalar>(
  _ q: DenseMatrix<S>, _ tolerance: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let gram = q.product(.transposed, q)
  let gap = (gram - .identity(q.columns)).elements.reduce(0.0) {
    max($0, Double($1.magnitude).isNaN ? .infinity : Double($1.magnitude))
  }
  #expect(gap <= tolerance, "\(name): orthogonality", sourceLocation: sourceLocation)
}
