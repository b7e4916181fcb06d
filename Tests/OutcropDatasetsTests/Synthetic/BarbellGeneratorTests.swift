import OutcropDatasets
import OutcropGraph
import Testing

@Suite struct BarbellGeneratorTests {
  /// The sizes of a graph, found from its edges: nodes of a clique are those with an edge of type 1.
  private func cliques(_ graph: Graph) -> (first: [Int], path: [Int], second: [Int]) {
    var inClique = [Bool](repeating: false, count: graph.nodeCount)
    for edge in 0..<graph.edgeCount where graph.edgeTypes![edge, 0] == 1 {
      inClique[Int(graph.sources[edge])] = true
    }
    // The first clique is what edges of type 1 reach from node 0.
    var first: Set<Int> = [0]
    for edge in 0..<graph.edgeCount
    where graph.edgeTypes![edge, 0] == 1 && graph.sources[edge] == 0 {
      first.insert(Int(graph.destinations[edge]))
    }
    let nodes = 0..<graph.nodeCount
    return (
      first.sorted(), nodes.filter { !inClique[$0] },
      nodes.filter { inClique[$0] && !first.contains($0) }
    )
  }

  @Test func countsAndDegrees() {
    let generator = BarbellGenerator(seed: 5)
    var sizes: Set<Int> = []
    var paths: Set<Int> = []
    for index in 0..<500 {
      let graph = generator.graph(index)
      #expect(graph.inconsistency == nil)
      let (first, path, second) = cliques(graph)
      let (m, p, n) = (first.count, path.count, second.count)
      sizes.formUnion([m, n])
      paths.insert(p)
      #expect(graph.nodeCount == m + p + n)
      #expect(first == Array(0..<m) && path == Array(m..<m + p))
      #expect(graph.edgeCount == m * (m - 1) + n * (n - 1) + 2 * (p + 1))
      let types = (0..<graph.edgeCount).map { graph.edgeTypes![$0, 0] }
      #expect(types.count { $0 == 1 } == m * (m - 1) + n * (n - 1))
      #expect(types.count { $0 == 2 } == 2 * (p + 1))
      var (out, incoming) = (
        [Int](repeating: 0, count: graph.nodeCount), [Int](repeating: 0, count: graph.nodeCount)
      )
      for (source, destination) in zip(graph.sources, graph.destinations) {
        out[Int(source)] += 1
        incoming[Int(destination)] += 1
      }
      let expected = (0..<graph.nodeCount).map { node in
        node < m
          ? m - 1 + (node == m - 1 ? 1 : 0) : node < m + p ? 2 : n - 1 + (node == m + p ? 1 : 0)
      }
      #expect(out == expected && incoming == expected)
      // Sorted, without duplicates and loops, in both directions.
      let rows = zip(graph.sources, graph.destinations).map { [$0, $1] }
      #expect(zip(rows, rows.dropFirst()).allSatisfy { ($0[0], $0[1]) < ($1[0], $1[1]) })
      #expect(Set(rows) == Set(rows.map { [$0[1], $0[0]] }) && rows.allSatisfy { $0[0] != $0[1] })
      // The target, from the sets of nodes.
      func share(_ nodes: [Int]) -> Double {
        Double(nodes.count { graph.nodeTypes![$0, 0] == 1 }) / Double(nodes.count)
      }
      #expect(path.allSatisfy { graph.nodeTypes![$0, 0] == 0 })
      let target = abs(share(first) - share(second)) + 0.1 * Double(p + 1)
      #expect(abs(Double(graph.targets[0]) - target) < 1e-6)
    }
    #expect(sizes == Set(5...12) && paths == Set(0...6))
  }

  @Test func theSeedDeterminesTheGraphs() {
    let sizes = (train: 40, validation: 5, test: 6)
    let data = BarbellGenerator(seed: 1).dataset(sizes: sizes)
    #expect(BarbellGenerator(seed: 1).dataset(sizes: sizes).checksum == data.checksum)
    #expect(BarbellGenerator(seed: 2).dataset(sizes: sizes).checksum != data.checksum)
    let longer = BarbellGenerator(seed: 1).dataset(sizes: (train: 80, validation: 5, test: 6))
    #expect(Array(longer.train.prefix(40)) == data.train && longer.test == data.test)
    #expect(data.train[7] == BarbellGenerator(seed: 1).graph(7))
    #expect(data.test[0] != data.train[0] && data.validation[0] != data.test[0])
    #expect(data.isSynthetic && data.edgeTypeName(1) == "clique" && data.edgeTypeName(2) == "path")
    #expect(data.task == .regression && data.targetCount == 1)
  }

  @Test func otherSizes() {
    let graph = BarbellGenerator(seed: 1, cliqueSizes: 3...3, pathSizes: 0...0).graph(0)
    #expect(graph.sources == [0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5])
    #expect(graph.destinations == [1, 2, 0, 2, 0, 1, 3, 2, 4, 5, 3, 5, 3, 4])
    #expect(graph.edgeTypes!.values == [1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1])
  }
}
