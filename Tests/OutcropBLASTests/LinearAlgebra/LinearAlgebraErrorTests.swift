import OutcropBLAS
import OutcropCore
import OutcropTestSupport
import Testing

extension BLASTests {
  /// Numerical input never traps and never gives NaN: it throws an error that says what was found.
  @Suite struct LinearAlgebraErrorTests {
    private typealias Matrix = DenseMatrix<Double>
    private let singular = Matrix([1, 2, 3, 2, 4, 6, 1, 0, 1], rows: 3, columns: 3)

    private func error(_ body: () throws -> Void) -> LinearAlgebraError? {
      do {
        try body()
      } catch {
        return error as? LinearAlgebraError
      }
      return nil
    }

    @Test func singularMatrices() throws {
      for n in [3, 40, 80, 300] {
        var a = Matrix.identity(n)
        a[n - 1, n - 1] = 0
        let expected = LinearAlgebraError.Problem.singular(pivot: n - 1)
        let b = Matrix(zeros: n, 1)
        #expect(error { _ = try a.solve(b) }?.problem == expected)
        #expect(error { _ = try a.inverse() }?.problem == expected)
        #expect(error { _ = try a.matrixPower(-1) }?.problem == expected)
        #expect(error { _ = try a.triangularSolve(b, triangle: .lower) }?.problem == expected)
        #expect(error { _ = try a.choleskySolve(b) }?.problem == expected)
        #expect(error { _ = try a.choleskyInverse() }?.problem == expected)
        #expect(error { _ = try a.matrixPower(-1) }?.operation == "matrixPower")
        #expect(try a.determinant() == 0)
        #expect(try a.logDeterminant() == (0, -.infinity))
        #expect(try a.conditionNumber() == .infinity)
        #expect(try a.conditionNumber(.one) == .infinity)
        #expect(try a.rank() == n - 1)
        #expect(try a.pseudoInverse() == a)
      }
      #expect(error { _ = try singular.solve([1, 2, 3]) }?.problem == .singular(pivot: 2))
      #expect(try singular.rank() == 2)
    }

    @Test func notPositiveDefinite() throws {
      for n in [2, 40, 80, 300] {
        var a = Matrix.identity(n)
        a[n - 2, n - 2] = -1
        let found = error { _ = try a.cholesky() }
        #expect(found?.problem == .notPositiveDefinite(minor: n - 1))
        #expect(found?.status == n - 1)
      }
      #expect(error { _ = try Matrix(zeros: 2, 2).cholesky() } != nil)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(_ bad: Double) throws {
      for n in [3, 40] {
        var a = 3.0 * Matrix.identity(n)
        a[2, 1] = bad
        let b = Matrix(zeros: n, 1)
        let calls: [(String, () throws -> Void)] = [
          ("solve", { _ = try a.solve(b) }), ("inverse", { _ = try a.inverse() }),
          ("determinant", { _ = try a.determinant() }),
          ("logDeterminant", { _ = try a.logDeterminant() }), ("lu", { _ = try a.lu() }),
          ("cholesky", { _ = try a.cholesky() }), ("choleskySolve", { _ = try a.choleskySolve(b) }),
          ("choleskyInverse", { _ = try a.choleskyInverse() }),
          ("triangularSolve", { _ = try a.triangularSolve(b, triangle: .lower) }),
          ("qr", { _ = try a.qr() }), ("svd", { _ = try a.svd() }),
          ("svd", { _ = try a.svd(full: true) }), ("svd", { _ = try a.singularValues() }),
          ("eigen", { _ = try a.eigen() }),
          ("symmetricEigen", { _ = try a.transposed().symmetricEigen() }),
          ("leastSquares", { _ = try a.leastSquares(b) }),
          ("pseudoInverse", { _ = try a.pseudoInverse() }), ("rank", { _ = try a.rank() }),
          ("norm", { _ = try a.norm() }), ("norm", { _ = try a.norm(.two) }),
          ("conditionNumber", { _ = try a.conditionNumber() }),
          ("matrixExponential", { _ = try a.matrixExponential() }),
          ("matrixPower", { _ = try a.matrixPower(3) }),
        ]
        for (name, call) in calls {
          let found = error(call)
          #expect(found?.operation == name)
          let place: LinearAlgebraError.Problem =
            name == "symmetricEigen" ? .notFinite(row: 1, column: 2) : .notFinite(row: 2, column: 1)
          #expect(found?.problem == place, "\(name)")
        }
        var right = b
        right[1, 0] = bad
        let good = Matrix.identity(n)
        for (name, call) in [
          ("solve", { _ = try good.solve(right) }),
          ("triangularSolve", { _ = try good.triangularSolve(right, triangle: .upper) }),
          ("choleskySolve", { _ = try good.choleskySolve(right) }),
          ("leastSquares", { _ = try good.leastSquares(right) }),
        ] as [(String, () throws -> Void)] {
          let found = error(call)
          #expect(found?.operation == name)
          #expect(found?.problem == .notFinite(row: 1, column: 0), "\(name)")
        }
        // The triangle that is not read may hold anything.
        #expect(try a.triangularSolve(b, triangle: .upper) == b)
      }
    }

