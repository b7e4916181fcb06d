import OutcropBLAS
import OutcropCore

/// The smallest eigenvalues of a large sparse matrix with eigenvalues in 0 ... 2, and their vectors.
///
/// Lanczos' method with full reorthogonalization, first on the matrix L itself, then on a Chebyshev
/// polynomial of it that is between −1 and 1 from the largest value wanted (as far as it is known) up to 2
/// and grows steeply below (Zhou and Saad 2007, "A Chebyshev–Davidson Algorithm for Large Symmetric
/// Eigenproblems"). Where values are so small that the polynomial would need a high degree, as for long paths,
/// the inverse of L + 1e-10 I takes its place if its factors have few entries (`SparseFactor`). One start vector sees one vector of each eigenspace: runs are repeated in the complement
/// of what was found until they find nothing smaller, so that repeated eigenvalues have all their vectors.
///
/// A pair (λ, v) is accepted if |L v − λ v| ≤ `tolerance`. The start vectors are fixed and all sums are in
/// a fixed order: results have the same bits in every run and for any number of threads.
package struct SparseEigensolver {
  static let tolerance = 1e-10

  /// Why there are no eigenvectors.
  enum Failure: Error {
    /// The iteration did not come to an end.
    case noConvergence
    /// The next step would take too many operations.
    case tooMuchWork
  }

  /// The most multiplications for one space of the iteration: some minutes.
  package static let mostWork = 3e11

  private let matrix: SparseLaplacian
  private let n: Int
  private let mostWork: Double
  /// Pairs found so far, ascending.
  private(set) var values: [Double]
  private(set) var vectors: [[Double]]
  /// The factors for the inverse, when they have been tried: the outer nil is before.
  private var inverse: SparseFactor??

  /// The `count` smallest pairs of a connected graph's Laplacian.
  init(
    _ matrix: SparseLaplacian, count: Int, mostWork: Double = Self.mostWork
  ) throws(Failure) {
    (self.matrix, self.mostWork) = (matrix, mostWork)
    n = matrix.nodeCount
    (values, vectors) = ([0], [matrix.trivialVector])
    let wanted = min(count, n)
    var seed: UInt64 = 1
    while true {
      let missing = wanted - values.count
      if missing <= 0, values.count == n { break }
      let found = try run(count: max(1, missing), seed: seed)
      seed += 1
      guard let smallest = found.values.first else { break }
      if missing <= 0, smallest >= values[wanted - 1] - Self.tolerance { break }
      for (value, vector) in zip(found.values, found.vectors) { insert(value, vector) }
      if values.count > wanted {
        values.removeLast(values.count - wanted)
        vectors.removeLast(vectors.count - wanted)
      }
    }
    values = Array(values.prefix(wanted))
    vectors = Array(vectors.prefix(wanted))
  }

  private mutating func insert(_ value: Double, _ vector: [Double]) {
    let place = values.firstIndex { $0 > value } ?? values.count
    values.insert(value, at: place)
    vectors.insert(vector, at: place)
  }

  /// Up to `count` of the smallest pairs in the complement of the known vectors.
  private mutating func run(count: Int, seed: UInt64) throws(Failure) -> Pairs {
    let room = n - vectors.count
    let wanted = min(count, room)
    if wanted == 0 { return Pairs() }
    var generator = RandomGenerator(seed: seed)
    var start = (0..<n).map { _ in generator.unit() * 2 - 1 }
    // A few more pairs than wanted, because the last pairs of the subspace converge slowly.
    let kept = min(room, wanted + 4)
    var operation = Operation.matrix
    var best = Pairs()
    for _ in 0..<60 {
      let steps = min(room, operation.isReversed ? max(40, 2 * kept + 20) : max(120, 3 * kept))
      let basis = try lanczos(start, steps, operation)
      best = try rayleighRitz(basis, kept, operation)
      guard let largest = best.values.last else { return best }
      // An invariant space may have fewer pairs than wanted.
      let reached = min(wanted, best.values.count)
      if best.residuals.prefix(reached).allSatisfy({ $0 <= Self.tolerance }) {
        return best.prefix(reached)
      }
      operation = try next(above: min(1.9, largest * 1.0001 + 1e-12), steps: steps)
      start = [Double](repeating: 0, count: n)
      for (index, vector) in best.vectors.enumerated() {
        // Unequal weights, so that no sum of vectors is zero by symmetry.
        let share = 1 + Double(index) / 8
        for node in 0..<n { start[node] += share * vector[node] }
      }
    }
    throw .noConvergence
  }

  /// What the next space is made with, once a value below `lower` is known.
  private mutating func next(above lower: Double, steps: Int) throws(Failure) -> Operation {
    let filter = Filter(above: lower)
    if filter.degree > 200 {
      let factor = inverse ?? SparseFactor(matrix, adding: 1e-10)
      inverse = .some(factor)
      if let factor { return .inverse(factor) }
    }
    let work = Double(filter.degree) * Double(matrix.neighbors.count + 3 * n) * Double(steps)
    if work > mostWork { throw .tooMuchWork }
    return .polynomial(filter)
  }

  /// The function of L whose Krylov space is used.
  private enum Operation {
    case matrix
    case polynomial(Filter)
    case inverse(SparseFactor)

    /// Whether small values of L are large ones.
    var isReversed: Bool { if case .matrix = self { false } else { true } }
  }

  private struct Pairs {
    var values: [Double] = []
    var vectors: [[Double]] = []
    var residuals: [Double] = []

    func prefix(_ count: Int) -> Pairs {
      Pairs(
        values: Array(values.prefix(count)), vectors: Array(vectors.prefix(count)),
        residuals: Array(residuals.prefix(count)))
    }
  }

  /// The Chebyshev polynomial whose interval is [lower, 2].
  private struct Filter {
    let lower: Double
    let degree: Int

    init(above lower: Double) {
      self.lower = max(lower, 1e-9)
      // The value at 0 is then about cosh 5 = 74.
      degree = max(4, Int((3.5 / self.lower.squareRoot()).rounded(.up)))
    }
  }

  /// An orthonormal basis [count × n] of the Krylov space of L or of a polynomial of L, and the tridiagonal
  /// matrix of that operator in the basis.
  private struct Basis {
    var vectors: [Double] = []
    var diagonal: [Double] = []
    var offDiagonal: [Double] = []
    var count: Int { diagonal.count }
  }

  private func lanczos(
    _ start: [Double], _ steps: Int, _ operation: Operation
  ) throws(Failure) -> Basis {
    var basis = Basis()
    basis.vectors.reserveCapacity(steps * n)
    var current = start
    removeKnown(&current, basis)
    guard normalize(&current) > 0 else { return basis }
    while true {
      basis.vectors += current
      var next =
        switch operation {
        case .matrix: applied(current)
        case .polynomial(let filter): apply(filter, to: current)
        case .inverse(let factor): factor.solved(current)
        }
      basis.diagonal.append(dot(next, current))
      if basis.count == steps { return basis }
      removeKnown(&next, basis)
      let norm = normalize(&next)
      // The space is invariant up to rounding.
      if norm < (operation.isReversed ? 1e-10 : 1e-12) { return basis }
      basis.offDiagonal.append(norm)
      current = next
    }
  }

  /// L x.
  private func applied(_ x: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: n) { y, count in
      x.withUnsafeBufferPointer {
        matrix.apply(
          $0.baseAddress!, scaledBy: 1, adding: 0, 0, $0.baseAddress!, into: y.baseAddress!)
      }
      count = n
    }
  }

  /// T(L) x by the recurrence T_k = 2 t T_(k−1) − T_(k−2), with t = (2 + lower − 2 L) / (2 − lower), which
  /// maps the interval to [−1, 1], reversed so that small eigenvalues have large images.
  private func apply(_ filter: Filter, to x: [Double]) -> [Double] {
    let scale = -2 / (2 - filter.lower)
    let shift = (2 + filter.lower) / (2 - filter.lower)
    var (last, current) = (x, [Double](repeating: 0, count: n))
    current.withUnsafeMutableBufferPointer { y in
      last.withUnsafeBufferPointer { x in
        matrix.apply(
          x.baseAddress!, scaledBy: scale, adding: shift, 0, x.baseAddress!, into: y.baseAddress!)
      }
    }
    for _ in 1..<filter.degree {
      last.withUnsafeMutableBufferPointer { y in
        current.withUnsafeBufferPointer { x in
          matrix.apply(
            x.baseAddress!, scaledBy: 2 * scale, adding: 2 * shift, -1,
            UnsafePointer(y.baseAddress!),
            into: y.baseAddress!)
        }
      }
      swap(&last, &current)
    }
    return current
  }

  /// Removes the components along the known vectors and the basis. It does so twice, because rounding errors
  /// remain after the first pass.
  private func removeKnown(_ x: inout [Double], _ basis: Basis) {
    for _ in 0..<2 {
      for vector in vectors {
        let part = dot(x, vector)
        for node in 0..<n { x[node] -= part * vector[node] }
      }
      if basis.vectors.isEmpty { continue }
      let count = basis.vectors.count / n
      var parts = [Double](repeating: 0, count: count)
      basis.vectors.withUnsafeBufferPointer { basis in
        x.withUnsafeMutableBufferPointer { x in
          parts.withUnsafeMutableBufferPointer { parts in
            Double._gemm(
              false, false, count, 1, n, 1, basis.baseAddress!, n, x.baseAddress!, 1, 0,
              parts.baseAddress!, 1)
            Double._gemm(
              false, false, 1, n, count, -1, parts.baseAddress!, count, basis.baseAddress!, n, 1,
              x.baseAddress!, n)
          }
        }
      }
    }
  }

  /// The `count` smallest pairs of L in the space of the basis vectors that belong to the smallest ones.
  private func rayleighRitz(
    _ basis: Basis, _ count: Int, _ operation: Operation
  ) throws(Failure) -> Pairs {
    let size = basis.count
    if size == 0 { return Pairs() }
    var tridiagonal = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      tridiagonal[row * size + row] = basis.diagonal[row]
      if row + 1 < size { tridiagonal[row * size + row + 1] = basis.offDiagonal[row] }
    }
    let small = try eigen(tridiagonal, size)
    let taken = (0..<min(count, size)).map { operation.isReversed ? size - 1 - $0 : $0 }
    let ritz = taken.map { combination(basis.vectors, small.vectors.elements, $0, size) }
    let images = ritz.map(applied)
    // A second projection, of L instead of the polynomial: its values are upper bounds of L's smallest.
    let products = ritz.flatMap { vector in images.map { dot(vector, $0) } }
    let refined = try eigen(products, ritz.count)
    let (rows, imageRows) = (ritz.flatMap { $0 }, images.flatMap { $0 })
    var result = Pairs()
    for index in ritz.indices {
      let vector = combination(rows, refined.vectors.elements, index, ritz.count)
      let image = combination(imageRows, refined.vectors.elements, index, ritz.count)
      var square = 0.0
      for node in 0..<n {
        let rest = image[node] - refined.values[index] * vector[node]
        square += rest * rest
      }
      result.values.append(refined.values[index])
      result.vectors.append(vector)
      result.residuals.append(square.squareRoot())
    }
    return result
  }

  private func eigen(_ matrix: [Double], _ size: Int) throws(Failure) -> SymmetricEigen<Double> {
    do {
      return try matrix.withUnsafeBufferPointer {
        try symmetricEigen(MatrixView($0.baseAddress!, rows: size, columns: size))
      }
    } catch {
      // The entries are products of unit vectors, so only the iteration can have failed.
      throw .noConvergence
    }
  }

  /// Σ over rows r of `rows` [count × n] times `weights`[r, column].
  private func combination(
    _ rows: [Double], _ weights: [Double], _ column: Int, _ count: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: n)
    rows.withUnsafeBufferPointer { rows in
      result.withUnsafeMutableBufferPointer { result in
        for row in 0..<count {
          let weight = weights[row * count + column]
          let source = rows.baseAddress! + row * n
          for node in 0..<n { result[node] += weight * source[node] }
        }
      }
    }
    return result
  }

  private func dot(_ x: [Double], _ y: [Double]) -> Double {
    x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        var sums = SIMD8<Double>(repeating: 0)
        var node = 0
        while node + 8 <= n {
          let left = UnsafeRawPointer(x.baseAddress! + node).loadUnaligned(as: SIMD8<Double>.self)
          let right = UnsafeRawPointer(y.baseAddress! + node).loadUnaligned(as: SIMD8<Double>.self)
          sums += left * right
          node += 8
        }
        var sum = sums.sum()
        while node < n {
          sum += x[node] * y[node]
          node += 1
        }
        return sum
      }
    }
  }

  /// Scales `x` to length 1 and returns its previous length.
  private func normalize(_ x: inout [Double]) -> Double {
    let norm = dot(x, x).squareRoot()
    if norm > 0 {
      let scale = 1 / norm
      for node in 0..<n { x[node] *= scale }
    }
    return norm
  }
}
