import OutcropCore

/// Directed edges grouped by destination, with an index of the same edges by source.
///
/// Sources and destinations may number different node lists (a bipartite block of a sampled graph).
/// The grouping is stable: edges into the same node keep the order in which they were given.
public final class EdgeIndex: Sendable {
  /// The number of nodes that `sources` refers to.
  public let sourceCount: Int
  /// The number of nodes that `destinations` refers to.
  public let destinationCount: Int
  /// [E] The source node of each edge, in destination order.
  public let sources: [Int32]
  /// [E] The destination node of each edge, ascending.
  public let destinations: [Int32]
  /// [destinationCount + 1] Edges into node i are
  /// `destinationOffsets[i] ..< destinationOffsets[i+1]`.
  public let destinationOffsets: [Int32]
  /// [sourceCount + 1] Edges out of node j are
  /// `sourceOrder[sourceOffsets[j] ..< sourceOffsets[j+1]]`.
  public let sourceOffsets: [Int32]
  /// [E] Positions (in destination order) of the edges, grouped by source, ascending in each group.
  public let sourceOrder: [Int32]
  /// [E] Position in destination order → index of the edge as given.
  public let originalOrder: [Int32]

  /// The cached result of `closedRanges`.
  private enum ClosedRanges {
    case notSearched
    case none
    case found([Range<Int>])
  }

  private let knownRanges = Locked(ClosedRanges.notSearched)

  /// The number of edges.
  public var edgeCount: Int { sources.count }

  /// Groups the given edges by two counting sorts, O(edges + nodes).
  ///
  /// Traps if the lists differ in length, an edge has a node that does not exist, or there are
  /// more edges than an `Int32` can count.
  public init(
    sources: [Int32], destinations: [Int32], sourceCount: Int, destinationCount: Int
  ) {
    require(
      sources.count == destinations.count,
      "EdgeIndex: found \(sources.count) sources and \(destinations.count) destinations")
    require(
      sources.count < Int(Int32.max),
      "EdgeIndex: found \(sources.count) edges, expected fewer than \(Int32.max)")
    if let problem = firstEdgeOutside(sources, destinations, sourceCount, destinationCount) {
      require(false, "EdgeIndex: \(problem)")
    }
    self.sourceCount = sourceCount
    self.destinationCount = destinationCount
    (destinationOffsets, originalOrder) = countingSort(destinations, destinationCount)
    self.sources = gather(sources, originalOrder)
    self.destinations = gather(destinations, originalOrder)
    (sourceOffsets, sourceOrder) = countingSort(self.sources, sourceCount)
  }

  /// Edges among one list of `nodeCount` nodes.
  public convenience init(sources: [Int32], destinations: [Int32], nodeCount: Int) {
    self.init(
      sources: sources, destinations: destinations, sourceCount: nodeCount,
      destinationCount: nodeCount)
  }

  /// Consecutive ranges of nodes that no edge leaves, such as whole graphs of a batch, with about 256 edges
  /// each. nil if the nodes cannot be split into such ranges of at most a few thousand edges, or if sources
  /// and destinations are different lists. Computed once and cached.
  package var closedRanges: [Range<Int>]? {
    knownRanges.withLock { known in
      switch known {
      case .none: return nil
      case .found(let ranges): return ranges
      case .notSearched:
        let ranges = findClosedRanges(atLeast: 256, atMost: 4096)
        known = ranges.map { .found($0) } ?? .none
        return ranges
      }
    }
  }

  private func findClosedRanges(atLeast least: Int32, atMost most: Int32) -> [Range<Int>]? {
    let count = destinationCount
    guard sourceCount == count, count > 0 else { return nil }
    // For each node, the largest node that an edge joins to it, in either direction.
    var furthest = [Int32](repeating: 0, count: count)
    for (source, destination) in zip(sources, destinations) {
      let (low, high) = (Int(min(source, destination)), max(source, destination))
      furthest[low] = max(furthest[low], high)
    }
    var ranges: [Range<Int>] = []
    var (start, reach) = (0, Int32(0))
    for node in 0..<count {
      reach = max(reach, furthest[node])
      let edges = destinationOffsets[node + 1] - destinationOffsets[start]
      if reach <= Int32(node) {
        if edges > most { return nil }
        if edges >= least || node - start >= Int(least) || node + 1 == count {
          ranges.append(start..<node + 1)
          start = node + 1
        }
      } else if edges > most {
        return nil
      }
    }
    return ranges
  }

  /// The positions (in destination order) of the edges that enter `node`.
  public func edges(into node: Int) -> Range<Int> {
    Int(destinationOffsets[node])..<Int(destinationOffsets[node + 1])
  }

  /// The positions (in destination order) of the edges that leave `node`.
  public func edges(outOf node: Int) -> ArraySlice<Int32> {
    sourceOrder[Int(sourceOffsets[node])..<Int(sourceOffsets[node + 1])]
  }
}

/// The start of each key's group, and the stable order that groups equal keys. Keys are in
/// 0 ..< `keyCount`.
private func countingSort(_ keys: [Int32], _ keyCount: Int) -> (offsets: [Int32], order: [Int32]) {
  var offsets = [Int32](repeating: 0, count: keyCount + 1)
  // An array made with a capacity of 0 writes to the storage that all empty arrays share, and other
  // threads may read it.
  if keys.isEmpty { return (offsets, []) }
  let order = keys.withUnsafeBufferPointer { keys in
    offsets.withUnsafeMutableBufferPointer { offsets in
      for key in keys { offsets[Int(key) + 1] += 1 }
      for key in 0..<keyCount { offsets[key + 1] += offsets[key] }
      return [Int32](unsafeUninitializedCapacity: keys.count) { order, count in
        // Storing an element advances its group's start; afterward every start is that of the next group.
        for (index, key) in keys.enumerated() {
          order.initializeElement(at: Int(offsets[Int(key)]), to: Int32(index))
          offsets[Int(key)] += 1
        }
        count = keys.count
      }
    }
  }
  for key in stride(from: keyCount, to: 0, by: -1) { offsets[key] = offsets[key - 1] }
  offsets[0] = 0
  return (offsets, order)
}

private func gather(_ values: [Int32], _ order: [Int32]) -> [Int32] {
  if order.isEmpty { return [] }
  return values.withUnsafeBufferPointer { values in
    order.withUnsafeBufferPointer { order in
      [Int32](unsafeUninitializedCapacity: order.count) { result, count in
        for position in 0..<order.count {
          result.initializeElement(at: position, to: values[Int(order[position])])
        }
        count = order.count
      }
    }
  }
}
