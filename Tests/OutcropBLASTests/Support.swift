import OutcropBLAS
import OutcropTestSupport
import Testing

/// All tests of the module. They run one after the other, because the thread count and the buffer
/// pool's counters belong to the process.
@Suite(.serialized) enum BLASTests {}

extension TestRandom {
  /// Uniform in -1 ... 1.
  mutating func number<Scalar: BLASScalar>(_: Scalar.Type = Scalar.self) -> Scalar {
    Scalar(Double.random(in: -1...1, using: &self))
  }
}

/// A matrix with NaN in the gaps between its rows, in memory of its own. Its views do not keep it
/// alive (and Swift ends an array's life at its last use).
final class TestMatrix<Scalar: BLASScalar> {
  let base: UnsafeMutablePointer<Scalar>
  let rows: Int
  let columns: Int
  let rowStride: Int
  let count: Int
  private let memory: UnsafeMutablePointer<Scalar>

  /// `offset` elements lie between an aligned address and the matrix.
  init(_ rows: Int, _ columns: Int, gap: Int = 0, offset: Int = 0, fill: () -> Scalar) {
    (self.rows, self.columns, rowStride) = (rows, columns, columns + gap)
    count = rows * rowStride
    memory = UnsafeMutableRawPointer.allocate(
      byteCount: (count + offset + 1) * MemoryLayout<Scalar>.stride, alignment: 64
    ).bindMemory(to: Scalar.self, capacity: count + offset + 1)
    base = memory + offset
    for index in 0..<count { base[index] = .nan }
    for row in 0..<rows {
      for column in 0..<columns { base[row * rowStride + column] = fill() }
    }
  }

  deinit { memory.deallocate() }

  var view: MatrixView<Scalar> {
    MatrixView(base, rows: rows, columns: columns, rowStride: rowStride)
  }

  var mutableView: MutableMatrixView<Scalar> {
    MutableMatrixView(base, rows: rows, columns: columns, rowStride: rowStride)
  }

  subscript(row: Int, column: Int) -> Scalar { base[row * rowStride + column] }

  /// Whether the gaps between the rows still hold what they held.
  var gapsAreUntouched: Bool {
    (0..<rows).allSatisfy { row in
      (columns..<rowStride).allSatisfy { base[row * rowStride + $0].isNaN }
    }
  }

  /// All elements as they are, for comparing bits.
  var bits: [Scalar] {
    (0..<rows).flatMap { row in (0..<columns).map { self[row, $0] } }
  }
}

/// What a product is made of, with its truth.
struct ProductCase<Scalar: BLASScalar> {
  let (a, b, c): (TestMatrix<Scalar>, TestMatrix<Scalar>, TestMatrix<Scalar>)
  let (transpositionA, transpositionB): (Transposition, Transposition)
  let (alpha, beta): (Scalar, Scalar)
  let depth: Int
  private let former: [Scalar]

  /// Random A [m, k] and B [k, n], stored as the transpositions say; C is NaN where `beta` is 0.
  init(
    _ m: Int, _ n: Int, _ k: Int, _ transpositionA: Transposition, _ transpositionB: Transposition,
    alpha: Scalar = 1, beta: Scalar = 0, gap: Int = 0, offset: Int = 0, _ random: inout TestRandom
  ) {
    a =
      transpositionA == .plain
      ? TestMatrix(m, k, gap: gap, offset: offset) { random.number() }
      : TestMatrix(k, m, gap: gap, offset: offset) { random.number() }
    b =
      transpositionB == .plain
      ? TestMatrix(k, n, gap: gap, offset: offset) { random.number() }
      : TestMatrix(n, k, gap: gap, offset: offset) { random.number() }
    c = TestMatrix(m, n, gap: gap, offset: offset) { beta == 0 ? .nan : random.number() }
    (self.transpositionA, self.transpositionB) = (transpositionA, transpositionB)
    (self.alpha, self.beta, depth) = (alpha, beta, k)
    former = c.bits
  }

  func multiply() {
    withExtendedLifetime(self) {
      matrixMultiply(
        a.view, transpositionA, b.view, transpositionB, alpha: alpha, beta: beta,
        into: c.mutableView)
    }
  }

  /// Compares C with a triple loop in `Double`, within the bound that any order of summation keeps.
  /// Nil when all is well.
  func failure() -> String? {
    for row in 0..<c.rows {
      for column in 0..<c.columns {
        var (sum, size) = (0.0, 0.0)
        for p in 0..<depth {
          let x = Double(transpositionA == .plain ? a[row, p] : a[p, row])
          let y = Double(transpositionB == .plain ? b[p, column] : b[column, p])
          sum += x * y
          size += abs(x * y)
        }
        var expected = Double(alpha) * sum
        size *= abs(Double(alpha))
        if beta != 0 {
          let before = Double(beta) * Double(former[row * c.columns + column])
          expected += before
          size += abs(before)
        }
        let bound = Double(Scalar.ulpOfOne) * Double(depth + 3) * size
        let found = Double(c[row, column])
        if !(abs(found - expected) <= bound) {
          return "C[\(row), \(column)] of \(name): \(found), expected \(expected) ± \(bound)"
        }
      }
    }
    return c.gapsAreUntouched ? nil : "\(name): wrote between the rows of C"
  }

  var name: String {
    "[\(c.rows), \(depth)] \(transpositionA) x [\(depth), \(c.columns)] \(transpositionB), "
      + "alpha \(alpha), beta \(beta), row stride \(c.rowStride), \(Scalar.self)"
  }
}

let transpositions: [(Transposition, Transposition)] = [
  (.plain, .plain), (.plain, .transposed), (.transposed, .plain), (.transposed, .transposed),
]

/// The message that a process left on standard error.
func message(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
