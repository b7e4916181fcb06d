import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// Weights of the edges in attention besides the scores' exponentials; see `EdgeAttention.factors`.
public protocol EdgeWeighting<Scalar>: Sendable {
  associatedtype Scalar: TensorScalar
  /// [E] in destination order, or nil for 1.
  func factors(_ batch: GraphBatch) -> Tensor<Scalar>?
  /// Parameters that the published model lists under each attention.
  var state: [StateEntry<Scalar>] { get }
}

/// A layer with a node path only: every layer sees the same embedded edge features (SAN, GraphiT).
public final class NodeLayer<Scalar: TensorScalar>: GraphLayer {
  public let attention: EdgeAttentionLayer<Scalar>
  let path: TransformerPath<Scalar>
  private let attentionName: String
  private let weights: any EdgeWeighting<Scalar>

  init(
    in inputs: Int, out width: Int, _ shape: ModelShape, attentionName: String,
    weights: any EdgeWeighting<Scalar>, using generator: inout RandomGenerator
  ) {
    attention = EdgeAttentionLayer(in: inputs, out: width, shape, using: &generator)
    path = TransformerPath(
      suffix: "h", width: width, shape, hasResidual: shape.hasResidual && inputs == width,
      using: &generator)
    (self.attentionName, self.weights) = (attentionName, weights)
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    var flow = flow
    let (output, scores) = attention(
      flow.encodedNodes, flow.edges, input, factors: weights.factors(input.batch),
      recordsScores: context.isObserved)
    if let scores { context.announce(scores, output, input) }
    flow.nodes = path(output, input: input.destinations(of: flow.nodes), context)
    return flow
  }

  public var state: [StateEntry<Scalar>] {
    attention.state(in: attentionName)
      + weights.state.map {
        StateEntry(name: "\(attentionName).\($0.name)", content: $0.content)
      } + path.state
  }
}

extension ModelShape {
  /// The layers of SAN and GraphiT, which differ in the weights of edges only.
  func nodeLayers<Scalar: TensorScalar>(
    attentionName: String, weights: any EdgeWeighting<Scalar>, _ positions: PositionUse,
    using generator: inout RandomGenerator
  ) -> [any GraphLayer<Scalar>] {
    var layers: [any GraphLayer<Scalar>] = []
    for index in 0..<layerCount {
      let (inputs, width) = (hiddenWidth, width(after: index))
      if positions == .randomWalk {
        layers.append(
          PositionLayer(in: inputs, out: width, self, weights: weights, using: &generator))
      } else {
        layers.append(
          NodeLayer(
            in: inputs, out: width, self, attentionName: attentionName, weights: weights,
            using: &generator))
      }
    }
    return layers
  }
}
