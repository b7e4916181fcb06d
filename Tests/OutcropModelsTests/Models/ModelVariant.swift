import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// One way to configure an architecture.
struct ModelVariant: Sendable, CustomTestStringConvertible {
  /// How the Explicit Bias Term is used.
  enum Bias: String, CaseIterable { case off, added, alone }

  let name: String
  let architecture: any ModelArchitecture

  var testDescription: String { name }

  init(
    _ name: String, _ architecture: some ModelArchitecture,
    _ change: (inout ModelConfiguration) -> Void = { _ in }
  ) {
    var architecture = architecture
    (architecture.shared.hiddenWidth, architecture.shared.outputWidth) = (8, 8)
    (architecture.shared.headCount, architecture.shared.layerCount) = (2, 2)
    architecture.shared.encodingWidth = 3
    change(&architecture.shared)
    (self.name, self.architecture) = (name, architecture)
  }

  private init(name: String, _ architecture: any ModelArchitecture) {
    (self.name, self.architecture) = (name, architecture)
  }

  func with(_ bias: Bias) -> ModelVariant {
    var result = architecture.withExplicitBias(bias != .off)
    if bias == .alone { result.shared.explicitBiasUse = .weightsFromBiasAlone }
    return ModelVariant(name: bias == .off ? name : "\(name), EBT \(bias)", result)
  }

  func with(_ note: String, _ change: (inout ModelConfiguration) -> Void) -> ModelVariant {
    var result = architecture
    change(&result.shared)
    return ModelVariant(name: "\(name), \(note)", result)
  }

  /// Every family with everything it can do to graphs.
  static let base: [ModelVariant] = {
    var san = SANConfiguration()
    san.gamma = 0.3
    var learned = san
    learned.learnsGamma = true
    var encoded = san
    encoded.learnedEncoding = LearnedLaplacianConfiguration()
    encoded.learnedEncoding!.width = 4
    encoded.learnedEncoding!.headCount = 2
    encoded.learnedEncoding!.eigenvectorCount = 4
    encoded.learnedEncoding!.feedForwardWidth = 12
    encoded.learnedEncoding!.layerCount = 2
    var walking = san
    walking.positions = .randomWalk
    var learnedWalking = learned
    learnedWalking.positions = .randomWalk
    var eigenvectors = san
    eigenvectors.positions = .laplacian
    let graphit = GraphiTConfiguration()
    var walkingGraphit = graphit
    walkingGraphit.positions = .randomWalk
    var unweighted = graphit
    unweighted.usesDiffusion = false
    let full: (inout ModelConfiguration) -> Void = { $0.isFullGraph = true }
    // Sums and means over a graph take nothing from centerd positions; the maximum does.
    let maximum: (inout ModelConfiguration) -> Void = { $0.readout = .max }
    let fullMaximum: (inout ModelConfiguration) -> Void = {
      ($0.isFullGraph, $0.readout) = (true, .max)
    }
    return [
      ModelVariant("GT", GraphTransformerConfiguration()),
      ModelVariant("GT, both encodings", GraphTransformerConfiguration()) {
        ($0.usesLaplacianEncoding, $0.usesWeisfeilerLehmanEncoding) = (true, true)
      },
      ModelVariant("SAN", san),
      ModelVariant("SAN, full", san, full),
      ModelVariant("SAN, full, learned γ", learned, full),
      ModelVariant("SAN, learned encoding", encoded),
      ModelVariant("SAN, full, learned encoding", encoded, full),
      ModelVariant("SAN, random walks", walking, maximum),
      ModelVariant("SAN, full, learned γ, random walks", learnedWalking, fullMaximum),
      ModelVariant("SAN, eigenvectors", eigenvectors) { $0.usesLaplacianEncoding = true },
      ModelVariant("GraphiT", graphit),
      ModelVariant("GraphiT, full", graphit, full),
      ModelVariant("GraphiT, full, unweighted", unweighted, full),
      ModelVariant("GraphiT, random walks", walkingGraphit, maximum),
      ModelVariant("GraphiT, full, random walks", walkingGraphit, fullMaximum),
      ModelVariant("EGAT", EGATConfiguration()),
      ModelVariant("EGAT, biases", EGATConfiguration()) { $0.hasAttentionBias = true },
    ]
  }()

  /// The base with each use of the Explicit Bias Term that it has.
  static let all: [ModelVariant] = base.flatMap { variant in
    Bias.allCases.filter { $0 != .alone || !(variant.architecture is EGATConfiguration) }
      .map { variant.with($0) }
  }

