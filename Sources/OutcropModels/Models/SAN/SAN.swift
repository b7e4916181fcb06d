import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// The Spectral Attention Network (Kreuzer et al. 2021, "Rethinking Graph Transformers with Spectral
/// Attention"): layers update nodes only, and in full graphs added edges have separate projections and the
/// weight γ.
/// Options: the learned Laplacian encoding, the positional path of LSPE (Dwivedi et al. 2022), and the
/// Explicit Bias Term.
public typealias SAN<Scalar: TensorScalar> = GraphNetwork<Scalar, SANConfiguration>

/// The settings of a SAN, as in the published JSON (`net_params`).
public struct SANConfiguration: ModelArchitecture {
  public static var name: String { "SAN" }
  public static var supportsExplicitBias: Bool { true }
  /// The settings that all models have.
  public var shared = ModelConfiguration()
  /// The weight of added edges relative to real ones in full graphs: real edges have the factor 1/(γ+1),
  /// added edges γ/(γ+1).
  public var gamma = 1e-5
  /// Whether γ is a parameter, clamped to 0 ... 1, that starts at `initialGamma`.
  public var learnsGamma = false
  /// The initial value of a learned γ.
  public var initialGamma = 0.1
  /// The learned encoding of (eigenvector, eigenvalue) pairs; nil for none.
  public var learnedEncoding: LearnedLaplacianConfiguration?
  /// How the model uses positions.
  public var positions = PositionUse.none {
    didSet { if positions == .laplacian { shared.usesLaplacianEncoding = true } }
  }

  /// The published ZINC configuration.
  public init() {
    shared.hiddenWidth = 56
    shared.outputWidth = 56
    shared.readout = .sum
  }

  /// γ is learned if the file has `init_gamma`, as files of the LSPE repository do.
  public static let ownFields: [ConfigurationField<SANConfiguration>] =
    [
      .number("gamma", \.gamma, in: 0...1e6, help: "the relative weight of added edges")
        .onlyWith("full_graph=true and without init_gamma") {
          $0.isFullGraph && ($0 as? SANConfiguration)?.learnsGamma != true
        },
      ConfigurationField("init_gamma", help: "the initial value of a learned γ") { fields, root in
        root.learnsGamma = fields.has("init_gamma")
        root.initialGamma = try fields.number("init_gamma", default: 0.1, in: 0...1)
      } write: {
        $0.learnsGamma ? ["init_gamma": .number($0.initialGamma)] : [:]
      }.onlyWith("full_graph=true") { $0.isFullGraph },
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

  /// The part of a node vector's width that the learned encoding uses.
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

  /// The published model lists it under each layer's attention, although it is one number.
  var state: [StateEntry<Scalar>] {
    parameter.map { [StateEntry(name: "gamma", content: .parameter($0))] } ?? []
  }
}
