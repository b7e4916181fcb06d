import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// GraphiT (Mialon et al. 2021, "GraphiT: Encoding Graph Structure in Transformers") with edge features, as
/// in Dwivedi et al. 2022: layers update nodes only, and in full graphs attention is weighted by the
/// diffusion kernel. Options: the positional path of LSPE and the Explicit Bias Term.
public typealias GraphiT<Scalar: TensorScalar> = GraphNetwork<Scalar, GraphiTConfiguration>

/// The settings of a GraphiT, as the published JSON (`net_params`) describes it.
public struct GraphiTConfiguration: ModelArchitecture {
  public static var name: String { "GraphiT" }
  public static var supportsExplicitBias: Bool { true }
  /// The settings that all models have.
  public var shared = ModelConfiguration()
  /// γ of the diffusion kernel (I − γ L)^p of full graphs.
  public var gamma = 0.25
  /// p of the diffusion kernel.
  public var diffusionSteps = 16
  /// Whether full graphs are weighted by the kernel.
  public var usesDiffusion = true
  /// How the model uses positions.
  public var positions = PositionUse.none {
    didSet { if positions == .laplacian { shared.usesLaplacianEncoding = true } }
  }

  /// The published ZINC configuration.
  public init() { shared.readout = .sum }

  public static let ownFields: [ConfigurationField<GraphiTConfiguration>] =
    [
      .number("gamma", \.gamma, in: 0...1, help: "γ of the diffusion kernel")
        .onlyWith(kernel, hasKernel),
      .integer("p_steps", \.diffusionSteps, in: 1...1000, help: "steps of the diffusion kernel")
        .onlyWith(kernel, hasKernel),
      .flag(
        "adaptive_edge_PE", \.usesDiffusion, help: "whether full graphs are weighted by the kernel"
      ).onlyWith("full_graph=true") { $0.isFullGraph },
      .choice("pe_init", \.positions, omitting: PositionUse.none, help: PositionUse.help),
      .ignored("init_gamma"),
    ] + ConfigurationField<GraphiTConfiguration>.laplacianLoss

  private static let kernel = "full_graph=true and adaptive_edge_PE=true"

  @Sendable private static func hasKernel(_ model: any ModelArchitecture) -> Bool {
    model.isFullGraph && (model as? GraphiTConfiguration)?.usesDiffusion == true
  }

  public func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var parts = ModelParts(
      layers: shared.nodeOnlyLayers(
        attentionName: "attention_h", weights: DiffusionWeights<Scalar>(isUsed: usesDiffusion),
        positions, using: &generator))
    parts.positions = positions.readout(shared, using: &generator)
    return parts
  }

  public var positionalEncodings: [any PositionalEncoding] {
    shared.positionalEncodings(laplacianName: "embedding_p")
  }

  public var preparations: [any GraphPreparation] {
    var result = positions.preparations(shared) + shared.preparations
    if shared.isFullGraph, usesDiffusion {
      result.append(DiffusionKernel(gamma: gamma, steps: diffusionSteps))
    }
    return result
  }
}

/// The diffusion kernel of full graphs as weights of their edges, see
/// `Graph.addingDiffusionWeights(gamma:steps:)`.
public struct DiffusionKernel: GraphPreparation {
  /// γ.
  public var gamma: Double
  /// The power of the kernel.
  public var steps: Int

  /// The kernel (I − γ L)^steps.
  public init(gamma: Double, steps: Int) { (self.gamma, self.steps) = (gamma, steps) }

  public func prepare(_ dataset: GraphDataset) -> GraphDataset {
    dataset.addingDiffusionWeights(gamma: gamma, steps: steps)
  }

  public func problem(with batch: GraphBatch) -> String? {
    batch.attributes[.diffusionWeights] == nil && batch.edgeCount > 0 ? "no diffusion weights" : nil
  }
}

/// GraphiT's weights of edges in full graphs: the entries of the diffusion kernel.
struct DiffusionWeights<Scalar: TensorScalar>: EdgeWeighting {
  let isUsed: Bool

  func factors(_ batch: GraphBatch) -> Tensor<Scalar>? {
    guard isUsed, batch.addedEdges != nil else { return nil }
    return batch.attributes[.diffusionWeights].map { Tensor($0.values.map { Scalar($0) }) }
  }

  var state: [StateEntry<Scalar>] { [] }
}
