import OutcropCore
import OutcropGraph
import OutcropTestSupport
import Testing

/// The balanced Forman curvature of graphs whose values follow from the definition by hand, and of random
/// graphs against plain loops over all nodes.
@Suite struct EdgeCurvatureTests {
  private func graph(_ nodes: Int, _ edges: [(Int32, Int32)]) -> Graph {
    Graph(
      nodeCount: nodes, sources: edges.flatMap { [$0.0, $0.1] },
      destinations: edges.flatMap { [$0.1, $0.0] })
  }

  @Test func knownGraphs() {
    // A cycle of 4: no triangle, one cycle of length 4 through each edge: 1 + 1 − 2 + (1 + 1) / 2.
    #expect(
      graph(4, [(0, 1), (1, 2), (2, 3), (3, 0)]).edgeFormanCurvature().allSatisfy { $0 == 1 })
    // A cycle of 3: 1 + 1 − 2 + 2 / 2 + 1 / 2.
    #expect(graph(3, [(0, 1), (1, 2), (2, 0)]).edgeFormanCurvature().allSatisfy { $0 == 1.5 })
    // A cycle of 6 is flat; a path has a flat middle, and ends of degree 1 have 0.
    let ring: [(Int32, Int32)] = (0..<6).map { (Int32($0), Int32(($0 + 1) % 6)) }
    #expect(graph(6, ring).edgeFormanCurvature().allSatisfy { $0 == 0 })
    #expect(graph(4, [(0, 1), (1, 2), (2, 3)]).edgeFormanCurvature().allSatisfy { $0 == 0 })
    // The bridge between two cliques of 4 nodes is the most negative edge: 2 / 4 + 2 / 4 − 2.
    var barbell: [(Int32, Int32)] = [(3, 4)]
    for clique in [Int32(0), 4] {
      for a in 0..<Int32(4) { for b in a + 1..<4 { barbell.append((clique + a, clique + b)) } }
    }
    let values = graph(8, barbell).edgeFormanCurvature()
    #expect(values[0] == -1 && values[1] == -1)
    #expect(values.dropFirst(2).allSatisfy { $0 > 0 })
  }

  @Test func loopsRepetitionsAndDirectionsDoNotMatter() {
    let plain = graph(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    let other = Graph(
      nodeCount: 4, sources: [0, 1, 2, 3, 0, 2], destinations: [1, 2, 3, 0, 1, 2])
    let values = other.edgeFormanCurvature()
    #expect(values[0] == plain.edgeFormanCurvature()[0] && values[4] == values[0])
    #expect(values[5].isNaN)
  }

  @Test func agreesWithPlainLoops() {
    var random = TestRandom(91)
    for _ in 0..<200 {
      let graph = randomGraph(&random)
      let found = graph.edgeFormanCurvature()
      let expected = plainCurvature(graph)
      for (value, truth) in zip(found, expected) {
        #expect(truth.isNaN ? value.isNaN : abs(value - truth) < 1e-12)
      }
    }
  }

  @Test func threadsDoNotMatter() {
    var random = TestRandom(5)
    let nodes = 300
    let ends = (0..<2000).map { _ in Int32.random(in: 0..<Int32(nodes), using: &random) }
    let graph = Graph(
      nodeCount: nodes, sources: Array(ends[..<1000]), destinations: Array(ends[1000...]))
    let values = [1, 2, 8].map { count in
      withThreadCount(count) { graph.edgeFormanCurvature().map(\.bitPattern) }
    }
    #expect(values[0] == values[1] && values[0] == values[2])
  }

  /// The definition, with a loop for each of its words.
  private func plainCurvature(_ graph: Graph) -> [Double] {
    let n = graph.nodeCount
    var adjacent = Array(repeating: Array(repeating: false, count: n), count: n)
    for (s, d) in zip(graph.sources, graph.destinations) where s != d {
      adjacent[Int(s)][Int(d)] = true
      adjacent[Int(d)][Int(s)] = true
    }
    func degree(_ i: Int) -> Double { Double((0..<n).count { adjacent[i][$0] }) }
    return zip(graph.sources, graph.destinations).map { source, destination in
      let (i, j) = (Int(source), Int(destination))
      if i == j { return .nan }
      let (low, high) = (min(degree(i), degree(j)), max(degree(i), degree(j)))
      if low == 1 { return 0 }
      let triangles = Double((0..<n).count { adjacent[i][$0] && adjacent[j][$0] })
      func cycles(_ i: Int, _ j: Int) -> [Int] {
        (0..<n).filter { $0 != j && adjacent[i][$0] && !adjacent[j][$0] }.map { k in
          (0..<n).count { w in w != i && adjacent[w][j] && adjacent[w][k] && !adjacent[w][i] }
        }.filter { $0 > 0 }
      }
      let all = cycles(i, j) + cycles(j, i)
      let term = all.isEmpty ? 0 : Double(all.count) / (Double(all.max()!) * high)
      return 2 / low + 2 / high - 2 + 2 * triangles / high + triangles / low + term
    }
  }
}
