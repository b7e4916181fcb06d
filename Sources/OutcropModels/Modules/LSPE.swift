import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// How a model of the LSPE repository uses positions (`pe_init`).
public enum PositionUse: String, Sendable, CaseIterable {
  case none = "no_pe"
  /// Laplacian eigenvectors, mapped linearly and added to the nodes.
  case laplacian = "lap_pe"
  /// Random-walk encodings on a separate positional path (Dwivedi et al. 2022, "Graph Neural Networks with
  /// Learnable Structural and Positional Representations").
  case randomWalk = "rand_walk"

  static let help = "positions: no_pe, lap_pe or rand_walk"

  func readout<Scalar: TensorScalar>(
    _ configuration: ModelConfiguration, using generator: inout RandomGenerator
  ) -> PositionalReadout<Scalar>? {
    self == .randomWalk ? PositionalReadout(configuration, using: &generator) : nil
  }

  func preparations(_ configuration: ModelConfiguration) -> [any GraphPreparation] {
    self == .randomWalk ? [RandomWalkPreparation(steps: configuration.encodingWidth)] : []
  }
}

/// The return probabilities of random walks, the input of the positional path of LSPE.
struct RandomWalkPreparation: GraphPreparation {
  var steps: Int

  func prepare(_ dataset: GraphDataset) -> GraphDataset {
    dataset.addingRandomWalkEncoding(steps: steps)
  }

  func problem(with batch: GraphBatch) -> String? {
    let columns = batch.attributes[.randomWalkProbabilities]?.columns ?? 0
    return columns == steps
      ? nil : "\(columns) steps of random walks (the model takes \(steps))"
  }
}

extension ConfigurationField {
  /// Fields of the LSPE repository for a loss that this package does not support.
  static var laplacianLoss: [ConfigurationField] {
    [
      .unsupported("use_lapeig_loss", "that loss is not supported"), .ignored("lambda_loss"),
      .ignored("alpha_loss"),
    ]
  }

  /// Fields of the SAN and GraphiT repositories that also occur in their files for other models, where they
  /// have no effect. `pe_init` must not select positions, which these models do not support.
  static var unusedPositions: [ConfigurationField] {
    let ignored = [
      "gamma", "init_gamma", "adaptive_edge_PE", "use_lapeig_loss", "lambda_loss", "alpha_loss",
    ]
    return [
      ConfigurationField("pe_init", help: "must be no_pe") { fields, _ in
        if try fields.choice("pe_init", default: PositionUse.none) != .none {
          throw fields.error(
            "pe_init", expected: "\"no_pe\"; this model's encodings are lap_pos_enc and wl_pos_enc")
        }
      }
    ] + ignored.map { ConfigurationField.ignored($0) }
  }
}

/// The beginning and end of the positional path of an LSPE model. It begins with a linear map of the
/// random-walk encoding. At the end, p is mapped back to its width, centered and normalized over each graph,
/// and combined with h by a linear map.
public final class PositionalReadout<Scalar: TensorScalar>: PositionalPath {
  let embedding, output, joined: LinearLayer<Scalar>

  /// Maps between the widths of `configuration`, with random parameters.
  public init(_ configuration: ModelConfiguration, using generator: inout RandomGenerator) {
    let (positions, width) = (configuration.encodingWidth, configuration.outputWidth)
    embedding = LinearLayer(in: positions, out: configuration.hiddenWidth, using: &generator)
    output = LinearLayer(in: width, out: positions, using: &generator)
    joined = LinearLayer(in: width + positions, out: width, using: &generator)
  }

  public func embed(_ batch: GraphBatch) -> Tensor<Scalar> {
    guard let encoding = batch.attributes[.randomWalkProbabilities] else {
      fatalError("PositionalReadout: a batch without probabilities of random walks")
    }
    return embedding(
      Tensor(encoding.values.map { Scalar($0) }, shape: [encoding.rows, encoding.columns]))
  }

  public func join(
    _ h: Tensor<Scalar>, _ p: Tensor<Scalar>, _ batch: GraphBatch
  ) -> Tensor<Scalar> {
    joined(Tensor(concatenating: [h, Self.normalized(output(p), batch)], axis: 1))
  }

