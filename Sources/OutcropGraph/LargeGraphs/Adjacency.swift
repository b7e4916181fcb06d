/// Converts undirected edges to lists of neighbors.
package struct Adjacency {
  /// The two ends of an edge.
  package struct Ends: BitwiseCopyable {
    package var first: Int32
    package var second: Int32

    package init(_ first: Int32, _ second: Int32) { (self.first, self.second) = (first, second) }
  }

  /// [nodes + 1] The neighbors of node i have positions `offsets[i] ..< offsets[i+1]`.
  package let offsets: [UInt64]
  private let ends: [Ends]

  /// Counts the neighbors of every node. All ends are in 0 ..< `nodeCount`.
  package init(nodeCount: Int, ends: [Ends]) {
    var offsets = [UInt64](repeating: 0, count: nodeCount + 1)
    offsets.withUnsafeMutableBufferPointer { offsets in
      ends.withUnsafeBufferPointer { ends in
        for edge in ends {
          offsets[Int(edge.first) + 1] += 1
          offsets[Int(edge.second) + 1] += 1
        }
      }
      for node in 0..<nodeCount { offsets[node + 1] += offsets[node] }
    }
    self.offsets = offsets
    self.ends = ends
  }

  /// Writes the neighbors of the nodes in `nodes`, in order of nodes and then of edge numbers, in one pass
  /// over all edges.
  package func fill(_ nodes: Range<Int>, _ target: UnsafeMutablePointer<LargeGraph.Neighbor>) {
    let start = offsets[nodes.lowerBound]
    var places = nodes.map { Int(offsets[$0] - start) }
    let (lowest, count) = (Int32(nodes.lowerBound), UInt32(nodes.count))
    places.withUnsafeMutableBufferPointer { places in
      ends.withUnsafeBufferPointer { ends in
        for index in ends.indices {
          let edge = ends[index]
          // As unsigned integers, nodes below the range are large.
          let first = UInt32(bitPattern: edge.first &- lowest)
          if first < count {
            target[places[Int(first)]] = .init(node: edge.second, edge: UInt32(index))
            places[Int(first)] += 1
          }
          let second = UInt32(bitPattern: edge.second &- lowest)
          if second < count {
            target[places[Int(second)]] = .init(node: edge.first, edge: UInt32(index))
            places[Int(second)] += 1
          }
        }
      }
    }
  }

  /// Consecutive ranges that cover all nodes, each with about `size` neighbors (a node with more neighbors is
  /// a separate range).
  package func windows(of size: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    let nodeCount = offsets.count - 1
    while start < nodeCount {
      var end = start + 1
      while end < nodeCount, offsets[end + 1] - offsets[start] <= UInt64(size) { end += 1 }
      result.append(start..<end)
      start = end
    }
    return result
  }
}
