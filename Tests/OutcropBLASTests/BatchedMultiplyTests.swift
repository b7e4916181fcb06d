import OutcropBLAS
import OutcropTestSupport
import Testing

extension BLASTests {
  @Suite struct BatchedMultiplyTests {
    /// How the batch's matrices share memory.
    enum Layout: CaseIterable {
      case following, apart, interleaved, sameRight, sameLeft
    }

    @Test func randomSizesFloat() { check(Float.self) }
    @Test func randomSizesDouble() { check(Double.self) }

    private func check<Scalar: BLASScalar>(_: Scalar.Type) {
      var random = TestRandom(11)
      let sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 24, 40]
      for (ta, tb) in transpositions {
        for alpha in [1, 0, -0.5] as [Scalar] {
          for beta in [0, 1, 0.75] as [Scalar] {
            for layout in Layout.allCases {
              for count in [0, 1, 7, 40] {
                let size = (
                  sizes.randomElement(using: &random)!, sizes.randomElement(using: &random)!,
                  sizes.randomElement(using: &random)!
                )
                let failure = Batch<Scalar>(count, size, ta, tb, alpha, beta, layout, &random).run()
                #expect(failure == nil)
              }
            }
          }
        }
      }
    }

    @Test func largeSizes() {
      var random = TestRandom(12)
      for size in [(150, 130, 120), (600, 64, 64), (30, 40, 1100), (40, 2000, 64), (120, 100, 300)]
      {
        for (ta, tb) in transpositions {
          for layout in [Layout.following, .interleaved, .sameRight] {
            let failure = Batch<Float>(3, size, ta, tb, 0.5, 0.25, layout, &random).run()
            #expect(failure == nil)
          }
        }
      }
    }

    /// Results of 32 MB and more may be written past the caches; smaller ones never are.
    @Test func largeResultsHaveTheBitsOfSmallOnes() {
      let (count, rows, depth, columns) = (520, 128, 8, 128)
      var random = TestRandom(14)
      let a = TestMatrix<Float>(count * rows, depth) { random.number() }
      let b = TestMatrix<Float>(count * depth, columns) { random.number() }
      let together = TestMatrix<Float>(count * rows, columns) { .nan }
      let apart = TestMatrix<Float>(count * rows, columns) { .nan }
      func multiply(_ range: Range<Int>, into c: TestMatrix<Float>) {
        let start = range.lowerBound
        matrixMultiply(
          BatchedMatrixView(
            a.base + start * rows * depth, count: range.count, rows: rows, columns: depth), .plain,
          BatchedMatrixView(
            b.base + start * depth * columns, count: range.count, rows: depth, columns: columns),
          alpha: 0.5,
          into: MutableBatchedMatrixView(
            c.base + start * rows * columns, count: range.count, rows: rows, columns: columns))
      }
      withExtendedLifetime((a, b)) {
        multiply(0..<count, into: together)
        for start in stride(from: 0, to: count, by: 40) {
          multiply(start..<start + 40, into: apart)
        }
      }
      let same = (0..<together.count).allSatisfy {
        together.base[$0].bitPattern == apart.base[$0].bitPattern
      }
      #expect(same)
      withExtendedLifetime((together, apart)) {}
    }

    /// A small product's rows do not depend on how many there are, for any transposition and width.
    @Test func rowsAloneHaveTheBitsOfRowsTogether() {
      func check<Scalar: BLASScalar>(_: Scalar.Type) {
        var random = TestRandom(15)
        for (ta, tb) in transpositions {
          for columns in [1, 5, 8, 16, 23, 40, 64, 71] {
            let (rows, depth) = (17, 45)
            let a = TestMatrix<Scalar>(ta == .plain ? rows : depth, ta == .plain ? depth : rows) {
              random.number()
            }
            let b = TestMatrix<Scalar>(
              tb == .plain ? depth : columns, tb == .plain ? columns : depth
            ) {
              random.number()
            }
            func multiply(_ range: Range<Int>) -> [Scalar] {
              let c = TestMatrix<Scalar>(range.count, columns) { .nan }
              let start = range.lowerBound
              let left =
                ta == .plain
                ? MatrixView(a.base + start * depth, rows: range.count, columns: depth)
                : MatrixView(a.base + start, rows: depth, columns: range.count, rowStride: rows)
              matrixMultiply(
                [
                  RaggedProduct(
                    left, b.view,
                    into: MutableMatrixView(c.base, rows: range.count, columns: columns))
                ], ta, tb)
              return withExtendedLifetime(c) { (0..<c.count).map { c.base[$0] } }
            }
            withExtendedLifetime((a, b)) {
              let together = multiply(0..<rows)
              #expect(together == (0..<rows).flatMap { multiply($0..<$0 + 1) })
              #expect(together == multiply(0..<5) + multiply(5..<rows))
            }
          }
        }
      }
      check(Float.self)
      check(Double.self)
    }

