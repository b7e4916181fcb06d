import OutcropCore

extension Graph {
  /// The graph with an edge for every ordered pair of different nodes.
  ///
  /// Its own edges come first, as they are (loops and repeated ones too); the missing pairs follow
  /// by source, then destination, with edge type 0 in every column and attributes 0. `addedEdges`
  /// tells them apart. Type 0 is free for this in ZINC, whose bonds are 1 ... 3; where 0 is a type
  /// of its own (OGB's single bonds) only `addedEdges` says which is which. The published
  /// full-graph models of SAN and GraphiT number types so. A graph that was filled before is left
  /// as it is.
  ///
  /// - Precondition: no other attribute of edges is set, such as diffusion weights: it would have to be
  ///   that of the full graph, so add it afterwards.
  public func addingAllPairs() -> Graph {
    for entry in attributes.entries
    where entry.level == .edge && entry.name != AttributeKey<IntegerFeatures>.addedEdges.name {
      require(false, "addingAllPairs: found \(entry.name), expected none: add it afterwards")
    }
    var isPresent = [Bool](repeating: false, count: nodeCount * nodeCount)
    for (source, destination) in zip(sources, destinations) {
      isPresent[Int(source) * nodeCount + Int(destination)] = true
    }
    var result = self
    for source in 0..<nodeCount {
      for destination in 0..<nodeCount
      where source != destination && !isPresent[source * nodeCount + destination] {
        result.sources.append(Int32(source))
        result.destinations.append(Int32(destination))
      }
    }
    let added = result.edgeCount - edgeCount
    result.addedEdges =
      (addedEdges ?? Array(repeating: 0, count: edgeCount)) + Array(repeating: 1, count: added)
    if let types = edgeTypes {
      result.edgeTypes!.values += Array(repeating: 0, count: added * types.columns)
    }
    if let attributes = edgeAttributes {
      result.edgeAttributes!.values += Array(repeating: 0, count: added * attributes.columns)
    }
    return result
  }

  /// 1 for an edge that was added to make the graph full, 0 for one of its own; nil in a graph that was
  /// not filled. The attribute `addedEdges`.
  public var addedEdges: [Int32]? {
    get { attributes[.addedEdges]?.values }
    set { attributes[.addedEdges] = newValue.map { IntegerFeatures(values: $0) } }
  }
}

extension GraphBatch {
  /// 1 for each edge that was added to make its graph full, in destination order; nil when graphs are
  /// as they were. The attribute `addedEdges`.
  public var addedEdges: [Int32]? { attributes[.addedEdges]?.values }
}

extension AttributeKey where Features == IntegerFeatures {
  /// [edges, 1] Which edges `Graph.addingAllPairs()` added.
  public static var addedEdges: Self { Self("added_edges", .edge) }
}

extension GraphDataset {
  /// The same data set with every graph full, see `Graph.addingAllPairs()`. The checksum stays that of
  /// the graphs as they were read.
  public func addingAllPairs() -> GraphDataset { addingAttributes { $0 = $0.addingAllPairs() } }
}
