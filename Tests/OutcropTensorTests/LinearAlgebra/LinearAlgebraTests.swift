import OutcropBLAS
import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Linear algebra on tensors")
struct LinearAlgebraTests {
  typealias T = Tensor<Double>

  private func random(_ shape: [Int], _ seed: UInt64) -> T {
    var generator = RandomGenerator(seed: seed)
    return .normal(shape, using: &generator)
  }

  private func error(_ body: () throws -> Void) -> LinearAlgebraError? {
    do {
      try body()
    } catch {
      return error as? LinearAlgebraError
    }
    return nil
  }

  @Test("A row of X solves the system of each matrix, with leading axes that broadcast")
  func solve() throws {
    let a = random([2, 1, 4, 4], 1)
    let x = random([3, 4, 2], 2)
    let b = a.broadcasting([2, 3, 4, 4]).matrixProduct(x.broadcasting([2, 3, 4, 2]))
    #expect(
      difference("x", try a.solve(b), x.broadcasting([2, 3, 4, 2]), tolerance: 1e-12) == nil)
    let vector = random([4], 3)
    let solved = try a.solve(vector)
    #expect(solved.shape == [2, 1, 4])
    let back = a.matrixProduct(solved.reshaped([2, 1, 4, 1])).reshaped([2, 4])
    #expect(difference("b", back, vector.broadcasting([2, 4]), tolerance: 1e-12) == nil)
  }

  @Test("Complete QR and full SVD have square factors")
  func complete() throws {
    for shape in [[5, 3], [3, 5], [2, 4, 2], [0, 3, 2]] {
      let a = random(shape, 4)
      let (m, n) = (shape[shape.count - 2], shape[shape.count - 1])
      let (q, r) = try a.qr(complete: true)
      #expect(q.shape == shape.dropLast(2) + [m, m] && r.shape == shape)
      #expect(difference("QR", q.matrixProduct(r), a, tolerance: 1e-14) == nil)
      let (u, s, vh) = try a.svd(full: true)
      #expect(u.shape == shape.dropLast(2) + [m, m] && vh.shape == shape.dropLast(2) + [n, n])
      #expect(s.shape == shape.dropLast(2) + [min(m, n)])
    }
  }

  @Test("Eigenvalues of a rotation are conjugate")
  func eigen() throws {
    let (re, im, vr, vi) = try T([0, -2, 2, 0], shape: [2, 2]).eigen()
    #expect(re.values.allSatisfy { abs($0) < 1e-15 })
    #expect(difference("imaginary", im, T([2, -2]), tolerance: 1e-15) == nil)
    #expect(vr.shape == [2, 2] && vi.shape == [2, 2])
  }

  @Test("Numerical failures are errors that name the matrix of the batch")
  func errors() throws {
    var values = random([2, 3, 2, 2], 5).values
    for place in 16..<20 { values[place] = 1 }
    let a = T(values, shape: [2, 3, 2, 2])
    let b = random([2, 2], 6)
    let expected = LinearAlgebraError("solve", matrix: 4, .singular(pivot: 1), status: 2)
    #expect(error { _ = try a.solve(b) }?.matrix == 4)
    #expect(error { _ = try a.solve(b) }?.problem == expected.problem)
    let tracked = a.trackingGradients()
    #expect(error { _ = try tracked.solve(b) }?.problem == .singular(pivot: 1))
    #expect(error { _ = try tracked.inverse() }?.operation == "inverse")
    #expect(error { _ = try tracked.logDeterminant() }?.operation == "logDeterminant")
    #expect(try a.logDeterminant().logarithm.values[4] == -.infinity)
    #expect(try a.matrixRank() == [2, 2, 2, 2, 1, 2])
    #expect(error { _ = try a.cholesky() }?.operation == "cholesky")
    values[9] = .nan
    let bad = T(values, shape: [2, 3, 2, 2])
    let place = LinearAlgebraError.Problem.notFinite(row: 0, column: 1)
    for call in [
      { _ = try bad.solve(b) }, { _ = try bad.inverse() }, { _ = try bad.determinant() },
      { _ = try bad.lu() }, { _ = try bad.qr() }, { _ = try bad.svd() },
      { _ = try bad.singularValues() }, { _ = try bad.eigh() }, { _ = try bad.eigen() },
      { _ = try bad.logDeterminant() }, { _ = try bad.pseudoInverse() },
      { _ = try bad.leastSquares(b) }, { _ = try bad.matrixNorm() },
      { _ = try bad.matrixNorm(.two) },
      { _ = try bad.conditionNumber() }, { _ = try bad.matrixRank() },
      { _ = try bad.matrixExponential() }, { _ = try bad.matrixPower(2) },
      { _ = try bad.triangularSolve(b, triangle: .upper) },
    ] as [() throws -> Void] {
      let found = error(call)
      #expect(found?.matrix == 2)
      #expect(found?.problem == place)
    }
    #expect(bad.norm().scalar.isNaN)
  }

  @Test("Equal singular values and eigenvalues give finite gradients of functions of the matrix")
  func equalValues() throws {
    // Σ U Vᵀ weighted is a function of A alone; at 2 times the identity its derivative is known.
    let a = (2 * T.identity(3)).trackingGradients()
    let w = random([3, 3], 7)
    let (u, s, vh) = try a.svd()
    let y = (u * s.reshaped([1, 3])).matrixProduct(vh)
    (y * w).sum().backward()
    let gradient = a.gradient!
    #expect(gradient.values.allSatisfy { $0.isFinite })
    let e = (2 * T.identity(3)).trackingGradients()
    let (values, v) = try e.eigh()
    ((v * values.reshaped([1, 3])).matrixProduct(v.transposed()) * w).sum().backward()
    // Pairs of equal values: only the part that is diagonal in the eigenvectors' basis is left.
    #expect(e.gradient!.values.allSatisfy { $0.isFinite })
  }

  @Test("The norm neither overflows nor underflows")
  func norm() {
    #expect(abs(T([3e200, 4e200]).norm().scalar / 5e200 - 1) < 1e-15)
    #expect(abs(T([3e-200, 4e-200]).norm().scalar / 5e-200 - 1) < 1e-15)
    #expect(T([.infinity, 1]).norm().scalar == .infinity)
    #expect(T([]).norm().scalar == 0)
  }

  @Test("Shapes that do not fit trap with their names")
  func traps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try Tensor<Float>.zeros([2, 3, 4]).inverse()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("inverse: the shape [2, 3, 4]; expected square matrices [..., n, n]"))
    let leading = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try Tensor<Float>.zeros([2, 3, 3]).solve(Tensor<Float>.zeros([4, 3, 1]))
    }
    let second = String(decoding: leading?.standardErrorContent ?? [], as: UTF8.self)
    #expect(second.contains("solve: leading axes [2] and [4] do not broadcast"))
  }
}

extension Tensor<Double> {
  fileprivate static func identity(_ size: Int) -> Tensor {
    Tensor(DenseMatrix<Double>.identity(size).elements, shape: [size, size])
  }

  fileprivate func broadcasting(_ shape: [Int]) -> Tensor { self + .zeros(shape) }
}