    @Test func sameBitsForAnyThreadCount() {
      for size in [(3, 3, 3), (23, 23, 8), (70, 60, 50), (150, 130, 120), (600, 64, 64)] {
        for (ta, tb) in transpositions {
          for layout in Layout.allCases {
            let results = [1, 2, 8].map { threads in
              withThreadCount(threads) {
                var random = TestRandom(13)
                let batch = Batch<Float>(50, size, ta, tb, 1, 0, layout, &random)
                batch.multiply()
                return batch.bits
              }
            }
            #expect(results[1] == results[0])
            #expect(results[2] == results[0])
          }
        }
      }
    }

    @Test func trapsWithShapes() async {
      let inner = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let x = TestMatrix<Float>(100, 1) { 0 }
        matrixMultiply(
          BatchedMatrixView(x.base, count: 2, rows: 2, columns: 3), .plain,
          BatchedMatrixView(x.base, count: 2, rows: 4, columns: 5), .transposed,
          into: MutableBatchedMatrixView(x.base, count: 2, rows: 2, columns: 4))
      }
      #expect(
        message(inner).contains(
          "matrixMultiply: shapes [2, 2, 3] and [2, 5, 4] (transposed) into [2, 2, 4]"))
      let count = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let x = TestMatrix<Float>(100, 1) { 0 }
        matrixMultiply(
          BatchedMatrixView(x.base, count: 3, rows: 2, columns: 3), .plain,
          BatchedMatrixView(x.base, count: 2, rows: 3, columns: 5),
          into: MutableBatchedMatrixView(x.base, count: 2, rows: 2, columns: 5))
      }
      #expect(
        message(count).contains(
          "matrixMultiply: shapes [3, 2, 3] and [2, 3, 5] into [2, 2, 5]"))
    }

    @Test func trapsOnSharedResults() async {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let x = TestMatrix<Float>(100, 1) { 0 }
        _ = MutableBatchedMatrixView(x.base, count: 3, rows: 2, columns: 3, batchStride: 0)
      }
      #expect(message(result).contains("[3, 2, 3] with row stride 3 and batch stride 0"))
      let overlap = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) {
        let x = TestMatrix<Float>(100, 1) { 0 }
        _ = MutableBatchedMatrixView(
          x.base, count: 3, rows: 2, columns: 3, rowStride: 8, batchStride: 3)
      }
      #expect(message(overlap).contains("[3, 2, 3] with row stride 8 and batch stride 3"))
    }
  }
}

/// A batch in memory, checked by comparing each of its products with a triple loop.
private struct Batch<Scalar: BLASScalar> {
  typealias Layout = BLASTests.BatchedMultiplyTests.Layout

  let (left, right, target): (Stack<Scalar>, Stack<Scalar>, Stack<Scalar>)
  let (ta, tb): (Transposition, Transposition)
  let (alpha, beta): (Scalar, Scalar)
  let (m, n, k, count): (Int, Int, Int, Int)
  let former: [Scalar]

