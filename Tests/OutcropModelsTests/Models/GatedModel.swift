import OutcropCore
import OutcropModels
import OutcropNN
import OutcropTensor

/// A model that is no part of the library, as a user would write it: gated graph convolutions with edge
/// features (Bresson & Laurent 2017, "Residual Gated Graph ConvNets"):
///
///     e' = A h_j + B h_i + C e,   h'_i = h_i + ReLU(U h_i + Σ σ(e') ⊙ V h_j),   e ← e'
struct GatedConfiguration: ModelArchitecture {
  static var name: String { "Gated" }
  var shared = ModelConfiguration()
  /// What gates are multiplied by.
  var gain = 1.0

  init() { (shared.layerCount, shared.hiddenWidth, shared.outputWidth) = (2, 16, 16) }

  static let ownFields: [ConfigurationField<GatedConfiguration>] = [
    .number("gain", \.gain, in: 0...10, help: "what gates are multiplied by")
  ]

  func check(_ fields: ConfigurationFields) throws {
    if shared.outputWidth != shared.hiddenWidth {
      throw fields.error("out_dim", expected: "\(shared.hiddenWidth), as hidden_dim")
    }
  }

  func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for _ in 0..<shared.layerCount {
      layers.append(GatedLayer(self, using: &generator))
    }
    return ModelParts(layers: layers)
  }
}

final class GatedLayer<Scalar: TensorScalar>: GraphLayer {
  private let maps: [LinearLayer<Scalar>]
  private let norm: BatchNormLayer<Scalar>
  private let gain: Scalar
  private let dropout: Double

  init(_ configuration: GatedConfiguration, using generator: inout RandomGenerator) {
    let width = configuration.hiddenWidth
    var maps: [LinearLayer<Scalar>] = []
    for _ in 0..<5 { maps.append(LinearLayer(in: width, out: width, using: &generator)) }
    self.maps = maps
    norm = BatchNormLayer(width: width)
    (gain, dropout) = (Scalar(configuration.gain), configuration.dropout)
  }

  func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    let (source, destination) = (input.edgeRows.sources, input.edgeRows.destinations)
    let (h, own) = (flow.nodes, input.destinations(of: flow.nodes))
    let mapped = maps[2](flow.edges.tensor)
    context.announce(Self.edgeMap, mapped, input)
    let e =
      maps[0](h).gathered(rows: source) + maps[1](own).gathered(rows: destination) + mapped
    let sent = e.sigmoid() * gain * maps[3](h).gathered(rows: source)
    let sum = sent.scatterAdded(toRows: destination)
    context.announce(.edge, layer: input.layer, rows: .edges, e, in: input.batch)
    context.announce(.node, layer: input.layer, rows: .nodes, sum, in: input.batch)
    let normalized = norm(maps[4](own) + sum, isTraining: context.isTraining)
    context.announce(Self.norm, normalized, input)
    let moved = normalized.relu()
    var flow = flow
    flow.nodes = own + context.dropout(moved, dropout)
    flow.edges = .rows(e)
    return flow
  }

  private static var edgeMap: AnnouncedActivation { AnnouncedActivation("C", .edges) }
  private static var norm: AnnouncedActivation { AnnouncedActivation("bn_node_h", .nodes) }

  var announced: [AnnouncedActivation] {
    AnnouncedActivation.attention
      + [Self.edgeMap, Self.norm, AnnouncedActivation(.edgeOutput, .edges)]
  }

  var state: [StateEntry<Scalar>] {
    zip(["A", "B", "C", "V", "U"], maps).flatMap { $1.state(in: $0) } + norm.state(in: "bn_node_h")
  }
}
