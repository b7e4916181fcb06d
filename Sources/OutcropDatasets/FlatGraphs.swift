import OutcropCore
import OutcropGraph

/// Consecutive graphs in plain arrays, as readers collect them.
struct FlatGraphs {
  /// [graphs + 1] The nodes of graph g are `nodeOffsets[g] ..< nodeOffsets[g + 1]`.
  var nodeOffsets = [0]
  /// [graphs + 1] The edges of graph g are `edgeOffsets[g] ..< edgeOffsets[g + 1]`.
  var edgeOffsets = [0]
  /// Ends of the edges, numbered from 0 in each graph.
  var sources: [Int32] = []
  var destinations: [Int32] = []
  var nodeTypes: IntegerFeatures?
  var nodeAttributes: RealFeatures?
  var edgeTypes: IntegerFeatures?
  var edgeAttributes: RealFeatures?
  var targets = RealFeatures(values: [])
  /// Whether each edge is followed by its inverse with the same features. An edge from a node to itself is its own
  /// inverse and stays one edge, unless `repeatsLoops` is true.
  var addsInverseEdges = false
  var repeatsLoops = false

  var count: Int { nodeOffsets.count - 1 }

  /// Graph `index` as a `Graph`.
  func graph(_ index: Int) -> Graph {
    let nodes = nodeOffsets[index]..<nodeOffsets[index + 1]
    let edges = edgeOffsets[index]..<edgeOffsets[index + 1]
    // Sets the fields without checks, because the reader has checked them.
    var graph = Graph(nodeCount: nodes.count, sources: [], destinations: [])
    graph.nodeTypes = nodeTypes.map { part($0, nodes) }
    graph.nodeAttributes = nodeAttributes.map { part($0, nodes) }
    if addsInverseEdges, !repeatsLoops, edges.contains(where: { sources[$0] == destinations[$0] }) {
      addEdges(edges, to: &graph)
    } else {
      let repeats = addsInverseEdges ? 2 : 1
      graph.sources = ends(sources, destinations, edges)
      graph.destinations = ends(destinations, sources, edges)
      graph.edgeTypes = edgeTypes.map { part($0, edges, repeats) }
      graph.edgeAttributes = edgeAttributes.map { part($0, edges, repeats) }
    }
    graph.targets = part(targets, index..<index + 1).values
    return graph
  }

  /// All graphs.
  func graphs() -> [Graph] { graphs(Array(0..<count)) }

  /// The graphs with the given numbers, in that order.
  func graphs(_ numbers: [Int]) -> [Graph] {
    [Graph](unsafeUninitializedCapacity: numbers.count) { result, count in
      let start = result.baseAddress
      ThreadPool.forRanges(numbers.count, grain: 256) { range in
        for place in range { (start! + place).initialize(to: graph(numbers[place])) }
      }
      count = numbers.count
    }
  }

  /// Sets the edges, each followed by its inverse unless it leads from a node to itself.
  private func addEdges(_ edges: Range<Int>, to graph: inout Graph) {
    var rows: [Int32] = []
    rows.reserveCapacity(2 * edges.count)
    for (row, edge) in edges.enumerated() {
      rows.append(Int32(row))
      graph.sources.append(sources[edge])
      graph.destinations.append(destinations[edge])
      if sources[edge] == destinations[edge] { continue }
      rows.append(Int32(row))
      graph.sources.append(destinations[edge])
      graph.destinations.append(sources[edge])
    }
    graph.edgeTypes = edgeTypes.map { part($0, edges).rows(rows) }
    graph.edgeAttributes = edgeAttributes.map { part($0, edges).rows(rows) }
  }

  /// One end of the edges, each followed by its other end if inverse edges are added.
  private func ends(_ ends: [Int32], _ others: [Int32], _ edges: Range<Int>) -> [Int32] {
    if !addsInverseEdges || edges.isEmpty { return Array(ends[edges]) }
    return [Int32](unsafeUninitializedCapacity: 2 * edges.count) { result, count in
      for (place, edge) in edges.enumerated() {
        result.initializeElement(at: 2 * place, to: ends[edge])
        result.initializeElement(at: 2 * place + 1, to: others[edge])
      }
      count = 2 * edges.count
    }
  }

  /// Some rows of a table, each of them `repeats` times.
  private func part<Features: FeatureTable>(
    _ table: Features, _ rows: Range<Int>, _ repeats: Int = 1
  ) -> Features {
    let columns = table.columns
    let range = rows.lowerBound * columns..<rows.upperBound * columns
    if repeats == 1 || range.isEmpty {
      return Features(values: Array(table.values[range]), columns: columns)
    }
    let values = [Features.Value](unsafeUninitializedCapacity: repeats * range.count) {
      result, count in
      table.values.withUnsafeBufferPointer { values in
        guard var to = result.baseAddress, let from = values.baseAddress else { return }
        for row in rows {
          for _ in 0..<repeats {
            to.initialize(from: from + row * columns, count: columns)
            to += columns
          }
        }
      }
      count = repeats * range.count
    }
    return Features(values: values, columns: columns)
  }
}
