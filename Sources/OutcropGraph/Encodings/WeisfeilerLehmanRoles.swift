import OutcropCore

extension Graph {
  /// A structural role for each node: its Weisfeiler–Lehman color after `rounds` rounds, 1...
  ///
  /// All nodes start with color 1. In each round, the text of a node is its own color and the colors of
  /// its neighbors, sorted as strings, all joined by "_". Edges count as undirected, stored once or in
  /// both directions: a neighbor counts as often as the larger of the numbers of edges from it and to
  /// it; edges that `addingAllPairs()` added do not count. The distinct MD5 digests of these texts, sorted
  /// as hexadecimal strings, are numbered 1, 2, …: the new colors. Colors of two graphs
  /// are comparable only if the graphs have the same set of texts.
  ///
  /// The published GraphTransformer code (Dwivedi and Bresson 2020) runs two rounds but returns the colors
  /// before the second round, which corresponds to `rounds` 1.
  public func weisfeilerLehmanColors(rounds: Int = 1) -> [Int32] {
    require(rounds >= 0, "weisfeilerLehmanColors: found \(rounds) rounds, expected 0 or more")
    let neighbors = undirectedNeighbors
    var colors = [Int32](repeating: 1, count: nodeCount)
    for _ in 0..<rounds {
      let digests = (0..<nodeCount).map { node in
        let around = neighbors[node].map { String(colors[Int($0)]) }
        let text = ([String(colors[node])] + around.sorted()).joined(separator: "_")
        return MD5.hex(text.utf8)
      }
      var numbers: [String: Int32] = [:]
      for digest in digests.sorted() where numbers[digest] == nil {
        numbers[digest] = Int32(numbers.count + 1)
      }
      colors = digests.map { numbers[$0]! }
    }
    return colors
  }
}

extension Graph {
  /// The neighbors of each node, in no particular order. A neighbor occurs as often as the larger of the
  /// numbers of edges from it and to it. A loop makes a node its own neighbor; added edges do not count.
  private var undirectedNeighbors: [[Int32]] {
    let added = addedEdges
    // For each pair, the numbers of edges in its two directions.
    var counts: [UInt64: (up: Int, down: Int)] = [:]
    for edge in 0..<edgeCount where added == nil || added![edge] == 0 {
      let (source, destination) = (sources[edge], destinations[edge])
      let key =
        (UInt64(UInt32(min(source, destination))) << 32) | UInt64(UInt32(max(source, destination)))
      if source <= destination {
        counts[key, default: (0, 0)].up += 1
      } else {
        counts[key, default: (0, 0)].down += 1
      }
    }
    var neighbors = [[Int32]](repeating: [], count: nodeCount)
    for (key, count) in counts {
      let (low, high) = (Int32(key >> 32), Int32(key & 0xffff_ffff))
      for _ in 0..<max(count.up, count.down) {
        neighbors[Int(low)].append(high)
        if low != high { neighbors[Int(high)].append(low) }
      }
    }
    return neighbors
  }
}

extension AttributeKey where Features == IntegerFeatures {
  /// [nodes, 1] `Graph.weisfeilerLehmanColors(rounds:)`.
  public static var weisfeilerLehmanRoles: Self { Self("weisfeiler_lehman_roles", .node) }
}

extension GraphDataset {
  /// The same data set with the attribute `weisfeilerLehmanRoles`.
  public func addingWeisfeilerLehmanRoles(rounds: Int = 1) -> GraphDataset {
    addingAttributes {
      $0.attributes[.weisfeilerLehmanRoles] = IntegerFeatures(
        values: $0.weisfeilerLehmanColors(rounds: rounds))
    }
  }

  /// The size of the roles' vocabulary: the largest Weisfeiler–Lehman color in any split plus one; 0 if there
  /// are no roles.
  public var weisfeilerLehmanRoleCount: Int {
    var largest: Int32 = -1
    for split in Split.allCases {
      for graph in self[split] {
        largest = max(largest, graph.attributes[.weisfeilerLehmanRoles]?.values.max() ?? -1)
      }
    }
    return Int(largest) + 1
  }
}
