import OutcropCore
import OutcropNN
import OutcropTensor

/// The GraphTransformer with edge features (Dwivedi & Bresson 2021, "A Generalization of Transformer
/// Networks to Graphs"), with the Explicit Bias Term of arXiv 2409.03463 as an option.
///
/// Layers update nodes and edges. The last layer's edge path gets no gradient, but in training it runs and
/// its statistics move, as in the published model; on blocks of sampled neighbors that is so in every layer.
/// Evaluation leaves it out unless somebody looks at it.
public typealias GraphTransformer<Scalar: TensorScalar> =
  GraphNetwork<Scalar, GraphTransformerConfiguration>

/// The shape of a GraphTransformer, as the published JSON (`net_params`) describes it.
public struct GraphTransformerConfiguration: ModelArchitecture {
  public static var name: String { "GT" }
  public var shape = ModelShape()

  public init() {}

  /// The published ZINC configuration.
  public static var zinc: GraphTransformerConfiguration { GraphTransformerConfiguration() }

  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    shape = try ModelShape(&fields)
    if shape.isFullGraph {
      throw fields.error("full_graph", expected: "false for a GraphTransformer")
    }
    if try fields.flag("gat", default: false) {
      throw fields.error(
        "gat", expected: "false for a GraphTransformer; EGAT is a model of its own")
    }
    try fields.ignoreUnusedPositions()
    try fields.finish()
  }

  public var fields: [String: JSONValue] { shape.fields }

  public func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for index in 0..<shape.layerCount {
      layers.append(
        GraphTransformerLayer(
          in: shape.hiddenWidth, out: shape.width(after: index), shape, using: &generator))
    }
    return ModelParts(layers: layers)
  }
}

/// One layer of a GraphTransformer with edge features.
public final class GraphTransformerLayer<Scalar: TensorScalar>: GraphLayer {
  public let attention: EdgeAttentionLayer<Scalar>
  let nodePath, edgePath: TransformerPath<Scalar>

  init(in inputs: Int, out width: Int, _ shape: ModelShape, using generator: inout RandomGenerator)
  {
    attention = EdgeAttentionLayer(
      in: inputs, out: width, shape, edgeName: "proj_e", using: &generator)
    let hasResidual = shape.hasResidual && inputs == width
    nodePath = TransformerPath(
      suffix: "h", width: width, shape, hasResidual: hasResidual, using: &generator)
    edgePath = TransformerPath(
      suffix: "e", width: width, shape, hasResidual: hasResidual, using: &generator)
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    var flow = flow
    let (output, scores) = attention(flow.encodedNodes, flow.edges, input, recordsScores: true)
    context.announce(scores!, output, input)
    flow.nodes = nodePath(output, input: input.destinations(of: flow.nodes), context)
    let scored = scores!
    if input.readsEdgeOutput {
      flow.edges = .rows(edgePath(scored, input: flow.edges.tensor, context))
    } else if context.isTraining || context.wants(.edgeOutput) {
      // No gradient will come; the path's statistics move all the same.
      flow.edges = .rows(
        withoutGradients { edgePath(scored, input: flow.edges.tensor, context) })
    }
    return flow
  }

  public var state: [StateEntry<Scalar>] {
    attention.state(in: "attention") + nodePath.state + edgePath.state
  }
}

extension ModelShape {
  /// The width after layer `index`.
  func width(after index: Int) -> Int { index + 1 == layerCount ? outputWidth : hiddenWidth }
}

extension ForwardContext {
  /// Announces a layer's recorded activations.
  func announce<Scalar>(_ scores: Tensor<Scalar>, _ output: Tensor<Scalar>, _ input: LayerInput) {
    announce(.edge, layer: input.layer, scores, in: input.batch)
    announce(.node, layer: input.layer, output, in: input.batch)
  }
}
