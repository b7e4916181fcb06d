import OutcropBLAS
import OutcropTestSupport
import Testing

extension BLASTests {
  @Suite struct MatrixMultiplyTests {
    /// Sizes [m, n, k] for every way of cutting: short inner dimensions with and without a copied
    /// right factor, wide results, long inner dimensions, large results.
    static let cutSizes: [(Int, Int, Int)] = [
      (1030, 64, 64), (700, 130, 33), (9, 3001, 64), (2000, 3, 5), (5000, 1, 1), (520, 200, 128),
      (200, 90, 256), (64, 64, 1500), (70, 100, 1031), (1, 1, 3000), (3, 2, 1024), (300, 290, 280),
      (70, 700, 300), (300, 1, 500), (1, 300, 500), (1, 20, 40000), (20, 1, 40000),
      (1100, 70, 257), (2100, 56, 21), (300, 30, 112), (56, 112, 1500), (640, 3, 64),
    ]

    @Test func randomSizesFloat() { check(Float.self) }
    @Test func randomSizesDouble() { check(Double.self) }

    private func check<Scalar: BLASScalar>(_: Scalar.Type) {
      var random = TestRandom(1)
      let sizes = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 64, 65, 100]
      for (ta, tb) in transpositions {
        for alpha in [1, 0, -0.5] as [Scalar] {
          for beta in [0, 1, 0.75] as [Scalar] {
            for gap in [0, 3] {
              for _ in 0..<6 {
                let one = ProductCase(
                  sizes.randomElement(using: &random)!, sizes.randomElement(using: &random)!,
                  sizes.randomElement(using: &random)!, ta, tb, alpha: alpha, beta: beta, gap: gap,
                  &random)
                one.multiply()
                let failure = one.failure()
                #expect(failure == nil)
              }
            }
          }
        }
      }
    }

    @Test func sizesThatAreCutFloat() { checkCuts(Float.self) }
    @Test func sizesThatAreCutDouble() { checkCuts(Double.self) }

    private func checkCuts<Scalar: BLASScalar>(_: Scalar.Type) {
      var random = TestRandom(2)
      for (m, n, k) in Self.cutSizes {
        for (ta, tb) in transpositions {
          let beta: Scalar = Bool.random(using: &random) ? 0 : 0.5
          let one = ProductCase(m, n, k, ta, tb, alpha: 0.5, beta: beta, gap: 2, &random)
          one.multiply()
          let failure = one.failure()
          #expect(failure == nil)
        }
      }
    }

    @Test func emptyInnerDimensionScales() {
      for beta in [0, 1, 3] as [Float] {
        let a = TestMatrix<Float>(2, 0) { .nan }
        let b = TestMatrix<Float>(0, 3) { .nan }
        let c = TestMatrix<Float>(2, 3, gap: 1) { beta == 0 ? .nan : 2 }
        withExtendedLifetime((a, b)) {
          matrixMultiply(a.view, .plain, b.view, beta: beta, into: c.mutableView)
        }
        #expect(c.bits == Array(repeating: 2 * beta, count: 6))
        #expect(c.gapsAreUntouched)
      }
    }

    @Test func alphaZeroReadsNoFactor() {
      let a = TestMatrix<Double>(3, 2000) { .nan }
      let c = TestMatrix<Double>(3, 3) { 2 }
      withExtendedLifetime(a) {
        matrixMultiply(
          a.view, .plain, a.view, .transposed, alpha: 0, beta: 0.5, into: c.mutableView)
      }
      #expect(c.bits == Array(repeating: 1, count: 9))
    }

    @Test func sameBitsForAnyThreadCountAndAddress() {
      for (m, n, k) in Self.cutSizes {
        for (ta, tb) in transpositions {
          let reference = bits(m, n, k, ta, tb, Float.self, threads: 1, offset: 0)
          let double = bits(m, n, k, ta, tb, Double.self, threads: 1, offset: 0)
          for threads in [2, 8] {
            #expect(bits(m, n, k, ta, tb, Float.self, threads: threads, offset: 0) == reference)
            #expect(bits(m, n, k, ta, tb, Double.self, threads: threads, offset: 0) == double)
          }
          #expect(bits(m, n, k, ta, tb, Float.self, threads: 2, offset: 1) == reference)
          #expect(bits(m, n, k, ta, tb, Double.self, threads: 2, offset: 1) == double)
        }
      }
    }

    private func bits<Scalar: BLASScalar>(
      _ m: Int, _ n: Int, _ k: Int, _ ta: Transposition, _ tb: Transposition, _: Scalar.Type,
      threads: Int, offset: Int
    ) -> [Scalar] {
      var random = TestRandom(3)
      let one = ProductCase<Scalar>(m, n, k, ta, tb, offset: offset, &random)
      withThreadCount(threads) { one.multiply() }
      return one.c.bits
    }

    @Test func trapsWithShapes() async {
      let inner = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let a = TestMatrix<Float>(2, 3) { 0 }
        let b = TestMatrix<Float>(4, 5) { 0 }
        let c = TestMatrix<Float>(2, 5) { 0 }
        matrixMultiply(a.view, .plain, b.view, into: c.mutableView)
      }
      #expect(message(inner).contains("matrixMultiply: shapes [2, 3] and [4, 5] into [2, 5]"))
      let outer = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let a = TestMatrix<Double>(3, 2) { 0 }
        let b = TestMatrix<Double>(5, 3) { 0 }
        let c = TestMatrix<Double>(2, 4) { 0 }
        matrixMultiply(a.view, .transposed, b.view, .transposed, into: c.mutableView)
      }
      #expect(
        message(outer).contains(
          "matrixMultiply: shapes [2, 3] (transposed) and [3, 5] (transposed) into [2, 4]"))
    }

    @Test func trapsOnShortRowStride() async {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let a = TestMatrix<Float>(2, 3) { 0 }
        _ = MatrixView(a.base, rows: 2, columns: 3, rowStride: 2)
      }
      #expect(message(result).contains("MatrixView: a matrix [2, 3] with row stride 2"))
    }
  }
}
