import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// How a model of the LSPE repository uses positions (`pe_init`).
public enum PositionUse: String, Sendable, CaseIterable {
  case none = "no_pe"
  /// Laplacian eigenvectors, mapped linearly and added to the nodes.
  case laplacian = "lap_pe"
  /// Random-walk encodings on a path of their own (Dwivedi et al. 2022, "Graph Neural Networks with
  /// Learnable Structural and Positional Representations").
  case randomWalk = "rand_walk"

  init(_ fields: inout ConfigurationFields, _ shape: inout ModelShape) throws {
    self = try fields.choice("pe_init", default: .none)
    if self == .laplacian { shape.usesLaplacianEncoding = true }
    if try fields.flag("use_lapeig_loss", default: false) {
      throw fields.error("use_lapeig_loss", expected: "false: that loss is not supported")
    }
    fields.ignore("lambda_loss", "alpha_loss")
  }

  func fields(_ shape: ModelShape) -> [String: JSONValue] {
    self == .none ? [:] : ["pe_init": .string(rawValue)]
  }

  func path<Scalar: TensorScalar>(
    _ shape: ModelShape, using generator: inout RandomGenerator
  ) -> PositionPath<Scalar>? {
    self == .randomWalk ? PositionPath(shape, using: &generator) : nil
  }

  func problem(with batch: GraphBatch, _ shape: ModelShape) -> String? {
    let columns = batch.randomWalkEncoding?.columns ?? 0
    return self == .randomWalk && columns != shape.encodingWidth
      ? "\(columns) steps of random walks where the model takes \(shape.encodingWidth)" : nil
  }

  func encode(_ dataset: GraphDataset, _ shape: ModelShape) -> GraphDataset {
    self == .randomWalk
      ? dataset.addingRandomWalkEncoding(steps: shape.encodingWidth) : dataset
  }
}

/// Where the positional path of an LSPE model begins and ends: a linear map of the random-walk encoding;
/// at the end p is mapped back to its width, centerd and normalized over each graph, and joined with h
/// by a linear map.
public final class PositionPath<Scalar: TensorScalar>: Module {
  let embedding, output, joined: LinearLayer<Scalar>

  init(_ shape: ModelShape, using generator: inout RandomGenerator) {
    embedding = LinearLayer(in: shape.encodingWidth, out: shape.hiddenWidth, using: &generator)
    output = LinearLayer(in: shape.outputWidth, out: shape.encodingWidth, using: &generator)
    joined = LinearLayer(
      in: shape.outputWidth + shape.encodingWidth, out: shape.outputWidth, using: &generator)
  }

  func embed(_ batch: GraphBatch) -> Tensor<Scalar> {
    let encoding = batch.randomWalkEncoding!
    return embedding(
      Tensor(encoding.values.map { Scalar($0) }, shape: [encoding.rows, encoding.columns]))
  }

  func join(
    _ h: Tensor<Scalar>, _ p: Tensor<Scalar>, _ batch: GraphBatch
  ) -> Tensor<Scalar> {
    joined(Tensor.concatenate([h, Self.normalized(output(p), batch)], axis: 1))
  }

  /// Columns centerd over each graph and divided by their norms there.
  package static func normalized(_ p: Tensor<Scalar>, _ batch: GraphBatch) -> Tensor<Scalar> {
    let graphs = Segments(offsets: batch.nodeOffsets)
    let graphOfNode = RowIndex(batch.nodeGraph, rowCount: batch.graphCount)
    let centerd = p - p.segmentMean(graphs).gatherRows(graphOfNode)
    // A graph of one node is all zeros: the shift keeps the root's gradient finite.
    let norms = ((centerd * centerd).segmentSum(graphs) + 1e-24).sqrt()
    return centerd / (norms.gatherRows(graphOfNode) + 1e-6)
  }

  public var state: [StateEntry<Scalar>] {
    embedding.state(in: "embedding_p") + output.state(in: "p_out") + joined.state(in: "Whp")
  }
}

/// A layer with a node path that reads [h ‖ p] and a positional path that reads p.
public final class PositionLayer<Scalar: TensorScalar>: GraphLayer {
  let nodeAttention, positionAttention: EdgeAttentionLayer<Scalar>
  let path: TransformerPath<Scalar>
  let projection: LinearLayer<Scalar>
  private let weights: any EdgeWeighting<Scalar>
  private let dropout: Double
  private let hasResidual: Bool

  init(
    in inputs: Int, out width: Int, _ shape: ModelShape, weights: any EdgeWeighting<Scalar>,
    using generator: inout RandomGenerator
  ) {
    nodeAttention = EdgeAttentionLayer(
      in: 2 * inputs, edgeInputs: inputs, out: width, shape, using: &generator)
    positionAttention = EdgeAttentionLayer(in: inputs, out: width, shape, using: &generator)
    hasResidual = shape.hasResidual && inputs == width
    path = TransformerPath(
      suffix: "h", width: width, shape, hasResidual: hasResidual, using: &generator)
    projection = LinearLayer(in: width, out: width, using: &generator)
    (self.weights, dropout) = (weights, shape.dropout)
  }

  public func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    var flow = flow
    let p = flow.positions!
    let factors = weights.factors(input.batch)
    let isObserved = context.isObserved
    let both = Tensor.concatenate([flow.nodes, p], axis: 1)
    let (output, scores) = nodeAttention(
      both, flow.edges, input, factors: factors, recordsScores: isObserved)
    let (positions, positionScores) = positionAttention(
      p, flow.edges, input, factors: factors, recordsScores: isObserved)
    if let scores, let positionScores {
      context.announce(scores, output, input)
      context.announce(.positionEdge, layer: input.layer, positionScores, in: input.batch)
      context.announce(.positionNode, layer: input.layer, positions, in: input.batch)
    }
    flow.nodes = path(output, input: flow.nodes, context)
    let moved = projection(context.dropout(positions, dropout)).tanh()
    flow.positions = hasResidual ? p + moved : moved
    return flow
  }

  public var state: [StateEntry<Scalar>] {
    func named(_ name: String, _ attention: EdgeAttentionLayer<Scalar>) -> [StateEntry<Scalar>] {
      attention.state(in: name)
        + weights.state.map { StateEntry(name: "\(name).\($0.name)", content: $0.content) }
    }
    return named("attention_h", nodeAttention) + named("attention_p", positionAttention)
      + path.state + projection.state(in: "O_p")
  }
}