  init(
    _ count: Int, _ size: (Int, Int, Int), _ ta: Transposition, _ tb: Transposition,
    _ alpha: Scalar, _ beta: Scalar, _ layout: Layout, _ random: inout TestRandom
  ) {
    (m, n, k) = size
    (self.count, self.ta, self.tb, self.alpha, self.beta) = (count, ta, tb, alpha, beta)
    let plain: Layout = layout == .sameLeft || layout == .sameRight ? .following : layout
    left = Stack(
      count, ta == .plain ? m : k, ta == .plain ? k : m, layout == .sameLeft ? nil : plain
    ) { random.number() }
    right = Stack(
      count, tb == .plain ? k : n, tb == .plain ? n : k, layout == .sameRight ? nil : plain
    ) { random.number() }
    target = Stack(count, m, n, plain) { beta == 0 ? .nan : random.number() }
    former = target.matrix.bits
  }

  func multiply() {
    withExtendedLifetime(self) {
      matrixMultiply(
        left.view, ta, right.view, tb, alpha: alpha, beta: beta,
        into: MutableBatchedMatrixView(
          target.matrix.base, count: count, rows: m, columns: n, rowStride: target.rowStride,
          batchStride: target.batchStride))
    }
  }

  var bits: [Scalar] {
    (0..<count).flatMap { index in
      (0..<m * n).map { target.matrix.base[target.place(index, $0 / n, $0 % n)] }
    }
  }

  /// Multiplies and compares; nil when all is well.
  func run() -> String? {
    multiply()
    var touched = Set<Int>()
    for index in 0..<count {
      for row in 0..<m {
        for column in 0..<n {
          var (sum, size) = (0.0, 0.0)
          for p in 0..<k {
            let x = left.number(index, ta == .plain ? row : p, ta == .plain ? p : row)
            let y = right.number(index, tb == .plain ? p : column, tb == .plain ? column : p)
            sum += x * y
            size += abs(x * y)
          }
          let place = target.place(index, row, column)
          touched.insert(place)
          let before = beta == 0 ? 0 : Double(beta) * Double(former[place])
          let expected = Double(alpha) * sum + before
          let bound =
            Double(Scalar.ulpOfOne) * Double(k + 3) * (abs(Double(alpha)) * size + abs(before))
          let found = Double(target.matrix.base[place])
          if !(abs(found - expected) <= bound) {
            return "product \(index) [\(m), \(k)] \(ta) x [\(k), \(n)] \(tb), alpha \(alpha), beta "
              + "\(beta), \(Scalar.self): [\(row), \(column)] is \(found), expected \(expected)"
          }
        }
      }
    }
    for (place, value) in target.matrix.bits.enumerated() where !touched.contains(place) {
      if !(value.isNaN && former[place].isNaN || value == former[place]) {
        return "wrote outside the matrices at \(place)"
      }
    }
    return nil
  }
}

/// Matrices in one piece of memory; without a layout they are all the same one.
private struct Stack<Scalar: BLASScalar> {
  let matrix: TestMatrix<Scalar>
  let (count, rows, columns, rowStride, batchStride): (Int, Int, Int, Int, Int)

  init(
    _ count: Int, _ rows: Int, _ columns: Int, _ layout: BLASTests.BatchedMultiplyTests.Layout?,
    fill: () -> Scalar
  ) {
    (self.count, self.rows, self.columns) = (count, rows, columns)
    switch layout {
    case .interleaved:
      (rowStride, batchStride) = (max(1, count) * columns + 1, columns)
    case .apart:
      (rowStride, batchStride) = (columns + 2, rows * (columns + 2) + 5)
    case .some:
      (rowStride, batchStride) = (columns, rows * columns)
    case nil:
      (rowStride, batchStride) = (columns, 0)
    }
    matrix = TestMatrix(1, rows * rowStride + count * batchStride + 8, fill: fill)
  }

  var view: BatchedMatrixView<Scalar> {
    BatchedMatrixView(
      matrix.base, count: count, rows: rows, columns: columns, rowStride: rowStride,
      batchStride: batchStride)
  }

  func place(_ index: Int, _ row: Int, _ column: Int) -> Int {
    index * batchStride + row * rowStride + column
  }

  func number(_ index: Int, _ row: Int, _ column: Int) -> Double {
    Double(matrix.base[place(index, row, column)])
  }
}
