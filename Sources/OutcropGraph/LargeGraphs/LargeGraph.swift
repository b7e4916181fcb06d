import Foundation
import OutcropCore

/// One undirected graph with many edges and a row of real scores for each edge. Scores are stored once for
/// both directions.
///
/// The arrays are in memory or, for a graph that was read from files, in a mapped cache file, of which only
/// the parts in use occupy memory. A node's neighbors are stored consecutively in ascending order of edge
/// numbers. A loop counts twice, as both of its directions.
public final class LargeGraph: @unchecked Sendable {
  // Sendable: the memory is never written after init.

  /// The number of nodes; nodes are numbered from 0.
  public let nodeCount: Int
  /// The number of undirected edges; edges are numbered from 0 in the order in which they were
  /// given.
  public let edgeCount: Int
  /// The number of scores of an edge; 0 if there are none.
  public let scoreCount: Int

  /// [nodeCount + 1] The neighbors of node i are `neighbors[offsets[i] ..< offsets[i+1]]`.
  package let offsets: UnsafePointer<UInt64>
  package let neighbors: UnsafePointer<Neighbor>
  package let scores: Scores
  /// The owner of the memory that the pointers refer to.
  private let owner: AnyObject
  /// Whether a node's neighbors are the sources of its edges alone, and edges have one direction.
  private let isDirected: Bool

  /// An entry in a node's list of neighbors: the other node of an edge, and the edge.
  package struct Neighbor: BitwiseCopyable, Equatable {
    package var node: Int32
    package var edge: UInt32
  }

  /// [edges × scoreCount] The scores, row after row.
  package enum Scores {
    case none
    /// Scores as multiples of 1/1000, as in ogbn-proteins: half the memory without loss.
    case thousandths(UnsafePointer<UInt16>)
    case exact(UnsafePointer<Float>)
  }

  package init(
    nodeCount: Int, edgeCount: Int, scoreCount: Int, offsets: UnsafePointer<UInt64>,
    neighbors: UnsafePointer<Neighbor>, scores: Scores, owner: AnyObject, isDirected: Bool = false
  ) {
    self.isDirected = isDirected
    self.nodeCount = nodeCount
    self.edgeCount = edgeCount
    self.scoreCount = scoreCount
    self.offsets = offsets
    self.neighbors = neighbors
    self.scores = scores
    self.owner = owner
  }

  /// Creates a graph in memory from undirected edges, each given once.
  ///
  /// Traps if the lists differ in length, an edge has a node that does not exist, or `scores`
  /// has another number of rows.
  public convenience init(
    nodeCount: Int, firstEnds: [Int32], secondEnds: [Int32], scores: RealFeatures? = nil
  ) {
    let edgeCount = firstEnds.count
    require(
      secondEnds.count == edgeCount && scores.map { $0.rows == edgeCount } ?? true,
      "LargeGraph: found \(edgeCount) first ends, \(secondEnds.count) second ends and "
        + "\(scores.map { "\($0.rows)" } ?? "no") rows of scores")
    require(edgeCount < Int(UInt32.max), "LargeGraph: found \(edgeCount) edges, expected fewer")
    if let problem = firstEdgeOutside(firstEnds, secondEnds, nodeCount, nodeCount) {
      require(false, "LargeGraph: \(problem)")
    }
    let values = scores?.values ?? []
    let memory = OwnedMemory(
      byteCount: (nodeCount + 1) * 8 + edgeCount * 16 + values.count * 4)
    let offsets = memory.base.bindMemory(to: UInt64.self, capacity: nodeCount + 1)
    let neighbors = (memory.base + (nodeCount + 1) * 8).bindMemory(
      to: Neighbor.self, capacity: 2 * edgeCount)
    let scoreMemory = (memory.base + (nodeCount + 1) * 8 + edgeCount * 16).bindMemory(
      to: Float.self, capacity: values.count)
    scoreMemory.initialize(from: values, count: values.count)
    let adjacency = Adjacency(
      nodeCount: nodeCount, ends: zip(firstEnds, secondEnds).map { Adjacency.Ends($0, $1) })
    offsets.initialize(from: adjacency.offsets, count: nodeCount + 1)
    adjacency.fill(0..<nodeCount, neighbors)
    self.init(
      nodeCount: nodeCount, edgeCount: edgeCount, scoreCount: scores?.columns ?? 0,
      offsets: offsets, neighbors: neighbors,
      scores: scores == nil ? .none : .exact(scoreMemory), owner: memory)
  }

