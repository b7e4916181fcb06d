import OutcropCore
import OutcropNN
import OutcropTensor

/// The GraphTransformer with edge features (Dwivedi & Bresson 2021, "A Generalization of Transformer
/// Networks to Graphs"), with the Explicit Bias Term of arXiv 2409.03463 as an option.
///
/// Layers update nodes and edges. The last layer's edge block gets no gradient. In training it runs and
/// its running statistics are updated, as in the published model; on blocks of sampled neighbors this holds
/// for every layer. Evaluation omits it unless an observer wants its activations.
public typealias GraphTransformer<Scalar: TensorScalar> =
  GraphNetwork<Scalar, GraphTransformerConfiguration>

/// The settings of a GraphTransformer, as the published JSON (`net_params`) describes it.
public struct GraphTransformerConfiguration: ModelArchitecture {
  public static var name: String { "GT" }
  public static var supportsExplicitBias: Bool { true }
  /// The settings that all models have.
  public var shared = ModelConfiguration()

  /// The published ZINC configuration.
  public init() {}

  /// The published ZINC configuration.
  public static var zinc: GraphTransformerConfiguration { GraphTransformerConfiguration() }

  public static let ownFields: [ConfigurationField<GraphTransformerConfiguration>] =
    [.unsupported("gat", "EGAT is a separate model")]
    + ConfigurationField<GraphTransformerConfiguration>.unusedPositions

  public func check(_ fields: ConfigurationFields) throws {
    if shared.isFullGraph {
      throw fields.error("full_graph", expected: "false for a GraphTransformer")
    }
  }

  public func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for index in 0..<shared.layerCount {
      layers.append(
        GraphTransformerLayer(
          in: shared.hiddenWidth, out: shared.width(after: index), shared, using: &generator))
    }
    return ModelParts(layers: layers)
  }
}

/// One layer of a GraphTransformer with edge features.
public final class GraphTransformerLayer<Scalar: TensorScalar>: GraphLayer {
  /// The attention.
  public let attention: EdgeAttentionLayer<Scalar>
  /// The blocks of nodes and edges.
  public let nodeBlock, edgeBlock: FeedForwardBlock<Scalar>
  private let announcedByEdges: [AnnouncedActivation]

  /// A layer from its parts.
  ///
  /// - Parameters:
  ///   - attention: the attention over nodes and edges.
  ///   - nodeBlock: computes nodes from the attention's sums; its rows are nodes.
  ///   - edgeBlock: computes edges from the attention's scores; its rows are edges.
  public init(
    attention: EdgeAttentionLayer<Scalar>, nodeBlock: FeedForwardBlock<Scalar>,
    edgeBlock: FeedForwardBlock<Scalar>
  ) {
    (self.attention, self.nodeBlock, self.edgeBlock) = (attention, nodeBlock, edgeBlock)
    announcedByEdges = edgeBlock.announced + [AnnouncedActivation(.edgeOutput, .edges)]
  }

  /// The layer of `configuration` that maps vectors of `inputs` numbers to vectors of `width` numbers.
  public convenience init(
    in inputs: Int, out width: Int, _ configuration: ModelConfiguration,
    using generator: inout RandomGenerator
  ) {
    let hasResidual = configuration.hasResidual && inputs == width
    self.init(
      attention: EdgeAttentionLayer(
        in: inputs, out: width, configuration, edgeName: "proj_e", using: &generator),
      nodeBlock: FeedForwardBlock(
        suffix: "h", rows: .nodes, width: width, configuration, hasResidual: hasResidual,
        using: &generator),
      edgeBlock: FeedForwardBlock(
        suffix: "e", rows: .edges, width: width, configuration, hasResidual: hasResidual,
        using: &generator))
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    var flow = flow
    let (output, recorded) = attention(
      flow.encodedNodes, flow.edges, input, context, returnsScores: true)
    let (scores, edges) = (recorded!, flow.edges)
    flow.nodes = nodeBlock(
      output, residual: input.destinations(of: flow.nodes), input, context)
    if input.readsEdgeOutput {
      flow.edges = .rows(edgeBlock(scores, residual: edges.tensor, input, context))
    } else if context.isTraining || context.wants(announcedByEdges) {
      // There is no gradient, but the block's running statistics are updated as in the published model.
      flow.edges = .rows(
        withoutGradients { edgeBlock(scores, residual: edges.tensor, input, context) })
    }
    return flow
  }

  public var announced: [AnnouncedActivation] {
    attention.announced + nodeBlock.announced + announcedByEdges
  }

  public var explicitBiases: [ExplicitBias<Scalar>] { attention.bias.map { [$0] } ?? [] }

  public var state: [StateEntry<Scalar>] {
    attention.state(in: attention.name) + nodeBlock.state + edgeBlock.state
  }
}
