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
/// The next layer's nodes are out and its edges are f. The recorded edge activation is f_e, the recorded node
/// activation is the layer's input. The published program accepts the Explicit Bias Term but ignores it. Here
/// it is applied as in the other models, with (W h)_i as the query: b_i = (W h)_i · k_bias / √d,
/// f_e = LeakyReLU(…) + b_i e_bias, and v_bias is added to the values.
public typealias EGAT<Scalar: TensorScalar> = GraphNetwork<Scalar, EGATConfiguration>

/// The settings of an EGAT, as the published JSON (`net_params` with `gat`) describes it.
public struct EGATConfiguration: ModelArchitecture {
  public static var name: String { "EGAT" }
  public static var supportsExplicitBias: Bool { true }
  /// The settings that all models have.
  public var shared = ModelConfiguration()
  /// Whether neighbors send W h also on blocks of sampled neighbors. The published program sends h there and
  /// does not use W.
  public var projectsBlockMessages = true

  /// The published ZINC configuration.
  public init() {}

  public static let ownFields: [ConfigurationField<EGATConfiguration>] =
    [
      .flag(
        "project_block_messages", \.projectsBlockMessages, omitting: true,
        help: "whether sampled neighbors send W h instead of h"), .ignored("gat"),
    ] + ConfigurationField<EGATConfiguration>.unusedPositions

  public func check(_ fields: ConfigurationFields) throws {
    if shared.isFullGraph { throw fields.error("full_graph", expected: "false for an EGAT") }
    if !projectsBlockMessages, shared.outputWidth != shared.hiddenWidth {
      throw fields.error(
        "out_dim", expected: "\(shared.hiddenWidth), since messages are not projected")
    }
    if shared.explicitBiasUse != .added {
      throw fields.error("explicit_bias_use", expected: "\"added\" for an EGAT")
    }
  }

  public func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for index in 0..<shared.layerCount {
      layers.append(
        EGATLayer(
          in: shared.hiddenWidth, out: shared.width(after: index), heads: shared.headCount,
          hasBias: shared.hasAttentionBias, countermeasures: shared.countermeasures,
          explicitBias: shared.hasExplicitBias ? shared.explicitBiasStrength : nil,
          projectsBlockMessages: projectsBlockMessages, using: &generator))
    }
    return ModelParts(layers: layers)
  }
}

/// One EGAT layer.
public final class EGATLayer<Scalar: TensorScalar>: GraphLayer {
  /// The maps W, A and F.
  public let nodes, edges, scores: LinearLayer<Scalar>
  /// The Explicit Bias Term; nil if there is none.
  public let bias: ExplicitBias<Scalar>?
  /// W_g of the gate, where there is one.
  public let gate: LinearLayer<Scalar>?
  private let countermeasures: Countermeasures
  private let heads: Int
  private let projectsBlockMessages: Bool

