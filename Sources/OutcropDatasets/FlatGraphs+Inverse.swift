extension FlatGraphs {
  /// The numbers of edges between different nodes with and without their inverse in the same graph.
  func inverseCounts() -> (with: Int, without: Int) {
    var (with, without) = (0, 0)
    var marks = [UInt64](repeating: 0, count: Self.largestMarked * Self.largestMarked / 64)
    sources.withUnsafeBufferPointer { sources in
      destinations.withUnsafeBufferPointer { destinations in
        marks.withUnsafeMutableBufferPointer { marks in
          for graph in 0..<count {
            let edges = edgeOffsets[graph]..<edgeOffsets[graph + 1]
            let nodes = nodeOffsets[graph + 1] - nodeOffsets[graph]
            let found =
              nodes <= Self.largestMarked
              ? markedInverses(edges, nodes, sources, destinations, marks)
              : sortedInverses(edges, sources, destinations)
            with += found.with
            without += found.without
          }
        }
      }
    }
    return (with, without)
  }

  /// The largest graph whose edges are marked in a matrix of bits, 32 KB.
  private static let largestMarked = 512

  /// Counts with a matrix of bits, which is clear before and after.
  private func markedInverses(
    _ edges: Range<Int>, _ nodes: Int, _ sources: UnsafeBufferPointer<Int32>,
    _ destinations: UnsafeBufferPointer<Int32>, _ marks: UnsafeMutableBufferPointer<UInt64>
  ) -> (with: Int, without: Int) {
    var (with, without) = (0, 0)
    for edge in edges {
      let place = Int(sources[edge]) * nodes + Int(destinations[edge])
      marks[place >> 6] |= 1 << UInt64(place & 63)
    }
    for edge in edges where sources[edge] != destinations[edge] {
      let place = Int(destinations[edge]) * nodes + Int(sources[edge])
      if marks[place >> 6] & 1 << UInt64(place & 63) != 0 { with += 1 } else { without += 1 }
    }
    for edge in edges {
      marks[(Int(sources[edge]) * nodes + Int(destinations[edge])) >> 6] = 0
    }
    return (with, without)
  }

  /// Counts by looking up each inverse in the sorted edges.
  private func sortedInverses(
    _ edges: Range<Int>, _ sources: UnsafeBufferPointer<Int32>,
    _ destinations: UnsafeBufferPointer<Int32>
  ) -> (with: Int, without: Int) {
    var (with, without) = (0, 0)
    let keys = edges.map { UInt64(sources[$0]) << 32 | UInt64(destinations[$0]) }.sorted()
    for edge in edges where sources[edge] != destinations[edge] {
      let inverse = UInt64(destinations[edge]) << 32 | UInt64(sources[edge])
      var (low, high) = (0, keys.count)
      while low < high {
        let middle = (low + high) / 2
        if keys[middle] < inverse { low = middle + 1 } else { high = middle }
      }
      if low < keys.count, keys[low] == inverse { with += 1 } else { without += 1 }
    }
    return (with, without)
  }
}
