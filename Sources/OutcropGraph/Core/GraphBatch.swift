import OutcropBLAS

/// Several graphs as one: nodes numbered through, edges grouped by destination, features
/// concatenated.
///
/// Node features are in node order; edge features are in the destination order of `edges`.
public struct GraphBatch: Sendable {
  /// The number of graphs.
  public let graphCount: Int
  /// The number of nodes of all graphs.
  public let nodeCount: Int
  /// The number of directed edges of all graphs.
  public let edgeCount: Int
  /// [graphCount + 1] Nodes of graph g are `nodeOffsets[g] ..< nodeOffsets[g+1]`.
  public let nodeOffsets: [Int32]
  /// [nodeCount] The graph of each node, ascending.
  public let nodeGraph: [Int32]
  /// All edges, in batch-wide node numbers.
  public let edges: EdgeIndex
  /// [edgeCount] The graph of each edge (that of its destination), in destination order.
  public let edgeGraph: [Int32]
  /// Categories of the nodes, one row per node; nil when graphs have none.
  public let nodeTypes: IntegerFeatures?
  /// Real attributes of the nodes, one row per node; nil when graphs have none.
  public let nodeAttributes: RealFeatures?
  /// Categories of the edges, one row per edge in destination order; nil when graphs have none.
  public let edgeTypes: IntegerFeatures?
  /// Real attributes of the edges, one row per edge in destination order; nil when graphs have
  /// none.
  public let edgeAttributes: RealFeatures?
  /// [graphCount × targetCount] Labels, graph after graph; NaN is a missing one.
  public let targets: [Float]
  /// The number of labels of a graph.
  public let targetCount: Int
  /// [nodeCount, k] `Graph.laplacianEncoding`, one row per node.
  public let laplacianEncoding: RealFeatures?
  /// [nodeCount] `Graph.weisfeilerLehmanRoles`.
  public let weisfeilerLehmanRoles: [Int32]?

  /// The batch of the given graphs, in their order.
  ///
  /// Traps unless all graphs carry the same kinds of features with the same numbers of columns and
  /// the same number of labels.
  public init(_ graphs: some Collection<Graph>) {
    self.init(array: Array(graphs))
  }

  /// A batch from batch-wide arrays, as files store it: edges and their features in any order.
  ///
  /// - Parameters:
  ///   - nodeCounts: [graphs] The number of nodes of each graph.
  ///   - sources: [edges] Batch-wide numbers of the nodes that edges leave.
  ///   - destinations: [edges] Batch-wide numbers of the nodes that edges enter.
  ///   - nodeTypes: One row per node.
  ///   - nodeAttributes: One row per node.
  ///   - edgeTypes: One row per edge, in the order given.
  ///   - edgeAttributes: One row per edge, in the order given.
  ///   - targets: [graphs × targetCount] Labels; NaN where missing.
  ///   - targetCount: The number of labels of a graph.
  ///   - laplacianEncoding: One row per node.
  ///   - weisfeilerLehmanRoles: One number per node.
  /// - Throws: `GraphError` when the arrays don't fit together, an edge names a node that doesn't
  ///   exist, or an edge joins two graphs.
  public init(
    nodeCounts: [Int32], sources: [Int32], destinations: [Int32],
    nodeTypes: IntegerFeatures? = nil, nodeAttributes: RealFeatures? = nil,
    edgeTypes: IntegerFeatures? = nil, edgeAttributes: RealFeatures? = nil,
    targets: [Float] = [], targetCount: Int = 0, laplacianEncoding: RealFeatures? = nil,
    weisfeilerLehmanRoles: [Int32]? = nil
  ) throws {
    if let graph = nodeCounts.firstIndex(where: { $0 < 0 }) {
      throw GraphError("graph \(graph) has \(nodeCounts[graph]) nodes, expected 0 or more")
    }
    let nodeCount = nodeCounts.reduce(0) { $0 + Int($1) }
    guard nodeCount < Int(Int32.max) else {
      throw GraphError("found \(nodeCount) nodes, expected fewer than \(Int32.max)")
    }
    func check(_ name: String, _ found: Int?, _ expected: Int) throws {
      if let found, found != expected {
        throw GraphError("\(name): found \(found) rows, expected \(expected)")
      }
    }
    try check("destinations", destinations.count, sources.count)
    try check("nodeTypes", nodeTypes?.rows, nodeCount)
    try check("nodeAttributes", nodeAttributes?.rows, nodeCount)
    try check("laplacianEncoding", laplacianEncoding?.rows, nodeCount)
    try check("weisfeilerLehmanRoles", weisfeilerLehmanRoles?.count, nodeCount)
    try check("edgeTypes", edgeTypes?.rows, sources.count)
    try check("edgeAttributes", edgeAttributes?.rows, sources.count)
    guard targetCount >= 0, targets.count == targetCount * nodeCounts.count else {
      throw GraphError(
        "targets: found \(targets.count) values, "
          + "expected \(nodeCounts.count) graphs × \(targetCount)")
    }
    if let problem = firstEdgeOutside(sources, destinations, nodeCount, nodeCount) {
      throw GraphError(problem)
    }
    let nodeGraph = graphOfNodes(nodeCounts)
    if let edge = sources.indices.first(where: {
      nodeGraph[Int(sources[$0])] != nodeGraph[Int(destinations[$0])]
    }) {
      throw GraphError(
        "edge \(edge), \(sources[edge]) → \(destinations[edge]), joins graphs "
          + "\(nodeGraph[Int(sources[edge])]) and \(nodeGraph[Int(destinations[edge])])")
    }
    self.init(
      nodeOffsets: offsets(nodeCounts), nodeGraph: nodeGraph, sources: sources,
      destinations: destinations, nodeTypes: nodeTypes, nodeAttributes: nodeAttributes,
      edgeTypes: edgeTypes, edgeAttributes: edgeAttributes, targets: targets,
      targetCount: targetCount, laplacianEncoding: laplacianEncoding,
      weisfeilerLehmanRoles: weisfeilerLehmanRoles)
  }

