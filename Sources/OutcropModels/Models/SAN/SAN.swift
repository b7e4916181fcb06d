import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The Spectral Attention Network (Kreuzer et al. 2021, "Rethinking Graph Transformers with Spectral
/// Attention"): layers update nodes only, and in full graphs a second attention for added edges that γ weighs.
/// Options: the learned Laplacian encoding, the positional path of LSPE (Dwivedi et al. 2022), and the
/// Explicit Bias Term.
public typealias SAN<Scalar: TensorScalar> = GraphNetwork<Scalar, SANConfiguration>

/// The settings of a SAN, as the published JSON (`net_params`) describes it.
public struct SANConfiguration: ModelArchitecture {
  public static var name: String { "SAN" }
  public static var supportsExplicitBias: Bool { true }
  public var shared = ModelConfiguration()
  /// The weight of added edges against real ones in full graphs: 1/(γ+1) on real edges, γ/(γ+1) on
  /// added ones.
  public var gamma = 1e-5
  /// Whether γ is a parameter, clamped to 0 ... 1, that starts at `initialGamma`.
  public var learnsGamma = false
  public var initialGamma = 0.1
  /// The learned encoding of (eigenvector, eigenvalue) pairs; nil for none.
  public var learnedEncoding: LearnedLaplacianConfiguration?
  public var positions = PositionUse.none {
    didSet { if positions == .laplacian { shared.usesLaplacianEncoding = true } }
  }

  /// The published ZINC configuration.
  public init() {
    shared.hiddenWidth = 56
    shared.outputWidth = 56
    shared.readout = .sum
  }

  /// γ is learned in files that give `init_gamma`, as those of the LSPE repository do.
  public static let ownFields: [ConfigurationField<SANConfiguration>] =
    [
      .number("gamma", \.gamma, in: 0...1e6, help: "the weight of added edges against real ones"),
      ConfigurationField("init_gamma", help: "where a learned γ starts") { fields, root in
        root.learnsGamma = fields.has("init_gamma")
        root.initialGamma = try fields.number("init_gamma", default: 0.1, in: 0...1)
      } write: {
        $0.learnsGamma ? ["init_gamma": .number($0.initialGamma)] : [:]
      },
      ConfigurationField("LPE", help: "none, or node for the learned encoding") { fields, root in
        root.learnedEncoding = try LearnedLaplacianConfiguration(
          &fields, width: root.shared.hiddenWidth)
      } write: {
        $0.learnedEncoding?.fields ?? [:]
      },
      .choice("pe_init", \.positions, omitting: PositionUse.none, help: PositionUse.help),
      .ignored("adaptive_edge_PE"), .ignored("p_steps"),
    ] + ConfigurationField<SANConfiguration>.laplacianLoss

  public func check(_ fields: ConfigurationFields) throws {
    if let columns = shared.nodeFeatures.columnsSideBySide, let taken = learnedEncoding?.width,
      (shared.hiddenWidth - taken) % columns != 0
    {
      throw fields.error(
        "LPE_dim",
        expected: "one that leaves a multiple of \(columns), the node features side by side, of "
          + "\(shared.hiddenWidth)")
    }
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
      layers: shared.nodeOnlyLayers(
        attentionName: attentionName, weights: weights, positions, using: &generator))
    if let encoding { parts.embeddings = [encoding] }
    parts.positions = positions.readout(shared, using: &generator)
    if let gamma = weights.parameter {
      parts.extra = [StateEntry(name: "gamma", content: .parameter(gamma))]
    }
    return parts
  }

  public var positionalEncodings: [any PositionalEncoding] {
    shared.positionalEncodings(laplacianName: "embedding_p")
  }

  public var preparations: [any GraphPreparation] {
    var result: [any GraphPreparation] = []
    if let learnedEncoding { result.append(learnedEncoding) }
    return result + positions.preparations(shared) + shared.preparations
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
    let gamma = parameter.value.clamped(to: 0...1)
    return ((1 - isAdded) + isAdded * gamma) / (gamma + 1)
  }

  /// Published under each layer's attention too, though it is one number.
  var state: [StateEntry<Scalar>] {
    parameter.map { [StateEntry(name: "gamma", content: .parameter($0))] } ?? []
  }
}
