import OutcropGraph
import OutcropModels
import Testing

/// What a batch lacks or has too much of is told before a model would trap on it.
@Suite("A batch that doesn't fit is told")
struct MisfitTests {
  private func graphs(
    isFull: Bool = false, _ change: (inout Graph) -> Void = { _ in }
  ) -> GraphBatch {
    GraphBatch(
      encodedGraphs(4, seed: 1, isFull: isFull).map { graph in
        var graph = graph
        change(&graph)
        return graph
      })
  }

  private func problem(
    _ architecture: some ModelArchitecture, _ batch: GraphBatch,
    _ change: (inout ModelConfiguration) -> Void = { _ in }
  ) -> String? {
    let architecture = ModelVariant("", architecture, change).architecture
    return architecture.makeModel(seed: 1, Float.self).problem(with: batch)
  }

  private let gt = GraphTransformerConfiguration()

  @Test("by its features")
  func features() {
    #expect(problem(gt, graphs()) == nil)
    #expect(problem(gt, graphs { $0.nodeTypes = nil }) == "no node types")
    #expect(problem(gt, graphs { $0.edgeTypes = nil }) == "no edge types")
    #expect(
      problem(gt, graphs { $0.nodeTypes!.values[0] = 28 })
        == "node type 28 (the model knows 0 ... 27)")
    #expect(
      problem(gt, graphs { if $0.edgeCount > 0 { $0.edgeTypes!.values[0] = -1 } })
        == "edge type -1 (the model knows 0 ... 3)")
    #expect(
      problem(gt, graphs()) { $0.nodeFeatures = .sum([28, 3]) }
        == "1 types of each node (the model takes 2)")
    #expect(
      problem(gt, graphs()) { $0.edgeFeatures = .linear(columns: 8) } == "no edge attributes")
    let two: (inout Graph) -> Void = {
      $0.nodeTypes = IntegerFeatures(
        values: (0..<$0.nodeCount).flatMap { [Int32($0 % 3), 5] }, columns: 2)
      $0.nodeAttributes = RealFeatures(
        values: .init(repeating: 1, count: 3 * $0.nodeCount), columns: 3)
    }
    #expect(problem(gt, graphs(two)) == "2 types of each node (the model takes one)")
    #expect(
      problem(gt, graphs(two)) { $0.nodeFeatures = .sum([3, 5]) }
        == "node type 5 in column 1 (the model knows 0 ... 4)")
    #expect(
      problem(gt, graphs(two)) { $0.nodeFeatures = .concatenation(count: 3, columns: 2) }
        == "node type 5 in column 1 (the model knows 0 ... 2)")
    #expect(
      problem(gt, graphs(two)) { $0.nodeFeatures = .linear(columns: 2) }
        == "3 attributes of each node (the model takes 2)")
    #expect(
      problem(gt, graphs(two)) { ($0.nodeFeatures, $0.edgeFeatures) = (.sum([3, 6]), .constant) }
        == nil)
    let joined: (inout ModelConfiguration) -> Void = {
      $0.nodeFeatures = .joined(.sum([3, 6]), attributes: 3)
      $0.edgeFeatures = .constant
    }
    #expect(problem(gt, graphs(two), joined) == nil)
    #expect(problem(gt, graphs(), joined) == "1 types of each node (the model takes 2)")
    #expect(
      problem(gt, graphs(two)) { $0.nodeFeatures = .joined(.sum([3, 6]), attributes: 2) }
        == "3 attributes of each node (the model takes 2)")
    #expect(problem(gt, GraphBatch([])) == "a batch without graphs")
  }

  @Test("by its encodings")
  func encodings() {
    #expect(
      problem(gt, graphs { $0.attributes[.laplacianEigenvectors] = nil }) {
        $0.usesLaplacianEncoding = true
      }
        == "0 Laplacian eigenvectors (the model takes 3)")
    #expect(
      problem(gt, graphs { $0.attributes[.weisfeilerLehmanRoles] = nil }) {
        $0.usesWeisfeilerLehmanEncoding = true
      } == "no Weisfeiler-Lehman roles")
    #expect(
      problem(gt, graphs { $0.attributes[.weisfeilerLehmanRoles]!.values[0] = 37 }) {
        $0.usesWeisfeilerLehmanEncoding = true
      } == "Weisfeiler-Lehman role 37 (the model knows 0 ... 36)")
    var walking = SANConfiguration()
    walking.positions = .randomWalk
    #expect(
      problem(walking, graphs { $0.attributes[.randomWalkProbabilities] = nil })
        == "0 steps of random walks (the model takes 3)")
    #expect(
      problem(walking, graphs()) { $0.encodingWidth = 5 }
        == "3 steps of random walks (the model takes 5)")
    var encoded = SANConfiguration()
    encoded.learnedEncoding = LearnedLaplacianConfiguration()
    encoded.learnedEncoding!.width = 4
    #expect(
      problem(encoded, graphs())
        == "4 eigenvectors with eigenvalues (the model takes 10)")
    #expect(
      problem(encoded, graphs { $0.attributes[.laplacianSpectrum] = nil })
        == "0 eigenvectors with eigenvalues (the model takes 10)")
    encoded.positions = .randomWalk
    encoded.learnedEncoding!.eigenvectorCount = 4
    #expect(problem(encoded, graphs()) == nil)
    #expect(
      problem(encoded, graphs { $0.attributes[.randomWalkProbabilities] = nil })
        == "0 steps of random walks (the model takes 3)")
  }

  @Test("by its edges")
  func fullGraphs() {
    let full: (inout ModelConfiguration) -> Void = { $0.isFullGraph = true }
    let message = "graphs without all pairs of nodes as edges (the model takes full graphs)"
    #expect(problem(SANConfiguration(), graphs(), full) == message)
    #expect(problem(SANConfiguration(), graphs(isFull: true), full) == nil)
    #expect(problem(GraphiTConfiguration(), graphs(), full) == message)
    #expect(
      problem(
        GraphiTConfiguration(), graphs(isFull: true) { $0.attributes[.diffusionWeights] = nil },
        full)
        == "no diffusion weights")
    var unweighted = GraphiTConfiguration()
    unweighted.usesDiffusion = false
    #expect(
      problem(unweighted, graphs(isFull: true) { $0.attributes[.diffusionWeights] = nil }, full)
        == nil)
  }

  @Test("by its blocks")
  func blocks() throws {
    let batch = try handMadeBlocks(seed: 2)
    let real: (inout ModelConfiguration) -> Void = { $0.edgeFeatures = .linear(columns: 4) }
    #expect(problem(gt, batch, real) == nil)
    #expect(problem(gt, batch) == "no edge types")
    #expect(
      problem(gt, batch) { $0.edgeFeatures = .linear(columns: 3) }
        == "4 attributes of each edge (the model takes 3)")
    #expect(
      problem(gt, batch) {
        real(&$0)
        $0.layerCount = 3
      } == "`fan_outs` for 2 layers (the model has 3)")
    // Blocks carry no encodings and are never full.
    for (variant, message) in [
      ("GT, both encodings", "0 Laplacian eigenvectors (the model takes 3)"),
      ("SAN, learned encoding", "0 eigenvectors with eigenvalues (the model takes 4)"),
      ("GraphiT, random walks", "0 steps of random walks (the model takes 3)"),
      ("SAN, full", "graphs without all pairs of nodes as edges (the model takes full graphs)"),
    ] {
      let variant = ModelVariant.base.first { $0.name == variant }!.with("blocks", real)
      let model = variant.architecture.makeModel(seed: 3, Float.self)
      #expect(model.problem(with: batch) == message)
    }
    // Not even where the first block happens to have no edges.
    let none = EdgeIndex(sources: [], destinations: [], sourceCount: 5, destinationCount: 5)
    let empty = GraphBatch.Block(
      edges: none, edgeAttributes: RealFeatures(values: [], columns: 4))
    let later = try GraphBatch(
      blocks: [empty, batch.blocks[1]], nodeTypes: IntegerFeatures(values: [1, 2, 3, 4, 5]),
      targets: [0, 0, 0], targetCount: 1)
    #expect(problem(gt, later, real) == nil)
    #expect(
      problem(SANConfiguration(), later) {
        real(&$0)
        $0.isFullGraph = true
      } == "graphs without all pairs of nodes as edges (the model takes full graphs)")
  }
}
