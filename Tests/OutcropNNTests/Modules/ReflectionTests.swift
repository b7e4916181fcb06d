import OutcropCore
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

private func linear(_ inputs: Int, _ outputs: Int) -> LinearLayer<Double> {
  var generator = RandomGenerator(seed: 1)
  return LinearLayer(in: inputs, out: outputs, using: &generator)
}

private enum Choice {
  case none
  case layer(LinearLayer<Double>)
}

private struct Pair {
  let left, right: LinearLayer<Double>
}

private class Base: Module {
  typealias Scalar = Double
  let scale = Parameter<Double>(.ones([2]))
  func stateName(of property: String) -> String { property }
}

private final class Everything: Base {
  let width = 3
  let names = ["a", "b"]
  let table = Tensor<Double>.zeros([4])
  let layers = [linear(1, 1), linear(2, 1)]
  let optional: LinearLayer<Double>? = linear(1, 2)
  let missing: LinearLayer<Double>? = nil
  let byName = ["z": linear(1, 1), "a": linear(1, 3)]
  let tuple = (query: linear(1, 1), key: linear(1, 1))
  let pair = Pair(left: linear(1, 1), right: linear(1, 1))
  let choice = Choice.layer(linear(1, 1))
  let nothing = Choice.none
  lazy var late = linear(1, 1)
  let anyLayers: [any Module<Double>] = [BatchNormLayer(width: 2)]
  let renamed = linear(1, 1)
  let inlined = LayerNormLayer<Double>(width: 2)
  let seen = Statistic<Double>(.zeros([3]))
  let count = Counter()
  weak var parent: Holder?

  override func stateName(of property: String) -> String {
    switch property {
    case "renamed": "linear_A"
    case "inlined": ""
    default: property
    }
  }
}

private final class Holder: Module {
  typealias Scalar = Double
  let inner = Everything()
  let shared: LinearLayer<Double>
  init() {
    shared = inner.layers[0]
    inner.parent = self
  }
}

private final class Forgetful: Module {
  let first = Parameter<Double>(.ones([2]))
  let second = LayerNormLayer<Double>(width: 2)
  var state: [StateEntry<Double>] {
    [
      StateEntry(name: "first", content: .parameter(first)),
      StateEntry(name: "second.weight", content: .parameter(second.weight)),
    ]
  }
}

private final class Mixed: Module {
  typealias Scalar = Double
  let inner = LayerNormLayer<Float>(width: 2)
}

@Suite("Modules by reflection")
struct ReflectionTests {
  static let names = [
    "scale", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
    "optional.weight", "optional.bias", "byName.a.weight", "byName.a.bias", "byName.z.weight",
    "byName.z.bias", "tuple.query.weight", "tuple.query.bias", "tuple.key.weight",
    "tuple.key.bias", "pair.left.weight", "pair.left.bias", "pair.right.weight", "pair.right.bias",
    "choice.weight", "choice.bias", "anyLayers.0.weight", "anyLayers.0.bias",
    "anyLayers.0.running_mean", "anyLayers.0.running_var", "anyLayers.0.num_batches_tracked",
    "linear_A.weight", "linear_A.bias", "weight", "bias", "seen", "count",
  ]

  @Test("The state holds everything in stored properties, in order, by PyTorch's paths")
  func names() {
    let model = Everything()
    #expect(model.state.map(\.name) == Self.names)
    #expect(model.parameters.count == Self.names.count - 5)
    _ = model.late
    #expect(model.state.map(\.name).contains("late.weight"))
    #expect(model.state(in: "outer").first?.name == "outer.scale")
  }

  @Test("Modules inside modules; a shared one stands under both names and is one parameter")
  func nested() {
    let holder = Holder()
    let names = holder.state.map(\.name)
    #expect(names.prefix(Self.names.count) == Self.names.map { "inner.\($0)" }[...])
    #expect(names.suffix(2) == ["shared.weight", "shared.bias"])
    #expect(holder.parameters.count == holder.inner.parameters.count)
    let modules = holder.modules.map(\.name)
    #expect(modules.prefix(4) == ["", "inner", "inner.layers.0", "inner.layers.1"])
    #expect(!modules.contains("shared"))
  }

  @Test("A state that leaves out a stored parameter is refused at its first use")
  func forgotten() async {
    for use in 0..<3 {
      let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        [use = use as Int] in
        switch use {
        case 0: _ = Forgetful().parameters
        case 1: _ = Adam(Forgetful(), learningRate: 1)
        default: try Forgetful().save(to: "/nowhere/at/all")
        }
      }
      let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(
        text.contains("Forgetful.state: leaves out the parameter in `second.bias`, which would be"))
    }
  }

  @Test("A module of another element type is refused")
  func mixed() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Mixed().parameters
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("`inner` of Mixed is a LayerNormLayer<Float>; expected one of Double"))
  }

  @Test("Names match patterns; one that matches nothing is refused")
  func patterns() async {
    let model = Everything()
    func names(_ pattern: String) -> [String] {
      model.parameters(matching: pattern).map(\.name)
    }
    #expect(names("layers.*") == Array(Self.names[1..<5]))
    #expect(names("tuple.*.bias") == ["tuple.query.bias", "tuple.key.bias"])
    #expect(names("layers.?.weight") == ["layers.0.weight", "layers.1.weight"])
    #expect(names("scale") == ["scale"])
    #expect(names("*").count == model.parameters.count)
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Everything().freeze("layer.*")
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("no parameter of Everything matches `layer.*`; the names are scale,"))
  }

  @Test("The summary lists names, shapes and numbers")
  func summary() {
    let model = LayerNormLayer<Float>(width: 12)
    model.freeze("bias")
    #expect(
      "\(model)" == """
        LayerNormLayer<Float>
        weight  [12]  12
        bias    [12]  12  frozen
        24 values in 2 parameters, 12 of them frozen
        """)
    #expect(BatchNormLayer<Float>(width: 3).summary.contains("running_mean"))
  }
}