  /// The nodes of graph number `graph`.
  public func nodes(of graph: Int) -> Range<Int> {
    Int(nodeOffsets[graph])..<Int(nodeOffsets[graph + 1])
  }

  /// The labels of graph number `graph`.
  public func targets(of graph: Int) -> ArraySlice<Float> {
    targets[graph * targetCount..<(graph + 1) * targetCount]
  }

  private init(array graphs: [Graph]) {
    let nodeCounts = graphs.map { Int32($0.nodeCount) }
    let nodeOffsets = offsets(nodeCounts)
    let edgeCount = graphs.reduce(0) { $0 + $1.edgeCount }
    var sources = [Int32]()
    var destinations = [Int32]()
    sources.reserveCapacity(edgeCount)
    destinations.reserveCapacity(edgeCount)
    for (graph, first) in zip(graphs, nodeOffsets) {
      require(
        graph.sources.count == graph.destinations.count,
        "GraphBatch: found \(graph.sources.count) sources and \(graph.destinations.count) "
          + "destinations in a graph")
      // A batch-wide number would hide an edge that leaves its graph.
      if let problem = firstEdgeOutside(
        graph.sources, graph.destinations, graph.nodeCount, graph.nodeCount)
      {
        require(false, "GraphBatch: \(problem)")
      }
      for node in graph.sources { sources.append(node + first) }
      for node in graph.destinations { destinations.append(node + first) }
    }
    let targetCount = graphs.first?.targets.count ?? 0
    for (index, graph) in graphs.enumerated() {
      require(
        graph.targets.count == targetCount,
        "GraphBatch: graph \(index) has \(graph.targets.count) labels, expected \(targetCount)")
    }
    self.init(
      nodeOffsets: nodeOffsets, nodeGraph: graphOfNodes(nodeCounts), sources: sources,
      destinations: destinations,
      nodeTypes: concatenate(graphs, "nodeTypes", { $0.nodeTypes }, { $0.nodeCount }),
      nodeAttributes: concatenate(
        graphs, "nodeAttributes", { $0.nodeAttributes }, { $0.nodeCount }),
      edgeTypes: concatenate(graphs, "edgeTypes", { $0.edgeTypes }, { $0.edgeCount }),
      edgeAttributes: concatenate(
        graphs, "edgeAttributes", { $0.edgeAttributes }, { $0.edgeCount }),
      targets: graphs.flatMap { $0.targets }, targetCount: targetCount,
      laplacianEncoding: concatenate(
        graphs, "laplacianEncoding", { $0.laplacianEncoding }, { $0.nodeCount }),
      weisfeilerLehmanRoles: concatenate(
        graphs, "weisfeilerLehmanRoles",
        { $0.weisfeilerLehmanRoles.map { IntegerFeatures(values: $0) } }, { $0.nodeCount })?.values)
  }

  /// Everything checked; edge features still in the order of `sources`.
  private init(
    nodeOffsets: [Int32], nodeGraph: [Int32], sources: [Int32], destinations: [Int32],
    nodeTypes: IntegerFeatures?, nodeAttributes: RealFeatures?, edgeTypes: IntegerFeatures?,
    edgeAttributes: RealFeatures?, targets: [Float], targetCount: Int,
    laplacianEncoding: RealFeatures?, weisfeilerLehmanRoles: [Int32]?
  ) {
    graphCount = nodeOffsets.count - 1
    nodeCount = nodeGraph.count
    edgeCount = sources.count
    self.nodeOffsets = nodeOffsets
    self.nodeGraph = nodeGraph
    let edges = EdgeIndex(
      sources: sources, destinations: destinations, nodeCount: nodeGraph.count)
    self.edges = edges
    edgeGraph = edges.destinations.map { nodeGraph[Int($0)] }
    self.nodeTypes = nodeTypes
    self.nodeAttributes = nodeAttributes
    self.edgeTypes = edgeTypes?.rows(edges.originalOrder)
    self.edgeAttributes = edgeAttributes?.rows(edges.originalOrder)
    self.targets = targets
    self.targetCount = targetCount
    self.laplacianEncoding = laplacianEncoding
    self.weisfeilerLehmanRoles = weisfeilerLehmanRoles
  }
}

/// Arrays read from outside that don't make a graph or a batch.
public struct GraphError: Error, Sendable, CustomStringConvertible {
  /// What was found and what was expected.
  public let description: String

  package init(_ description: String) { self.description = description }
}

private func offsets(_ counts: [Int32]) -> [Int32] {
  var offsets: [Int32] = [0]
  offsets.reserveCapacity(counts.count + 1)
  for count in counts { offsets.append(offsets[offsets.count - 1] + count) }
  return offsets
}

private func graphOfNodes(_ nodeCounts: [Int32]) -> [Int32] {
  var graphs = [Int32]()
  graphs.reserveCapacity(nodeCounts.reduce(0) { $0 + Int($1) })
  for (graph, count) in nodeCounts.enumerated() {
    graphs.append(contentsOf: repeatElement(Int32(graph), count: Int(count)))
  }
  return graphs
}
