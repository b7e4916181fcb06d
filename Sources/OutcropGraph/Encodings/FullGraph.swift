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
  /// Traps when `edgeWeights` are set: they would have to be those of the full graph, so add them
  /// afterwards.
  public func addingAllPairs() -> Graph {
    require(
      edgeWeights == nil, "addingAllPairs: found edge weights, expected none: add them afterwards")
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

  /// The graph with `edgeWeights` set to entries of a diffusion kernel: for the edge j → i entry
  /// (i, j) of (I − γ L)^steps with L = I − D^-1/2 A D^-1/2, [edges].
  ///
  /// The kernel is symmetric: edges count as undirected, and those that `addingAllPairs()` added
  /// get a weight without counting in L. With γ between 0 and 1/2 no entry is negative but for
  /// rounding. The published GraphiT configurations have γ = 0.25 and 16 steps. Source: Mialon et
  /// al. 2021, "GraphiT: Encoding Graph Structure in Transformers".
  public func addingDiffusionWeights(gamma: Double = 0.25, steps: Int = 16) -> Graph {
    require(steps >= 0, "addingDiffusionWeights: found \(steps) steps, expected 0 or more")
    let spectrum = LaplacianSpectrum(of: self)
    var powers = [Double](repeating: 1, count: spectrum.values.count)
    for (vector, value) in spectrum.values.enumerated() {
      for _ in 0..<steps { powers[vector] *= 1 - gamma * value }
    }
    var result = self
    result.edgeWeights = zip(sources, destinations).map { source, destination in
      let (first, second) = (spectrum.row(Int(source)), spectrum.row(Int(destination)))
      var sum = 0.0
      for ((a, b), power) in zip(zip(first, second), powers) { sum += a * b * power }
      return Float(sum)
    }
    return result
  }
}

extension GraphDataset {
  /// The same data set with every graph full, see `Graph.addingAllPairs()`, in parallel over
  /// graphs. The checksum stays that of the graphs as they were read.
  public func addingAllPairs() -> GraphDataset {
    encoding { graphs in mapGraphs(graphs) { $0 = $0.addingAllPairs() } }
  }

  /// The same data set with `Graph.edgeWeights` set to a diffusion kernel's, in parallel over
  /// graphs.
  public func addingDiffusionWeights(gamma: Double = 0.25, steps: Int = 16) -> GraphDataset {
    encoding { graphs in
      mapGraphs(graphs) { $0 = $0.addingDiffusionWeights(gamma: gamma, steps: steps) }
    }
  }
}
