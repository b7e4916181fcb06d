import Foundation
import OutcropCore

/// What the weights of attention are made of when there is an Explicit Bias Term.
public enum ExplicitBiasUse: String, Sendable, CaseIterable {
  /// The bias is added to the scores and to the values (arXiv 2409.03463).
  case added
  /// The weight of an edge is the exponential of the bias score alone, so that attention is a plain mean
  /// of V + v_bias: what the released programs of SAN and GraphiT compute.
  case weightsFromBiasAlone = "weights_from_bias_alone"
}

/// The fields that every model here has, as the published JSON (`net_params`) describes them.
public struct ModelShape: Sendable, Equatable {
  /// What the features of nodes and of edges are.
  public var nodeFeatures = FeatureKind.categories(28)
  public var edgeFeatures = FeatureKind.categories(4)
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
  /// Whether Q, K, V and E have biases. The Explicit Bias Term implies them in the published runs.
  public var hasAttentionBias = false
  public var hasExplicitBias = false
  public var explicitBiasUse = ExplicitBiasUse.added
  public var explicitBiasStrength = ExplicitBiasStrength.fixed
  /// Whether the attention's output is projected (O_h, O_e).
  public var hasOutputProjection = true
  public var usesLaplacianEncoding = false
  public var usesWeisfeilerLehmanEncoding = false
  /// Eigenvectors used by the Laplacian encoding, or steps of the random-walk encoding.
  public var encodingWidth = 8
  /// Weisfeiler–Lehman roles known to the embedding.
  public var roleCount = 37
  /// Scores of a graph, or of a node where nodes are labeled.
  public var outputCount = 1
  /// Whether all ordered pairs of a graph's nodes are edges.
  public var isFullGraph = false

  public init() {}

  /// The number of node categories. Setting it makes the features one category a node.
  public var nodeTypeCount: Int {
    get { if case .categories(let count) = nodeFeatures { count } else { 0 } }
    set { nodeFeatures = .categories(newValue) }
  }

  /// The number of edge categories. Setting it makes the features one category an edge.
  public var edgeTypeCount: Int {
    get { if case .categories(let count) = edgeFeatures { count } else { 0 } }
    set { edgeFeatures = .categories(newValue) }
  }

  /// Whether the edges' features are looked at; without, every edge is alike.
  public var usesEdgeFeatures: Bool { edgeFeatures != .constant }

  /// Reads the published fields that models share. Throws `InputError` for impossible ones.
  ///
  /// `GT_layers`, `GT_hidden_dim`, `GT_out_dim`, `GT_n_heads` and `n_classes`, as other repositories say,
  /// are read as `L`, `hidden_dim`, `out_dim`, `n_heads` and `num_classes`.
  public init(_ fields: inout ConfigurationFields) throws {
    for (other, name) in [
      ("GT_layers", "L"), ("GT_hidden_dim", "hidden_dim"), ("GT_out_dim", "out_dim"),
      ("GT_n_heads", "n_heads"), ("n_classes", "num_classes"),
    ] { try fields.rename(other, to: name) }
    let nodeTypes = try fields.integer("num_atom_type", default: 28, in: 1...1_000_000)
    let edgeTypes = try fields.integer("num_bond_type", default: 4, in: 1...1_000_000)
    nodeFeatures = try fields.features("node_features", default: .categories(nodeTypes))
    edgeFeatures = try fields.features("edge_features", default: .categories(edgeTypes))
    if try !fields.flag("edge_feat", default: true) { edgeFeatures = .constant }
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
    hasExplicitBias = try fields.flag("explicit_bias", default: false)
    explicitBiasUse = try fields.choice("explicit_bias_use", default: .added)
    explicitBiasStrength = try ExplicitBiasStrength(&fields)
    hasAttentionBias = try fields.flag("use_bias", default: false)
    hasOutputProjection = try fields.flag("O_linear", default: true)
    usesLaplacianEncoding = try fields.flag("lap_pos_enc", default: false)
    usesWeisfeilerLehmanEncoding = try fields.flag("wl_pos_enc", default: false)
    encodingWidth = try fields.integer("pos_enc_dim", default: 8, in: 1...1024)
    roleCount = try fields.integer("max_wl_role_index", default: 37, in: 1...1_000_000)
    outputCount = try fields.integer("num_classes", default: 1, in: 1...1_000_000)
    isFullGraph = try fields.flag("full_graph", default: false)
    if try fields.flag("self_loop", default: false) {
      throw fields.error("self_loop", expected: "false: graphs are used as they are")
    }
    fields.ignore("dataset_name", "device", "gpu_id", "batch_size", "num_bond_type")
    for (field, width) in [("hidden_dim", hiddenWidth), ("out_dim", outputWidth)]
    where width % headCount != 0 {
      throw fields.error(field, expected: "a multiple of n_heads (\(headCount))")
    }
    for (name, kind) in [("node", nodeFeatures), ("edge", edgeFeatures)] {
      if case .concatenation(_, let columns) = kind, hiddenWidth % columns != 0 {
        throw fields.error(
          "hidden_dim", expected: "a multiple of \(columns), the \(name) features side by side")
      }
    }
  }

  /// The published fields that describe this shape.
  public var fields: [String: JSONValue] {
    func number(_ value: Int) -> JSONValue { .number(Double(value)) }
    var result: [String: JSONValue] = [
      "hidden_dim": number(hiddenWidth), "out_dim": number(outputWidth),
      "n_heads": number(headCount), "L": number(layerCount),
      "in_feat_dropout": .number(inputDropout), "dropout": .number(dropout),
      "readout": .string(readout.rawValue), "layer_norm": .bool(usesLayerNorm),
      "batch_norm": .bool(usesBatchNorm), "residual": .bool(hasResidual),
      "edge_feat": .bool(usesEdgeFeatures), "explicit_bias": .bool(hasExplicitBias),
      "use_bias": .bool(hasAttentionBias), "O_linear": .bool(hasOutputProjection),
      "lap_pos_enc": .bool(usesLaplacianEncoding),
      "wl_pos_enc": .bool(usesWeisfeilerLehmanEncoding), "pos_enc_dim": number(encodingWidth),
      "max_wl_role_index": number(roleCount), "num_classes": number(outputCount),
    ]
    if case .categories(let count) = nodeFeatures {
      result["num_atom_type"] = number(count)
    } else {
      result["node_features"] = nodeFeatures.field
    }
    switch edgeFeatures {
    case .categories(let count): result["num_bond_type"] = number(count)
    case .constant: break
    default: result["edge_features"] = edgeFeatures.field
    }
    if isFullGraph { result["full_graph"] = .bool(true) }
    if explicitBiasUse != .added {
      result["explicit_bias_use"] = .string(explicitBiasUse.rawValue)
    }
    return result.merging(explicitBiasStrength.fields) { $1 }
  }
}
