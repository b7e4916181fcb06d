import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

/// The kernels that go over the columns of tall matrices cut them by 64, 32, 16 and what is left: every width
/// is compared with plain loops in double precision, and nothing may be written behind a matrix.
@Suite("Kernels over columns")
struct ColumnKernelTests {
  private static let rows = 7

  /// Arrays have guards of 77 behind them.
  private func check<S: TensorScalar>(_: S.Type, columns: Int, tolerance: Double) {
    let (rows, count) = (Self.rows, Self.rows * columns)
    let kernels = Kernels<S>.table
    var generator = RandomGenerator(seed: UInt64(columns))
    func draw(_ count: Int) -> [S] {
      Tensor<Double>.normal([count], using: &generator).values.map { S($0) }
        + [S](repeating: 77, count: 16)
    }
    func column(_ c: Int, _ x: [S]) -> [Double] { (0..<rows).map { Double(x[$0 * columns + c]) } }
    func expect<T: BinaryFloatingPoint>(
      _ what: String, _ found: [T], _ expected: [Double], guarded: T = 77
    ) {
      let largest = max(1, expected.map(\.magnitude).max() ?? 0)
      #expect(
        zip(found, expected).allSatisfy { (Double($0) - $1).magnitude <= tolerance * largest },
        "\(S.self) \(what), \(columns) columns")
      #expect(
        found[expected.count...].allSatisfy { $0 == guarded },
        "\(S.self) behind \(what), \(columns)")
    }
    func sums(_ count: Int) -> [Double] { [Double](repeating: 0.5, count: count) + [77, 77] }
    let (x, y, dy) = (draw(count), draw(count), draw(count))
    let (bias, center, inverse) = (draw(columns), draw(columns), draw(columns))
    let every = Array(0..<columns)

    // The gradient stands where dy stood.
    var g = dy
    var total = sums(columns)
    g.withUnsafeMutableBufferPointer {
      kernels.relu_gradient(
        $0.baseAddress!, y, $0.baseAddress!, &total, Int64(rows), Int64(columns))
    }
    expect("relu_gradient", g, (0..<count).map { y[$0] > 0 ? Double(dy[$0]) : 0 })
    expect("its sums", total, every.map { 0.5 + column($0, g).reduce(0, +) })

    total = sums(columns)
    kernels.column_sums(x, &total, Int64(rows), Int64(columns))
    expect("column_sums", total, every.map { 0.5 + column($0, x).reduce(0, +) })

    for (hasBias, hasResidual) in [(false, false), (true, false), (false, true), (true, true)] {
      var z = x
      var (mean, deviation) = (sums(columns), sums(columns))
      z.withUnsafeMutableBufferPointer { z in
        bias.withUnsafeBufferPointer { bias in
          y.withUnsafeBufferPointer { y in
            kernels.column_moments(
              z.baseAddress!, hasBias ? bias.baseAddress! : nil,
              hasResidual ? y.baseAddress! : nil, z.baseAddress!, &mean, &deviation, Int64(rows),
              Int64(columns))
          }
        }
      }
      let name = "column_moments, bias \(hasBias), residual \(hasResidual)"
      let sum = (0..<count).map {
        Double(x[$0]) + (hasBias ? Double(bias[$0 % columns]) : 0)
          + (hasResidual ? Double(y[$0]) : 0)
      }
      expect(name, z, sum)
      let means = every.map { column($0, z).reduce(0, +) / Double(rows) }
      expect("means of \(name)", mean, means)
      expect(
        "deviations of \(name)", deviation,
        every.map { c in column(c, z).map { ($0 - means[c]) * ($0 - means[c]) }.reduce(0, +) })
    }

    total = sums(2 * columns)
    kernels.norm_gradient_sums(dy, x, center, inverse, &total, Int64(rows), Int64(columns))
    let products = every.map { c in
      zip(column(c, dy), column(c, x)).map { $0 * ($1 - Double(center[c])) }.reduce(0, +)
        * Double(inverse[c])
    }
    expect(
      "norm_gradient_sums", total,
      (every.map { column($0, dy).reduce(0, +) } + products).map { 0.5 + $0 })
  }

  @Test("are plain loops at every width")
  func widths() {
    for columns in 1...131 {
      check(Float.self, columns: columns, tolerance: 1e-6)
      check(Double.self, columns: columns, tolerance: 1e-14)
    }
  }
}
