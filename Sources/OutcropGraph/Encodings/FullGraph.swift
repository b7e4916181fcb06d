import OutcropCore

extension Graph {
  /// The graph with an edge for every ordered pair of different nodes.
  ///
  /// The graph's own edges come first, unchanged (including loops and repeated edges). The missing pairs
  /// follow in order of source, then destination, with edge type 0 in every column and attributes 0.
  /// `addedEdges` marks the added edges. In ZINC, type 0 is unused, because bonds have types 1 ... 3. If 0 is
  /// a type of the data (OGB's single bonds), only `addedEdges` distinguishes the two. The published
  /// full-graph models of SAN and GraphiT use this numbering. A graph that already has `addedEdges` is not
  /// changed.
  ///
  /// - Precondition: no other edge attribute is set, such as diffusion weights. Such an attribute must be
  ///   computed for the full graph, so add it afterward.
  public func addingAllPairs() -> Graph {
    for entry in attributes.entries
    where entry.level == .edge && entry.name != AttributeKey<IntegerFeatures>.addedEdges.name {
      require(false, "addingAllPairs: found \(entry.name), expected none: add it afterward")
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

  /// The attribute `addedEdges`: 1 for an edge that was added to make the graph full, 0 for an original edge;
  /// nil if no edges were added.
  public var addedEdges: [Int32]? {
    get { attributes[.addedEdges]?.values }
    set { attributes[.addedEdges] = newValue.map { IntegerFeatures(values: $0) } }
  }
}

extension GraphBatch {
  /// The attribute `addedEdges`, in destination order: 1 for an edge that was added to make its graph full, 0
  /// for an original edge; nil if no edges were added.
  public var addedEdges: [Int32]? { attributes[.addedEdges]?.values }
}

extension AttributeKey where Features == IntegerFeatures {
  /// [edges, 1] 1 for the edges that `Graph.addingAllPairs()` added, otherwise 0.
  public static var addedEdges: Self { Self("added_edges", .edge) }
}

extension GraphDataset {
  /// The same data set with full graphs, see `Graph.addingAllPairs()`. The checksum remains that of the
  /// original graphs.
  public func addingAllPairs() -> GraphDataset { addingAttributes { $0 = $0.addingAllPairs() } }
}
