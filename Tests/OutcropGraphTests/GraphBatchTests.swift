import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct GraphBatchTests {
  /// Graph number `graph` taken out of a batch again, edges in the order they were given.
  private func part(_ batch: GraphBatch, _ graph: Int) -> Graph {
    let nodes = batch.nodes(of: graph)
    let first = batch.nodeOffsets[graph]
    let positions = batch.edgeGraph.indices.filter { batch.edgeGraph[$0] == Int32(graph) }
      .sorted { batch.edges.originalOrder[$0] < batch.edges.originalOrder[$1] }
    let nodeRows = nodes.map { Int32($0) }
    let edgeRows = positions.map { Int32($0) }
    return Graph(
      nodeCount: nodes.count, sources: positions.map { batch.edges.sources[$0] - first },
      destinations: positions.map { batch.edges.destinations[$0] - first },
      nodeTypes: batch.nodeTypes?.rows(nodeRows),
      nodeAttributes: batch.nodeAttributes?.rows(nodeRows),
      edgeTypes: batch.edgeTypes?.rows(edgeRows),
      edgeAttributes: batch.edgeAttributes?.rows(edgeRows),
      targets: Array(batch.targets(of: graph)),
      attributes: batch.attributes.rows(nodeRows, of: .node).rows(edgeRows, of: .edge)
        .rows([Int32(graph)], of: .graph))
  }

  /// A random graph with an attribute of its edges and one of its own besides those of its nodes.
  private func attributedGraph(_ random: inout TestRandom) -> Graph {
    var graph = randomGraph(&random)
    graph.attributes[.diffusionWeights] = RealFeatures(
      values: (0..<graph.edgeCount).map { _ in Float.random(in: 0..<1, using: &random) })
    graph.attributes[AttributeKey<IntegerFeatures>("origin", .graph)] = IntegerFeatures(
      values: [Int32.random(in: 0..<99, using: &random), 7], columns: 2)
    return graph
  }

  @Test(arguments: 0..<25)
  func aBatchHoldsItsGraphs(seed: Int) {
    var random = TestRandom(UInt64(seed) + 100)
    let graphs = (0..<Int.random(in: 1...9, using: &random)).map { _ in attributedGraph(&random) }
    let batch = GraphBatch(graphs)
    #expect(batch.graphCount == graphs.count)
    #expect(batch.nodeCount == graphs.reduce(0) { $0 + $1.nodeCount })
    #expect(batch.edgeCount == graphs.reduce(0) { $0 + $1.edgeCount })
    #expect(batch.targetCount == 2)
    for (index, graph) in graphs.enumerated() {
      #expect(part(batch, index) == graph)
      #expect(batch.nodes(of: index).allSatisfy { batch.nodeGraph[$0] == Int32(index) })
    }
    #expect(batch.edgeGraph == batch.edges.sources.map { batch.nodeGraph[Int($0)] })
  }

  @Test(arguments: 0..<10)
  func batchWideArraysGiveTheSameBatch(seed: Int) throws {
    var random = TestRandom(UInt64(seed) + 200)
    let graphs = (0..<Int.random(in: 1...6, using: &random)).map { _ in attributedGraph(&random) }
    let batch = GraphBatch(graphs)
    // Hand over the edges in a random order: only the order inside a destination may differ.
    let order = (0..<Int32(batch.edgeCount)).shuffled(using: &random)
    let other = try GraphBatch(
      nodeCounts: graphs.map { Int32($0.nodeCount) },
      sources: order.map { batch.edges.sources[Int($0)] },
      destinations: order.map { batch.edges.destinations[Int($0)] },
      nodeTypes: batch.nodeTypes, nodeAttributes: batch.nodeAttributes,
      edgeTypes: batch.edgeTypes?.rows(order), edgeAttributes: batch.edgeAttributes?.rows(order),
      targets: batch.targets, targetCount: 2,
      attributes: batch.attributes.rows(order, of: .edge))
    #expect(other.nodeOffsets == batch.nodeOffsets)
    #expect(other.nodeGraph == batch.nodeGraph)
    #expect(other.edgeGraph == batch.edgeGraph)
    #expect(other.edges.destinations == batch.edges.destinations)
    #expect(other.nodeTypes == batch.nodeTypes)
    #expect(other.targets == batch.targets)
    for position in 0..<other.edgeCount {
      let same = Int(order[Int(other.edges.originalOrder[position])])
      #expect(other.edges.sources[position] == batch.edges.sources[same])
      #expect(other.edgeTypes?[position, 0] == batch.edgeTypes?[same, 0])
      #expect(other.edgeAttributes?[position, 1] == batch.edgeAttributes?[same, 1])
      #expect(
        other.attributes[.diffusionWeights]?[position, 0]
          == batch.attributes[.diffusionWeights]?[same, 0])
    }
    #expect(other.attributes[.laplacianEigenvectors] == batch.attributes[.laplacianEigenvectors])
    #expect(other.attributes.names == batch.attributes.names)
  }

  @Test func arraysThatDoNotFitAreErrors() {
    func error(
      _ nodeCounts: [Int32] = [2, 3], _ sources: [Int32] = [0, 2],
      _ destinations: [Int32] = [1, 4],
      edgeTypes: [Int32]? = nil, targets: [Float] = []
    ) -> String? {
      do {
        _ = try GraphBatch(
          nodeCounts: nodeCounts, sources: sources, destinations: destinations,
          edgeTypes: edgeTypes.map { IntegerFeatures(values: $0) }, targets: targets,
          targetCount: targets.isEmpty ? 0 : 1)
        return nil
      } catch { return "\(error)" }
    }
    #expect(error() == nil)
    #expect(error([2, -3])?.contains("graph 1 has -3 nodes") == true)
    #expect(error([2, 3], [0, 5])?.contains("edge 1 has source 5, expected 0 ..< 5") == true)
    #expect(error([2, 3], [0, 2], [1, -1])?.contains("edge 1 has destination -1") == true)
    #expect(
      error([2, 3], [0, 1], [1, 2])?.contains("edge 1, 1 → 2, joins graphs 0 and 1") == true)
    #expect(error([2, 3], [0], [1, 2])?.contains("destinations: found 2") == true)
    #expect(error(edgeTypes: [1])?.contains("edgeTypes: found 1 rows, expected 2") == true)
    #expect(error(targets: [1])?.contains("expected 2 graphs × 1") == true)
  }

  @Test func graphsOfDifferentKindsTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = GraphBatch([
        Graph(nodeCount: 1, sources: [], destinations: [], targets: [1]),
        Graph(nodeCount: 1, sources: [], destinations: [], targets: []),
      ])
    }
    await #expect(processExitsWith: .failure) {
      _ = GraphBatch([
        Graph(nodeCount: 1, sources: [], destinations: []),
        Graph(
          nodeCount: 1, sources: [], destinations: [], nodeTypes: IntegerFeatures(values: [1])),
      ])
    }
  }

  @Test func graphsWithOtherAttributesTrap() async {
    await #expect(processExitsWith: .failure) {
      let plain = Graph(nodeCount: 1, sources: [], destinations: [])
      var other = plain
      other.attributes[.weisfeilerLehmanRoles] = IntegerFeatures(values: [1])
      _ = GraphBatch([plain, other])
    }
    await #expect(processExitsWith: .failure) {
      let plain = Graph(nodeCount: 1, sources: [], destinations: [])
      var other = plain
      other.attributes[.weisfeilerLehmanRoles] = IntegerFeatures(values: [1])
      _ = GraphBatch([other, plain])
    }
  }

  @Test func noGraphs() {
    let batch = GraphBatch([Graph]())
    #expect(batch.graphCount == 0 && batch.nodeOffsets == [0] && batch.edgeCount == 0)
  }
}