  /// A layer with random parameters.
  ///
  /// - Parameters:
  ///   - inputs: the width of node and edge vectors.
  ///   - width: the width of the results; `heads` must divide it.
  ///   - heads: the number of heads.
  ///   - hasBias: whether A and F have biases.
  ///   - countermeasures: changes against massive activations.
  ///   - explicitBias: the strength of the Explicit Bias Term; nil for none.
  ///   - projectsBlockMessages: see `EGATConfiguration.projectsBlockMessages`.
  ///   - generator: draws the parameters.
  public init(
    in inputs: Int, out width: Int, heads: Int, hasBias: Bool = false,
    countermeasures: Countermeasures = Countermeasures(),
    explicitBias: ExplicitBiasStrength? = nil, projectsBlockMessages: Bool = true,
    using generator: inout RandomGenerator
  ) {
    require(
      heads > 0 && width % heads == 0, "EGATLayer: \(heads) heads do not divide a width of \(width)"
    )
    self.heads = heads
    self.projectsBlockMessages = projectsBlockMessages
    let depth = width / heads
    nodes = LinearLayer(in: inputs, out: width, using: &generator)
    edges = LinearLayer(in: 3 * inputs, out: width, hasBias: hasBias, using: &generator)
    scores = LinearLayer(in: depth, out: heads, hasBias: hasBias, using: &generator)
    bias = explicitBias.map {
      ExplicitBias(heads: heads, depth: depth, strength: $0, using: &generator)
    }
    self.countermeasures = countermeasures
    gate =
      countermeasures.hasGate
      ? LinearLayer(in: inputs, out: width, hasBias: false, using: &generator) : nil
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    let index = input.edges
    let (E, N) = (index.edgeCount, index.destinationCount)
    let (source, destination) = (input.edgeRows.sources, input.edgeRows.destinations)
    let incoming = input.destinations(of: flow.nodes)
    let (inputs, width) = (flow.nodes.shape[1], nodes.weight.shape[0])
    let d = width / heads

    // A is split into its columns for h_j, e and h_i, so that nodes are mapped once and not once per edge.
    func map(_ part: Int) -> Tensor<Scalar> {
      edges.weight.value.sliced(axis: 1, part * inputs..<(part + 1) * inputs)
    }
    let sent = flow.nodes.linear(weight: map(0)).gathered(rows: source)
    let own = flow.edges.mapped { $0.linear(weight: map(1), bias: edges.bias?.value) }
    let received = incoming.linear(weight: map(2)).gathered(rows: destination)
    let mapped = sent + own + received
    context.announce(activations.edges, mapped, input)
    var f = mapped.leakyReLU(slope: 0.01).reshaped([E, heads, d])

    let h: Tensor<Scalar>
    if projectsBlockMessages || input.batch.blocks.isEmpty {
      h = nodes(flow.nodes)
      if projectsBlockMessages { context.announce(activations.nodes, h, input) }
    } else {
      h = flow.nodes
    }
    var messages = h.gathered(rows: source).reshaped([E, heads, d])
    if let bias = bias?.tensors {
      let query = input.destinations(of: h).reshaped([N, heads, d])
      let b =
        (query * bias.key.reshaped([1, heads, d])).sum(axes: [2], keepingAxes: true)
        * (1 / Scalar(d).squareRoot())
      f = f + b.gathered(rows: destination) * bias.edge.reshaped([1, heads, d])
      messages = messages + bias.value.reshaped([1, heads, d])
    }
    if let clip = countermeasures.clip { f = f.clamped(to: -Scalar(clip)...Scalar(clip)) }
    let recorded = context.passThrough(
      AnnouncedActivation.attention[0], f.reshaped([E, width]), input)
    f = recorded.reshaped([E, heads, d])
    context.announce(AnnouncedActivation.attention[1], incoming, input)

    // The sum over F's outputs is one map to one number.
    let direction = scores.weight.value.sum(axes: [0]).reshaped([1, 1, d])
    var logits = (f * direction).sum(axes: [2])
    if let offset = scores.bias { logits = logits + offset.value.sum() }
    context.announce(activations.logits, logits, input)
    let intoNodes = Segments(offsets: index.destinationOffsets)
    let attention =
      countermeasures.hasPlusOne
      ? Self.softmaxPlusOne(logits, intoNodes, destination) : logits.segmentSoftmax(intoNodes)
    var result = flow
    result.nodes = (messages * attention.reshaped([E, heads, 1])).scatterAdded(toRows: destination)
      .reshaped([N, width])
    if let gate { result.nodes = result.nodes * gate(incoming).sigmoid() }
    result.edges = .rows(recorded)
    return result
  }

  /// exp(l_e) / (Σ exp(l) + 1) over the edges into each node: softmax with one more logit of 0.
  private static func softmaxPlusOne(
    _ logits: Tensor<Scalar>, _ segments: Segments, _ destination: RowIndex
  ) -> Tensor<Scalar> {
    // The shift cancels, so it needs no gradient; with it no exponential overflows.
    let shift = withoutGradients { logits.segmentMax(segments).relu() }.detached
    let powers = (logits - shift.gathered(rows: destination)).exp()
    let total = powers.segmentSum(segments) + (-shift).exp()
    return powers / total.gathered(rows: destination)
  }

  /// The outputs of the maps under their published names. `fc_attn` is the sum over F's outputs, [E, heads].
  private var activations:
    (nodes: AnnouncedActivation, edges: AnnouncedActivation, logits: AnnouncedActivation)
  {
    (
      AnnouncedActivation("fc_nodes", .nodes), AnnouncedActivation("fc_edges", .edges),
      AnnouncedActivation("fc_attn", .edges)
    )
  }

  /// The output of W is not announced if blocks do not use it.
  public var announced: [AnnouncedActivation] {
    AnnouncedActivation.attention + (projectsBlockMessages ? [activations.nodes] : [])
      + [activations.edges, activations.logits, AnnouncedActivation(.edgeOutput, .edges)]
  }

  public var explicitBiases: [ExplicitBias<Scalar>] { bias.map { [$0] } ?? [] }

  public var state: [StateEntry<Scalar>] {
    nodes.state(in: "fc_nodes") + edges.state(in: "fc_edges") + scores.state(in: "fc_attn")
      + (bias?.state ?? []) + (gate?.state(in: "gate") ?? [])
  }
}
