import OutcropBLAS
import OutcropTestSupport
import Testing

extension BLASTests {
  /// The kernel itself, on the instruction set of this run.
  @Suite struct SmallProductTests {
    @Test func allSmallSizesFloat() { check(Float.self) }
    @Test func allSmallSizesDouble() { check(Double.self) }

    /// All rows and columns up to 40, with inner dimensions on both sides of the depth at which the
    /// kernel cuts them.
    private func check<Scalar: BLASScalar>(_: Scalar.Type) {
      var random = TestRandom(31)
      let depths = Array(1...40) + [255, 256, 257, 300]
      for m in 1...40 {
        for n in 1...40 {
          for (ta, tb) in transpositions {
            let one = ProductCase<Scalar>(
              m, n, depths.randomElement(using: &random)!, ta, tb,
              alpha: [1, -0.5].randomElement(using: &random)!,
              beta: [0, 1, 0.75].randomElement(using: &random)!,
              gap: [0, 3].randomElement(using: &random)!,
              offset: [0, 1].randomElement(using: &random)!, &random)
            one.multiplySmall()
            let failure = one.failure()
            #expect(failure == nil)
          }
        }
      }
    }

    @Test func manyRowsFloat() { checkManyRows(Float.self) }
    @Test func manyRowsDouble() { checkManyRows(Double.self) }

    /// From 96 rows on panels of the right factor are copied.
    private func checkManyRows<Scalar: BLASScalar>(_: Scalar.Type) {
      var random = TestRandom(32)
      for m in [95, 96, 97, 130] {
        for n in [1, 7, 8, 15, 21, 24, 30, 32, 40, 56, 64, 65, 71, 96, 100, 131] {
          for (ta, tb) in transpositions {
            let one = ProductCase<Scalar>(
              m, n, Int.random(in: 1...70, using: &random), ta, tb, beta: 1, gap: 2, &random)
            one.multiplySmall()
            let failure = one.failure()
            #expect(failure == nil)
          }
        }
      }
    }

    @Test func bitsDoNotDependOnTheCutFloat() { checkCuts(Float.self) }
    @Test func bitsDoNotDependOnTheCutDouble() { checkCuts(Double.self) }

    /// Each element is the same if its row or its column is computed alone.
    private func checkCuts<Scalar: BLASScalar>(_: Scalar.Type) {
      var random = TestRandom(33)
      for (m, n, k) in [(13, 29, 40), (27, 56, 33), (8, 71, 300), (100, 21, 17)] {
        for (ta, tb) in transpositions {
          for beta in [0, 0.75] as [Scalar] {
            let one = ProductCase<Scalar>(m, n, k, ta, tb, alpha: 0.3, beta: beta, gap: 1, &random)
            let former = one.c.bits
            one.multiplySmall()
            let whole = one.c.bits
            one.c.fill(former)
            for row in 0..<m { one.multiplySmall(rows: row..<row + 1) }
            #expect(one.c.bits == whole)
            one.c.fill(former)
            for column in 0..<n { one.multiplySmall(columns: column..<column + 1) }
            #expect(one.c.bits == whole)
          }
        }
      }
    }
  }
}

extension ProductCase {
  /// The given rows and columns of C by `smallMatrixMultiply`.
  fileprivate func multiplySmall(rows: Range<Int>? = nil, columns: Range<Int>? = nil) {
    let rows = rows ?? 0..<c.rows
    let columns = columns ?? 0..<c.columns
    let (plainA, plainB) = (transpositionA == .plain, transpositionB == .plain)
    withExtendedLifetime(self) {
      smallMatrixMultiply(
        !plainA, !plainB, rows.count, columns.count, depth, alpha,
        a.base + rows.lowerBound * (plainA ? a.rowStride : 1), a.rowStride,
        b.base + columns.lowerBound * (plainB ? 1 : b.rowStride), b.rowStride, beta,
        c.base + rows.lowerBound * c.rowStride + columns.lowerBound, c.rowStride)
    }
  }
}

extension TestMatrix {
  /// Replaces all elements.
  fileprivate func fill(_ elements: [Scalar]) {
    for (index, element) in elements.enumerated() {
      base[index / columns * rowStride + index % columns] = element
    }
  }
}
