import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Encodings against values of `Scripts/encoding_truth.py` and of published programs.
@Suite struct EncodingTruthTests {
  struct Case: Decodable {
    let nodes: Int
    let sources: [Int32]
    let destinations: [Int32]
    let randomWalk: [Double]
    let kernel: [Double]
    let eigenvalues: [Double]
    let gram: [Double]?
    let roles: [Int32]

    var graph: Graph { Graph(nodeCount: nodes, sources: sources, destinations: destinations) }
  }

  static let cases: [Case] = {
    let file = Bundle.module.url(forResource: "Truth/encodings", withExtension: "json")!
    return try! JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }()

  @Test(arguments: cases.indices) func randomWalks(index: Int) {
    let truth = Self.cases[index]
    let found = truth.graph.randomWalkProbabilities(steps: 7)
    #expect(found.columns == 7 && found.rows == truth.nodes)
    for (value, expected) in zip(found.values, truth.randomWalk) {
      #expect(abs(Double(value) - expected) < 1e-7)
    }
  }

  @Test(arguments: cases.indices) func diffusionKernels(index: Int) {
    let truth = Self.cases[index]
    let full = truth.graph.addingAllPairs().addingDiffusionWeights()
    #expect(full.attributes[.diffusionWeights]?.values.count == full.edgeCount)
    for edge in 0..<full.edgeCount {
      let entry = Int(full.destinations[edge]) * truth.nodes + Int(full.sources[edge])
      #expect(
        abs(Double(full.attributes[.diffusionWeights]!.values[edge]) - truth.kernel[entry]) < 1e-7)
    }
    let sparse = truth.graph.addingDiffusionWeights()
    #expect(
      sparse.attributes[.diffusionWeights]!.values
        == Array(full.attributes[.diffusionWeights]!.values.prefix(sparse.edgeCount)))
  }

  @Test(arguments: cases.indices) func spectra(index: Int) throws {
    let truth = Self.cases[index]
    let found = try truth.graph.laplacianSpectrum(count: 6)
    #expect(found.columns == 12 && found.rows == truth.nodes)
    let taken = min(6, truth.nodes)
    for row in 0..<truth.nodes {
      for column in 0..<12 {
        #expect(found[row, column].isNaN == (column % 6 >= taken))
      }
      for (column, value) in truth.eigenvalues.enumerated() {
        #expect(abs(Double(found[row, 6 + column]) - max(0, value)) < 1e-6)
      }
      for other in 0..<truth.nodes {
        guard let gram = truth.gram else { continue }
        let product = (0..<taken).reduce(0.0) {
          $0 + Double(found[row, $1]) * Double(found[other, $1])
        }
        #expect(abs(product - gram[row * truth.nodes + other]) < 1e-6)
      }
    }
  }

  @Test func theTruthHasCasesForVectorsToo() {
    #expect(Self.cases.count { $0.gram != nil } >= 5)
    #expect(Self.cases.contains { $0.nodes < 6 } && Self.cases.contains { $0.nodes > 20 })
  }

  @Test(arguments: cases.indices) func roles(index: Int) {
    let truth = Self.cases[index]
    #expect(truth.graph.weisfeilerLehmanColors(rounds: 3) == truth.roles)
    // Edges that were added to fill the graph change no encoding.
    let full = truth.graph.addingAllPairs()
    #expect(full.weisfeilerLehmanColors(rounds: 3) == truth.roles)
    #expect(
      full.randomWalkProbabilities(steps: 4) == truth.graph.randomWalkProbabilities(steps: 4))
  }

  @Test(
    .enabled(if: SharedFolder.has("golden/san_zinc_small_nodelpe.safetensors"), "no golden files"))
  func spectraArePublishedOnes() throws {
    let file = try TensorFile("\(SharedFolder.url.path)/golden/san_zinc_small_nodelpe.safetensors")
    let (vectors, values) = (file.reals("graph/eig_vecs"), file.reals("graph/eig_vals"))
    var compared = 0
    for (graph, nodes) in goldenGraphs(file) {
      let found = try graph.laplacianSpectrum(count: 18)
      let all = try graph.laplacianSpectrum(count: graph.nodeCount)
      let eigenvalues = (0..<graph.nodeCount).map { all[0, graph.nodeCount + $0] }
      for row in nodes {
        for column in 0..<18 {
          let (mine, published) = (
            found[row - nodes.lowerBound, 18 + column], values[row * 18 + column]
          )
          #expect(mine.isNaN == published.isNaN)
          #expect(mine.isNaN || abs(mine - published) < 1e-6)
          #expect(
            found[row - nodes.lowerBound, column].isNaN == vectors[row * 18 + column].isNaN)
        }
      }
      // Vectors can be compared where each eigenvalue is single, signs apart.
      let gaps = zip(eigenvalues, eigenvalues.dropFirst()).map { $1 - $0 }
      guard gaps.prefix(18).allSatisfy({ $0 > 1e-4 }) else { continue }
      for column in 0..<min(18, graph.nodeCount) {
        let product = (0..<graph.nodeCount).reduce(Float(0)) {
          $0 + found[$1, column] * vectors[(nodes.lowerBound + $1) * 18 + column]
        }
        let sign: Float = product < 0 ? -1 : 1
        for row in 0..<graph.nodeCount {
          let published = vectors[(nodes.lowerBound + row) * 18 + column]
          #expect(abs(sign * found[row, column] - published) < 2e-5)
          compared += 1
        }
      }
    }
    #expect(compared > 900)
  }

  @Test(
    .enabled(if: SharedFolder.has("golden/graphit_zinc_small_full.safetensors"), "no golden files"),
    arguments: ["graphit_zinc_small_full", "san_zinc_small_full"])
  func fullGraphsArePublishedOnes(name: String) throws {
    struct Edge: Hashable {
      var ends: [Int32]
      var type: Int32
      var added: Int32
    }
    let file = try TensorFile("\(SharedFolder.url.path)/golden/\(name).safetensors")
    let (sources, destinations) = (file.integers("graph/src"), file.integers("graph/dst"))
    let (types, real) = (file.integers("graph/edge_feat"), file.integers("graph/edge_real"))
    let weights = name.hasPrefix("graphit") ? file.reals("graph/k_RW") : nil
    var edgeCount = 0
    for (graph, nodes) in goldenGraphs(file, where: { real[$0] == 1 }) {
      let full = graph.addingAllPairs().addingDiffusionWeights()
      edgeCount += full.edgeCount
      var published: [Edge: Float] = [:]
      for edge in sources.indices where nodes.contains(Int(sources[edge])) {
        let ends = [sources[edge], destinations[edge]].map { $0 - Int32(nodes.lowerBound) }
        published[Edge(ends: ends, type: types[edge], added: 1 - real[edge])] = weights?[edge] ?? 0
      }
      #expect(published.count == full.edgeCount)
      for edge in 0..<full.edgeCount {
        let key = Edge(
          ends: [full.sources[edge], full.destinations[edge]], type: full.edgeTypes![edge, 0],
          added: full.addedEdges![edge])
        let weight = try #require(published[key])
        #expect(
          weights == nil || abs(full.attributes[.diffusionWeights]!.values[edge] - weight) < 1e-7)
      }
    }
    #expect(edgeCount == sources.count)
  }

  @Test func fillingKeepsWhatIsThere() {
    var random = TestRandom(5)
    for _ in 0..<40 {
      let graph = randomGraph(&random)
      let full = graph.addingAllPairs()
      #expect(full.inconsistency == nil)
      let own = graph.edgeCount
      #expect(Array(full.sources.prefix(own)) == graph.sources)
      #expect(Array(full.destinations.prefix(own)) == graph.destinations)
      #expect(
        full.edgeTypes!.values.prefix(own * graph.edgeTypes!.columns)
          .elementsEqual(graph.edgeTypes!.values))
      #expect(full.edgeTypes!.values.dropFirst(own).allSatisfy { $0 == 0 })
      #expect(full.edgeAttributes!.values.dropFirst(own * 2).allSatisfy { $0 == 0 })
      #expect(full.addedEdges!.prefix(own).allSatisfy { $0 == 0 })
      #expect(full.addedEdges!.dropFirst(own).allSatisfy { $0 == 1 })
      let pairs = Set(zip(full.sources, full.destinations).map { [$0, $1] })
      #expect(pairs.count { $0[0] != $0[1] } == graph.nodeCount * (graph.nodeCount - 1))
      #expect(full.addingAllPairs() == full)
    }
  }

  @Test func dataSetsGetEveryEncoding() throws {
    let dataset = SampleDataset.make(sizes: (20, 3, 2))
    let encoded = try dataset.addingRandomWalkEncoding(steps: 5).addingLaplacianSpectrum(count: 40)
      .addingAllPairs().addingDiffusionWeights(gamma: 0.1, steps: 3)
    #expect(encoded.checksum == dataset.checksum)
    for split in GraphDataset.Split.allCases {
      for (graph, plain) in zip(encoded[split], dataset[split]) {
        #expect(
          graph.attributes[.randomWalkProbabilities] == plain.randomWalkProbabilities(steps: 5))
        #expect(graph.attributes[.laplacianSpectrum]?.columns == 80)
        #expect(graph.attributes[.laplacianSpectrum]?[0, 39].isNaN == true)
        #expect(graph.addedEdges == plain.addingAllPairs().addedEdges)
        #expect(
          graph.attributes[.diffusionWeights]
            == plain.addingAllPairs().addingDiffusionWeights(gamma: 0.1, steps: 3)
            .attributes[.diffusionWeights])
      }
    }
  }

  @Test func graphsWithoutNodes() throws {
    let none = Graph(nodeCount: 0, sources: [], destinations: [])
    #expect(none.randomWalkProbabilities(steps: 2).values == [])
    #expect(try none.laplacianSpectrum(count: 2).values == [])
    #expect(
      none.addingAllPairs().addingDiffusionWeights()
        .attributes[.diffusionWeights]?.values == [])
    let lone = Graph(nodeCount: 1, sources: [], destinations: [])
    #expect(lone.randomWalkProbabilities(steps: 2).values == [0, 0])
    #expect(lone.addingAllPairs().edgeCount == 0)
  }
}

/// The graphs of a golden file with the edges that are wanted, and their rows of nodes.
func goldenGraphs(
  _ file: TensorFile, where isWanted: (Int) -> Bool = { _ in true }
) -> [(graph: Graph, nodes: Range<Int>)] {
  let counts = file.integers("graph/num_nodes")
  let (sources, destinations) = (file.integers("graph/src"), file.integers("graph/dst"))
  let types = file.integers("graph/edge_feat")
  var first: Int32 = 0
  return counts.map { count in
    let start = first
    first += count
    let edges = sources.indices.filter {
      (start..<first).contains(sources[$0]) && isWanted($0)
    }
    let graph = Graph(
      nodeCount: Int(count), sources: edges.map { sources[$0] - start },
      destinations: edges.map { destinations[$0] - start },
      edgeTypes: IntegerFeatures(values: edges.map { types[$0] }))
    return (graph, Int(start)..<Int(first))
  }
}
