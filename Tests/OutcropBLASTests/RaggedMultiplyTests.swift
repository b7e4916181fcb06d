import OutcropBLAS
import OutcropTestSupport
import Testing

extension BLASTests {
  @Suite struct RaggedMultiplyTests {
    private func cases<Scalar: BLASScalar>(
      _ ta: Transposition, _ tb: Transposition, _ alpha: Scalar, _ beta: Scalar, large: Bool,
      _ random: inout TestRandom
    ) -> [ProductCase<Scalar>] {
      var cases: [ProductCase<Scalar>] = []
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        cases.append(
          ProductCase(
            Int.random(in: 0...40, using: &random), Int.random(in: 0...40, using: &random),
            Int.random(in: 0...20, using: &random), ta, tb, alpha: alpha, beta: beta,
            gap: Int.random(in: 0...2, using: &random), &random))
      }
      if large {
        for (m, n, k) in [(1030, 64, 64), (64, 64, 1500), (150, 140, 130), (9, 3001, 64)] {
          let place = Int.random(in: 0...cases.count, using: &random)
          cases.insert(
            ProductCase(m, n, k, ta, tb, alpha: alpha, beta: beta, gap: 1, &random), at: place)
        }
      }
      return cases
    }

    private func multiply<Scalar: BLASScalar>(
      _ cases: [ProductCase<Scalar>], _ ta: Transposition, _ tb: Transposition, _ alpha: Scalar,
      _ beta: Scalar
    ) {
      matrixMultiply(
        cases.map { RaggedProduct($0.a.view, $0.b.view, into: $0.c.mutableView) }, ta, tb,
        alpha: alpha, beta: beta)
    }

    @Test func randomSizesFloat() { check(Float.self) }
    @Test func randomSizesDouble() { check(Double.self) }

    private func check<Scalar: BLASScalar>(_: Scalar.Type) {
      var random = TestRandom(21)
      for (ta, tb) in transpositions {
        for alpha in [1, 0, -0.5] as [Scalar] {
          for beta in [0, 1, 0.75] as [Scalar] {
            let cases = cases(ta, tb, alpha, beta, large: alpha == 1, &random)
            multiply(cases, ta, tb, alpha, beta)
            for one in cases {
              let failure = one.failure()
              #expect(failure == nil)
            }
          }
        }
      }
    }

    @Test func noProducts() { matrixMultiply([RaggedProduct<Float>]()) }

    @Test func sameBitsForAnyThreadCount() {
      for (ta, tb) in transpositions {
        let results = [1, 2, 8].map { threads in
          withThreadCount(threads) {
            var random = TestRandom(22)
            let cases: [ProductCase<Float>] = cases(ta, tb, 1, 0, large: true, &random)
            multiply(cases, ta, tb, 1, 0)
            return cases.map(\.c.bits)
          }
        }
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
      }
    }

    @Test func trapsWithShapes() async {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let x = TestMatrix<Float>(100, 1) { 0 }
        let good = RaggedProduct(
          MatrixView(x.base, rows: 2, columns: 3), MatrixView(x.base, rows: 3, columns: 2),
          into: MutableMatrixView(x.base + 50, rows: 2, columns: 2))
        let bad = RaggedProduct(
          MatrixView(x.base, rows: 2, columns: 3), MatrixView(x.base, rows: 4, columns: 5),
          into: MutableMatrixView(x.base + 50, rows: 2, columns: 5))
        matrixMultiply([good, bad])
      }
      #expect(
        message(result).contains(
          "matrixMultiply, product 1: shapes [2, 3] and [4, 5] into [2, 5]"))
    }
  }
}
