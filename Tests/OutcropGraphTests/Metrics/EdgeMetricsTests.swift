import Foundation
import OutcropCore
import OutcropGraph
import Testing

/// Measures of edges against NetworkX and the definitions (`Scripts/metrics_truth.py`).
@Suite struct EdgeMetricsTests {
  struct Case: Decodable {
    let nodes: Int
    let sources: [Int32]
    let destinations: [Int32]
    let types: [Int32]
    let betweenness: [Double]
    let normalized: [Double]
    let entropy: [Double]
    let degree: [Double]
    /// nil for an edge from a node to itself.
    let curvature: [Double?]

    var graph: Graph {
      Graph(
        nodeCount: nodes, sources: sources, destinations: destinations,
        edgeTypes: IntegerFeatures(values: types))
    }
  }

  static let cases: [Case] = {
    let file = Bundle.module.url(forResource: "Truth/metrics", withExtension: "json")!
    return try! JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }()

  private func close(_ found: [Double], _ expected: [Double]) -> Bool {
    found.count == expected.count
      && zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($1)) }
  }

  @Test(arguments: cases.indices) func agreeWithNetworkX(index: Int) {
    let truth = Self.cases[index]
    #expect(close(truth.graph.edgeBetweenness(normalized: false), truth.betweenness))
    #expect(close(truth.graph.edgeBetweenness(), truth.normalized))
    #expect(close(truth.graph.edgeTypeEntropy(), truth.entropy))
    #expect(truth.graph.edgeEndpointDegree() == truth.degree)
    for (found, expected) in zip(truth.graph.edgeFormanCurvature(), truth.curvature) {
      #expect(expected.map { abs(found - $0) <= 1e-12 } ?? found.isNaN)
    }
  }

  @Test func graphsWithoutEdgesHaveNoValues() {
    for nodes in [0, 1, 4] {
      let graph = Graph(nodeCount: nodes, sources: [], destinations: [])
      #expect(graph.edgeBetweenness().isEmpty && graph.edgeBetweenness(normalized: false).isEmpty)
      #expect(graph.edgeTypeEntropy().isEmpty && graph.edgeEndpointDegree().isEmpty)
      #expect(graph.edgeFormanCurvature().isEmpty)
    }
  }

  /// Edges that only make a graph full are no edges of it.
  @Test(arguments: cases.indices) func addedEdgesDoNotCount(index: Int) {
    let graph = Self.cases[index].graph
    let full = graph.addingAllPairs()
    for (found, own) in [
      (full.edgeBetweenness(), graph.edgeBetweenness()),
      (full.edgeTypeEntropy(), graph.edgeTypeEntropy()),
      (full.edgeEndpointDegree(), graph.edgeEndpointDegree()),
    ] {
      #expect(Array(found.prefix(graph.edgeCount)) == own)
      #expect(found.dropFirst(graph.edgeCount).allSatisfy { $0.isNaN })
    }
  }

  @Test func typesMayHaveColumns() {
    // A path 0 – 1 – 2 whose first column is one type and whose second are two.
    var graph = Graph(
      nodeCount: 3, sources: [0, 1, 1, 2], destinations: [1, 0, 2, 1],
      edgeTypes: IntegerFeatures(values: [3, 0, 3, 0, 3, 1, 3, 1], columns: 2))
    #expect(graph.edgeTypeEntropy() == [0, 0, 0, 0])
    #expect(graph.edgeTypeEntropy(column: 1) == [1, 1, 1, 1])
    graph.edgeTypes = nil
    #expect(graph.edgeTypeEntropy() == [0, 0, 0, 0])
  }

  @Test func pairsAndRowsBelongTogether() {
    for truth in Self.cases {
      let graph = truth.graph.addingAllPairs()
      let edges = UndirectedEdges(graph)
      #expect(edges.rows.reduce(0) { $0 + $1.count } == truth.graph.edgeCount)
      for (pair, rows) in edges.rows.enumerated() {
        for row in rows {
          #expect(edges.pairOfRow[Int(row)] == Int32(pair))
          let ends = [graph.sources[Int(row)], graph.destinations[Int(row)]].sorted()
          #expect(ends == [edges.pairs[pair].first, edges.pairs[pair].second])
        }
      }
      #expect(edges.pairOfRow.count { $0 < 0 } == graph.edgeCount - truth.graph.edgeCount)
      let values = edges.pairs.indices.map { Double($0) - 3 }
      #expect(edges.largest(of: edges.byRow(values)) == values)
    }
    let both = Graph(nodeCount: 2, sources: [0, 1, 0], destinations: [1, 0, 1])
    let edges = UndirectedEdges(both)
    #expect(edges.largest(of: [1, .nan, 4]) == [4])
    #expect(edges.largest(of: [.nan, 2, .nan]) == [2])
    #expect(edges.largest(of: [.nan, .nan, .nan])[0].isNaN)
    #expect(edges.largest(of: [-.infinity, .nan, .nan]) == [-.infinity])
  }

  @Test func threadsDoNotMatter() {
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    for truth in Self.cases.suffix(6) {
      ThreadPool.threadCount = 1
      let one = truth.graph.edgeBetweenness()
      ThreadPool.threadCount = 4
      #expect(truth.graph.edgeBetweenness() == one)
    }
  }
}
