import Foundation
import OutcropCore
import OutcropFiles
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

private struct LayerCase: Decodable {
  let state: [String: TruthTensor]
  let inputs: [String: TruthTensor]
  let dy, y: TruthTensor
  let gradients: [String: TruthTensor]

  static let all: [String: LayerCase] = truth("layers")
  static let names = all.keys.sorted()
}

@Suite("Layers agree with torch.nn")
struct LayerTruthTests {
  /// The layer and what it computes of the inputs.
  private func make<S: TensorScalar>(
    _ name: String, _ input: [String: Tensor<S>], using generator: inout RandomGenerator
  ) -> (any Module<S>, () -> Tensor<S>) {
    func x() -> Tensor<S> { input["x"]! }
    let causal = name.contains("causal")
    if name.contains("attention") {
      let layer = MultiheadAttention<S>(
        width: 8, heads: 2, hasBias: !name.contains("without bias"), using: &generator)
      let padding: Tensor<S>? =
        name.contains("padded") ? Tensor([1, 1, 1, 0, 0, 1, 1, 1, 1, 1], shape: [2, 5]) : nil
      if let q = input["q"] {
        return (layer, { layer(query: q, key: input["k"]!, value: input["v"]!) })
      }
      return (layer, { layer(x(), isCausal: causal, keyMask: padding) })
    }
    if name.hasPrefix("encoder layer") {
      let layer = TransformerEncoderLayer<S>(
        width: 8, heads: 2, feedForwardWidth: 12, normalizesFirst: name.contains("norm first"),
        using: &generator)
      layer.eval()
      return (layer, { causal ? layer(x(), isCausal: true) : layer(x()) })
    }
    let layer: any Layer<S> =
      switch name {
      case "group norm": GroupNormLayer(groups: 3, channels: 6)
      case "rms norm": RMSNormLayer(width: 6)
      case "convolution, two axes":
        Convolution2DLayer(
          in: 4, out: 6, kernel: (3, 2), stride: (1, 2), padding: (1, 0), dilation: (2, 1),
          groups: 2,
          using: &generator)
      case "convolution, two axes, without bias":
        Convolution2DLayer(
          in: 3, out: 2, kernel: 3, padding: 1, hasBias: false, using: &generator)
      case "convolution, one axis":
        Convolution1DLayer(
          in: 4, out: 6, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 2,
          using: &generator)
      case "sequential":
        Sequential(
          LinearLayer(in: 3, out: 5, using: &generator), ActivationLayer { $0.relu() },
          LayerNormLayer(width: 5), LinearLayer(in: 5, out: 2, using: &generator))
      default: fatalError("no layer for the case \(name)")
      }
    return (layer, { layer(x()) })
  }

  @Test("in values and gradients, with the state dict loaded", arguments: LayerCase.names)
  func values(_ name: String) throws {
    try check(name, Double.self, tolerance: 1e-12)
    try check(name, Float.self, tolerance: 2e-5)
  }

  private func check<S: TensorScalar>(_ name: String, _: S.Type, tolerance: Double) throws {
    let truth = LayerCase.all[name]!
    var writer = SafetensorsWriter()
    for (key, value) in truth.state { writer.add(key, value.tensor() as Tensor<Double>) }
    let folder = try TemporaryFolder()
    try writer.write(to: folder.path("state"))
    let inputs = truth.inputs.mapValues { ($0.tensor() as Tensor<S>).trackingGradients() }
    var generator = RandomGenerator(seed: 1)
    let (model, compute) = make(name, inputs, using: &generator)
    try load(model, folder.path("state"))
    let y = compute()
    y.backward(gradient: truth.dy.tensor())
    var found: [String: Tensor<S>] = ["y": y]
    for (key, parameter) in parameters(model) { found[key] = parameter.gradient }
    for (key, leaf) in inputs { found["input \(key)"] = leaf.gradient }
    var expected = truth.gradients
    expected["y"] = truth.y
    #expect(Set(found.keys) == Set(expected.keys))
    for (key, value) in expected {
      guard let tensor = found[key] else { continue }
      #expect(tensor.shape == value.shape)
      // The gradient of a key's bias is 0 but for rounding.
      if let problem = difference(
        "\(name): \(key)", tensor.values, value.values, tolerance: tolerance, scale: 1)
      {
        Issue.record("\(problem)")
      }
    }
  }

  private func load(_ model: some Module, _ path: String) throws { try model.load(path) }
  private func parameters<S: TensorScalar>(
    _ model: some Module<S>
  ) -> [(name: String, parameter: Parameter<S>)] { model.parameters }
}
