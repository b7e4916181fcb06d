import Foundation
import OutcropCore
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
    (expected.shape.hiddenWidth, expected.shape.outputWidth) = (80, 80)
    (expected.shape.layerCount, expected.shape.isFullGraph) = (6, true)
    var encoding = LearnedLaplacianEncodingShape()
    (encoding.width, encoding.layerCount, encoding.eigenvectorCount) = (16, 3, 12)
    expected.learnedEncoding = encoding
    #expect(san == expected)
    #expect(!san.learnsGamma && san.gamma == 1e-5 && san.encodedWidth == 16)

    var shape = ModelShape()
    (shape.hiddenWidth, shape.outputWidth, shape.outputCount) = (88, 88, 12)
    (shape.dropout, shape.readout, shape.encodingWidth, shape.isFullGraph) = (0.5, .sum, 16, true)
    let walking = try #require(read("SAN", Self.lspe) as? SANConfiguration)
    #expect(walking.shape == shape && walking.positions == .randomWalk)
    #expect(walking.learnsGamma && walking.initialGamma == 0.1)
    let graphit = try #require(read("GraphiT", Self.lspe) as? GraphiTConfiguration)
    #expect(graphit.shape == shape && graphit.positions == .randomWalk)
    #expect(graphit.gamma == 0.25 && graphit.diffusionSteps == 16 && graphit.usesDiffusion)
    let laplacian = try #require(
      read("GraphiT", Self.lspe.replacing("rand_walk", with: "lap_pe")) as? GraphiTConfiguration)
    #expect(laplacian.positions == .laplacian && laplacian.usesLaplacianEncoding)
    let egat = try #require(
      read("EGAT", Self.gt.replacing("\"gat\": false", with: "\"gat\": true"))
        as? EGATConfiguration)
    #expect(egat.shape == ModelShape() && egat.projectsBlockMessages)
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
    Mistake("SAN", "\"GT_layers\": 3", "GT_layers", "2, as `L` says, or one of the two alone"),
    Mistake("GT", "\"GT_hidden_dim\": 16", "GT_hidden_dim", "24, as `hidden_dim` says"),
    Mistake("GraphiT", "\"n_classes\": 2, \"num_classes\": 3", "n_classes", "3, as `num_classes`"),
    Mistake("SAN", "\"gama\": 1", "gama", "no such field"),
    Mistake("EGAT", "\"LPE\": \"node\"", "LPE", "no such field"),
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
    Mistake("GT", "\"gat\": true", "gat", "EGAT is a model of its own"),
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
    #expect(both.shape.layerCount == 2 && both.shape.headCount == 4)
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