    @Test func overflow() throws {
      let tiny = Matrix([.leastNonzeroMagnitude], rows: 1, columns: 1)
      for call in [
        { _ = try tiny.inverse() }, { _ = try tiny.solve([1]) }, { _ = try tiny.choleskyInverse() },
        { _ = try tiny.triangularSolve(.identity(1), triangle: .lower) },
        { _ = try (1e3 * Matrix.identity(2)).matrixExponential() },
        { _ = try (1e200 * Matrix.identity(2)).matrixPower(2) },
      ] as [() throws -> Void] { #expect(error(call)?.problem == .overflow) }
      // The reciprocal of a subnormal pivot overflows.
      let least = 700 * Float.leastNonzeroMagnitude
      let subnormal = DenseMatrix<Float>([least, 0, least, least], rows: 2, columns: 2)
      #expect(error { _ = try subnormal.lu() }?.problem == .overflow)
      let large = 1e200 * Matrix.identity(3)
      #expect(try large.determinant() == .infinity)
      #expect(try (1e-200 * Matrix.identity(3)).determinant() == 0)
      #expect(try abs(large.norm() / 1e200 - 3.0.squareRoot()) < 1e-15)
      #expect(try (1e-170 * Matrix.identity(1)).norm() == 1e-170)
    }

    /// The first matrix of a batch that fails is named, for any number of threads.
    @Test func batchElement() throws {
      for n in [4, 70] {
        let a = MatrixBatch<Float>(50, n, n)
        for index in 0..<50 { for row in 0..<n { a.set(index, row, row, 2) } }
        for index in [17, 33] { a.set(index, 2, 2, 0) }
        a.set(40, 0, 0, .nan)
        let b = MatrixBatch<Float>(50, n, 1)
        for threads in [1, 2, 8] {
          let found = withThreadCount(threads) {
            error { try a.view.solve(b.view, into: b.target) }
          }
          #expect(
            found
              == LinearAlgebraError("solve", matrix: 17, .singular(pivot: 2), status: 3))
        }
        a.set(17, 2, 2, -1)
        #expect(
          error { try a.view.cholesky(into: a.target) }
            == LinearAlgebraError("cholesky", matrix: 17, .notPositiveDefinite(minor: 3), status: 3)
        )
      }
    }

    @Test func messages() {
      let cases: [(LinearAlgebraError, String)] = [
        (
          LinearAlgebraError("solve", matrix: 4, .singular(pivot: 2), status: 3),
          "solve: matrix 4 is singular: pivot 2 is zero; expected an invertible matrix "
            + "(LAPACK's status 3)"
        ),
        (
          LinearAlgebraError("cholesky", .notPositiveDefinite(minor: 2), status: 2),
          "cholesky: matrix 0 is not positive definite: its leading minor of 2 rows is not "
            + "(LAPACK's status 2)"
        ),
        (
          LinearAlgebraError("svd", matrix: 1, .notFinite(row: 3, column: 0)),
          "svd: matrix 1 has an infinite or NaN element at [3, 0]; expected finite numbers"
        ),
        (
          LinearAlgebraError("eigen", matrix: 2, .notConverged, status: 1),
          "eigen: matrix 2 has no result: the iteration did not converge (LAPACK's status 1)"
        ),
        (
          LinearAlgebraError("inverse", .overflow),
          "inverse: matrix 0 has a result that exceeds the range of the element type"
        ),
      ]
      for (error, text) in cases {
        #expect(error.description == text)
        #expect(error.localizedDescription == text)
      }
    }

    @Test func shapesThatDoNotFitTrap() async {
      let solve = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = try DenseMatrix<Double>(zeros: 2, 3).solve([1, 2])
      }
      #expect(message(solve).contains("solve: matrices [1, 2, 3]; expected square ones"))
      let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = try DenseMatrix<Double>.identity(2).solve([1, 2, 3])
      }
      #expect(message(rows).contains("solve: matrices [1, 2, 2] and right sides [1, 3, 1]"))
      let qr = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let a = DenseMatrix<Double>.identity(2)
        _ = try a.leastSquares([1, 2, 3])
      }
      #expect(message(qr).contains("leastSquares: matrices [1, 2, 2] and right sides [1, 3, 1]"))
    }
  }
}
