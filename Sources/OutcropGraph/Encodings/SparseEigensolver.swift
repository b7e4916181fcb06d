import OutcropBLAS
import OutcropCore

/// The smallest eigenvalues of a large sparse matrix with eigenvalues in 0 ... 2, and their vectors.
///
/// The method is Lanczos' with full reorthogonalization, first for the matrix L itself, then for a Chebyshev
/// polynomial of L. The polynomial is between −1 and 1 from the current estimate of the largest wanted value
/// up to 2, and grows steeply below (Zhou and Saad 2007, "A Chebyshev–Davidson Algorithm for Large Symmetric
/// Eigenproblems"). A run from one start vector finds only one vector of each eigenspace. Runs are therefore
/// repeated in the complement of the vectors found so far, until a run finds no smaller value; repeated
/// eigenvalues then have all their vectors.
///
/// A pair (λ, v) is accepted if |L v − λ v| ≤ `tolerance`. The start vectors are fixed and all sums are in
/// a fixed order: results have the same bits in every run and for any number of threads.
struct SparseEigensolver {
  static let tolerance = 1e-10

  struct NotConverged: Error {}

  private let matrix: SparseLaplacian
  private let n: Int
  /// Pairs found so far, ascending.
  private(set) var values: [Double]
  private(set) var vectors: [[Double]]

  /// The `count` smallest pairs of a connected graph's Laplacian.
  init(_ matrix: SparseLaplacian, count: Int) throws(NotConverged) {
    self.matrix = matrix
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
  private func run(count: Int, seed: UInt64) throws(NotConverged) -> Pairs {
    let room = n - vectors.count
    let wanted = min(count, room)
    if wanted == 0 { return Pairs() }
    var generator = RandomGenerator(seed: seed)
    var start = (0..<n).map { _ in generator.unit() * 2 - 1 }
    // A few more pairs than wanted, because the last pairs of the subspace converge slowly.
    let kept = min(room, wanted + 4)
    var filter: Filter?
    var best = Pairs()
    for _ in 0..<60 {
      let steps = min(room, filter == nil ? max(120, 3 * kept) : max(40, 2 * kept + 20))
      let basis = lanczos(start, steps, filter)
      best = rayleighRitz(basis, kept, filter)
      guard let largest = best.values.last else { return best }
      // An invariant space may have fewer pairs than wanted.
      let reached = min(wanted, best.values.count)
      if best.residuals.prefix(reached).allSatisfy({ $0 <= Self.tolerance }) {
        return best.prefix(reached)
      }
      filter = Filter(above: min(1.9, largest * 1.0001 + 1e-12))
      start = [Double](repeating: 0, count: n)
      for (index, vector) in best.vectors.enumerated() {
        // Unequal weights, so that no sum of vectors is zero by symmetry.
        let share = 1 + Double(index) / 8
        for node in 0..<n { start[node] += share * vector[node] }
      }
    }
    throw NotConverged()
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

  private func lanczos(_ start: [Double], _ steps: Int, _ filter: Filter?) -> Basis {
    var basis = Basis()
    basis.vectors.reserveCapacity(steps * n)
    var current = start
    removeKnown(&current, basis)
    guard normalize(&current) > 0 else { return basis }
    while true {
      basis.vectors += current
      var next = filter.map { apply($0, to: current) } ?? applied(current)
      basis.diagonal.append(dot(next, current))
      if basis.count == steps { return basis }
      removeKnown(&next, basis)
      let norm = normalize(&next)
      // The space is invariant up to rounding.
      if norm < 1e-12 * (filter == nil ? 1 : 100) { return basis }
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
  private func rayleighRitz(_ basis: Basis, _ count: Int, _ filter: Filter?) -> Pairs {
    let size = basis.count
    if size == 0 { return Pairs() }
    var tridiagonal = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      tridiagonal[row * size + row] = basis.diagonal[row]
      if row + 1 < size { tridiagonal[row * size + row + 1] = basis.offDiagonal[row] }
    }
    let small = eigen(tridiagonal, size)
    // The polynomial is largest where L is smallest.
    let taken = (0..<min(count, size)).map { filter == nil ? $0 : size - 1 - $0 }
    let ritz = taken.map { combination(basis.vectors, small.vectors.elements, $0, size) }
    let images = ritz.map(applied)
    // A second projection, of L instead of the polynomial: its values are upper bounds of L's smallest.
    let products = ritz.flatMap { vector in images.map { dot(vector, $0) } }
    let refined = eigen(products, ritz.count)
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

  private func eigen(_ matrix: [Double], _ size: Int) -> SymmetricEigen<Double> {
    do {
      return try matrix.withUnsafeBufferPointer {
        try symmetricEigen(MatrixView($0.baseAddress!, rows: size, columns: size))
      }
    } catch {
      // The entries are products of unit vectors, so only the iteration can have failed.
      fatalError("SparseEigensolver: \(error)")
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
