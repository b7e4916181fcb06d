import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropTestSupport
import Testing

@Suite("GraphTransformer")
struct GraphTransformerTests {
  private static let goldenPath = "golden/gt_zinc.safetensors"

  private static let variants: [String: GraphTransformerConfiguration] = [
    "published": smallConfiguration(),
    "EBT": smallConfiguration().withExplicitBias(true),
    "no residual": smallConfiguration { $0.hasResidual = false },
    "LayerNorm": smallConfiguration { ($0.usesLayerNorm, $0.usesBatchNorm) = (true, false) },
    "both norms": smallConfiguration { $0.usesLayerNorm = true },
    "no norm": smallConfiguration { $0.usesBatchNorm = false },
    "no edge features": smallConfiguration { $0.edgeFeatures = .constant },
    "Laplacian": smallConfiguration { $0.usesLaplacianEncoding = true },
    "WL": smallConfiguration { $0.usesWeisfeilerLehmanEncoding = true },
    "no output projection": smallConfiguration { $0.hasOutputProjection = false },
    "max": smallConfiguration { $0.readout = .max },
    "sum": smallConfiguration { $0.readout = .sum },
    "dropout": smallConfiguration { $0.dropout = 0.2 },
    "input dropout": smallConfiguration { $0.inputDropout = 0.2 },
    "narrower output": smallConfiguration { $0.outputWidth = 12 },
  ]
  private static let names = variants.keys.sorted()

  @Test(
    "has the published parameters and statistics, with their names and shapes",
    .enabled(
      if: SharedFolder.has(goldenPath), "the shared folder has no golden/gt_zinc.safetensors"))
  func publishedNames() throws {
    let file = try SafetensorsFile(
      path: SharedFolder.url.appendingPathComponent(Self.goldenPath).path)
    let model = GraphTransformer<Float>(.zinc, seed: 1)
    func list(_ key: String, _ separator: Character = ",") throws -> Set<String> {
      Set(try #require(file.metadata[key]).split(separator: separator).map(String.init))
    }
    let names = try list("parameter_order")
    #expect(names.count > 100 && Set(model.parameters.map(\.name)) == names)
    let shapes = try list("parameter_shapes", ";")
    #expect(
      Set(model.parameters.map { "\($0)=\($1.shape.map(String.init).joined(separator: "x"))" })
        == shapes)
    let buffers = try list("buffer_order").filter { $0.contains("running_") }
    let statistics = model.state.compactMap { entry -> String? in
      if case .statistic = entry.content { entry.name } else { nil }
    }
    #expect(!buffers.isEmpty && Set(statistics) == buffers)
  }

  @Test("has as many parameters as its shapes say", arguments: names)
  func parameterCount(_ name: String) {
    let c = Self.variants[name]!
    let (D, norms) = (c.hiddenWidth, (c.usesLayerNorm ? 1 : 0) + (c.usesBatchNorm ? 1 : 0))
    var expected = c.nodeTypeCount * D + (c.usesEdgeFeatures ? c.edgeTypeCount * D : 2 * D)
    expected += c.usesLaplacianEncoding ? (c.encodingWidth + 1) * D : 0
    expected += c.usesWeisfeilerLehmanEncoding ? c.roleCount * D : 0
    for layer in 1...c.layerCount {
      let W = layer == c.layerCount ? c.outputWidth : D
      expected += 4 * (D * W + (c.hasAttentionBias ? W : 0)) + (c.hasExplicitBias ? 3 * W : 0)
      // O, the feed-forward network W → 2 W → W, and two of each norm; for nodes and for edges. O is
      // there even where it isn't used, as in the published model.
      expected += 2 * ((W * W + W) + (2 * W * W + 2 * W) + (2 * W * W + W) + norms * 4 * W)
    }
    let W = c.outputWidth
    expected +=
      (W * W / 2 + W / 2) + (W / 2 * W / 4 + W / 4) + (W / 4 * c.outputCount + c.outputCount)
    #expect(GraphTransformer<Float>(c, seed: 1).parameterCount == expected)
  }

  @Test("learns one batch", arguments: names)
  func learns(_ name: String) {
    let graphs = randomGraphs(8, seed: 2)
    let losses = train(
      GraphTransformer<Float>(Self.variants[name]!, seed: 3), graphs, steps: 30)
    #expect(losses.allSatisfy { $0.isFinite })
    // Dropout makes single losses noisy: means of the first and last five.
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(last < 0.8 * first, "\(name): \(losses)")
  }

  @Test("scores a graph in a batch as it does alone", arguments: names)
  func batching(_ name: String) {
    let graphs = randomGraphs(6, seed: 4)
    let model = GraphTransformer<Float>(Self.variants[name]!, seed: 5)
    train(model, graphs, steps: 3)
    let alone = graphs.flatMap { scores(model, [$0]) }
    #expect(difference(name, scores(model, graphs), alone, tolerance: 1e-5) == nil)
  }

  @Test("does not look at the order of nodes and edges", arguments: names)
  func order(_ name: String) {
    var generator = RandomGenerator(seed: 6)
    let graphs = randomGraphs(6, seed: 7)
    let model = GraphTransformer<Float>(Self.variants[name]!, seed: 8)
    train(model, graphs, steps: 3)
    let expected = scores(model, graphs)
    let other = graphs.map { shuffled($0, using: &generator) }
    #expect(other != graphs)
    #expect(difference(name, scores(model, other), expected, tolerance: 1e-5) == nil)
  }

  @Test("trains on graphs without edges, and on one with a single node", arguments: names)
  func noEdges(_ name: String) {
    let model = GraphTransformer<Float>(Self.variants[name]!, seed: 9)
    let losses = train(model, randomGraphs(5, seed: 10, hasEdges: false), steps: 5)
    #expect(losses.allSatisfy { $0.isFinite }, "\(losses)")
    var lone = Graph(
      nodeCount: 1, sources: [], destinations: [], nodeTypes: IntegerFeatures(values: [3]),
      edgeTypes: IntegerFeatures(values: []), targets: [1])
    lone.attributes[.laplacianEigenvectors] = RealFeatures(values: [0, 0, 0], columns: 3)
    lone.attributes[.weisfeilerLehmanRoles] = IntegerFeatures(values: [2])
    let score = scores(model, [lone])
    #expect(score.count == 1 && score[0].isFinite)
    // Beside graphs with edges, too.
    let mixed = scores(model, [lone] + randomGraphs(2, seed: 11))
    #expect(difference("beside others", [mixed[0]], score, tolerance: 1e-5) == nil)
  }

  @Test("has the same parameters for the same seed, and others for another")
  func seeds() {
    func values(_ seed: UInt64) -> [[Float]] {
      GraphTransformer<Float>(smallConfiguration().withExplicitBias(true), seed: seed)
        .parameters.map(\.parameter.value.values)
    }
    #expect(values(1) == values(1))
    #expect(values(1) != values(2))
  }

  @Test("Heads that do not divide the width trap")
  func heads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var configuration = GraphTransformerConfiguration()
      configuration.headCount = 7
      _ = GraphTransformer<Float>(configuration, seed: 1)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("7 heads do not divide the widths 64 and 64"))
  }
}
