import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import Testing

@Suite("Fields of architectures")
struct ArchitectureFieldTests {
  private func read(_ name: String, _ json: String) throws -> any ModelArchitecture {
    try ModelCatalog.configuration(
      name, ConfigurationFields(json: Data(json.utf8), source: "net_params"))
  }

  /// As the GT repository writes them.
  private static let gt = """
    {"L": 10, "n_heads": 8, "hidden_dim": 64, "out_dim": 64, "residual": true, "readout": "mean",
     "in_feat_dropout": 0.0, "dropout": 0.0, "layer_norm": false, "batch_norm": true,
     "self_loop": false, "lap_pos_enc": false, "pos_enc_dim": 8, "wl_pos_enc": false,
     "full_graph": false, "edge_feat": true, "gpu_id": 0, "batch_size": 128, "num_atom_type": 28,
     "num_bond_type": 4, "gat": false, "O_linear": true, "use_bias": false, "explicit_bias": false}
    """
  /// As the SAN repository writes them.
  private static let san = """
    {"full_graph": true, "gamma": 1e-5, "LPE": "node", "LPE_layers": 3, "LPE_dim": 16,
     "LPE_n_heads": 4, "m": 12, "GT_layers": 6, "GT_hidden_dim": 80, "GT_out_dim": 80,
     "GT_n_heads": 8, "residual": true, "readout": "sum", "in_feat_dropout": 0.0, "dropout": 0.0,
     "layer_norm": false, "batch_norm": true, "batch_size": 32, "device": "cuda"}
    """
  /// As the LSPE repository writes them, for both models.
  private static let lspe = """
    {"full_graph": true, "init_gamma": 0.1, "gamma": 0.25, "adaptive_edge_PE": true,
     "L": 10, "hidden_dim": 88, "out_dim": 88, "n_heads": 8, "n_classes": 12, "residual": true,
     "readout": "sum", "in_feat_dropout": 0.0, "dropout": 0.5, "layer_norm": false,
     "batch_norm": true, "pe_init": "rand_walk", "use_lapeig_loss": false, "lambda_loss": 1000,
     "alpha_loss": 1e-4, "pos_enc_dim": 16, "batch_size": 256, "gpu_id": 0}
    """

