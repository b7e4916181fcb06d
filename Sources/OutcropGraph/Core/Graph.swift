import OutcropCore

/// One directed graph with optional features of nodes and edges and its labels.
///
/// An undirected edge is stored as two directed ones. The fields may be changed freely;
/// `inconsistency` says whether they still fit together.
public struct Graph: Sendable, Equatable {
  /// The number of nodes; nodes are numbered from 0.
  public var nodeCount: Int
  /// The node each edge leaves, one number per edge.
  public var sources: [Int32]
  /// The node each edge enters, in the order of `sources`.
  public var destinations: [Int32]
  /// Categories of the nodes, one row per node.
  public var nodeTypes: IntegerFeatures?
  /// Real attributes of the nodes, one row per node.
  public var nodeAttributes: RealFeatures?
  /// Categories of the edges, one row per edge in the order of `sources`.
  public var edgeTypes: IntegerFeatures?
  /// Real attributes of the edges, one row per edge in the order of `sources`.
  public var edgeAttributes: RealFeatures?
  /// The labels of the whole graph. NaN is a missing label; a class is its number.
  public var targets: [Float]
  /// Laplacian eigenvectors [nodes, k], see `laplacianEigenvectors(columns:)`. Columns that a
  /// small graph doesn't have are 0.
  public var laplacianEncoding: RealFeatures?
  /// Weisfeiler–Lehman colors, one per node, see `weisfeilerLehmanColors`.
  public var weisfeilerLehmanRoles: [Int32]?
  /// Return probabilities of a random walk [nodes, k], see `randomWalkProbabilities(steps:)`.
  public var randomWalkEncoding: RealFeatures?
  /// Eigenvectors and eigenvalues of the Laplacian side by side [nodes, 2 m], NaN where a small graph
  /// has fewer than m, see `laplacianSpectrum(count:)`.
  public var laplacianSpectrum: RealFeatures?
  /// 1 for an edge that was added to make the graph full, 0 for one of its own, see
  /// `addingAllPairs()`; nil in a graph that was not filled.
  public var addedEdges: [Int32]?
  /// A weight of each edge in attention, see `addingDiffusionWeights(gamma:steps:)`.
  public var edgeWeights: [Float]?

  /// A graph from its parts. Traps when they don't fit together (see `inconsistency`).
  public init(
    nodeCount: Int, sources: [Int32], destinations: [Int32], nodeTypes: IntegerFeatures? = nil,
    nodeAttributes: RealFeatures? = nil, edgeTypes: IntegerFeatures? = nil,
    edgeAttributes: RealFeatures? = nil, targets: [Float] = [],
    laplacianEncoding: RealFeatures? = nil, weisfeilerLehmanRoles: [Int32]? = nil,
    randomWalkEncoding: RealFeatures? = nil, laplacianSpectrum: RealFeatures? = nil,
    addedEdges: [Int32]? = nil, edgeWeights: [Float]? = nil
  ) {
    self.nodeCount = nodeCount
    self.sources = sources
    self.destinations = destinations
    self.nodeTypes = nodeTypes
    self.nodeAttributes = nodeAttributes
    self.edgeTypes = edgeTypes
    self.edgeAttributes = edgeAttributes
    self.targets = targets
    self.laplacianEncoding = laplacianEncoding
    self.weisfeilerLehmanRoles = weisfeilerLehmanRoles
    self.randomWalkEncoding = randomWalkEncoding
    self.laplacianSpectrum = laplacianSpectrum
    self.addedEdges = addedEdges
    self.edgeWeights = edgeWeights
    if let problem = inconsistency { require(false, "Graph: \(problem)") }
  }

  /// The number of directed edges.
  public var edgeCount: Int { sources.count }

  /// What doesn't fit together in this graph, or nil: an edge to a node that doesn't exist, or a
  /// feature whose row count is not the number of nodes or edges.
  public var inconsistency: String? {
    if nodeCount < 0 { return "found \(nodeCount) nodes, expected 0 or more" }
    if sources.count != destinations.count {
      return "found \(sources.count) sources and \(destinations.count) destinations"
    }
    func mismatch(_ name: StaticString, _ found: Int?, _ expected: Int) -> String? {
      guard let found, found != expected else { return nil }
      return "\(name) has \(found) rows, expected \(expected)"
    }
    let problem =
      mismatch("nodeTypes", nodeTypes?.rows, nodeCount)
      ?? mismatch("nodeAttributes", nodeAttributes?.rows, nodeCount)
      ?? mismatch("laplacianEncoding", laplacianEncoding?.rows, nodeCount)
      ?? mismatch("weisfeilerLehmanRoles", weisfeilerLehmanRoles?.count, nodeCount)
      ?? mismatch("randomWalkEncoding", randomWalkEncoding?.rows, nodeCount)
      ?? mismatch("laplacianSpectrum", laplacianSpectrum?.rows, nodeCount)
      ?? mismatch("edgeTypes", edgeTypes?.rows, edgeCount)
      ?? mismatch("edgeAttributes", edgeAttributes?.rows, edgeCount)
      ?? mismatch("addedEdges", addedEdges?.count, edgeCount)
      ?? mismatch("edgeWeights", edgeWeights?.count, edgeCount)
    if let problem { return problem }
    return firstEdgeOutside(sources, destinations, nodeCount, nodeCount)
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

/// A sentence about the first edge with an end outside its node list, or nil.
func firstEdgeOutside(
  _ sources: [Int32], _ destinations: [Int32], _ sourceCount: Int, _ destinationCount: Int
) -> String? {
  // One pass without branches per edge first: negative numbers are large when read as unsigned.
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
  if outside(sources, sourceCount) {
    let edge = sources.firstIndex { $0 < 0 || Int($0) >= sourceCount }!
    return "edge \(edge) has source \(sources[edge]), expected 0 ..< \(sourceCount)"
  }
  if outside(destinations, destinationCount) {
    let edge = destinations.firstIndex { $0 < 0 || Int($0) >= destinationCount }!
    return "edge \(edge) has destination \(destinations[edge]), "
      + "expected 0 ..< \(destinationCount)"
  }
  return nil
}
