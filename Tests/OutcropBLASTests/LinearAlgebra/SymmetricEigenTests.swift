import Dispatch
import Foundation
import OutcropBLAS
import OutcropCore
import OutcropTestSupport
import Testing

extension BLASTests {
  @Suite struct SymmetricEigenTests {
    /// LAPACK blocks from 32; above 128 rows the method changes.
    static let sizes = [0, 1, 2, 3, 5, 10, 16, 17, 23, 25, 33, 40, 100, 128, 129, 150]

    @Test func decomposesFloat() throws { try check(Float.self) }
    @Test func decomposesDouble() throws { try check(Double.self) }

    private func check<Scalar: BLASScalar>(_: Scalar.Type) throws {
      var random = TestRandom(31)
      for n in Self.sizes {
        let matrix: TestMatrix<Scalar> = symmetric(n, gap: n % 3, &random)
        let eigen = try symmetricEigen(matrix.view)
        #expect(eigen.values.count == n)
        #expect((eigen.vectors.rows, eigen.vectors.columns) == (n, n))
        #expect(eigen.values == eigen.values.sorted())
        let norm = matrix.bits.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        let unit = 4 * Double(n) * Double(Scalar.ulpOfOne)
        var (residual, skew) = (0.0, 0.0)
        for c in 0..<n {
          for r in 0..<n {
            var (product, dot) = (0.0, 0.0)
            for p in 0..<n {
              product += Double(matrix[r, p]) * Double(eigen.vectors[p, c])
              dot += Double(eigen.vectors[p, r]) * Double(eigen.vectors[p, c])
            }
            residual = max(
              residual, abs(product - Double(eigen.values[c]) * Double(eigen.vectors[r, c])))
            skew = max(skew, abs(dot - (r == c ? 1 : 0)))
          }
        }
        #expect(residual <= unit * norm, "n \(n): A v - λ v")
        #expect(skew <= unit, "n \(n): orthogonality")
      }
    }

