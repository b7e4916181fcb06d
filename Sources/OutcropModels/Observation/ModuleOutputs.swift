import OutcropGraph
import OutcropNN
import OutcropTensor

/// Lets observers see what the linear maps and normalizations of any model put out, without a word of the
/// model's own code: a module knows the pass it runs in, and its parameters' published names say which one
/// it is. `layers.3.FFN_h_layer2.weight` makes activations of the kind `FFN_h_layer2` in layer 3.
///
/// The output is what the module returns: after its activation function, and after the residual where the
/// normalization adds it. Maps of distinct feature rows, which run once for many edges, are not seen.
final class ModuleOutputs: ModuleObserver, @unchecked Sendable {
  private let context: ForwardContext
  private let batch: GraphBatch
  private let modules: [ObjectIdentifier: (layer: Int, kind: ActivationKind)]

  /// nil when no observer wants a module of `model`.
  init?(_ model: some GraphModel, _ batch: GraphBatch, _ context: ForwardContext) {
    if context.observers.isEmpty { return nil }
    var modules: [ObjectIdentifier: (layer: Int, kind: ActivationKind)] = [:]
    for (name, parameter) in model.parameters {
      guard let (layer, kind) = Self.module(ofParameter: name) else { continue }
      if context.observers.contains(where: { $0.wants(kind) }) {
        modules[ObjectIdentifier(parameter)] = (layer, kind)
      }
    }
    if modules.isEmpty { return nil }
    (self.modules, self.context, self.batch) = (modules, context, batch)
  }

  /// `layers.3.attention.O.weight` → (3, `attention.O`).
  static func module(ofParameter name: String) -> (layer: Int, kind: ActivationKind)? {
    let parts = name.split(separator: ".")
    guard parts.count > 3, parts[0] == "layers", parts.last == "weight", let layer = Int(parts[1])
    else { return nil }
    return (layer, ActivationKind(rawValue: parts[2..<parts.count - 1].joined(separator: ".")))
  }

  func observe<Scalar>(_ output: Tensor<Scalar>, of weight: Parameter<Scalar>) {
    guard let (layer, kind) = modules[ObjectIdentifier(weight)] else { return }
    context.announce(kind, layer: layer, output, in: batch)
  }
}

extension GraphModel {
  /// Runs the model on a batch so that observers see its modules' outputs too, if they want any. Calling
  /// the model directly shows them its announced activations only.
  public func run(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar> {
    guard let pass = ModuleOutputs(self, batch, context) else { return self(batch, context) }
    return ModuleObservation.$current.withValue(pass) { self(batch, context) }
  }

  /// The kinds of activations that observers can ask for besides the announced ones: the modules of the
  /// layers, under their published names.
  public var moduleKinds: [ActivationKind] {
    var seen: Set<ActivationKind> = []
    return parameters.compactMap { ModuleOutputs.module(ofParameter: $0.name)?.kind }
      .filter { seen.insert($0).inserted }
  }
}
