import OutcropCore

/// One directed graph with labels and optional features of nodes and edges.
///
/// An undirected edge is stored as two directed ones. All fields are mutable;
/// `inconsistency` reports whether they are consistent.
public struct Graph: Sendable, Equatable {
  /// The number of nodes; nodes are numbered from 0.
  public var nodeCount: Int
  /// The source node of each edge.
  public var sources: [Int32]
  /// The destination node of each edge, in the order of `sources`.
  public var destinations: [Int32]
  /// Categories of the nodes, one row per node.
  public var nodeTypes: IntegerFeatures?
  /// Real attributes of the nodes, one row per node.
  public var nodeAttributes: RealFeatures?
  /// Categories of the edges, one row per edge in the order of `sources`.
  public var edgeTypes: IntegerFeatures?
  /// Real attributes of the edges, one row per edge in the order of `sources`.
  public var edgeAttributes: RealFeatures?
  /// The labels of the whole graph. NaN is a missing label; a class label is the class number.
  public var targets: [Float]
  /// Named attributes in addition to the features, such as positional encodings. Rows of edges are in the
  /// order of `sources`.
  public var attributes: GraphAttributes

  /// Creates a graph from its parts.
  ///
  /// - Precondition: `sources` and `destinations` have the same length and contain nodes in
  ///   0 ..< `nodeCount`; features and attributes have one row per node or edge. For external data use
  ///   `init(checking:nodeCount:…)`, which throws instead.
  public init(
    nodeCount: Int, sources: [Int32], destinations: [Int32], nodeTypes: IntegerFeatures? = nil,
    nodeAttributes: RealFeatures? = nil, edgeTypes: IntegerFeatures? = nil,
    edgeAttributes: RealFeatures? = nil, targets: [Float] = [],
    attributes: GraphAttributes = GraphAttributes()
  ) {
    self.init(
      unchecked: nodeCount, sources, destinations, nodeTypes, nodeAttributes, edgeTypes,
      edgeAttributes, targets, attributes)
    if let problem = misfit { require(false, "Graph: \(problem.field): \(problem.text)") }
  }

  /// Creates a graph from external data.
  ///
  /// - Parameters:
  ///   - name: the name of the graph in errors, such as `mine.csv, graph 7`.
  ///   - nodeCount: the number of nodes.
  ///   - sources: the source node of each edge.
  ///   - destinations: the destination node of each edge.
  ///   - nodeTypes: categories of the nodes, one row per node.
  ///   - nodeAttributes: real attributes of the nodes, one row per node.
  ///   - edgeTypes: categories of the edges, one row per edge.
  ///   - edgeAttributes: real attributes of the edges, one row per edge.
  ///   - targets: the labels of the graph; NaN is a missing label.
  ///   - attributes: named attributes in addition to the features.
  /// - Throws: `InputError` with the name of the field that does not fit the others.
  public init(
    checking name: String, nodeCount: Int, sources: [Int32], destinations: [Int32],
    nodeTypes: IntegerFeatures? = nil, nodeAttributes: RealFeatures? = nil,
    edgeTypes: IntegerFeatures? = nil, edgeAttributes: RealFeatures? = nil, targets: [Float] = [],
    attributes: GraphAttributes = GraphAttributes()
  ) throws {
    self.init(
      unchecked: nodeCount, sources, destinations, nodeTypes, nodeAttributes, edgeTypes,
      edgeAttributes, targets, attributes)
    if let problem = misfit {
      throw InputError(
        file: name, field: problem.field, found: problem.found, expected: problem.expected)
    }
  }

  private init(
    unchecked nodeCount: Int, _ sources: [Int32], _ destinations: [Int32],
    _ nodeTypes: IntegerFeatures?, _ nodeAttributes: RealFeatures?,
    _ edgeTypes: IntegerFeatures?, _ edgeAttributes: RealFeatures?, _ targets: [Float],
    _ attributes: GraphAttributes
  ) {
    self.nodeCount = nodeCount
    self.sources = sources
    self.destinations = destinations
    self.nodeTypes = nodeTypes
    self.nodeAttributes = nodeAttributes
    self.edgeTypes = edgeTypes
    self.edgeAttributes = edgeAttributes
    self.targets = targets
    self.attributes = attributes
  }

  /// The number of directed edges.
  public var edgeCount: Int { sources.count }

