import OutcropCore

/// Several graphs joined into one: nodes are numbered consecutively, edges are grouped by destination, and
/// features are concatenated.
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
  /// Categories of the nodes, one row per node; nil if graphs have none.
  public let nodeTypes: IntegerFeatures?
  /// Real attributes of the nodes, one row per node; nil if graphs have none.
  public let nodeAttributes: RealFeatures?
  /// Categories of the edges, one row per edge in destination order; nil if graphs have none.
  public let edgeTypes: IntegerFeatures?
  /// Real attributes of the edges, one row per edge in destination order; nil if graphs have
  /// none.
  public let edgeAttributes: RealFeatures?
  /// [labeledCount × targetCount] Labels of the graphs or, in a batch of blocks, of the output nodes, or of
  /// `labeledNodes`; NaN is a missing label.
  public let targets: [Float]
  /// The number of labels of a graph (or output node).
  public let targetCount: Int
  /// `Graph.attributes` of all graphs; rows of edges are in destination order. Empty in a batch of blocks.
  public let attributes: GraphAttributes
  /// The edges that each layer uses in a batch of sampled neighbors; empty if every layer uses all
  /// edges. See `init(blocks:nodeTypes:nodeAttributes:targets:targetCount:)`.
  public let blocks: [Block]
  /// The nodes that have labels, where a model's scores are those of nodes; nil where they are those of
  /// graphs or of the output nodes of blocks.
  public let labeledNodes: [Int32]?

  /// Creates the batch of the given graphs, in this order.
  ///
  /// Traps unless all graphs have the same kinds of features with the same numbers of columns and
  /// the same number of labels.
  public init(_ graphs: some Collection<Graph>) {
    self.init(array: Array(graphs))
  }

  /// Creates a batch from arrays for the whole batch, as files store them. Edges and their features may be
  /// in any order.
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
  ///   - attributes: Named attributes: one row per node, per edge in the order given, or per graph.
  /// - Throws: `InputError` if the arrays are inconsistent, if an edge has a node that does not exist, or if
  ///   an edge joins two graphs.
  public init(
    nodeCounts: [Int32], sources: [Int32], destinations: [Int32],
    nodeTypes: IntegerFeatures? = nil, nodeAttributes: RealFeatures? = nil,
    edgeTypes: IntegerFeatures? = nil, edgeAttributes: RealFeatures? = nil,
    targets: [Float] = [], targetCount: Int = 0,
    attributes: GraphAttributes = GraphAttributes()
  ) throws {
    if let graph = nodeCounts.firstIndex(where: { $0 < 0 }) {
      throw InputError.graph("graph \(graph) has \(nodeCounts[graph]) nodes, expected 0 or more")
    }
    let nodeCount = nodeCounts.reduce(0) { $0 + Int($1) }
    guard nodeCount < Int(Int32.max) else {
      throw InputError.graph("found \(nodeCount) nodes, expected fewer than \(Int32.max)")
    }
    func check(_ name: String, _ found: Int?, _ expected: Int) throws {
      if let found, found != expected {
        throw InputError.graph("\(name): found \(found) rows, expected \(expected)")
      }
    }
    try check("destinations", destinations.count, sources.count)
    try check("nodeTypes", nodeTypes?.rows, nodeCount)
    try check("nodeAttributes", nodeAttributes?.rows, nodeCount)
    try check("edgeTypes", edgeTypes?.rows, sources.count)
    try check("edgeAttributes", edgeAttributes?.rows, sources.count)
    if let problem = attributes.mismatch(
      nodes: nodeCount, edges: sources.count, graphs: nodeCounts.count)
    {
      try check(problem.name, problem.found, problem.expected)
    }
    guard targetCount >= 0, targets.count == targetCount * nodeCounts.count else {
      throw InputError.graph(
        "targets: found \(targets.count) values, "
          + "expected \(nodeCounts.count) graphs × \(targetCount)")
    }
    if let problem = firstEdgeOutside(sources, destinations, nodeCount, nodeCount) {
      throw InputError.graph("\(problem)")
    }
    let nodeGraph = graphOfNodes(nodeCounts)
    if let edge = sources.indices.first(where: {
      nodeGraph[Int(sources[$0])] != nodeGraph[Int(destinations[$0])]
    }) {
      throw InputError.graph(
        "edge \(edge), \(sources[edge]) → \(destinations[edge]), joins graphs "
          + "\(nodeGraph[Int(sources[edge])]) and \(nodeGraph[Int(destinations[edge])])")
    }
    self.init(
      nodeOffsets: offsets(nodeCounts), nodeGraph: nodeGraph, sources: sources,
      destinations: destinations, nodeTypes: nodeTypes, nodeAttributes: nodeAttributes,
      edgeTypes: edgeTypes, edgeAttributes: edgeAttributes, attributes: attributes,
      targets: targets, targetCount: targetCount)
  }

  /// A batch of one whole graph, some nodes of which have labels.
  ///
  /// - Parameters:
  ///   - graph: the graph; its own labels are not used.
  ///   - labeledNodes: the nodes whose scores a model computes.
  ///   - targets: [labeledNodes × targetCount] Labels; NaN where missing.
  ///   - targetCount: the number of labels of a node.
  /// - Precondition: the graph is consistent, and the nodes exist.
  public init(whole graph: Graph, labeledNodes: [Int32], targets: [Float], targetCount: Int) {
    require(
      targetCount >= 0 && targets.count == targetCount * labeledNodes.count,
      "GraphBatch: found \(targets.count) labels, expected \(labeledNodes.count) nodes × "
        + "\(targetCount)")
    require(
      labeledNodes.allSatisfy { $0 >= 0 && Int($0) < graph.nodeCount },
      "GraphBatch: found a labeled node outside 0 ..< \(graph.nodeCount)")
    if let problem = graph.misfit {
      require(false, "GraphBatch: \(problem.field): \(problem.text)")
    }
    self.init(
      nodeOffsets: [0, Int32(graph.nodeCount)],
      nodeGraph: [Int32](repeating: 0, count: graph.nodeCount), sources: graph.sources,
      destinations: graph.destinations, nodeTypes: graph.nodeTypes,
      nodeAttributes: graph.nodeAttributes, edgeTypes: graph.edgeTypes,
      edgeAttributes: graph.edgeAttributes, attributes: graph.attributes, targets: targets,
      targetCount: targetCount, labeledNodes: labeledNodes)
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
      attributes: GraphAttributes(concatenating: graphs), targets: graphs.flatMap { $0.targets },
      targetCount: targetCount)
  }

  /// The arguments are checked; edge features are still in the order of `sources`.
  private init(
    nodeOffsets: [Int32], nodeGraph: [Int32], sources: [Int32], destinations: [Int32],
    nodeTypes: IntegerFeatures?, nodeAttributes: RealFeatures?, edgeTypes: IntegerFeatures?,
    edgeAttributes: RealFeatures?, attributes: GraphAttributes, targets: [Float],
    targetCount: Int, labeledNodes: [Int32]? = nil
  ) {
    blocks = []
    self.labeledNodes = labeledNodes
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
    self.attributes = attributes.rows(edges.originalOrder, of: .edge)
  }

  /// A batch of sampled neighbors of one large graph: layer l works on `blocks[l]`.
  ///
  /// - Parameters:
  ///   - blocks: A layer's sources are the destinations of the layer before it; the first
  ///     `destinationCount` sources of a block are its destinations. Layers after the last block use only
  ///     the last block's destinations, so pass one block per layer.
  ///   - nodeTypes: One row per source of the first block.
  ///   - nodeAttributes: One row per source of the first block.
  ///   - targets: [destinations of the last block × targetCount] Labels; NaN where missing.
  ///   - targetCount: The number of labels of a node.
  /// - Throws: `InputError` if consecutive blocks do not match or an array has the wrong size.
  public init(
    blocks: [Block], nodeTypes: IntegerFeatures? = nil, nodeAttributes: RealFeatures? = nil,
    targets: [Float] = [], targetCount: Int = 0
  ) throws {
    guard let first = blocks.first, let last = blocks.last else {
      throw InputError.graph("blocks: found none, expected one for each layer")
    }
    for (index, block) in blocks.enumerated() {
      let edges = block.edges
      guard edges.destinationCount <= edges.sourceCount else {
        throw InputError.graph(
          "block \(index): found \(edges.destinationCount) destinations of "
            + "\(edges.sourceCount) sources, expected no more destinations than sources")
      }
      if index > 0, blocks[index - 1].edges.destinationCount != edges.sourceCount {
        throw InputError.graph(
          "block \(index): found \(edges.sourceCount) sources, expected the "
            + "\(blocks[index - 1].edges.destinationCount) destinations of the block before")
      }
      for (name, rows) in [
        ("edgeTypes", block.edgeTypes?.rows), ("edgeAttributes", block.edgeAttributes?.rows),
      ] {
        if let rows, rows != edges.edgeCount {
          throw InputError.graph(
            "block \(index): \(name): found \(rows) rows, expected \(edges.edgeCount)")
        }
      }
    }
    nodeCount = first.edges.sourceCount
    for (name, rows) in [("nodeTypes", nodeTypes?.rows), ("nodeAttributes", nodeAttributes?.rows)] {
      if let rows, rows != nodeCount {
        throw InputError.graph("\(name): found \(rows) rows, expected \(nodeCount)")
      }
    }
    guard targetCount >= 0, targets.count == targetCount * last.edges.destinationCount else {
      throw InputError.graph(
        "targets: found \(targets.count) values, expected \(last.edges.destinationCount) nodes × "
          + "\(targetCount)")
    }
    labeledNodes = nil
    graphCount = 1
    edgeCount = first.edges.edgeCount
    nodeOffsets = [0, Int32(nodeCount)]
    nodeGraph = [Int32](repeating: 0, count: nodeCount)
    edges = first.edges
    edgeGraph = [Int32](repeating: 0, count: edgeCount)
    self.nodeTypes = nodeTypes
    self.nodeAttributes = nodeAttributes
    edgeTypes = first.edgeTypes
    edgeAttributes = first.edgeAttributes
    self.targets = targets
    self.targetCount = targetCount
    attributes = GraphAttributes()
    self.blocks = blocks
  }
}

