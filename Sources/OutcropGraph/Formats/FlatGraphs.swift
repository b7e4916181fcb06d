/// Graphs one after the other in plain arrays, as readers collect them.
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

  var count: Int { nodeOffsets.count - 1 }

  /// Graph `index` by itself.
  func graph(_ index: Int) -> Graph {
    let nodes = nodeOffsets[index]..<nodeOffsets[index + 1]
    let edges = edgeOffsets[index]..<edgeOffsets[index + 1]
    return Graph(
      nodeCount: nodes.count, sources: Array(sources[edges]),
      destinations: Array(destinations[edges]), nodeTypes: nodeTypes.map { part($0, nodes) },
      nodeAttributes: nodeAttributes.map { part($0, nodes) },
      edgeTypes: edgeTypes.map { part($0, edges) },
      edgeAttributes: edgeAttributes.map { part($0, edges) },
      targets: part(targets, index..<index + 1).values)
  }

  /// All graphs.
  func graphs() -> [Graph] { (0..<count).map(graph) }

  private func part<Features: FeatureTable>(_ table: Features, _ rows: Range<Int>) -> Features {
    let range = rows.lowerBound * table.columns..<rows.upperBound * table.columns
    return Features(values: Array(table.values[range]), columns: table.columns)
  }
}
