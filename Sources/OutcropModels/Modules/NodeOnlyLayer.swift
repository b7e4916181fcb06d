import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// Factors of the edges' weights in attention; see `factors` of `edgeAttention`.
public protocol EdgeWeighting<Scalar>: Sendable {
  associatedtype Scalar: TensorScalar
  /// [E] in destination order, or nil for 1.
  func factors(_ batch: GraphBatch) -> Tensor<Scalar>?
  /// Parameters that the published model lists under each attention.
  var state: [StateEntry<Scalar>] { get }
}

/// A layer that updates nodes only: every layer reads the same embedded edge features (SAN, GraphiT).
public final class NodeOnlyLayer<Scalar: TensorScalar>: GraphLayer {
  /// The attention.
  public let attention: EdgeAttentionLayer<Scalar>
  /// The block after the attention.
  public let block: FeedForwardBlock<Scalar>
  private let weights: (any EdgeWeighting<Scalar>)?

  /// A layer from its parts.
  ///
  /// - Parameters:
  ///   - attention: the attention over nodes and edges.
  ///   - block: computes nodes from the attention's sums; its rows are nodes.
  ///   - weights: factors of the edges' weights; nil for 1.
  public init(
    attention: EdgeAttentionLayer<Scalar>, block: FeedForwardBlock<Scalar>,
    weights: (any EdgeWeighting<Scalar>)? = nil
  ) {
    (self.attention, self.block, self.weights) = (attention, block, weights)
  }

  /// The layer of `configuration` that maps vectors of `inputs` numbers to vectors of `width` numbers.
  public convenience init(
    in inputs: Int, out width: Int, _ configuration: ModelConfiguration, attentionName: String,
    weights: (any EdgeWeighting<Scalar>)? = nil, using generator: inout RandomGenerator
  ) {
    self.init(
      attention: EdgeAttentionLayer(
        in: inputs, out: width, configuration, name: attentionName, using: &generator),
      block: FeedForwardBlock(
        suffix: "h", rows: .nodes, width: width, configuration,
        hasResidual: configuration.hasResidual && inputs == width, using: &generator),
      weights: weights)
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    var flow = flow
    let nodes = flow.nodes
    let output = attention(
      flow.encodedNodes, flow.edges, input, context, factors: weights?.factors(input.batch)
    ).output
    flow.nodes = block(output, residual: input.destinations(of: nodes), input, context)
    return flow
  }

  public var announced: [AnnouncedActivation] { attention.announced + block.announced }

  public var explicitBiases: [ExplicitBias<Scalar>] { attention.bias.map { [$0] } ?? [] }

  public var state: [StateEntry<Scalar>] {
    attention.state(in: attention.name)
      + (weights?.state ?? []).map {
        StateEntry(name: "\(attention.name).\($0.name)", content: $0.content)
      } + block.state
  }
}

extension ModelConfiguration {
  /// The layers of SAN and GraphiT, which differ only in the factors of the edges.
  func nodeOnlyLayers<Scalar: TensorScalar>(
    attentionName: String, weights: any EdgeWeighting<Scalar>, _ positions: PositionUse,
    using generator: inout RandomGenerator
  ) -> [any GraphLayer<Scalar>] {
    var layers: [any GraphLayer<Scalar>] = []
    for index in 0..<layerCount {
      let (inputs, width) = (hiddenWidth, width(after: index))
      if positions == .randomWalk {
        layers.append(
          LSPELayer(in: inputs, out: width, self, weights: weights, using: &generator))
      } else {
        layers.append(
          NodeOnlyLayer(
            in: inputs, out: width, self, attentionName: attentionName, weights: weights,
            using: &generator))
      }
    }
    return layers
  }
}
