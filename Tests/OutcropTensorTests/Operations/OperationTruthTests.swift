import Foundation
import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

/// Results and gradients of one call by PyTorch in double precision; see `make_operations.py`.
private struct TruthCall: Decodable {
  struct Values: Decodable {
    let shape: [Int]
    let values: [Double]

    var tensor: Tensor<Double> { Tensor(values, shape: shape) }
  }

  let operation: String
  let inputs: [Values]
  let y: Values
  let parameters: [String: [Double]]?
  let gradients: [Values]?

  static let all: [String: [TruthCall]] = {
    let url = Bundle.module.url(
      forResource: "operations", withExtension: "json", subdirectory: "TorchTruth")!
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let calls = try! decoder.decode([TruthCall].self, from: Data(contentsOf: url))
    return Dictionary(grouping: calls, by: \.operation)
  }()

  static let names = all.keys.sorted()

  func number(_ name: String) -> Double { parameters![name]![0] }
  func numbers(_ name: String) -> [Int] { parameters![name]!.map { Int($0) } }
  func pair(_ name: String) -> (Int, Int) { (numbers(name)[0], numbers(name)[1]) }
  var axes: [Int] { numbers("axes") }
  var keeps: Bool { number("keep") == 1 }
}

@Suite("Every operation has PyTorch's values and gradients")
struct OperationTruthTests {
  @Test("within 1e-10", arguments: TruthCall.names)
  func values(_ name: String) {
    let calls = TruthCall.all[name]!
    for (index, call) in calls.enumerated() {
      let leaves = call.inputs.map { $0.tensor.trackingGradients() }
      let y = result(of: call, leaves)
      let title = "\(name) \(index) \(call.inputs.map(\.shape)) \(call.parameters ?? [:])"
      if let problem = difference(title, y, call.y.tensor, tolerance: 1e-10) {
        Issue.record("\(problem)")
      }
      guard let expected = call.gradients, y.shape == call.y.shape else { continue }
      let weights = (0..<y.count).map { (index: Int) -> Double in
        Double(7 * index % 5 - 2) / 2 + 0.25
      }
      if y.isTracked { y.backward(gradient: Tensor(weights, shape: y.shape)) }
      for (place, (leaf, gradient)) in zip(leaves, expected).enumerated() {
        let found = leaf.gradient ?? .zeros(leaf.shape)
        if let problem = difference(
          "\(title): gradient \(place)", found, gradient.tensor, tolerance: 1e-10, scale: 1e-3)
        {
          Issue.record("\(problem)")
        }
      }
    }
  }