  @Test("of the published repositories are read unchanged")
  func published() throws {
    let gt = try #require(read("GT", Self.gt) as? GraphTransformerConfiguration)
    #expect(gt == .zinc)

    let san = try #require(read("SAN", Self.san) as? SANConfiguration)
    var expected = SANConfiguration()
    (expected.shared.hiddenWidth, expected.shared.outputWidth) = (80, 80)
    (expected.shared.layerCount, expected.shared.isFullGraph) = (6, true)
    var encoding = LearnedLaplacianConfiguration()
    (encoding.width, encoding.layerCount, encoding.eigenvectorCount) = (16, 3, 12)
    expected.learnedEncoding = encoding
    #expect(san == expected)
    #expect(!san.learnsGamma && san.gamma == 1e-5 && san.encodedWidth == 16)

    var shared = ModelConfiguration()
    (shared.hiddenWidth, shared.outputWidth, shared.outputCount) = (88, 88, 12)
    (shared.dropout, shared.readout) = (0.5, .sum)
    (shared.encodingWidth, shared.isFullGraph) = (16, true)
    let walking = try #require(read("SAN", Self.lspe) as? SANConfiguration)
    #expect(walking.shared == shared && walking.positions == .randomWalk)
    #expect(walking.learnsGamma && walking.initialGamma == 0.1)
    let graphit = try #require(read("GraphiT", Self.lspe) as? GraphiTConfiguration)
    #expect(graphit.shared == shared && graphit.positions == .randomWalk)
    #expect(graphit.gamma == 0.25 && graphit.diffusionSteps == 16 && graphit.usesDiffusion)
    let laplacian = try #require(
      read("GraphiT", Self.lspe.replacing("rand_walk", with: "lap_pe")) as? GraphiTConfiguration)
    #expect(laplacian.positions == .laplacian && laplacian.usesLaplacianEncoding)
    let egat = try #require(
      read("EGAT", Self.gt.replacing("\"gat\": false", with: "\"gat\": true"))
        as? EGATConfiguration)
    #expect(egat.shared == ModelConfiguration() && egat.projectsBlockMessages)
  }

  private struct Mistake: Sendable {
    let model: String
    let fields: String
    let field: String
    let expected: String
    init(_ model: String, _ fields: String, _ field: String, _ expected: String) {
      (self.model, self.fields, self.field, self.expected) = (model, fields, field, expected)
    }
  }

  private static let mistakes = [
    Mistake("SAN", "\"GT_layers\": 3", "GT_layers", "2, as in `L`, or only one of the two fields"),
    Mistake("GT", "\"GT_hidden_dim\": 16", "GT_hidden_dim", "24, as in `hidden_dim`"),
    Mistake("GraphiT", "\"n_classes\": 2, \"num_classes\": 3", "n_classes", "3, as in `num_"),
    Mistake("SAN", "\"gama\": 1", "gama", "no field of this name"),
    Mistake("EGAT", "\"LPE\": \"node\"", "LPE", "no field of this name"),
    Mistake("SAN", "\"readout\": \"median\"", "readout", "\"mean\", \"sum\", \"max\""),
    Mistake("EGAT", "\"out_dim\": 10", "out_dim", "a multiple of n_heads (4)"),
    Mistake(
      "GraphiT", "\"node_features\": {\"categories\": 6, \"columns\": 7}", "hidden_dim",
      "a multiple of 7, the node features side by side"),
    Mistake(
      "SAN", "\"edge_features\": {\"categories\": 6, \"columns\": 5}", "hidden_dim",
      "a multiple of 5, the edge features side by side"),
    Mistake("SAN", "\"LPE\": \"edge\"", "LPE", "one of \"none\", \"node\""),
    Mistake(
      "SAN", "\"LPE\": \"node\", \"LPE_dim\": 24", "LPE_dim", "less than the hidden width (24)"),
    Mistake(
      "SAN", "\"LPE\": \"node\", \"LPE_dim\": 10", "LPE_dim", "a multiple of LPE_n_heads (4)"),
    // What is left of the width has no room for 12 columns side by side.
    Mistake(
      "SAN",
      "\"LPE\": \"node\", \"LPE_dim\": 8, \"node_features\": {\"categories\": 6, \"columns\": 12}",
      "LPE_dim", "12"),
    Mistake("SAN", "\"gamma\": -1", "gamma", "a number in 0.0"),
    Mistake("SAN", "\"init_gamma\": 1.5", "init_gamma", "a number in 0.0 ... 1.0"),
    Mistake("GraphiT", "\"gamma\": 2", "gamma", "a number in 0.0 ... 1.0"),
    Mistake("GraphiT", "\"p_steps\": 0", "p_steps", "an integer in 1"),
    Mistake("SAN", "\"pe_init\": \"walk\"", "pe_init", "\"no_pe\", \"lap_pe\", \"rand_walk\""),
    Mistake("GraphiT", "\"use_lapeig_loss\": true", "use_lapeig_loss", "false"),
    Mistake("SAN", "\"self_loop\": true", "self_loop", "false"),
    Mistake("EGAT", "\"full_graph\": true", "full_graph", "false for an EGAT"),
    Mistake("GT", "\"gat\": true", "gat", "EGAT is a separate model"),
    Mistake("GT", "\"explicit_bias_use\": \"alone\"", "explicit_bias_use", "\"added\""),
    Mistake(
      "EGAT", "\"explicit_bias\": true, \"explicit_bias_use\": \"weights_from_bias_alone\"",
      "explicit_bias_use", "\"added\""),
    Mistake(
      "EGAT", "\"project_block_messages\": false, \"out_dim\": 12", "out_dim", "24"),
  ]

  @Test("that are contradictory, unknown or impossible are named", arguments: mistakes.indices)
  func refusals(_ index: Int) {
    let mistake = Self.mistakes[index]
    let json = "{\"L\": 2, \"hidden_dim\": 24, \"n_heads\": 4, \(mistake.fields)}"
    let error = #expect(throws: InputError.self, "\(mistake.fields)") {
      try read(mistake.model, json)
    }
    #expect(error?.field == mistake.field)
    #expect(error?.expected.contains(mistake.expected) == true, "\(error?.description ?? "")")
    #expect(error?.file == "net_params")
  }

  @Test("An equal field under both names is no contradiction")
  func bothNames() throws {
    let both = try read(
      "SAN", "{\"L\": 2, \"GT_layers\": 2, \"hidden_dim\": 24, \"GT_n_heads\": 4}")
    #expect(both.shared.layerCount == 2 && both.shared.headCount == 4)
  }

  @Test("Fields, configuration, fields: the same", arguments: ModelVariant.all)
  func roundTrip(_ variant: ModelVariant) throws {
    func check<A: ModelArchitecture>(_ architecture: A) throws {
      let json = JSONValue.object(architecture.fields).description
      let again = try #require(read(A.name, json) as? A)
      #expect(again == architecture, "\(variant.name): \(json)")
      #expect(again.fields == architecture.fields)
    }
    try check(variant.architecture)
    for features in [
      FeatureKind.sum([3, 4]), .concatenation(count: 3, columns: 4), .linear(columns: 5), .constant,
      .joined(.categories(9), attributes: 2),
    ] {
      try check(
        variant.with("features") {
          ($0.nodeFeatures, $0.edgeFeatures) = (features, features)
        }.architecture)
    }
    try check(variant.with("encodings") { $0.usesLaplacianEncoding = true }.architecture)
    if var egat = variant.architecture as? EGATConfiguration {
      egat.projectsBlockMessages = false
      try check(egat)
    }
  }

  @Test("Configurations are made from a data set and a few numbers")
  func initializers() {
    let graphs = encodedGraphs(5, seed: 3, isFull: false).map { graph in
      var graph = graph
      graph.nodeAttributes = RealFeatures(
        values: (0..<2 * graph.nodeCount).map { Float($0) }, columns: 2)
      return graph
    }
    let data = GraphDataset(
      name: "x", train: graphs, nodeTypeCount: 28, edgeTypeCount: 4, task: .regression)
    func check<A: ModelArchitecture>(_: A.Type) {
      let made = A(for: data, layerCount: 3, width: 32, headCount: 4, dropout: 0.1)
      #expect(made.layerCount == 3 && made.hiddenWidth == 32 && made.outputWidth == 32)
      #expect(made.headCount == 4 && made.dropout == 0.1 && made.readout == A().readout)
      #expect(made.nodeFeatures == .joined(.categories(28), attributes: 2))
      #expect(made.edgeFeatures == .categories(4) && made.outputCount == 1)
      #expect(made.problem(with: GraphBatch(graphs)) == nil)
      let biased = A(layerCount: 2, width: 16, hasExplicitBias: true)
      #expect(biased.hasExplicitBias && biased.hasAttentionBias)
      let model = GraphNetwork<Float, A>(made, seed: 1)
      let found = scores(model, graphs)
      #expect(found.count == 5 && found.allSatisfy { $0.isFinite })
      #expect(
        "\(model)" == "\(A.name): 3 layers of width 32 with 4 heads, "
          + "\(model.parameterCount) parameters")
    }
    check(GraphTransformerConfiguration.self)
    check(SANConfiguration.self)
    check(GraphiTConfiguration.self)
    check(EGATConfiguration.self)
    #expect(TrainingConfiguration(epochs: 5, batchSize: 32).batchSize == 32)
  }

  @Test("are written as they always were")
  func written() throws {
    let shared: [String: JSONValue] = [
      "hidden_dim": .number(64), "out_dim": .number(64), "n_heads": .number(8), "L": .number(10),
      "in_feat_dropout": .number(0), "dropout": .number(0), "readout": .string("mean"),
      "layer_norm": .bool(false), "batch_norm": .bool(true), "residual": .bool(true),
      "edge_feat": .bool(true), "explicit_bias": .bool(false), "use_bias": .bool(false),
      "O_linear": .bool(true), "lap_pos_enc": .bool(false), "wl_pos_enc": .bool(false),
      "pos_enc_dim": .number(8), "max_wl_role_index": .number(37), "num_classes": .number(1),
      "num_atom_type": .number(28), "num_bond_type": .number(4),
    ]
    func with(_ others: [String: JSONValue]) -> [String: JSONValue] {
      shared.merging(others) { $1 }
    }
    #expect(GraphTransformerConfiguration.zinc.fields == shared)
    #expect(EGATConfiguration().fields == shared)
    var san = SANConfiguration()
    let small: [String: JSONValue] = [
      "hidden_dim": .number(56), "out_dim": .number(56), "readout": .string("sum"),
      "gamma": .number(1e-5),
    ]
    #expect(san.fields == with(small))
    (san.learnsGamma, san.positions, san.isFullGraph) = (true, .randomWalk, true)
    san.learnedEncoding = LearnedLaplacianConfiguration()
    san.explicitBiasUse = .weightsFromBiasAlone
    san.explicitBiasStrength = .schedule(start: 0, end: 2, epochs: 5)
    san.edgeFeatures = .constant
    var expected = with(small).merging([
      "init_gamma": .number(0.1), "pe_init": .string("rand_walk"), "full_graph": .bool(true),
      "LPE": .string("node"), "LPE_layers": .number(1), "LPE_dim": .number(8),
      "LPE_n_heads": .number(4), "m": .number(10), "LPE_ff_dim": .number(2048),
      "LPE_dropout": .number(0), "explicit_bias_use": .string("weights_from_bias_alone"),
      "explicit_bias_strength": .string("schedule"), "explicit_bias_start": .number(0),
      "explicit_bias_end": .number(2), "explicit_bias_epochs": .number(5),
      "edge_feat": .bool(false),
    ]) { $1 }
    expected["num_bond_type"] = nil
    #expect(san.fields == expected)
    #expect(
      GraphiTConfiguration().fields
        == with([
          "readout": .string("sum"), "gamma": .number(0.25), "p_steps": .number(16),
          "adaptive_edge_PE": .bool(true),
        ]))
  }

  @Test("Every field has a meaning, and names are spelled once")
  func fieldNames() {
    for names in [
      ModelConfiguration.fields.map(\.name) + SANConfiguration.ownFields.map(\.name),
      ModelConfiguration.fields.map(\.name) + GraphiTConfiguration.ownFields.map(\.name),
      TrainingConfiguration.fields.map(\.name),
    ] { #expect(Set(names).count == names.count) }
    #expect(SANConfiguration.fieldHelp.contains("n_heads: attention heads\n"))
    #expect(!SANConfiguration.fieldHelp.contains("gpu_id"))
  }

  @Test("Eigenvectors as positions, said in code, bring their encoding along")
  func laplacianPositions() {
    var san = SANConfiguration()
    san.positions = .laplacian
    var graphit = GraphiTConfiguration()
    graphit.positions = .laplacian
    #expect(san.usesLaplacianEncoding && graphit.usesLaplacianEncoding)
    let names = san.makeModel(seed: 1, Float.self).parameters.map(\.name)
    #expect(names.contains("embedding_p.weight"))
  }
}
