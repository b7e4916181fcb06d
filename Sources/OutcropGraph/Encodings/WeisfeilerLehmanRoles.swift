import OutcropCore

extension Graph {
  /// A structural role for each node: its Weisfeiler–Lehman color after `rounds` rounds, 1...
  ///
  /// All nodes start with color 1. In a round a node's text is its own color and the colors of
  /// its neighbors (the sources of the edges into it, but not of edges that `addingAllPairs()`
  /// added), sorted as strings, all joined by "_". The distinct MD5 digests of these texts, sorted
  /// as hexadecimal strings, are numbered 1, 2, …: the new colors. Numbers mean the same role in
  /// two graphs only if the graphs have the same set of texts.
  ///
  /// The published GraphTransformer code (Dwivedi and Bresson 2020) runs two rounds but returns the
  /// colors with which the second one started: `rounds` 1.
  public func weisfeilerLehmanColors(rounds: Int = 1) -> [Int32] {
    require(rounds >= 0, "weisfeilerLehmanColors: found \(rounds) rounds, expected 0 or more")
    let own = (0..<edgeCount).filter(isOwnEdge)
    let edges = EdgeIndex(
      sources: own.map { sources[$0] }, destinations: own.map { destinations[$0] },
      nodeCount: nodeCount)
    var colors = [Int32](repeating: 1, count: nodeCount)
    for _ in 0..<rounds {
      let digests = (0..<nodeCount).map { node in
        let neighbors = edges.edges(into: node).map { String(colors[Int(edges.sources[$0])]) }
        let text = ([String(colors[node])] + neighbors.sorted()).joined(separator: "_")
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

extension GraphDataset {
  /// The same data set with `Graph.weisfeilerLehmanRoles` set, computed in parallel over graphs.
  public func addingWeisfeilerLehmanRoles(rounds: Int = 1) -> GraphDataset {
    encoding { graphs in
      mapGraphs(graphs) {
        $0.weisfeilerLehmanRoles = $0.weisfeilerLehmanColors(rounds: rounds)
      }
    }
  }

  /// The largest Weisfeiler–Lehman color in any split plus one, 0 without roles: the vocabulary of
  /// their embedding.
  public var weisfeilerLehmanRoleCount: Int {
    var largest: Int32 = -1
    for split in Split.allCases {
      for graph in self[split] {
        largest = max(largest, graph.weisfeilerLehmanRoles?.max() ?? -1)
      }
    }
    return Int(largest) + 1
  }
}