  /// A description of an inconsistency in this graph, or nil: an edge to a node that does not exist, or a
  /// feature whose row count is not the number of nodes or edges.
  public var inconsistency: String? { misfit.map { "\($0.field): \($0.text)" } }

  /// A field that is inconsistent with the others.
  struct Misfit {
    var field, found, expected: String
    var text: String { "found \(found), expected \(expected)" }
  }

  /// The first field that is inconsistent with the others.
  var misfit: Misfit? {
    if nodeCount < 0 {
      return Misfit(field: "nodeCount", found: "\(nodeCount)", expected: "0 or more")
    }
    func mismatch(_ name: String, _ found: Int?, _ expected: Int) -> Misfit? {
      guard let found, found != expected else { return nil }
      return Misfit(field: name, found: "\(found) rows", expected: "\(expected)")
    }
    let other = attributes.mismatch(nodes: nodeCount, edges: edgeCount, graphs: 1)
    let problem =
      mismatch("destinations", destinations.count, edgeCount)
      ?? mismatch("nodeTypes", nodeTypes?.rows, nodeCount)
      ?? mismatch("nodeAttributes", nodeAttributes?.rows, nodeCount)
      ?? mismatch("edgeTypes", edgeTypes?.rows, edgeCount)
      ?? mismatch("edgeAttributes", edgeAttributes?.rows, edgeCount)
      ?? other.flatMap { mismatch($0.name, $0.found, $0.expected) }
    if let problem { return problem }
    guard let edge = firstEdgeOutside(sources, destinations, nodeCount, nodeCount) else {
      return nil
    }
    return Misfit(
      field: "\(edge.end)s", found: "\(edge.node) at edge \(edge.edge)",
      expected: "0 ..< \(nodeCount)")
  }

  /// The number of edges that enter each node.
  public var inDegrees: [Int32] { degrees(destinations) }

  /// The number of edges that leave each node.
  public var outDegrees: [Int32] { degrees(sources) }

  private func degrees(_ ends: [Int32]) -> [Int32] {
    var counts = [Int32](repeating: 0, count: nodeCount)
    for node in ends { counts[Int(node)] += 1 }
    return counts
  }
}

/// An edge with a source or destination that does not exist.
struct EdgeOutside: CustomStringConvertible {
  let edge: Int
  /// `source` or `destination`.
  let end: String
  let node: Int32
  let nodeCount: Int

  var description: String { "edge \(edge) has \(end) \(node), expected 0 ..< \(nodeCount)" }
}

/// The first edge with a source or destination that does not exist, or nil.
func firstEdgeOutside(
  _ sources: [Int32], _ destinations: [Int32], _ sourceCount: Int, _ destinationCount: Int
) -> EdgeOutside? {
  // First a pass without a branch per edge: as unsigned integers, negative numbers are large.
  func largest(_ ends: [Int32]) -> UInt32 {
    ends.withUnsafeBufferPointer { ends in
      var largest: UInt32 = 0
      for end in ends { largest = max(largest, UInt32(bitPattern: end)) }
      return largest
    }
  }
  func outside(_ ends: [Int32], _ count: Int) -> Bool {
    !ends.isEmpty && Int(largest(ends)) >= count
  }
  for (end, nodes, count) in [
    ("source", sources, sourceCount), ("destination", destinations, destinationCount),
  ] where outside(nodes, count) {
    let edge = nodes.firstIndex { $0 < 0 || Int($0) >= count }!
    return EdgeOutside(edge: edge, end: end, node: nodes[edge], nodeCount: count)
  }
  return nil
}

extension Graph: CustomStringConvertible {
  /// One line: `Graph: 23 nodes, 50 edges, node types (1), edge types (1), 1 label`.
  public var description: String {
    var parts = ["\(nodeCount) nodes", "\(edgeCount) edges"]
    for (name, columns) in [
      ("node types", nodeTypes?.columns), ("node attributes", nodeAttributes?.columns),
      ("edge types", edgeTypes?.columns), ("edge attributes", edgeAttributes?.columns),
    ] {
      if let columns { parts.append("\(name) (\(columns))") }
    }
    parts.append("\(targets.count) label\(targets.count == 1 ? "" : "s")")
    if !attributes.names.isEmpty {
      parts.append("with \(attributes.names.joined(separator: ", "))")
    }
    return "Graph: " + parts.joined(separator: ", ")
  }
}
