import CKernels
import Foundation
import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

/// Values of mpmath (50 digits, rounded to double precision) for arguments over the whole range, near
/// the ends, at poles and for subnormal numbers; see `TorchTruth/make_functions.py`.
private struct FunctionTruth: Decodable {
  let function: String
  /// Errors in units in the last place that are promised for `Float` and `Double`.
  let ulp: [Double]
  let float, double: Points

  struct Points: Decodable {
    let x, y: [Double]
    /// What the rounded values lack, in units in the last place of the rounded value.
    let rest: [Double]
  }

  static let all: [FunctionTruth] = {
    let url = Bundle.module.url(
      forResource: "functions", withExtension: "json", subdirectory: "TorchTruth")!
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try! decoder.decode([FunctionTruth].self, from: Data(contentsOf: url))
  }()
  static let names = all.map(\.function)
}

@Suite("Element-wise functions keep their promised errors")
struct FunctionAccuracyTests {
  @Test("in units in the last place", arguments: FunctionTruth.names)
  func errors(_ name: String) {
    let truth = FunctionTruth.all.first { $0.function == name }!
    check(Float.self, name, truth.float, truth.ulp[0])
    check(Double.self, name, truth.double, truth.ulp[1])
  }

  private func check<S: TensorScalar>(
    _: S.Type, _ name: String, _ points: FunctionTruth.Points, _ ulp: Double
  ) {
    // Once as one long vector, once element by element, where loops have no vectors.
    let x = Tensor(points.x.map { S($0) })
    let y = apply(name, x)
    for index in 0..<x.count {
      let (found, expected) = (y.values[index], S(points.y[index]))
      let single = apply(name, Tensor([x.values[index]])).values[0]
      for value in [found, single] {
        if expected.isNaN {
          #expect(value.isNaN, "\(S.self) \(name)(\(x.values[index])) = \(value)")
        } else if !expected.isFinite || expected == 0 {
          #expect(
            value == expected || (expected == 0 && value.magnitude <= S.leastNonzeroMagnitude),
            "\(S.self) \(name)(\(x.values[index])) = \(value), expected \(expected)")
        } else {
          let error = (Double(value - expected) / Double(expected.ulp) - points.rest[index])
            .magnitude
          #expect(
            error <= ulp,
            "\(S.self) \(name)(\(x.values[index])) = \(value), expected \(expected): \(error) ulp")
        }
      }
    }
  }

  private func apply<S: TensorScalar>(_ name: String, _ x: Tensor<S>) -> Tensor<S> {
    switch name {
    case "exp": x.exp()
    case "expm1": x.expm1()
    case "log": x.log()
    case "log1p": x.log1p()
    case "log2": x.log2()
    case "log10": x.log10()
    case "rsqrt": x.rsqrt()
    case "sin": x.sin()
    case "cos": x.cos()
    case "tan": x.tan()
    case "asin": x.asin()
    case "acos": x.acos()
    case "atan": x.atan()
    case "sinh": x.sinh()
    case "cosh": x.cosh()
    case "tanh": x.tanh()
    case "asinh": x.asinh()
    case "acosh": x.acosh()
    case "atanh": x.atanh()
    case "erf": x.erf()
    case "sigmoid": x.sigmoid()
    case "softplus": x.softplus()
    case "silu": x.silu()
    default: fatalError("no such function: \(name)")
    }
  }

  @Test("of powers, which follow C's conventions at every pair of special numbers")
  func powers() {
    let special: [Double] = [
      0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, .infinity, -.infinity, .nan, 0.1, 1e-30, 1e30,
    ]
    func same<S: BinaryFloatingPoint>(_ a: S, _ b: S, _ tolerance: S) -> Bool {
      a == b
        ? a.sign == b.sign : (a.isNaN && b.isNaN) || (a - b).magnitude <= tolerance * b.magnitude
    }
    for a in special {
      for b in special {
        let (x, y) = (Tensor([a]), Tensor([b]))
        #expect(same(x.pow(y).values[0], Foundation.pow(a, b), 1e-15), "pow(\(a), \(b))")
        #expect(same(x.atan2(y).values[0], Foundation.atan2(a, b), 1e-15), "atan2(\(a), \(b))")
        let (u, v) = (Float(a), Float(b))
        #expect(
          same(Tensor([u]).pow(Tensor([v])).values[0], Foundation.pow(u, v), 2e-7),
          "pow(\(u), \(v))")
        #expect(
          same(Tensor([u]).atan2(Tensor([v])).values[0], Foundation.atan2(u, v), 2e-7),
          "atan2(\(u), \(v))")
      }
    }
  }

  @Test("of remainders, which are exact")
  func remainders() {
    var generator = RandomGenerator(seed: 8)
    let count = 20_000
    var a = Tensor<Float>.normal([count], using: &generator).values
    let exponents = Tensor<Float>.uniform([count], low: -20, high: 20, using: &generator).values
    let b = Tensor<Float>.normal([count], using: &generator).values
    for index in 0..<count {
      // Every fifth quotient is whole; the last half has quotients that need more than 28 bits.
      a[index] =
        index % 5 == 0
        ? b[index] * Float(index % 1000 - 500) : a[index] * Foundation.exp(exponents[index])
      if index > count / 2 { a[index] *= 1e9 }
    }
    for size in [count / 2, count] {
      let found = Tensor(Array(a[..<size])).remainder(Tensor(Array(b[..<size]))).values
      for index in 0..<size {
        var expected = fmodf(a[index], b[index])
        if expected != 0, (expected < 0) != (b[index] < 0) { expected += b[index] }
        #expect(found[index] == expected, "\(a[index]) by \(b[index])")
      }
    }
  }

  @Test("and of reductions of every small shape")
  func reductions() {
    var generator = RandomGenerator(seed: 9)
    for width in [1, 2, 3, 5, 16, 31, 33, 70] {
      for rows in [1, 2, 7, 8, 15, 16, 17, 63, 64, 65, 129, 257] {
        let x = Tensor<Float>.normal([2, rows, width], using: &generator)
        let (sums, largest, least) = (
          x.sum(axes: [1]).values, x.max(axes: [1]).values, x.min(axes: [1]).values
        )
        let values = x.values
        for block in 0..<2 {
          for column in 0..<width {
            let group = (0..<rows).map { values[(block * rows + $0) * width + column] }
            let at = block * width + column
            let sum = group.reduce(0.0) { $0 + Double($1) }
            #expect(
              (Double(sums[at]) - sum).magnitude <= 1e-7 * max(1, sum.magnitude),
              "sum \(rows) \(width)")
            #expect(largest[at] == group.max()!, "max \(rows) \(width)")
            #expect(least[at] == group.min()!, "min \(rows) \(width)")
          }
        }
        var holed = values
        holed[(rows - 1) * width] = .nan
        let found = Tensor(holed, shape: x.shape).max(axes: [1]).values
        #expect(found[0].isNaN && found[1...].allSatisfy { !$0.isNaN })
      }
    }
  }

  @Test("and write nothing behind their results, at every length around a vector's")
  func lengths() {
    for count in 0..<70 {
      let x = (0..<count).map { Float($0) * 0.1 - 2 }
      var y = [Float](repeating: 77, count: count + 8)
      for function in [OC_EXP, OC_SIN, OC_ERF, OC_GELU, OC_TANH, OC_LOG10] {
        Kernels<Float>.table.apply(Int32(function.rawValue), x, &y, Int64(count), 0, 0)
        #expect(y[count...].allSatisfy { $0 == 77 })
      }
    }
  }
}
