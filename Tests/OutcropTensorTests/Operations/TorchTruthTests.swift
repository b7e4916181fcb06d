import Foundation
import OutcropTensor
import OutcropTestSupport
import Testing

/// Results and gradients of one operation by PyTorch in double precision; see `make_values.py`.
private struct TruthCase: Decodable {
  struct Values: Decodable {
    let shape: [Int]
    let values: [Double]

    func tensor<S: TensorScalar>() -> Tensor<S> { Tensor(values.map { S($0) }, shape: shape) }
    var integers: [Int32] { values.map { Int32($0) } }
  }

  let inputs: [String: Values]
  let constants: [String: Values]
  let expected: [String: Values]

  static let all: [String: TruthCase] = {
    let url = Bundle.module.url(
      forResource: "values", withExtension: "json", subdirectory: "TorchTruth")!
    return try! JSONDecoder().decode([String: TruthCase].self, from: Data(contentsOf: url))
  }()

  static let names = all.keys.sorted()
}

@Suite("PyTorch's values")
struct TorchTruthTests {
  @Test("in double precision", arguments: TruthCase.names)
  func double(_ name: String) { check(name, Double.self, tolerance: 1e-12) }

  @Test("in single precision", arguments: TruthCase.names)
  func single(_ name: String) { check(name, Float.self, tolerance: 1e-5) }

  private func check<S: TensorScalar>(_ name: String, _: S.Type, tolerance: Double) {
    let truth = TruthCase.all[name]!
    let leaves = truth.inputs.mapValues { ($0.tensor() as Tensor<S>).trackingGradients() }
    var found = results(name, leaves, truth.constants)
    let y = found["y"]!
    y.backward(gradient: truth.constants["dy"]!.tensor())
    for (input, leaf) in leaves { found["d" + input] = leaf.gradient }
    #expect(Set(found.keys) == Set(truth.expected.keys))
    for (key, expected) in truth.expected {
      guard let value = found[key] else { continue }
      #expect(value.shape == expected.shape, "\(name): \(key)")
      if let problem = difference(
        "\(name): \(key)", value.values, expected.values, tolerance: tolerance)
      {
        Issue.record("\(problem)")
      }
    }
  }

  private func results<S: TensorScalar>(
    _ name: String, _ inputs: [String: Tensor<S>], _ constants: [String: TruthCase.Values]
  ) -> [String: Tensor<S>] {
    func input(_ name: String) -> Tensor<S> { inputs[name]! }
    func constant(_ name: String) -> Tensor<S> { constants[name]!.tensor() }
    func rows(_ count: Int) -> RowIndex { RowIndex(constants["rows"]!.integers, rowCount: count) }
    func segments() -> Segments { Segments(offsets: constants["offsets"]!.integers) }
    let x = inputs["x"] ?? Tensor(0)
    switch name {
    case "broadcasting":
      return ["y": (input("a") * input("b") - input("c")) / input("c") + input("a")]
    case "exp": return ["y": x.exp()]
    case "tanh": return ["y": x.tanh()]
    case "sigmoid": return ["y": x.sigmoid()]
    case "relu": return ["y": x.relu()]
    case "leakyReLU": return ["y": x.leakyReLU(slope: 0.2)]
    case "abs": return ["y": x.abs()]
    case "clamp": return ["y": x.clamped(to: -0.5...0.75)]
    case "log": return ["y": x.log()]
    case "sqrt": return ["y": x.sqrt()]
    case "sum": return ["y": x.sum(axes: [0, 2])]
    case "mean": return ["y": x.mean(axes: [1])]
    case "max": return ["y": x.max(axes: [1])]
    case "softmax0": return ["y": x.softmax(axis: 0)]
    case "softmax1": return ["y": x.softmax(axis: 1)]
    case "logSoftmax1": return ["y": x.logSoftmax(axis: 1)]
    case "linear":
      return ["y": x.linear(weight: input("weight"), bias: input("bias"), activation: .relu)]
    case "batchedProduct": return ["y": input("a").matrixProduct(input("b"))]
    case "batchNorm":
      let (y, moments) = x.batchNorm(
        weight: input("weight"), bias: input("bias"), residual: input("residual"))
      return [
        "y": y, "mean": Tensor(moments.mean.map { S($0) }),
        "variance": Tensor(moments.biasedVariance.map { S($0) }),
      ]
    case "batchNormInference":
      return [
        "y": x.batchNorm(
          weight: input("weight"), bias: input("bias"), residual: input("residual"),
          mean: constant("mean"), variance: constant("variance"))
      ]
    case "layerNorm":
      return [
        "y": x.layerNorm(
          weight: input("weight"), bias: input("bias"), residual: input("residual"))
      ]
    case "gatherRows": return ["y": x.gathered(rows: rows(5))]
    case "scatterAddRows": return ["y": x.scatterAdded(toRows: rows(5))]
    case "segmentSum": return ["y": x.segmentSum(segments())]
    case "segmentMean": return ["y": x.segmentMean(segments())]
    case "segmentMax": return ["y": x.segmentMax(segments())]
    case "segmentSoftmax": return ["y": x.segmentSoftmax(segments())]
    case "meanAbsoluteError": return ["y": x.meanAbsoluteError(targets: input("target"))]
    case "meanSquaredError": return ["y": x.meanSquaredError(targets: input("target"))]
    case "binaryCrossEntropy":
      return ["y": x.binaryCrossEntropy(targets: constant("targets"), mask: constant("mask"))]
    case "crossEntropy": return ["y": x.crossEntropy(targets: constants["classes"]!.integers)]
    case "denseAttention":
      return [
        "y": .denseAttention(
          query: input("query"), key: input("key"), value: input("value"),
          mask: constant("mask"), bias: input("bias"))
      ]
    default: fatalError("no such case: \(name)")
    }
  }
}
