import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The Spectral Attention Network (Kreuzer et al. 2021, "Rethinking Graph Transformers with Spectral
/// Attention"): a node path only, and in full graphs a second attention for added edges that γ weighs.
/// Options: the learned Laplacian encoding, the positional path of LSPE (Dwivedi et al. 2022), and the
/// Explicit Bias Term.
public typealias SAN<Scalar: TensorScalar> = GraphNetwork<Scalar, SANConfiguration>

/// The shape of a SAN, as the published JSON (`net_params`) describes it.
public struct SANConfiguration: ModelArchitecture {
  public static var name: String { "SAN" }
  public var shape = ModelShape()
  /// The weight of added edges against real ones in full graphs: 1/(γ+1) on real edges, γ/(γ+1) on
  /// added ones.
  public var gamma = 1e-5
  /// Whether γ is a parameter, clamped to 0 ... 1, that starts at `initialGamma`.
  public var learnsGamma = false
  public var initialGamma = 0.1
  /// The learned encoding of (eigenvector, eigenvalue) pairs; nil for none.
  public var learnedEncoding: LearnedLaplacianEncodingShape?
  public var positions = PositionUse.none {
    didSet { if positions == .laplacian { shape.usesLaplacianEncoding = true } }
  }

  /// The published ZINC configuration.
  public init() {
    shape.hiddenWidth = 56
    shape.outputWidth = 56
    shape.readout = .sum
  }

  /// γ is learned in files that give `init_gamma`, as those of the LSPE repository do.
  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    learnsGamma = fields.has("init_gamma")
    shape = try ModelShape(&fields)
    gamma = try fields.number("gamma", default: 1e-5, in: 0...1e6)
    initialGamma = try fields.number("init_gamma", default: 0.1, in: 0...1)
    learnedEncoding = try LearnedLaplacianEncodingShape(&fields, width: shape.hiddenWidth)
    if case .concatenation(_, let columns) = shape.nodeFeatures,
      let taken = learnedEncoding?.width, (shape.hiddenWidth - taken) % columns != 0
    {
      throw fields.error(
        "LPE_dim",
        expected: "one that leaves a multiple of \(columns), the node features side by side, of "
          + "\(shape.hiddenWidth)")
    }
    positions = try PositionUse(&fields, &shape)
    fields.ignore("adaptive_edge_PE", "p_steps")
    try fields.finish()
  }

  public var fields: [String: JSONValue] {
    var result = shape.fields
    result["gamma"] = .number(gamma)
    if learnsGamma { result["init_gamma"] = .number(initialGamma) }
    result.merge(learnedEncoding?.fields ?? [:]) { $1 }
    result.merge(positions.fields(shape)) { $1 }
    return result
  }

  /// The width that the learned encoding takes of a node's vector.
  public var encodedWidth: Int { learnedEncoding?.width ?? 0 }

  public func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    let weights = EdgeKindWeights<Scalar>(
      gamma: gamma, parameter: learnsGamma ? Parameter(Tensor([Scalar(initialGamma)])) : nil)
    // The repositories name the attention differently.
    let attentionName = learnsGamma ? "attention_h" : "attention"
    let encoding = learnedEncoding.map {
      LearnedLaplacianEncoding($0, using: &generator) as LearnedLaplacianEncoding<Scalar>
    }
    var parts = ModelParts(
      layers: shape.nodeLayers(
        attentionName: attentionName, weights: weights, positions, using: &generator))
    parts.learnedEncoding = encoding
    parts.laplacianName = "embedding_p"
    parts.positions = positions.path(shape, using: &generator)
    if let gamma = weights.parameter {
      parts.extra = [StateEntry(name: "gamma", content: .parameter(gamma))]
    }
    return parts
  }

  public func problem(with batch: GraphBatch) -> String? {
    learnedEncoding?.problem(with: batch) ?? positions.problem(with: batch, shape)
  }

  public func encode(_ dataset: GraphDataset) -> GraphDataset {
    var result = positions.encode(shape.encode(dataset), shape)
    if let learnedEncoding {
      result = result.addingLaplacianSpectrum(count: learnedEncoding.eigenvectorCount)
    }
    return shape.isFullGraph ? result.addingAllPairs() : result
  }
}

/// SAN's weights of real and added edges in full graphs.
struct EdgeKindWeights<Scalar: TensorScalar>: EdgeWeighting {
  let gamma: Double
  /// The learned γ, one for all layers.
  let parameter: Parameter<Scalar>?

  func factors(_ batch: GraphBatch) -> Tensor<Scalar>? {
    guard let added = batch.addedEdges else { return nil }
    let isAdded = Tensor<Scalar>(added.map { Scalar($0) })
    guard let parameter else {
      let (real, other) = (Scalar(1 / (gamma + 1)), Scalar(gamma / (gamma + 1)))
      return isAdded.map { $0 == 0 ? real : other }
    }
    let gamma = parameter.value.clamp(0, 1)
    return ((1 - isAdded) + isAdded * gamma) / (gamma + 1)
  }

  /// Published under each layer's attention too, though it is one number.
  var state: [StateEntry<Scalar>] {
    parameter.map { [StateEntry(name: "gamma", content: .parameter($0))] } ?? []
  }
}
