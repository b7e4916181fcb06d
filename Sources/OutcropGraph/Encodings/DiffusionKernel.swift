import OutcropCore

extension Graph {
  /// The graph with the attribute `diffusionWeights`, [edges]: for each edge j → i, entry (i, j) of the
  /// diffusion kernel (I − γ L)^steps with L = I − D^-1/2 A D^-1/2.
  ///
  /// The kernel is symmetric: edges count as undirected. Edges that `addingAllPairs()` added have a
  /// weight but are not part of L. With γ between 0 and 1/2, no entry is negative except for
  /// rounding. The published GraphiT configurations have γ = 0.25 and 16 steps. Source: Mialon et
  /// al. 2021, "GraphiT: Encoding Graph Structure in Transformers".
  public func addingDiffusionWeights(gamma: Double = 0.25, steps: Int = 16) -> Graph {
    require(steps >= 0, "addingDiffusionWeights: found \(steps) steps, expected 0 or more")
    guard nodeCount <= LaplacianSpectrum.mostDenseNodes,
      let spectrum = try? LaplacianSpectrum(of: self)
    else { return addingSparseDiffusionWeights(gamma, steps) }
    var powers = [Double](repeating: 1, count: spectrum.values.count)
    for (vector, value) in spectrum.values.enumerated() {
      for _ in 0..<steps { powers[vector] *= 1 - gamma * value }
    }
    var result = self
    let weights = zip(sources, destinations).map { source, destination in
      let (first, second) = (spectrum.row(Int(source)), spectrum.row(Int(destination)))
      var sum = 0.0
      for ((a, b), power) in zip(zip(first, second), powers) { sum += a * b * power }
      return Float(sum)
    }
    result.attributes[.diffusionWeights] = RealFeatures(values: weights)
    return result
  }

  /// The same for a large graph: each node's column of the kernel, step by step.
  package func addingSparseDiffusionWeights(_ gamma: Double, _ steps: Int) -> Graph {
    var outgoing = [[Int]](repeating: [], count: nodeCount)
    for (edge, source) in sources.enumerated() { outgoing[Int(source)].append(edge) }
    var values = [Float](repeating: 0, count: edgeCount)
    values.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let values = buffer
      // I − γ L = γ (I − L) + (1 − γ) I
      SparseLaplacian(of: self).forEachPropagation(steps: steps, gamma, 1 - gamma) {
        node, vectors, zeros in
        let column = vectors[steps]
        for (place, value) in zip(column.nodes, column.values) { zeros[Int(place)] = value }
        for edge in outgoing[node] { values[edge] = Float(zeros[Int(destinations[edge])]) }
        for place in column.nodes { zeros[Int(place)] = 0 }
      }
    }
    var result = self
    result.attributes[.diffusionWeights] = RealFeatures(values: values)
    return result
  }
}

extension AttributeKey where Features == RealFeatures {
  /// [edges, 1] The weight of each edge in attention, see `Graph.addingDiffusionWeights(gamma:steps:)`.
  public static var diffusionWeights: Self { Self("diffusion_weights", .edge) }
}

extension GraphDataset {
  /// The same data set with the attribute `diffusionWeights`.
  public func addingDiffusionWeights(gamma: Double = 0.25, steps: Int = 16) -> GraphDataset {
    addingAttributes { $0 = $0.addingDiffusionWeights(gamma: gamma, steps: steps) }
  }
}
