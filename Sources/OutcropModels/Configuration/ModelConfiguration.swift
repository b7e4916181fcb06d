import OutcropCore
import OutcropGraph

/// How attention uses the Explicit Bias Term.
public enum ExplicitBiasUse: String, Sendable, CaseIterable {
  /// The bias is added to the scores and to the values (arXiv 2409.03463).
  case added
  /// The weight of an edge is only the exponential of the bias score, so that attention is a plain mean
  /// of V + v_bias, as in the released programs of SAN and GraphiT.
  case weightsFromBiasAlone = "weights_from_bias_alone"
}

/// The settings that all models share, as in the published JSON (`net_params`).
public struct ModelConfiguration: Sendable, Equatable {
  /// The kind of the nodes' features.
  public var nodeFeatures = FeatureKind.categories(28)
  /// The kind of the edges' features.
  public var edgeFeatures = FeatureKind.categories(4)
  /// D, the width of node and edge features.
  public var hiddenWidth = 64
  /// The width after the last layer.
  public var outputWidth = 64
  /// The number of attention heads.
  public var headCount = 8
  /// The number of layers.
  public var layerCount = 10
  /// The probability of dropout of embedded nodes.
  public var inputDropout = 0.0
  /// The probability of dropout in the layers.
  public var dropout = 0.0
  /// How node vectors are combined to the vector of a graph.
  public var readout = Readout.mean
  /// Whether layers use layer normalization.
  public var usesLayerNorm = false
  /// Whether layers use batch normalization.
  public var usesBatchNorm = true
  /// Whether layers have residual connections.
  public var hasResidual = true
  /// Whether Q, K, V and E have biases. The Explicit Bias Term implies them in the published runs.
  public var hasAttentionBias = false
  /// Whether attention has the Explicit Bias Term.
  public var hasExplicitBias = false
  /// How attention uses the Explicit Bias Term.
  public var explicitBiasUse = ExplicitBiasUse.added
  /// The strength of the Explicit Bias Term.
  public var explicitBiasStrength = ExplicitBiasStrength.fixed
  /// Changes against massive activations, beside the Explicit Bias Term.
  public var countermeasures = Countermeasures()
  /// Whether the attention's output is projected (O_h, O_e).
  public var hasOutputProjection = true
  /// Whether Laplacian eigenvectors are added to the nodes.
  public var usesLaplacianEncoding = false
  /// Whether Weisfeiler–Lehman roles are added to the nodes.
  public var usesWeisfeilerLehmanEncoding = false
  /// Eigenvectors used by the Laplacian encoding, or steps of the random-walk encoding.
  public var encodingWidth = 8
  /// Weisfeiler–Lehman roles known to the embedding.
  public var roleCount = 37
  /// The number of scores of a graph (or of a node, if nodes are labeled).
  public var outputCount = 1
  /// Whether all ordered pairs of a graph's nodes are edges.
  public var isFullGraph = false
  /// Positional encodings of `PositionalEncodingCatalog` that are added to the embedded nodes, in addition
  /// to the published ones.
  public var encodings = CatalogedEncodings()

  /// The published ZINC configuration of the GraphTransformer.
  public init() {}

  /// The number of node categories. Setting it makes the features one category per node.
  public var nodeTypeCount: Int {
    get { if case .categories(let count) = nodeFeatures { count } else { 0 } }
    set { nodeFeatures = .categories(newValue) }
  }

  /// The number of edge categories. Setting it makes the features one category per edge.
  public var edgeTypeCount: Int {
    get { if case .categories(let count) = edgeFeatures { count } else { 0 } }
    set { edgeFeatures = .categories(newValue) }
  }

  /// Whether the edges' features are used; if not, all edges are treated alike.
  public var usesEdgeFeatures: Bool { edgeFeatures != .constant }

