import Foundation
import OutcropBLAS
import OutcropTensor
import OutcropTestSupport
import Testing

/// Results and gradients of one call by PyTorch in double precision; see `make_linear_algebra.py`.
struct LinearAlgebraTruth: Decodable, CustomTestStringConvertible, Sendable {
  struct Values: Decodable {
    let shape: [Int]
    let values: [Double]
    var tensor: Tensor<Double> { Tensor(values, shape: shape) }
  }

  let operation: String
  let note: String
  let tolerance: Double
  let parameter: Int
  let inputs: [String: Values]
  let weights: [Values]
  let results: [Values]
  let gradients: [String: Values]

  var testDescription: String { "\(operation), \(note)" }

  static let all: [LinearAlgebraTruth] = {
    let url = Bundle.module.url(
      forResource: "linear_algebra", withExtension: "json", subdirectory: "TorchTruth")!
    return try! JSONDecoder().decode([LinearAlgebraTruth].self, from: Data(contentsOf: url))
  }()
}

@Suite("PyTorch's linear algebra")
struct LinearAlgebraTruthTests {
  typealias T = Tensor<Double>

  @Test("Values and gradients", arguments: LinearAlgebraTruth.all)
  func agree(_ truth: LinearAlgebraTruth) throws {
    // A determinant and a gradient of these cases are 0 up to rounding.
    let scale =
      ["determinant, singular", "conditionNumber, 1 x 1"].contains(truth.testDescription)
      ? 1.0 : 0
    let leaves = truth.inputs.mapValues { $0.tensor.trackingGradients() }
    let found = try results(truth, leaves["a"]!, leaves["b"] ?? T(0))
    #expect(found.count == truth.results.count)
    for (index, (result, expected)) in zip(found, truth.results).enumerated() {
      record(
        difference(
          "result \(index)", result, expected.tensor, tolerance: truth.tolerance, scale: scale),
        truth)
    }
    let total = zip(found, truth.weights).filter { $0.0.isTracked }
      .map { ($0 * $1.tensor).sum() }.reduce(T(0), +)
    if total.isTracked { total.backward() }
    for (name, expected) in truth.gradients {
      let gradient = leaves[name]!.gradient ?? .zeros(expected.shape)
      record(
        difference(
          "gradient \(name)", gradient, expected.tensor, tolerance: truth.tolerance, scale: scale),
        truth
      )
    }
    // Without a tape the values are the same up to rounding.
    let plain = try results(
      truth, truth.inputs["a"]!.tensor, truth.inputs["b"]?.tensor ?? T(0))
    for (result, expected) in zip(plain, truth.results) {
      record(
        difference("untracked", result, expected.tensor, tolerance: truth.tolerance, scale: scale),
        truth)
    }
  }

  private func record(_ problem: String?, _ truth: LinearAlgebraTruth) {
    if let problem { Issue.record("\(truth.testDescription): \(problem)") }
  }

  private func definite(_ a: T) -> T {
    a.matrixProduct(a.transposed()) + DenseMatrix<Double>.identity(a.shape.last!).half
  }

  private func row(_ x: T) -> T { x.reshaped(Array(x.shape.dropLast()) + [1, x.shape.last!]) }

  private func results(_ truth: LinearAlgebraTruth, _ a: T, _ b: T) throws -> [T] {
    switch truth.operation {
    case "solve": return [try a.solve(b)]
    case "inverse": return [try a.inverse()]
    case "determinant": return [try a.determinant()]
    case "logDeterminant": return [try a.logDeterminant().logarithm]
    case "matrixExponential": return [try a.matrixExponential()]
    case "matrixPower": return [try a.matrixPower(truth.parameter)]
    case "cholesky": return [try definite(a).cholesky()]
    case "symmetricEigen":
      let (values, v) = try definite(a).eigh()
      return [values, v * v, (v * row(values.tanh())).matrixProduct(v.transposed())]
    case "triangularSolve":
      let shifted = a + DenseMatrix<Double>.identity(a.shape.last!).half * 6
      return [try shifted.triangularSolve(b, triangle: .lower)]
    case "lu":
      let (p, l, u) = try a.lu()
      return [p, l, u]
    case "qr":
      let (q, r) = try a.qr()
      return [q * q, r * r]
    case "svd":
      let (u, s, vh) = try a.svd()
      return [s, u * u, vh * vh, (u * row(s.tanh())).matrixProduct(vh)]
    case "singularValues": return [try a.singularValues()]
    case "pseudoInverse": return [try a.pseudoInverse()]
    case "leastSquares": return [try a.leastSquares(b)]
    case "norms":
      return try [.frobenius, .one, .infinity, .two, .nuclear].map { try a.matrixNorm($0) }
    case "conditionNumber": return [try a.conditionNumber()]
    case "norm": return [a.norm()]
    case "trace": return [a.trace()]
    case "kronecker": return [a.kronecker(b)]
    default: throw CocoaError(.featureUnsupported)
    }
  }
}

extension DenseMatrix<Double> {
  /// Half of this matrix as a tensor.
  fileprivate var half: Tensor<Double> {
    Tensor((0.5 * self).elements, shape: [rows, columns])
  }
}
