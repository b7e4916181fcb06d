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
              : sortedInverses(edges, nodes, sources, destinations)
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

  /// Counts by comparing the edges in order with the turned edges in order.
  private func sortedInverses(
    _ edges: Range<Int>, _ nodes: Int, _ sources: UnsafeBufferPointer<Int32>,
    _ destinations: UnsafeBufferPointer<Int32>
  ) -> (with: Int, without: Int) {
    let forward = sortedKeys(edges, nodes, sources, destinations)
    let turned = sortedKeys(edges, nodes, destinations, sources)
    var (with, without) = (0, 0)
    var place = 0
    for key in forward where key >> 32 != key & 0xFFFF_FFFF {
      while place < turned.count, turned[place] < key { place += 1 }
      if place < turned.count, turned[place] == key { with += 1 } else { without += 1 }
    }
    return (with, without)
  }

  /// Edges as numbers (first end, second end), ascending: sorted by counting, first by the second end.
  private func sortedKeys(
    _ edges: Range<Int>, _ nodes: Int, _ first: UnsafeBufferPointer<Int32>,
    _ second: UnsafeBufferPointer<Int32>
  ) -> [UInt64] {
    var keys = edges.map { UInt64(UInt32(first[$0])) << 32 | UInt64(UInt32(second[$0])) }
    for shift in [0, 32] as [UInt64] {
      var places = [Int](repeating: 0, count: nodes + 1)
      for key in keys { places[Int(key >> shift & 0xFFFF_FFFF) + 1] += 1 }
      for node in 0..<nodes { places[node + 1] += places[node] }
      let unsorted = keys
      unsorted.withUnsafeBufferPointer { unsorted in
        keys.withUnsafeMutableBufferPointer { keys in
          places.withUnsafeMutableBufferPointer { places in
            for key in unsorted {
              let node = Int(key >> shift & 0xFFFF_FFFF)
              keys[places[node]] = key
              places[node] += 1
            }
          }
        }
      }
    }
    return keys
  }
}
