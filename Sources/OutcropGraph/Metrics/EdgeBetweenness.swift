import OutcropCore

extension UndirectedEdges {
  /// The betweenness centrality of each pair: the sum, over all pairs of nodes s ≠ t, of the fraction of
  /// shortest paths between s and t that contain the edge.
  ///
  /// The length of a path is its number of edges. Nodes without a path between them add nothing; a loop is on
  /// no shortest path and has centrality 0. With `normalized`, values are divided by the number of pairs of
  /// nodes, n (n − 1) / 2, as in NetworkX's `edge_betweenness_centrality` for undirected graphs. Source:
  /// Brandes 2001, "A faster algorithm for betweenness centrality". O(nodes · edges). Sources are
  /// processed in parallel; the result does not depend on the number of threads.
  public func betweenness(normalized: Bool = true) -> [Double] {
    let grain = 32
    let chunkCount = (nodeCount + grain - 1) / grain
    let partial = Locked([[Double]](repeating: [], count: chunkCount))
    ThreadPool.forRanges(nodeCount, grain: grain) { sources in
      var search = ShortestPaths(self)
      for source in sources { search.run(from: source) }
      let sums = search.sums
      partial.withLock { $0[sources.lowerBound / grain] = sums }
    }
    var result = [Double](repeating: 0, count: pairs.count)
    for sums in partial.withLock({ $0 }) {
      for pair in result.indices { result[pair] += sums[pair] }
    }
    // Every pair of nodes was counted from both nodes.
    let nodePairs = Double(nodeCount) * Double(nodeCount - 1) / 2
    let scale = normalized && nodeCount > 1 ? 0.5 / nodePairs : 0.5
    return result.map { $0 * scale }
  }
}

/// Breadth-first searches that sum each edge's fractions of the shortest paths from their sources.
private struct ShortestPaths {
  private(set) var sums: [Double]
  private let edges: UndirectedEdges
  private var distance: [Int32]
  private var pathCount: [Double]
  private var dependency: [Double]
  private var queue: [Int32] = []

  init(_ edges: UndirectedEdges) {
    self.edges = edges
    sums = Array(repeating: 0, count: edges.pairs.count)
    distance = Array(repeating: -1, count: edges.nodeCount)
    pathCount = Array(repeating: 0, count: edges.nodeCount)
    dependency = Array(repeating: 0, count: edges.nodeCount)
    queue.reserveCapacity(edges.nodeCount)
  }

  mutating func run(from source: Int) {
    queue.removeAll(keepingCapacity: true)
    queue.append(Int32(source))
    (distance[source], pathCount[source]) = (0, 1)
    var next = 0
    while next < queue.count {
      let node = Int(queue[next])
      next += 1
      for entry in Int(edges.offsets[node])..<Int(edges.offsets[node + 1]) {
        let other = Int(edges.neighbors[entry])
        if distance[other] < 0 {
          distance[other] = distance[node] + 1
          queue.append(Int32(other))
        }
        if distance[other] == distance[node] + 1 { pathCount[other] += pathCount[node] }
      }
    }
    for node in queue.reversed().map({ Int($0) }) {
      for entry in Int(edges.offsets[node])..<Int(edges.offsets[node + 1]) {
        let other = Int(edges.neighbors[entry])
        guard distance[other] == distance[node] - 1 else { continue }
        let share = pathCount[other] / pathCount[node] * (1 + dependency[node])
        dependency[other] += share
        sums[Int(edges.neighborPairs[entry])] += share
      }
    }
    for node in queue.map({ Int($0) }) {
      (distance[node], pathCount[node], dependency[node]) = (-1, 0, 0)
    }
  }
}
