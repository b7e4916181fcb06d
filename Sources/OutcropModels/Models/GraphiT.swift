import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// GraphiT (Mialon et al. 2021, "GraphiT: Encoding Graph Structure in Transformers") with edge features, as
/// in Dwivedi et al. 2022: a node path only, and in full graphs attention weighted by the diffusion
/// kernel. Options: the positional path of LSPE and the Explicit Bias Term.
public typealias GraphiT<Scalar: TensorScalar> = GraphNetwork<Scalar, GraphiTConfiguration>

/// The shape of a GraphiT, as the published JSON (`net_params`) describes it.
public struct GraphiTConfiguration: ModelArchitecture {
  public static var name: String { "GraphiT" }
  public var shape = ModelShape()
  /// The diffusion kernel (I − γ L)^p of full graphs.
  public var gamma = 0.25
  public var diffusionSteps = 16
  /// Whether full graphs are weighted by the kernel.
  public var usesDiffusion = true
  public var positions = PositionUse.none {
    didSet { if positions == .laplacian { shape.usesLaplacianEncoding = true } }
  }

  /// The published ZINC configuration.
  public init() { shape.readout = .sum }

  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    shape = try ModelShape(&fields)
    gamma = try fields.number("gamma", default: 0.25, in: 0...1)
    diffusionSteps = try fields.integer("p_steps", default: 16, in: 1...1000)
    usesDiffusion = try fields.flag("adaptive_edge_PE", default: true)
    positions = try PositionUse(&fields, &shape)
    fields.ignore("init_gamma")
    try fields.finish()
  }

  public var fields: [String: JSONValue] {
    var result = shape.fields
    result["gamma"] = .number(gamma)
    result["p_steps"] = .number(Double(diffusionSteps))
    result["adaptive_edge_PE"] = .bool(usesDiffusion)
    result.merge(positions.fields(shape)) { $1 }
    return result
  }

  public func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var parts = ModelParts(
      layers: shape.nodeLayers(
        attentionName: "attention_h", weights: DiffusionWeights<Scalar>(isUsed: usesDiffusion),
        positions, using: &generator))
    parts.laplacianName = "embedding_p"
    parts.positions = positions.path(shape, using: &generator)
    return parts
  }

  public func problem(with batch: GraphBatch) -> String? {
    if shape.isFullGraph, usesDiffusion, batch.edgeWeights == nil, batch.edgeCount > 0 {
      return "no diffusion weights"
    }
    return positions.problem(with: batch, shape)
  }

  public func encode(_ dataset: GraphDataset) -> GraphDataset {
    let result = positions.encode(shape.encode(dataset), shape)
    guard shape.isFullGraph else { return result }
    let full = result.addingAllPairs()
    return usesDiffusion ? full.addingDiffusionWeights(gamma: gamma, steps: diffusionSteps) : full
  }
}

/// GraphiT's weights of edges in full graphs: the entries of the diffusion kernel.
struct DiffusionWeights<Scalar: TensorScalar>: EdgeWeighting {
  let isUsed: Bool

  func factors(_ batch: GraphBatch) -> Tensor<Scalar>? {
    guard isUsed, batch.addedEdges != nil else { return nil }
    return batch.edgeWeights.map { Tensor($0.map { Scalar($0) }) }
  }

  var state: [StateEntry<Scalar>] { [] }
}
