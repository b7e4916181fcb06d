import OutcropCore
import OutcropDatasets
import OutcropGraph
import Testing

@Suite struct MaskingTests {
  private let graphs = SampleDataset.make(seed: 9, sizes: (train: 0, validation: 0, test: 20)).test

  private func mask(_ graph: Graph, _ seed: UInt64) -> [Bool] {
    var generator = RandomGenerator(seed: seed)
    return UndirectedEdges(graph).pairs.map { _ in generator.unit() < 0.6 }
  }

  private func edges(_ graph: Graph) -> Set<[Int32]> {
    Set(
      (0..<graph.edgeCount).map { edge in
        [
          graph.sources[edge], graph.destinations[edge], graph.edgeTypes![edge, 0],
          graph.addedEdges?[edge] ?? 0,
        ]
      })
  }

  @Test func keepingAllChangesNothing() {
    for graph in graphs + graphs.map({ $0.addingAllPairs().addingDiffusionWeights() }) {
      let edges = UndirectedEdges(graph)
      #expect(graph.masking(edges, keeps: edges.pairs.map { _ in true }) == graph)
    }
  }

  @Test func encodingsStay() throws {
    var graph = graphs[0]
    graph.attributes[.laplacianEigenvectors] = try graph.laplacianEigenvectors(columns: 4)
    let masked = graph.masking(UndirectedEdges(graph), keeps: mask(graph, 1))
    #expect(masked.edgeCount < graph.edgeCount && masked.nodeCount == graph.nodeCount)
    #expect(masked.attributes[.laplacianEigenvectors] == graph.attributes[.laplacianEigenvectors])
    #expect(masked.inconsistency == nil)
  }

  /// Masking a full graph is filling the masked one.
  @Test func removedEdgesOfFullGraphsBecomeAddedOnes() {
    for (seed, graph) in graphs.enumerated() {
      let keeps = mask(graph, UInt64(seed))
      let masked = graph.masking(UndirectedEdges(graph), keeps: keeps)
      let full = graph.addingAllPairs()
      let found = full.masking(UndirectedEdges(full), keeps: keeps)
      #expect(found.inconsistency == nil && found.edgeCount == full.edgeCount)
      #expect(edges(found) == edges(masked.addingAllPairs()))
    }
    // Repeated edges and loops too.
    let odd = Graph(
      nodeCount: 3, sources: [0, 1, 0, 2, 1], destinations: [1, 0, 1, 2, 2],
      edgeTypes: IntegerFeatures(values: [1, 1, 2, 3, 3]))
    let full = odd.addingAllPairs()
    for keeps in [[false, true, true], [true, false, false], [false, false, false]] {
      let found = full.masking(UndirectedEdges(full), keeps: keeps)
      let expected = odd.masking(UndirectedEdges(odd), keeps: keeps).addingAllPairs()
      #expect(edges(found) == edges(expected) && found.edgeCount == expected.edgeCount)
    }
  }
}
