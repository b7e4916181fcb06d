import OutcropCore
import OutcropDatasets
import OutcropGraph
import Testing

@Suite("Meaningless edges")
struct MeaninglessEdgeTests {
  private let plain = SampleDataset.make(seed: 4, sizes: (train: 40, validation: 5, test: 5))

  @Test func extraEdgesComeInBothDirectionsBetweenUnjoinedNodes() throws {
    let changed = try #require(plain.addingMeaninglessEdges(fraction: 0.5, seed: 1))
    let new = plain.edgeTypeCount
    #expect(changed.edgeTypeCount == new + 1)
    #expect(changed.edgeTypeName(new) == "meaningless")
    #expect(changed.edgeTypeName(1) == plain.edgeTypeName(1))
    #expect(changed.checksum != plain.checksum)
    for split in GraphDataset.Split.allCases {
      for (graph, before) in zip(changed[split], plain[split]) {
        let count = before.edgeCount
        #expect(Array(graph.sources.prefix(count)) == before.sources)
        #expect(Array(graph.edgeTypes!.values.prefix(count)) == before.edgeTypes!.values)
        #expect(graph.targets == before.targets)
        let added = graph.edgeCount - count
        #expect(added == 2 * Int((0.5 * Double(count / 2)).rounded()))
        #expect(graph.edgeTypes!.values.dropFirst(count).allSatisfy { Int($0) == new })
        let pairs = zip(graph.sources, graph.destinations).map { [$0, $1] }
        #expect(Set(pairs).count == pairs.count)
        #expect(pairs.allSatisfy { $0[0] != $0[1] && pairs.contains([$0[1], $0[0]]) })
      }
    }
  }

  @Test func encodingsAreDropped() throws {
    let encoded = try plain.addingLaplacianEncoding(columns: 3).addingRandomWalkEncoding(steps: 2)
      .addingDiffusionWeights()
    #expect(encoded.train[0].attributes.names.count == 3)
    let changed = try #require(encoded.addingMeaninglessEdges(fraction: 0.5, seed: 1))
    #expect((changed.train + changed.test).allSatisfy { $0.attributes.names.isEmpty })
    let same = try #require(plain.addingMeaninglessEdges(fraction: 0.5, seed: 1))
    #expect(changed.train == same.train && changed.checksum == same.checksum)
  }

  @Test func theSeedFixesThem() throws {
    let a = try #require(plain.addingMeaninglessEdges(fraction: 0.3, seed: 1))
    let b = try #require(plain.addingMeaninglessEdges(fraction: 0.3, seed: 1))
    let c = try #require(plain.addingMeaninglessEdges(fraction: 0.3, seed: 2))
    #expect(a.checksum == b.checksum && a.checksum != c.checksum)
  }

  @Test func smallGraphsTakeWhatTheyCan() throws {
    func dataset(_ graphs: [Graph], _ vocabularies: [Int]) -> GraphDataset {
      GraphDataset(
        name: "tiny", train: graphs, validation: [], test: [], nodeTypeCount: 0,
        edgeTypeCount: vocabularies.max() ?? 0, edgeVocabularies: vocabularies, targetCount: 0,
        task: .regression, sourceDescription: "test")
    }
    let pair = Graph(
      nodeCount: 2, sources: [0, 1], destinations: [1, 0],
      edgeTypes: IntegerFeatures(values: [0, 0]))
    let path = Graph(
      nodeCount: 3, sources: [0, 1, 1, 2], destinations: [1, 0, 2, 1],
      edgeTypes: IntegerFeatures(values: [0, 0, 0, 0]))
    let empty = Graph(
      nodeCount: 0, sources: [], destinations: [], edgeTypes: IntegerFeatures(values: []))
    let changed = try #require(
      dataset([pair, path, empty], [1]).addingMeaninglessEdges(fraction: 9, seed: 1))
    #expect(changed.train.map(\.edgeCount) == [2, 6, 0])
    #expect(
      dataset([Graph(nodeCount: 1, sources: [], destinations: [])], [])
        .addingMeaninglessEdges(fraction: 1, seed: 1) == nil)
    // Yes/no columns: an edge of no type at all.
    let bits = Graph(
      nodeCount: 3, sources: [0, 1], destinations: [1, 0],
      edgeTypes: IntegerFeatures(values: [0, 1, 0, 0, 1, 0], columns: 3))
    let binary = try #require(
      dataset([bits], [2, 2, 2]).addingMeaninglessEdges(fraction: 1, seed: 1))
    #expect(binary.edgeVocabularies == [2, 2, 2])
    #expect(binary.edgeKinds(binary.train[0].edgeTypes, count: 4) == [1, 1, 3, 3])
    #expect(binary.edgeTypeName(3) == "meaningless")
    // Several vocabularies: a new value in the first column.
    let columns = Graph(
      nodeCount: 3, sources: [0, 1], destinations: [1, 0],
      edgeTypes: IntegerFeatures(values: [3, 5, 0, 3, 5, 1], columns: 3))
    let ogb = try #require(
      dataset([columns], OGBVocabulary.bonds).addingMeaninglessEdges(fraction: 1, seed: 1))
    #expect(ogb.edgeVocabularies == [6, 6, 2])
    #expect(ogb.edgeKinds(ogb.train[0].edgeTypes, count: 4) == [3, 3, 5, 5])
    #expect(
      (0...5).map { ogb.edgeTypeName($0) }
        == ["single", "double", "triple", "aromatic", "type 4", "meaningless"])
  }
}