  /// A graph in memory of directed edges: the neighbors of a node are the sources of the edges that enter
  /// it. Traps when the lists differ in length or an edge names a node that doesn't exist.
  package convenience init(directed nodeCount: Int, sources: [Int32], destinations: [Int32]) {
    let index = EdgeIndex(sources: sources, destinations: destinations, nodeCount: nodeCount)
    let edgeCount = sources.count
    let memory = OwnedMemory(byteCount: (nodeCount + 1) * 8 + edgeCount * 8)
    let offsets = memory.base.bindMemory(to: UInt64.self, capacity: nodeCount + 1)
    let neighbors = (memory.base + (nodeCount + 1) * 8).bindMemory(
      to: Neighbor.self, capacity: edgeCount)
    for node in 0...nodeCount {
      (offsets + node).initialize(to: UInt64(index.destinationOffsets[node]))
    }
    for place in 0..<edgeCount {
      (neighbors + place).initialize(
        to: Neighbor(node: index.sources[place], edge: UInt32(index.originalOrder[place])))
    }
    self.init(
      nodeCount: nodeCount, edgeCount: edgeCount, scoreCount: 0, offsets: offsets,
      neighbors: neighbors, scores: .none, owner: memory, isDirected: true)
  }

  /// The number of directed edges: twice the number of undirected edges.
  public var directedEdgeCount: Int { isDirected ? edgeCount : 2 * edgeCount }

  /// The number of edges at a node, which is also the number of directed edges that enter it.
  public func degree(of node: Int) -> Int {
    checkNode(node)
    return Int(offsets[node + 1] - offsets[node])
  }

  /// The other ends of the edges at a node, by ascending edge number.
  public func neighbors(of node: Int) -> [Int32] {
    checkNode(node)
    return (offsets[node]..<offsets[node + 1]).map { neighbors[Int($0)].node }
  }

  /// The numbers of the edges at a node, ascending.
  public func edges(at node: Int) -> [Int] {
    checkNode(node)
    return (offsets[node]..<offsets[node + 1]).map { Int(neighbors[Int($0)].edge) }
  }

  /// [scoreCount] The scores of an edge.
  public func scores(of edge: Int) -> [Float] {
    require(
      edge >= 0 && edge < edgeCount,
      "LargeGraph.scores: found edge \(edge), expected 0 ..< \(edgeCount)")
    return gatherScores([UInt32(edge)])
  }

  /// Whether scores are stored as integer thousandths, in half the memory. The values are the same.
  public var hasScoresInThousandths: Bool {
    if case .thousandths = scores { true } else { false }
  }

  /// [edges.count × scoreCount] The scores of many edges.
  package func gatherScores(_ edges: [UInt32]) -> [Float] {
    let columns = scoreCount
    return [Float](unsafeUninitializedCapacity: edges.count * columns) { result, count in
      count = edges.count * columns
      guard let target = result.baseAddress, count > 0 else { return }
      edges.withUnsafeBufferPointer { edges in
        switch scores {
        case .none: break
        case .exact(let scores):
          for (row, edge) in edges.enumerated() {
            (target + row * columns).initialize(from: scores + Int(edge) * columns, count: columns)
          }
        case .thousandths(let scores) where columns == 8:
          for (row, edge) in edges.enumerated() {
            let packed = UnsafeRawPointer(scores + Int(edge) * 8)
              .loadUnaligned(as: SIMD8<UInt16>.self)
            // The quotient of the integers is the Float nearest to the decimal fraction.
            let values = SIMD8<Float>(packed) / 1000
            UnsafeMutableRawPointer(target + row * 8).storeBytes(of: values, as: SIMD8<Float>.self)
          }
        case .thousandths(let scores):
          for (row, edge) in edges.enumerated() {
            for column in 0..<columns {
              target[row * columns + column] = Float(scores[Int(edge) * columns + column]) / 1000
            }
          }
        }
      }
    }
  }

  private func checkNode(_ node: Int) {
    require(
      node >= 0 && node < nodeCount, "LargeGraph: found node \(node), expected 0 ..< \(nodeCount)")
  }
}

/// Memory that is freed with the last reference to it.
private final class OwnedMemory {
  package let base: UnsafeMutableRawPointer

  package init(byteCount: Int) {
    base = OutOfMemory.allocate(byteCount: byteCount, for: "a large graph")
  }

  deinit { free(base) }
}