  @Test("for six inputs and more of every element-wise function and reduction")
  func counts() {
    let families: [(least: Int, names: [String])] = [
      (
        6,
        [
          "sum", "mean", "max", "min", "product", "variance", "standardDeviation", "norm",
          "logSumExp",
        ]
      ),
      (6, ["exp", "gelu", "softplus", "power", "maximum", "atan2", "remainder", "powerOfTensors"]),
      (
        6, ["cumulativeSum", "cumulativeProduct", "matrixProduct", "convolution2D", "crossEntropy"]
      ),
    ]
    for (least, names) in families {
      for name in names { #expect((TruthCall.all[name]?.count ?? 0) >= least, "\(name)") }
    }
  }

  private func result(of call: TruthCall, _ inputs: [Tensor<Double>]) -> Tensor<Double> {
    let x = inputs[0]
    if let y = elementwise(call, x) ?? reduction(call, x) { return y }
    if call.operation.hasPrefix("einsum ") {
      return einsum(String(call.operation.dropFirst(7)), inputs)
    }
    if let y = network(call, inputs) { return y }
    let z = inputs[1]
    switch call.operation {
    case "add": return x + z
    case "subtract": return x - z
    case "multiply": return x * z
    case "divide": return x / z
    case "maximum": return x.maximum(z)
    case "minimum": return x.minimum(z)
    case "atan2": return x.atan2(z)
    case "remainder": return x.remainder(z)
    case "powerOfTensors": return x.pow(z)
    case "matrixProduct": return x.matrixProduct(z)
    case "tensorContraction": return x.tensorContraction(z)
    case "inner": return x.inner(z)
    case "outer": return x.outer(z)
    case "dot": return x.dot(z)
    default: fatalError("no such operation: \(call.operation)")
    }
  }

  private func elementwise(_ call: TruthCall, _ x: Tensor<Double>) -> Tensor<Double>? {
    switch call.operation {
    case "exp": x.exp()
    case "expm1": x.expm1()
    case "log": x.log()
    case "log1p": x.log1p()
    case "log2": x.log2()
    case "log10": x.log10()
    case "sqrt": x.sqrt()
    case "rsqrt": x.rsqrt()
    case "reciprocal": x.reciprocal()
    case "square": x.square()
    case "abs": x.abs()
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
    case "relu": x.relu()
    case "leakyReLU": x.leakyReLU(slope: call.number("slope"))
    case "elu": x.elu(alpha: call.number("alpha"))
    case "silu": x.silu()
    case "softplus": x.softplus()
    case "gelu": x.gelu()
    case "geluTanh": x.gelu(approximation: .tanh)
    case "floor": x.floor()
    case "ceil": x.ceil()
    case "round": x.round()
    case "trunc": x.trunc()
    case "sign": x.sign()
    case "clamp": x.clamped(to: call.parameters!["limits"]![0]...call.parameters!["limits"]![1])
    case "power": x.pow(call.number("exponent"))
    case "powerOfScalar": .pow(call.number("base"), x)
    default: nil
    }
  }

  private func reduction(_ call: TruthCall, _ x: Tensor<Double>) -> Tensor<Double>? {
    switch call.operation {
    case "sum": x.sum(axes: call.axes, keepingAxes: call.keeps)
    case "mean": x.mean(axes: call.axes, keepingAxes: call.keeps)
    case "max": x.max(axes: call.axes, keepingAxes: call.keeps)
    case "min": x.min(axes: call.axes, keepingAxes: call.keeps)
    case "product": x.product(axes: call.axes, keepingAxes: call.keeps)
    case "variance":
      x.variance(axes: call.axes, correction: call.number("correction"), keepingAxes: call.keeps)
    case "standardDeviation":
      x.standardDeviation(
        axes: call.axes, correction: call.number("correction"), keepingAxes: call.keeps)
    case "norm": x.norm(order: call.number("order"), axes: call.axes, keepingAxes: call.keeps)
    case "logSumExp": x.logSumExp(axes: call.axes, keepingAxes: call.keeps)
    case "cumulativeSum": x.cumulativeSum(axis: call.axes[0])
    case "cumulativeProduct": x.cumulativeProduct(axis: call.axes[0])
    default: nil
    }
  }

  private func network(_ call: TruthCall, _ inputs: [Tensor<Double>]) -> Tensor<Double>? {
    let x = inputs[0]
    func classes() -> [Int32] { call.numbers("classes").map { Int32($0) } }
    func weights() -> Tensor<Double> { Tensor(call.parameters!["weights"]!) }
    switch call.operation {
    case "groupNorm":
      return x.groupNorm(
        groups: call.numbers("groups")[0], weight: inputs[1], bias: inputs[2], epsilon: 1e-3)
    case "rmsNorm": return x.rmsNorm(weight: inputs[1], epsilon: 1e-3)
    case "convolution2D":
      return x.convolution2D(
        weight: inputs[1], bias: inputs[2], stride: call.pair("stride"),
        padding: call.pair("padding"), dilation: call.pair("dilation"),
        groups: call.numbers("groups")[0])
    case "convolution1D":
      return x.convolution1D(
        weight: inputs[1], bias: inputs[2], stride: call.numbers("stride")[0],
        padding: call.numbers("padding")[0])
    case "maxPooling2D":
      return x.maxPooling2D(
        window: call.pair("window"), stride: call.pair("stride"), padding: call.pair("padding"))
    case "averagePooling2D":
      return x.averagePooling2D(
        window: call.pair("window"), stride: call.pair("stride"), padding: call.pair("padding"),
        countsPadding: call.number("counts") == 1)
    case "denseAttention":
      return .denseAttention(
        query: x, key: inputs[1], value: inputs[2], isCausal: call.number("causal") == 1)
    case "huber": return x.huber(targets: inputs[1], delta: call.number("delta"))
    case "smoothL1": return x.smoothL1(targets: inputs[1], beta: call.number("beta"))
    case "klDivergence":
      return x.klDivergence(targets: inputs[1], areLogarithms: call.number("logs") == 1)
    case "binaryCrossEntropy":
      return x.binaryCrossEntropy(
        targets: inputs[1], weights: Tensor(call.number("weight")),
        positiveWeight: Tensor(call.number("positive")))
    case "cosineSimilarity": return x.cosineSimilarity(inputs[1], axis: call.axes[0])
    case "crossEntropy":
      return x.crossEntropy(
        targets: classes(), weights: weights(), ignoring: -100,
        labelSmoothing: call.number("smoothing"))
    case "negativeLogLikelihood":
      return x.negativeLogLikelihood(targets: classes(), weights: weights(), ignoring: -100)
    case "embeddingBag":
      return x.embeddingBag(
        rows: RowIndex([1, 4, 4, 3, 0], rowCount: 5), bags: Segments(offsets: [0, 2, 2, 5]),
        mode: [.sum, .mean, .max][call.numbers("mode")[0]])
    default: return nil
    }
  }
}
