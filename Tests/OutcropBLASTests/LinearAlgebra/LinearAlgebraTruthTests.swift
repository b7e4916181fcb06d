import Foundation
import OutcropBLAS
import OutcropTestSupport
import Testing

/// Results of one call by NumPy and SciPy in double precision; see `Truth/make_truth.py`.
struct LinearAlgebraTruth: Decodable, CustomTestStringConvertible, Sendable {
  struct Values: Decodable {
    let shape: [Int]
    let values: [Double]

    func matrix<S: BLASScalar>(_: S.Type = S.self) -> DenseMatrix<S> {
      DenseMatrix(values.map { S($0) }, rows: shape[0], columns: shape[1])
    }
  }

  let operation: String
  let note: String
  let tolerance: Double
  let inputs: [String: Values]
  let expected: [String: Values]

  var testDescription: String { "\(operation), \(note)" }

  static let all: [LinearAlgebraTruth] = {
    let url = Bundle.module.url(
      forResource: "linear_algebra", withExtension: "json", subdirectory: "Truth")!
    return try! JSONDecoder().decode([LinearAlgebraTruth].self, from: Data(contentsOf: url))
  }()
}

extension BLASTests {
  @Suite struct LinearAlgebraTruthTests {
    @Test(arguments: LinearAlgebraTruth.all)
    func agreesWithNumPy(_ truth: LinearAlgebraTruth) throws {
      let found = try results(truth)
      #expect(Set(truth.expected.keys).isSubset(of: found.keys))
      for (key, expected) in truth.expected {
        guard let values = found[key] else { continue }
        if let problem = difference(
          "\(truth.testDescription): \(key)", values, expected.values, tolerance: truth.tolerance,
          scale: truth.operation == "eigen" && key == "imaginary" ? 1 : 0)
        {
          Issue.record("\(problem)")
        }
      }
    }

    private func results(_ truth: LinearAlgebraTruth) throws -> [String: [Double]] {
      let a = truth.inputs["a"]!.matrix(Double.self)
      var b: DenseMatrix<Double> { truth.inputs["b"]!.matrix() }
      switch truth.operation {
      case "solve": return ["x": try a.solve(b).elements]
      case "inverse": return ["x": try a.inverse().elements]
      case "determinant": return ["x": [try a.determinant()]]
      case "logDeterminant":
        let (sign, logarithm) = try a.logDeterminant()
        return ["sign": [sign], "logarithm": [logarithm]]
      case "eigen":
        let eigen = try a.eigen()
        let order = eigen.realValues.indices.sorted { i, j in
          func key(_ i: Int) -> (Double, Double) {
            (
              (eigen.realValues[i] * 1e8).rounded(), (eigen.imaginaryValues[i] * 1e8).rounded()
            )
          }
          return key(i) < key(j)
        }
        return [
          "real": order.map { eigen.realValues[$0] },
          "imaginary": order.map { eigen.imaginaryValues[$0] },
        ]
      case "symmetricEigen": return ["values": try a.symmetricEigen().values]
      case "matrixExponential": return ["x": try a.matrixExponential().elements]
      case "matrixPower":
        return ["x": try a.matrixPower(Int(truth.inputs["exponent"]!.values[0])).elements]
      case "cholesky": return ["x": try a.cholesky().elements]
      case "choleskySolve": return ["x": try a.choleskySolve(b).elements]
      case "choleskyInverse": return ["x": try a.choleskyInverse().elements]
      case "triangularSolve":
        let options = truth.inputs["options"]!.values
        return [
          "x": try a.triangularSolve(
            b, triangle: options[0] == 1 ? .lower : .upper,
            transposition: options[1] == 1 ? .transposed : .plain, unitDiagonal: options[2] == 1
          ).elements
        ]
      case "lu":
        let (p, l, u) = try a.lu()
        return ["p": p.elements, "l": l.elements, "u": u.elements]
      case "qr":
        var (q, r) = try a.qr()
        for row in 0..<r.rows where r[row, row] < 0 {
          for column in 0..<r.columns { r[row, column] = -r[row, column] }
          for other in 0..<q.rows { q[other, row] = -q[other, row] }
        }
        return ["q": q.elements, "r": r.elements]
      case "svd": return ["values": try a.singularValues()]
      case "leastSquares":
        let result = try a.leastSquares(b)
        return [
          "x": result.solution.elements, "rank": [Double(result.rank)],
          "values": result.singularValues,
        ]
      case "pseudoInverse": return ["x": try a.pseudoInverse().elements]
      case "rank": return ["x": [Double(try a.rank())]]
      case "norm", "conditionNumber":
        let kinds: [String: MatrixNorm] = [
          "frobenius": .frobenius, "one": .one, "infinity": .infinity, "two": .two,
          "nuclear": .nuclear,
        ]
        return try truth.expected.reduce(into: [:]) { result, entry in
          let kind = kinds[entry.key]!
          result[entry.key] = [
            truth.operation == "norm" ? try a.norm(kind) : try a.conditionNumber(kind)
          ]
        }
      case "trace": return ["x": [a.trace()]]
      case "kronecker": return ["x": a.kronecker(b).elements]
      default: throw CocoaError(.featureUnsupported)
      }
    }
  }
}
