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
  var shape = ModelShape()
  /// What gates are multiplied by.
  var gain = 1.0

  init() { (shape.layerCount, shape.hiddenWidth, shape.outputWidth) = (2, 16, 16) }

  init(_ fields: ConfigurationFields) throws {
    var fields = fields
    shape = try ModelShape(&fields)
    gain = try fields.number("gain", default: 1, in: 0...10)
    if shape.outputWidth != shape.hiddenWidth {
      throw fields.error("out_dim", expected: "\(shape.hiddenWidth), as hidden_dim")
    }
    try fields.finish()
  }

  var fields: [String: JSONValue] { shape.fields.merging(["gain": .number(gain)]) { $1 } }

  func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for _ in 0..<shape.layerCount {
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
    let index = input.edges
    let source = RowIndex(index.sources, rowCount: index.sourceCount)
    let destination = RowIndex(index.destinations, rowCount: index.destinationCount)
    let (h, own) = (flow.nodes, input.destinations(of: flow.nodes))
    let e =
      maps[0](h).gatherRows(source) + maps[1](own).gatherRows(destination)
      + maps[2](flow.edges.tensor)
    let sent = e.sigmoid() * gain * maps[3](h).gatherRows(source)
    let sum = sent.scatterAddRows(destination)
    context.announce(.edge, layer: input.layer, e, in: input.batch)
    context.announce(.node, layer: input.layer, sum, in: input.batch)
    let moved = norm(maps[4](own) + sum, isTraining: context.isTraining).relu()
    var flow = flow
    flow.nodes = own + context.dropout(moved, dropout)
    flow.edges = .rows(e)
    return flow
  }

  var state: [StateEntry<Scalar>] {
    zip(["A", "B", "C", "V", "U"], maps).flatMap { $1.state(in: $0) } + norm.state(in: "bn_node_h")
  }
}