  /// A model whose readout's ReLUs are awake: the narrow perceptron of a small model may start with none
  /// that is, and then no gradient passes.
  func livelyModel<S: TensorScalar>(
    seed: UInt64, _: S.Type = Double.self
  ) -> any GraphModel<S> {
    let model = architecture.makeModel(seed: seed, S.self)
    for (name, parameter) in model.parameters
    where name.hasPrefix("MLP_layer") && name.hasSuffix("bias") {
      parameter.update { values in for place in values.indices { values[place] += 2 } }
    }
    return model
  }

  /// Graphs for this variant; the first has one node, the second no edges.
  func graphs(_ count: Int, seed: UInt64) -> [Graph] {
    encodedGraphs(count, seed: seed, isFull: architecture.shared.isFullGraph)
  }

  /// A model as trained for a few steps: its statistics are not those of a new one.
  func trainedModel<S: TensorScalar>(seed: UInt64, _: S.Type = S.self) -> any GraphModel<S> {
    func train(_ model: some GraphModel<S>) {
      OutcropModelsTests.train(model, graphs(8, seed: seed), steps: 3)
    }
    let model = livelyModel(seed: seed, S.self)
    train(model)
    return model
  }
}

/// Random graphs with everything that models read; `isFull` adds the missing ordered pairs and weights.
/// The first graph has one node, the second no edges of its own.
func encodedGraphs(_ count: Int, seed: UInt64, isFull: Bool) -> [Graph] {
  var generator = RandomGenerator(seed: seed &+ 1000)
  return randomGraphs(count, seed: seed).enumerated().map { number, graph in
    var graph = graph
    if number < 2 {
      let nodes = number == 0 ? 1 : graph.nodeCount
      let few = (0..<Int32(nodes)).map { $0 }
      graph = Graph(
        nodeCount: nodes, sources: [], destinations: [], nodeTypes: graph.nodeTypes!.rows(few),
        edgeTypes: IntegerFeatures(values: []), targets: graph.targets,
        attributes: graph.attributes.rows(few, of: .node))
    }
    let n = graph.nodeCount
    graph.attributes[.randomWalkProbabilities] = RealFeatures(
      values: (0..<3 * n).map { _ in Float(generator.unit()) }, columns: 3)
    // Pairs of four; small graphs have fewer, and the one node has none.
    let present = n == 1 ? 0 : min(4, n - 1)
    let eigenvalues = (0..<4).map { _ in Float(2 * generator.unit()) }
    graph.attributes[.laplacianSpectrum] = RealFeatures(
      values: (0..<n).flatMap { _ in
        (0..<8).map {
          $0 % 4 >= present ? .nan : $0 < 4 ? Float(generator.normal()) : eigenvalues[$0 - 4]
        }
      }, columns: 8)
    if !isFull { return graph }
    // Drawn apart, so that the graphs are those that are not filled.
    var weights = RandomGenerator(seed: seed &+ UInt64(2000 + number))
    return filled(graph, using: &weights)
  }
}

/// The graph with all ordered pairs as edges, and random weights of all edges.
func filled(_ graph: Graph, using generator: inout RandomGenerator) -> Graph {
  var result = graph
  var there = Set(zip(graph.sources, graph.destinations).map { [$0, $1] })
  var marks = [Int32](repeating: 0, count: graph.edgeCount)
  for source in 0..<Int32(graph.nodeCount) {
    for destination in 0..<Int32(graph.nodeCount)
    where source != destination && there.insert([source, destination]).inserted {
      result.sources.append(source)
      result.destinations.append(destination)
      result.edgeTypes!.values.append(0)
      marks.append(1)
    }
  }
  result.addedEdges = marks
  result.attributes[.diffusionWeights] = RealFeatures(
    values: marks.map { _ in Float(0.1 + generator.unit()) })
  return result
}

/// Two blocks by hand, with four scores of each edge and nodes of 28 types: 9 → 5 → 3 nodes. The last
/// destination of each has no edges.
func handMadeBlocks(seed: UInt64, targetCount: Int = 2) throws -> GraphBatch {
  var generator = RandomGenerator(seed: seed)
  func block(_ sources: Int, _ destinations: Int, _ edges: Int) -> GraphBatch.Block {
    let index = EdgeIndex(
      sources: (0..<edges).map { _ in Int32(generator.below(sources)) },
      destinations: (0..<edges).map { _ in Int32(generator.below(destinations - 1)) },
      sourceCount: sources, destinationCount: destinations)
    let attributes = (0..<4 * edges).map { _ in Float(generator.unit()) }
    return GraphBatch.Block(
      edges: index, edgeAttributes: RealFeatures(values: attributes, columns: 4))
  }
  return try GraphBatch(
    blocks: [block(9, 5, 16), block(5, 3, 8)],
    nodeTypes: IntegerFeatures(values: (0..<9).map { _ in Int32(generator.below(28)) }),
    targets: (0..<3 * targetCount).map { _ in Float(generator.below(2)) },
    targetCount: targetCount)
}