extension GraphBatch {
  /// The edges that one layer uses, sampled from a large graph, with features in their destination
  /// order.
  public struct Block: Sendable {
    /// From the layer's input nodes to its output nodes.
    public let edges: EdgeIndex
    /// One row per edge, in the destination order of `edges`.
    public let edgeTypes: IntegerFeatures?
    /// One row per edge, in the destination order of `edges`.
    public let edgeAttributes: RealFeatures?

    /// Creates a block from its parts; features are in the destination order of `edges`.
    public init(
      edges: EdgeIndex, edgeTypes: IntegerFeatures? = nil, edgeAttributes: RealFeatures? = nil
    ) {
      (self.edges, self.edgeTypes, self.edgeAttributes) = (edges, edgeTypes, edgeAttributes)
    }
  }

  /// The edges that `layer` uses: its block, or all edges.
  public func block(_ layer: Int) -> Block {
    if blocks.isEmpty {
      return Block(edges: edges, edgeTypes: edgeTypes, edgeAttributes: edgeAttributes)
    }
    return blocks[layer]
  }

  /// The number of labeled examples: graphs, the output nodes of blocks, or the labeled nodes of a whole
  /// graph.
  public var labeledCount: Int {
    labeledNodes?.count ?? blocks.last?.edges.destinationCount ?? graphCount
  }
}

extension InputError {
  /// The name of the input in errors about the arrays of a batch, because their file is not known here.
  package static let graphBatch = "graph batch"

  /// An error for external arrays that are not a valid graph or batch.
  static func graph(_ problem: String) -> InputError {
    InputError(.shape, file: graphBatch, found: problem, expected: "")
  }
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