    /// The path's Laplacian has the values 2 - 2 cos(π j / n) and the vectors cos(π j (r + ½) / n).
    @Test(arguments: [2, 7, 23, 60]) func pathGraph(n: Int) throws {
      let path = TestMatrix<Double>(n, n) { 0 }
      for r in 0..<n {
        path.base[r * n + r] = r == 0 || r == n - 1 ? 1 : 2
        if r + 1 < n {
          path.base[r * n + r + 1] = -1
          path.base[(r + 1) * n + r] = -1
        }
      }
      let eigen = try symmetricEigen(path.view)
      for j in 0..<n {
        let angle = Double.pi * Double(j) / Double(n)
        #expect(abs(eigen.values[j] - (2 - 2 * cos(angle))) < 1e-13)
        var vector = (0..<n).map { cos(angle * (Double($0) + 0.5)) }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let sign: Double = (eigen.vectors[0, j] < 0) == (vector[0] < 0) ? 1 : -1
        vector = vector.map { $0 / length * sign }
        for r in 0..<n { #expect(abs(eigen.vectors[r, j] - vector[r]) < 1e-11) }
      }
    }

    @Test func diagonal() throws {
      let numbers: [Float] = [3, -1, 2, 0.5]
      let matrix = TestMatrix<Float>(4, 4) { 0 }
      for (r, number) in numbers.enumerated() { matrix.base[r * 5] = number }
      let eigen = try symmetricEigen(matrix.view)
      #expect(eigen.values == [-1, 0.5, 2, 3])
      for (c, r) in [1, 3, 2, 0].enumerated() {
        for row in 0..<4 { #expect(abs(eigen.vectors[row, c]) == (row == r ? 1 : 0)) }
      }
    }

    /// The complete graph's adjacency matrix: n - 1 once, -1 for all the rest.
    @Test func repeatedValues() throws {
      let n = 30
      var index = -1
      let matrix = TestMatrix<Double>(n, n) {
        index += 1
        return index / n == index % n ? 0 : 1
      }
      let values = try symmetricEigen(matrix.view).values
      for value in values.dropLast() { #expect(abs(value + 1) < 1e-13) }
      #expect(abs(values[n - 1] - Double(n - 1)) < 1e-12)
    }

    /// Values far from 1, and blocks whose sizes differ by more than a precision.
    @Test(arguments: [1e-300, 1e-30, 1, 1e200])
    func scales(size: Double) throws {
      var random = TestRandom(35)
      let n = 12
      let matrix: TestMatrix<Double> = symmetric(n, gap: 0, &random)
      let plain = try symmetricEigen(matrix.view)
      for index in 0..<n * n { matrix.base[index] *= size }
      let scaled = try symmetricEigen(matrix.view)
      for j in 0..<n { #expect(abs(scaled.values[j] / size - plain.values[j]) < 1e-13) }
      // A block of 1 and one of `size`: the values of each, and vectors that stay in their block.
      let blocks = TestMatrix<Double>(4, 4) { 0 }
      for (index, number) in [(0, 2.0), (1, 1), (4, 1), (5, 2)] { blocks.base[index] = number }
      for (index, number) in [(10, 2.0), (11, 1), (14, 1), (15, 2)] {
        blocks.base[index] = number * size
      }
      let values = try symmetricEigen(blocks.view).values
      let largest = max(1, size)
      for (value, expected) in zip(values, [1, 3, size, 3 * size].sorted()) {
        #expect(abs(value - expected) < 1e-14 * largest)
      }
    }

    @Test func subnormalNumbers() throws {
      func check<Scalar: BLASScalar>(_ least: Scalar) throws {
        let matrix = TestMatrix<Scalar>(2, 2) { least }
        matrix.base[0] = 2 * least
        matrix.base[3] = 2 * least
        #expect(try symmetricEigen(matrix.view).values == [least, 3 * least])
      }
      try check(Float.leastNonzeroMagnitude)
      try check(Double.leastNonzeroMagnitude)
    }

    @Test func readsTheUpperTriangleOnly() throws {
      var random = TestRandom(32)
      let matrix: TestMatrix<Double> = symmetric(20, gap: 0, &random)
      let whole = try symmetricEigen(matrix.view)
      for r in 0..<20 { for c in 0..<r { matrix.base[r * 20 + c] = .nan } }
      #expect(try symmetricEigen(matrix.view) == whole)
    }

    @Test func refusesWhatIsNotFinite() throws {
      for bad in [Float.nan, .infinity, -.infinity] {
        let matrix = TestMatrix<Float>(3, 3) { 1 }
        matrix.base[5] = bad
        #expect(
          throws: LinearAlgebraError("symmetricEigen", .notFinite(row: 1, column: 2))
        ) {
          try symmetricEigen(matrix.view)
        }
        let good = TestMatrix<Float>(2, 2) { 1 }
        #expect(
          throws: LinearAlgebraError("symmetricEigen", matrix: 2, .notFinite(row: 1, column: 2))
        ) {
          try symmetricEigen(batch: [good.view, good.view, matrix.view, good.view, matrix.view])
        }
      }
    }

    @Test func batchHasTheSameBitsForAnyThreadCountAndAddress() throws {
      var random = TestRandom(33)
      let matrices = (0..<60).map { index -> TestMatrix<Float> in
        symmetric(index % 45, gap: 1, &random)
      }
      let single = try matrices.map { try symmetricEigen($0.view) }
      for threads in [1, 2, 8] {
        let batch = try withThreadCount(threads) { try symmetricEigen(batch: matrices.map(\.view)) }
        #expect(batch == single)
      }
      for offset in 1...3 {
        let moved = matrices.map { matrix -> TestMatrix<Float> in
          let copy = TestMatrix<Float>(matrix.rows, matrix.columns, offset: offset) { 0 }
          for (index, value) in matrix.bits.enumerated() { copy.base[index] = value }
          return copy
        }
        let batch = try withExtendedLifetime(moved) { try symmetricEigen(batch: moved.map(\.view)) }
        for (index, eigen) in batch.enumerated() {
          #expect(eigen == single[index], "matrix \(index), offset \(offset)")
        }
      }
      #expect(try symmetricEigen(batch: [MatrixView<Float>]()).isEmpty)
    }

    /// LAPACK and BLAS called by eight threads at once give what they give to one.
    @Test func concurrentCallsOfTheLibrary() throws {
      let failures = Locked(0)
      DispatchQueue.concurrentPerform(iterations: 8) { caller in
        var random = TestRandom(34)
        for n in [5, 23, 40, 90] {
          let matrix: TestMatrix<Double> = symmetric(n, gap: 0, &random)
          let first = try? symmetricEigen(matrix.view)
          let product = TestMatrix<Double>(n, n) { 0 }
          matrixMultiply(matrix.view, .plain, matrix.view, into: product.mutableView)
          let bits = product.bits
          for _ in 0..<20 {
            let again = try? symmetricEigen(matrix.view)
            matrixMultiply(matrix.view, .plain, matrix.view, into: product.mutableView)
            if first == nil || again != first || product.bits != bits {
              failures.withLock { $0 += 1 }
            }
          }
        }
      }
      #expect(failures.withLock { $0 } == 0)
    }

    @Test func trapsUnlessSquare() async {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        _ = try symmetricEigen(TestMatrix<Float>(2, 3) { 0 }.view)
      }
      #expect(message(result).contains("symmetricEigen: a matrix [2, 3]; expected a square one"))
    }
  }
}

private func symmetric<Scalar: BLASScalar>(
  _ n: Int, gap: Int, _ random: inout TestRandom
) -> TestMatrix<Scalar> {
  let matrix = TestMatrix<Scalar>(n, n, gap: gap) { random.number() }
  for r in 0..<n {
    for c in 0..<r {
      matrix.base[r * matrix.rowStride + c] = matrix.base[c * matrix.rowStride + r]
    }
  }
  return matrix
}
