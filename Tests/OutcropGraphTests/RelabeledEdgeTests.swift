import OutcropCore
import OutcropDatasets
import OutcropGraph
import Testing

/// Edge types drawn anew: counts, independence of the two directions, and everything else unchanged.
@Suite("Relabeled edges")
struct RelabeledEdgeTests {
  private let plain = SampleDataset.make(seed: 4, sizes: (train: 400, validation: 20, test: 20))

  @Test func everythingButTheTypesStays() throws {
    let changed = try #require(plain.relabelingEdges(seed: 1))
    #expect(changed.edgeVocabularies == plain.edgeVocabularies)
    #expect(changed.edgeTypeNames == plain.edgeTypeNames)
    #expect(changed.checksum != plain.checksum)
    for split in GraphDataset.Split.allCases {
      #expect(changed[split].count == plain[split].count)
      for (graph, before) in zip(changed[split], plain[split]) {
        var restored = graph
        restored.edgeTypes = before.edgeTypes
        #expect(restored == before)
        #expect(graph.edgeTypes != before.edgeTypes || graph.edgeCount < 8)
      }
    }
  }

  /// Every kind that occurs is equally frequent, and the type of one direction says nothing of the other's:
  /// chi-squared over all pairs of types stays below its 99.9% quantile.
  @Test func typesAreUniformAndDirectionsIndependent() throws {
    let changed = try #require(plain.relabelingEdges(seed: 2))
    let kinds = Set(plain.train.flatMap { $0.edgeTypes!.values }).sorted()
    #expect(kinds.count >= 3)
    var pairs = Array(repeating: Array(repeating: 0, count: kinds.count), count: kinds.count)
    for graph in changed.train {
      var type: [[Int32]: Int] = [:]
      for (edge, value) in graph.edgeTypes!.values.enumerated() {
        let kind = try #require(kinds.firstIndex(of: value))
        type[[graph.sources[edge], graph.destinations[edge]]] = kind
      }
      for (ends, kind) in type where ends[0] < ends[1] {
        pairs[kind][try #require(type[[ends[1], ends[0]]])] += 1
      }
    }
    let total = Double(pairs.joined().reduce(0, +))
    let expected = total / Double(kinds.count * kinds.count)
    #expect(expected > 100)
    let statistic = pairs.joined().reduce(0.0) {
      $0 + (Double($1) - expected) * (Double($1) - expected) / expected
    }
    // 99.9% quantiles of chi-squared for 8, 15 and 24 degrees of freedom.
    let limit = [3: 26.12, 4: 37.70, 5: 51.18][kinds.count]!
    #expect(statistic < limit)
  }

  @Test func theSeedFixesThem() throws {
    let a = try #require(plain.relabelingEdges(seed: 1))
    let b = try #require(plain.relabelingEdges(seed: 1))
    let c = try #require(plain.relabelingEdges(seed: 2))
    #expect(a.checksum == b.checksum && a.checksum != c.checksum)
  }

  @Test func rowsOfSeveralColumnsAreTheMostFrequentOfTheirKind() throws {
    let graph = Graph(
      nodeCount: 3, sources: [0, 1, 1, 2], destinations: [1, 0, 2, 1],
      edgeTypes: IntegerFeatures(values: [0, 1, 0, 1, 0, 0, 2, 1], columns: 2))
    let dataset = GraphDataset(
      name: "tiny", train: Array(repeating: graph, count: 50), edgeVocabularies: [3, 2],
      targetCount: 0, task: .regression, sourceDescription: "test")
    let changed = try #require(dataset.relabelingEdges(seed: 3))
    let rows = Set(
      changed.train.flatMap { graph in
        (0..<4).map { [graph.edgeTypes![$0, 0], graph.edgeTypes![$0, 1]] }
      })
    #expect(rows == [[0, 1], [2, 1]])
  }

  @Test func graphsWithoutTypesHaveNothingToDraw() {
    let dataset = GraphDataset(
      name: "plain", train: [Graph(nodeCount: 2, sources: [0], destinations: [1])], targetCount: 0,
      task: .regression, sourceDescription: "test")
    #expect(dataset.relabelingEdges(seed: 1) == nil)
  }
}
