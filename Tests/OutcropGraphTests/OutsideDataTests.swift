import OutcropCore
import OutcropGraph
import OutcropTestSupport
import Testing

/// Graphs and data sets of data from outside: what does not fit throws and is named.
@Suite struct OutsideDataTests {
  private func field(_ make: () throws -> Void) -> String? {
    do {
      try make()
      return nil
    } catch let error as InputError {
      return error.description
    } catch {
      return "\(type(of: error))"
    }
  }

  @Test func graphs() throws {
    func graph(
      _ nodes: Int = 2, _ sources: [Int32] = [0, 1], _ destinations: [Int32] = [1, 0],
      types: [Int32] = [0, 1], edges: [Float] = [0.5, 1], marks: [Int32] = [0, 0]
    ) -> String? {
      field {
        var attributes = GraphAttributes()
        attributes[.addedEdges] = IntegerFeatures(values: marks)
        _ = try Graph(
          checking: "mine.csv, graph 7", nodeCount: nodes, sources: sources,
          destinations: destinations, nodeTypes: IntegerFeatures(values: types),
          edgeAttributes: RealFeatures(values: edges), attributes: attributes)
      }
    }
    #expect(graph() == nil)
    for (found, expected) in [
      (graph(-1), "'nodeCount': found -1, expected 0 or more"),
      (graph(2, [0, 1], [1]), "'destinations': found 1 rows, expected 2"),
      (graph(2, [0, 2]), "'sources': found 2 at edge 1, expected 0 ..< 2"),
      (graph(2, [0, 1], [-1, 0]), "'destinations': found -1 at edge 0, expected 0 ..< 2"),
      (graph(types: [1]), "'nodeTypes': found 1 rows, expected 2"),
      (graph(edges: [1]), "'edgeAttributes': found 1 rows, expected 2"),
      (graph(marks: [1]), "'added_edges': found 1 rows, expected 2"),
    ] { #expect(found == "mine.csv, graph 7: \(expected)") }
  }

  @Test func dataSets() throws {
    let good = Graph(
      nodeCount: 1, sources: [], destinations: [],
      nodeTypes: IntegerFeatures(values: [3, 1], columns: 2), targets: [1])
    func dataset(
      nodes: [Int]? = nil, task: GraphDataset.Task = .regression,
      _ change: (inout Graph) -> Void
    ) -> String? {
      field {
        var other = good
        change(&other)
        _ = try GraphDataset(
          checking: "mine.csv", name: "mine", train: [good], test: [good, other],
          nodeVocabularies: nodes, task: task)
      }
    }
    #expect(dataset { _ in } == nil)
    let place = "mine.csv: 'test graph 1:"
    #expect(
      dataset { $0.targets = [] } == "\(place) targets': found 0 labels, expected 1")
    #expect(
      dataset { $0.nodeTypes = nil } == "\(place) nodeTypes': found none, expected 2 columns")
    #expect(
      dataset(nodes: [4, 2]) { $0.nodeTypes!.values[0] = 4 }
        == "\(place) nodeTypes': found type 4, expected 0 ..< 4")
    #expect(
      dataset { $0.nodeTypes!.values[0] = -1 }
        == "\(place) nodeTypes': found type -1, expected 0 ..< 4")
    #expect(
      dataset { $0.sources = [0] } == "\(place) destinations': found 0 rows, expected 1")
    #expect(
      dataset(task: .classification(classCount: 2)) { $0.targets = [2] }
        == "\(place) targets': found class 2.0, expected 0 ..< 2")
    #expect(
      dataset(nodes: [4, 2, 1]) { _ in }
        == "mine.csv: 'train graph 0: nodeTypes': found 2 columns, expected 3")
  }

  @Test func defaults() {
    var random = TestRandom(9)
    let graphs = (0..<9).map { _ in randomGraph(&random) }
    let data = GraphDataset(name: "x", train: graphs, task: .regression)
    let types = graphs.map { $0.nodeTypes! }
    #expect(
      data.nodeVocabularies
        == (0..<2).map { column in
          1 + types.map { table in
            (0..<table.rows).map { Int(table[$0, column]) }.max()!
          }.max()!
        })
    #expect(data.nodeTypeCount == data.nodeVocabularies.max())
    #expect(data.edgeVocabularies.count == 1 && data.targetCount == 2)
    #expect(data.validation.isEmpty && data.test.isEmpty && !data.sourceDescription.isEmpty)
    let none = GraphDataset(
      name: "x", train: [Graph(nodeCount: 1, sources: [], destinations: [])], task: .regression)
    #expect(none.nodeVocabularies == [] && none.nodeTypeCount == 0)
  }

  @Test func descriptionsFitALine() {
    var random = TestRandom(10)
    let graphs = (0..<90).map { _ in randomGraph(&random) }
    let data = GraphDataset(name: "x", train: graphs, isSynthetic: true, task: .regression)
    #expect("\(data)" == "x (synthetic): 90 / 0 / 0 graphs, regression of 2 labels")
    #expect(
      "\(Graph(nodeCount: 2, sources: [0], destinations: [1], targets: [1]))"
        == "Graph: 2 nodes, 1 edges, 1 label")
    for graph in graphs {
      #expect("\(graph)".hasPrefix("Graph: \(graph.nodeCount) nodes, "))
      #expect("\(graph)".hasSuffix("with laplacian_eigenvectors, weisfeiler_lehman_roles"))
      #expect("\(graph)".count < 180)
    }
  }

  @Test func attributesAreNamed() {
    var attributes = GraphAttributes()
    let key = AttributeKey<RealFeatures>("heights", .node)
    #expect(attributes[key] == nil && attributes.names == [])
    attributes[key] = RealFeatures(values: [1, 2, 3])
    attributes[.addedEdges] = IntegerFeatures(values: [0, 1])
    var same = GraphAttributes()
    same[.addedEdges] = IntegerFeatures(values: [0, 1])
    same[key] = RealFeatures(values: [1, 2, 3])
    #expect(attributes == same && attributes.names == ["added_edges", "heights"])
    // Another type or level under the same name is another attribute, in its place.
    #expect(attributes[AttributeKey<IntegerFeatures>("heights", .node)] == nil)
    #expect(attributes[AttributeKey<RealFeatures>("heights", .edge)] == nil)
    attributes[key] = RealFeatures(values: [4])
    #expect(attributes[key]?.values == [4] && attributes.names.count == 2)
    let rows = same.rows([1], of: .edge).rows([2, 0], of: .node)
    #expect(rows[key]?.values == [3, 1] && rows[.addedEdges]?.values == [1])
    attributes[key] = nil
    attributes[key] = nil
    #expect(attributes.names == ["added_edges"])
  }
}
