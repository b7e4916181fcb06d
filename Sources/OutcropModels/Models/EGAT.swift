import OutcropCore
import OutcropNN
import OutcropTensor

/// Graph attention with edge features as DGL's `EGATConv` computes it (Kamiński et al. 2021, "Rossmann-
/// Toolbox"):
///
///     f_e   = LeakyReLU(A [h_j ‖ e ‖ h_i])          slope 0.01
///     α_e   = softmax over edges into i of Σ F f_e   the sum over all outputs of F, by head
///     out_i = Σ α_e (W h)_j
///
/// The next layer's nodes are out, its edges f. The recorded edge activation is f_e, the recorded node
/// activation the layer's input. The Explicit Bias Term, which the published program accepts and
/// ignores, is applied here as in the other models, with (W h)_i as the query: b_i = (W h)_i · k_bias / √d,
/// f_e = LeakyReLU(…) + b_i e_bias, and v_bias is added to the values.
public typealias EGAT<Scalar: TensorScalar> = GraphNetwork<Scalar, EGATConfiguration>

/// The shape of an EGAT, as the published JSON (`net_params` with `gat`) describes it.
public struct EGATConfiguration: ModelArchitecture {
  public static var name: String { "EGAT" }
  public var shape = ModelShape()
  /// Whether W h is what neighbors send on blocks of sampled neighbors too. The published program sends
  /// h itself there, and W goes unused.
  public var projectsBlockMessages = true

  public init() {}

  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    shape = try ModelShape(&fields)
    if shape.isFullGraph { throw fields.error("full_graph", expected: "false for an EGAT") }
    projectsBlockMessages = try fields.flag("project_block_messages", default: true)
    if !projectsBlockMessages, shape.outputWidth != shape.hiddenWidth {
      throw fields.error(
        "out_dim", expected: "\(shape.hiddenWidth), since messages are not projected")
    }
    if shape.explicitBiasUse != .added {
      throw fields.error("explicit_bias_use", expected: "\"added\" for an EGAT")
    }
    fields.ignore("gat")
    try fields.ignoreUnusedPositions()
    try fields.finish()
  }

  public var fields: [String: JSONValue] {
    var result = shape.fields
    if !projectsBlockMessages { result["project_block_messages"] = .bool(false) }
    return result
  }

  public func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for index in 0..<shape.layerCount {
      layers.append(
        EGATLayer(
          in: shape.hiddenWidth, out: shape.width(after: index), self, using: &generator))
    }
    return ModelParts(layers: layers)
  }
}

/// One EGAT layer.
public final class EGATLayer<Scalar: TensorScalar>: GraphLayer {
  let nodes, edges, scores: LinearLayer<Scalar>
  let bias: ExplicitBias<Scalar>?
  private let heads: Int
  private let projectsBlockMessages: Bool

  init(
    in inputs: Int, out width: Int, _ configuration: EGATConfiguration,
    using generator: inout RandomGenerator
  ) {
    let shape = configuration.shape
    heads = shape.headCount
    projectsBlockMessages = configuration.projectsBlockMessages
    let depth = width / heads
    nodes = LinearLayer(in: inputs, out: width, using: &generator)
    edges = LinearLayer(
      in: 3 * inputs, out: width, hasBias: shape.hasAttentionBias, using: &generator)
    scores = LinearLayer(
      in: depth, out: heads, hasBias: shape.hasAttentionBias, using: &generator)
    bias =
      shape.hasExplicitBias
      ? ExplicitBias(
        heads: heads, depth: depth, strength: shape.explicitBiasStrength, using: &generator) : nil
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    let index = input.edges
    let (E, N) = (index.edgeCount, index.destinationCount)
    let source = RowIndex(index.sources, rowCount: index.sourceCount)
    let destination = RowIndex(index.destinations, rowCount: N)
    let incoming = input.destinations(of: flow.nodes)
    let (inputs, width) = (flow.nodes.shape[1], nodes.weight.shape[0])
    let d = width / heads

    // A's columns belong to h_j, e and h_i: nodes are mapped once, not once an edge.
    func map(_ part: Int) -> Tensor<Scalar> {
      edges.weight.value.sliced(axis: 1, part * inputs..<(part + 1) * inputs)
    }
    let sent = flow.nodes.linear(weight: map(0)).gatherRows(source)
    let own = flow.edges.mapped { $0.linear(weight: map(1), bias: edges.bias?.value) }
    let received = incoming.linear(weight: map(2)).gatherRows(destination)
    var f = (sent + own + received).leakyReLU(slope: 0.01).reshaped([E, heads, d])

    let projects = projectsBlockMessages || input.batch.blocks.isEmpty
    let h = projects ? nodes(flow.nodes) : flow.nodes
    var messages = h.gatherRows(source).reshaped([E, heads, d])
    if let bias = bias?.tensors {
      let query = input.destinations(of: h).reshaped([N, heads, d])
      let b =
        (query * bias.key.reshaped([1, heads, d])).sum(axes: [2], keepingAxes: true)
        / Scalar(d).squareRoot()
      f = f + b.gatherRows(destination) * bias.edge.reshaped([1, heads, d])
      messages = messages + bias.value.reshaped([1, heads, d])
    }
    context.announce(f.reshaped([E, width]), incoming, input)

    // The sum over F's outputs is one map to one number.
    let direction = scores.weight.value.sum(axes: [0]).reshaped([1, 1, d])
    var logits = (f * direction).sum(axes: [2])
    if let offset = scores.bias { logits = logits + offset.value.sum() }
    let attention = logits.segmentSoftmax(Segments(offsets: index.destinationOffsets))
    var result = flow
    result.nodes = (messages * attention.reshaped([E, heads, 1])).scatterAddRows(destination)
      .reshaped([N, width])
    result.edges = .rows(f.reshaped([E, width]))
    return result
  }

  public var state: [StateEntry<Scalar>] {
    nodes.state(in: "fc_nodes") + edges.state(in: "fc_edges") + scores.state(in: "fc_attn")
      + (bias?.state ?? [])
  }
}