  /// Columns centered over each graph and divided by their norms there.
  package static func normalized(_ p: Tensor<Scalar>, _ batch: GraphBatch) -> Tensor<Scalar> {
    let graphs = Segments(offsets: batch.nodeOffsets)
    let graphOfNode = RowIndex(batch.nodeGraph, rowCount: batch.graphCount)
    let centered = p - p.segmentMean(graphs).gathered(rows: graphOfNode)
    // A graph of one node is all zeros: the shift keeps the root's gradient finite.
    let norms = ((centered * centered).segmentSum(graphs) + 1e-24).sqrt()
    return centered / (norms.gathered(rows: graphOfNode) + 1e-6)
  }

  public var state: [StateEntry<Scalar>] {
    embedding.state(in: "embedding_p") + output.state(in: "p_out") + joined.state(in: "Whp")
  }
}

/// A layer that updates nodes from [h ‖ p] and positions from p.
public final class LSPELayer<Scalar: TensorScalar>: GraphLayer {
  let nodeAttention, positionAttention: EdgeAttentionLayer<Scalar>
  let block: FeedForwardBlock<Scalar>
  let projection: LinearLayer<Scalar>
  private let weights: any EdgeWeighting<Scalar>
  private let dropout: Double
  private let hasResidual: Bool

  /// A layer with random parameters.
  ///
  /// - Parameters:
  ///   - inputs: the width of h, of p and of the edges before the layer.
  ///   - width: the width of h and of p after it.
  ///   - configuration: the heads, normalizations, dropout and so on.
  ///   - weights: factors of the edges' weights in both attentions.
  ///   - generator: the source of random numbers.
  public init(
    in inputs: Int, out width: Int, _ configuration: ModelConfiguration,
    weights: any EdgeWeighting<Scalar>,
    using generator: inout RandomGenerator
  ) {
    nodeAttention = EdgeAttentionLayer(
      in: 2 * inputs, edgeInputs: inputs, out: width, configuration, name: "attention_h",
      using: &generator)
    positionAttention = EdgeAttentionLayer(
      in: inputs, out: width, configuration, name: "attention_p",
      announcing: (.positionEdge, .positionNode), using: &generator)
    hasResidual = configuration.hasResidual && inputs == width
    block = FeedForwardBlock(
      suffix: "h", rows: .nodes, width: width, configuration, hasResidual: hasResidual,
      using: &generator)
    projection = LinearLayer(in: width, out: width, using: &generator)
    (self.weights, dropout) = (weights, configuration.dropout)
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    var flow = flow
    let p = flow.positions!
    let factors = weights.factors(input.batch)
    let nodes = flow.nodes
    let both = Tensor(concatenating: [nodes, p], axis: 1)
    let output = nodeAttention(both, flow.edges, input, context, factors: factors).output
    let positions = positionAttention(p, flow.edges, input, context, factors: factors).output
    flow.nodes = block(output, residual: nodes, input, context)
    let projected = projection(context.dropout(positions, dropout))
    context.announce(ofProjection, projected, input)
    let moved = projected.tanh()
    flow.positions = hasResidual ? p + moved : moved
    return flow
  }

  private let ofProjection = AnnouncedActivation("O_p", .nodes)

  public var announced: [AnnouncedActivation] {
    nodeAttention.announced + positionAttention.announced + block.announced + [ofProjection]
  }

  public var explicitBiases: [ExplicitBias<Scalar>] {
    [nodeAttention, positionAttention].compactMap(\.bias)
  }

  public var state: [StateEntry<Scalar>] {
    func named(_ attention: EdgeAttentionLayer<Scalar>) -> [StateEntry<Scalar>] {
      attention.state(in: attention.name)
        + weights.state.map {
          StateEntry(name: "\(attention.name).\($0.name)", content: $0.content)
        }
    }
    return named(nodeAttention) + named(positionAttention)
      + block.state + projection.state(in: "O_p")
  }
}
