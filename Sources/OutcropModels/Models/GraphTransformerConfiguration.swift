import Foundation

/// The shape of a GraphTransformer, as the published JSON (`net_params`) describes it.
public struct GraphTransformerConfiguration: Sendable, Equatable {
  /// Categories of nodes and of edges (the embeddings' sizes).
  public var nodeTypeCount = 28
  public var edgeTypeCount = 4
  /// D, the width of node and edge features.
  public var hiddenWidth = 64
  /// The width after the last layer.
  public var outputWidth = 64
  public var headCount = 8
  public var layerCount = 10
  public var inputDropout = 0.0
  public var dropout = 0.0
  public var readout = Readout.mean
  public var usesLayerNorm = false
  public var usesBatchNorm = true
  public var hasResidual = true
  /// Whether the edges' types are looked at; without, every edge is alike.
  public var usesEdgeFeatures = true
  /// Whether Q, K, V and E have biases. The Explicit Bias Term implies them in the published runs.
  public var hasAttentionBias = false
  public var hasExplicitBias = false
  /// Whether the attention's output is projected (O_h, O_e).
  public var hasOutputProjection = true
  public var usesLaplacianEncoding = false
  public var usesWeisfeilerLehmanEncoding = false
  /// Eigenvectors used by the Laplacian encoding.
  public var encodingWidth = 8
  /// Weisfeiler–Lehman roles known to the embedding.
  public var roleCount = 37
  /// Scores of a graph.
  public var outputCount = 1

  public init() {}

  /// The published ZINC configuration.
  public static var zinc: GraphTransformerConfiguration { GraphTransformerConfiguration() }

  /// With the Explicit Bias Term and the linear biases that go with it, or without both.
  public func withExplicitBias(_ isOn: Bool) -> GraphTransformerConfiguration {
    var result = self
    result.hasExplicitBias = isOn
    result.hasAttentionBias = isOn || hasAttentionBias
    return result
  }

  /// Reads the published fields; throws `ConfigurationError` for unknown, contradictory or impossible
  /// ones.
  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    nodeTypeCount = try fields.integer("num_atom_type", default: 28, in: 1...1_000_000)
    edgeTypeCount = try fields.integer("num_bond_type", default: 4, in: 1...1_000_000)
    hiddenWidth = try fields.integer("hidden_dim", in: 4...16384)
    outputWidth = try fields.integer("out_dim", default: hiddenWidth, in: 4...16384)
    headCount = try fields.integer("n_heads", in: 1...1024)
    layerCount = try fields.integer("L", in: 1...1000)
    inputDropout = try fields.number("in_feat_dropout", default: 0, in: 0...0.999)
    dropout = try fields.number("dropout", default: 0, in: 0...0.999)
    readout = try fields.choice("readout", default: Readout.mean)
    usesLayerNorm = try fields.flag("layer_norm", default: false)
    usesBatchNorm = try fields.flag("batch_norm", default: true)
    hasResidual = try fields.flag("residual", default: true)
    usesEdgeFeatures = try fields.flag("edge_feat", default: true)
    hasExplicitBias = try fields.flag("explicit_bias", default: false)
    hasAttentionBias = try fields.flag("use_bias", default: false)
    hasOutputProjection = try fields.flag("O_linear", default: true)
    usesLaplacianEncoding = try fields.flag("lap_pos_enc", default: false)
    usesWeisfeilerLehmanEncoding = try fields.flag("wl_pos_enc", default: false)
    encodingWidth = try fields.integer("pos_enc_dim", default: 8, in: 1...1024)
    roleCount = try fields.integer("max_wl_role_index", default: 37, in: 1...1_000_000)
    outputCount = try fields.integer("num_classes", default: 1, in: 1...1_000_000)
    for unsupported in ["full_graph", "self_loop", "gat"]
    where try fields.flag(unsupported, default: false) {
      throw fields.error(unsupported, expected: "false for a GraphTransformer")
    }
    fields.ignore("dataset_name", "device", "gpu_id", "batch_size", "num_bond_type")
    for (field, width) in [("hidden_dim", hiddenWidth), ("out_dim", outputWidth)]
    where width % headCount != 0 {
      throw fields.error(field, expected: "a multiple of n_heads (\(headCount))")
    }
    try fields.finish()
  }

  /// The published fields that describe this configuration.
  public var fields: [String: JSONValue] {
    [
      "num_atom_type": .number(Double(nodeTypeCount)),
      "num_bond_type": .number(Double(edgeTypeCount)),
      "hidden_dim": .number(Double(hiddenWidth)), "out_dim": .number(Double(outputWidth)),
      "n_heads": .number(Double(headCount)), "L": .number(Double(layerCount)),
      "in_feat_dropout": .number(inputDropout), "dropout": .number(dropout),
      "readout": .string(readout.rawValue), "layer_norm": .bool(usesLayerNorm),
      "batch_norm": .bool(usesBatchNorm), "residual": .bool(hasResidual),
      "edge_feat": .bool(usesEdgeFeatures), "explicit_bias": .bool(hasExplicitBias),
      "use_bias": .bool(hasAttentionBias), "O_linear": .bool(hasOutputProjection),
      "lap_pos_enc": .bool(usesLaplacianEncoding),
      "wl_pos_enc": .bool(usesWeisfeilerLehmanEncoding),
      "pos_enc_dim": .number(Double(encodingWidth)),
      "max_wl_role_index": .number(Double(roleCount)),
      "num_classes": .number(Double(outputCount)),
    ]
  }
}