  /// The published fields that models share.
  ///
  /// The names `GT_layers`, `GT_hidden_dim`, `GT_out_dim`, `GT_n_heads` and `n_classes` of other repositories
  /// are read as `L`, `hidden_dim`, `out_dim`, `n_heads` and `num_classes`.
  public static let fields: [ConfigurationField<ModelConfiguration>] =
    [
      .integer("L", \.layerCount, in: 1...1000, isRequired: true, help: "the number of layers")
        .orCalled("GT_layers"),
      .integer(
        "hidden_dim", \.hiddenWidth, in: 4...16384, isRequired: true,
        help: "the width of node and edge vectors"
      ).orCalled("GT_hidden_dim"),
      ConfigurationField("out_dim", help: "the width after the last layer; hidden_dim unless given")
      {
        fields, root in
        root.outputWidth = try fields.integer(
          "out_dim", default: root.hiddenWidth, in: 4...16384)
      } write: {
        ["out_dim": .number(Double($0.outputWidth))]
      }.orCalled("GT_out_dim"),
      .integer("n_heads", \.headCount, in: 1...1024, isRequired: true, help: "attention heads")
        .orCalled("GT_n_heads"),
      .integer(
        "num_classes", \.outputCount, in: 1...1_000_000, help: "scores of a graph or a labeled node"
      ).orCalled("n_classes"),
      .categories("num_atom_type", \.nodeFeatures, help: "node types, where a node has one"),
      .categories("num_bond_type", \.edgeFeatures, help: "edge types, where an edge has one"),
      .features("node_features", \.nodeFeatures, help: "what the features of nodes are"),
      .features("edge_features", \.edgeFeatures, help: "what the features of edges are"),
      ConfigurationField("edge_feat", help: "whether features of edges are used") { fields, root in
        if try !fields.flag("edge_feat", default: true) { root.edgeFeatures = .constant }
      } write: {
        ["edge_feat": .bool($0.usesEdgeFeatures)]
      },
      .number("in_feat_dropout", \.inputDropout, in: 0...0.999, help: "dropout of embedded nodes"),
      .number("dropout", \.dropout, in: 0...0.999, help: "dropout in the layers"),
      .choice("readout", \.readout, help: "how nodes become a graph: mean, sum or max"),
      .flag("layer_norm", \.usesLayerNorm, help: "layer normalization"),
      .flag("batch_norm", \.usesBatchNorm, help: "batch normalization"),
      .flag("residual", \.hasResidual, help: "residual connections"),
      .flag("explicit_bias", \.hasExplicitBias, help: "the Explicit Bias Term"),
      .choice(
        "explicit_bias_use", \.explicitBiasUse, omitting: .added,
        help: "what weights are made of with an Explicit Bias Term"
      ).onlyWith("explicit_bias=true") { $0.hasExplicitBias },
      ConfigurationField("explicit_bias_strength", help: "fixed, learned, schedule or driven") {
        fields, root in
        root.explicitBiasStrength = try ExplicitBiasStrength(&fields)
      } write: {
        $0.explicitBiasStrength.fields
      }.onlyWith("explicit_bias=true") { $0.hasExplicitBias },
      .flag("use_bias", \.hasAttentionBias, help: "biases of Q, K, V and E"),
      .flag("O_linear", \.hasOutputProjection, help: "whether attention's output is projected"),
      .flag("lap_pos_enc", \.usesLaplacianEncoding, help: "adds Laplacian eigenvectors to nodes"),
      .flag("wl_pos_enc", \.usesWeisfeilerLehmanEncoding, help: "adds Weisfeiler-Lehman roles"),
      .integer(
        "pos_enc_dim", \.encodingWidth, in: 1...1024, help: "eigenvectors or random-walk steps"
      ).onlyWith("lap_pos_enc=true or random walks (pe_init=rand_walk)") {
        $0.usesLaplacianEncoding || $0.preparations.contains { $0 is RandomWalkPreparation }
      },
      .integer(
        "max_wl_role_index", \.roleCount, in: 1...1_000_000, help: "Weisfeiler-Lehman roles"
      ).onlyWith("wl_pos_enc=true") { $0.usesWeisfeilerLehmanEncoding },
      .flag("full_graph", \.isFullGraph, omitting: false, help: "whether all pairs are edges"),
      ConfigurationField("encodings", help: "names of further positional encodings") {
        fields, root in
        root.encodings = try CatalogedEncodings(&fields, "encodings")
      } write: {
        $0.encodings.fields("encodings")
      },
      .unsupported("self_loop", "graphs are used as they are"),
      .ignored("dataset_name"), .ignored("device"), .ignored("gpu_id"), .ignored("batch_size"),
    ] + ConfigurationField.countermeasures

  /// Reads the published fields that models share; throws `InputError` for invalid values.
  public init(_ fields: inout ConfigurationFields) throws {
    self.init()
    try Self.fields.read(&fields, into: &self)
    for (field, width) in [("hidden_dim", hiddenWidth), ("out_dim", outputWidth)]
    where width % headCount != 0 {
      throw fields.error(field, expected: "a multiple of n_heads (\(headCount))")
    }
    if hasExplicitBias, explicitBiasUse == .weightsFromBiasAlone, countermeasures.changesWeights {
      throw fields.error(
        countermeasures.hasPlusOne ? "attention_plus_one" : "score_clip",
        expected:
          "none with explicit_bias_use \"weights_from_bias_alone\", where scores have no weight")
    }
    for (name, kind) in [("node", nodeFeatures), ("edge", edgeFeatures)] {
      if let columns = kind.columnsSideBySide, hiddenWidth % columns != 0 {
        throw fields.error(
          "hidden_dim", expected: "a multiple of \(columns), the \(name) features side by side")
      }
    }
  }

  /// The published fields that describe this configuration.
  public var fields: [String: JSONValue] { Self.fields.written(self) }
}

extension ConfigurationField where Root == ModelConfiguration {
  /// The number of categories, if features are one category.
  fileprivate static func categories(
    _ name: String, _ path: WritableKeyPath<Root, FeatureKind> & Sendable, help: String
  ) -> ConfigurationField {
    ConfigurationField(name, help: help) { fields, root in
      guard case .categories(let count) = root[keyPath: path] else { return fields.ignore(name) }
      root[keyPath: path] = .categories(
        try fields.integer(name, default: count, in: 1...1_000_000))
    } write: { root in
      guard case .categories(let count) = root[keyPath: path] else { return [:] }
      return [name: .number(Double(count))]
    }
  }

  /// Features of any other kind. Unused edge features are written as `edge_feat` instead.
  fileprivate static func features(
    _ name: String, _ path: WritableKeyPath<Root, FeatureKind> & Sendable, help: String
  ) -> ConfigurationField {
    ConfigurationField(name, help: help) { fields, root in
      root[keyPath: path] = try fields.features(name, default: root[keyPath: path])
    } write: { root in
      let kind = root[keyPath: path]
      if case .categories = kind { return [:] }
      return name == "edge_features" && kind == .constant ? [:] : [name: kind.field]
    }
  }
}
