import OutcropCore

extension Graph {
  /// The probabilities that a random walk returns to its first node after 1 ... `steps` steps,
  /// [nodes, steps]: the diagonals of (A D^-1)^1 … (A D^-1)^steps.
  ///
  /// Edges count as undirected, and added edges do not count, as in `laplacianEigenvectors(columns:)`.
  /// The values of a node without edges are 0. Computed in double precision from the spectrum of
  /// D^-1/2 A D^-1/2, whose powers have the same diagonals (for more than 1,024 nodes, from sparse powers).
  /// A value that is exactly 0 (an odd number of steps in a tree) may be computed as about 1e-17. Source:
  /// Dwivedi et al. 2022, "Graph Neural Networks with Learnable Structural and Positional Representations".
  public func randomWalkProbabilities(steps: Int) -> RealFeatures {
    require(steps >= 1, "randomWalkProbabilities: found \(steps) steps, expected at least 1")
    guard nodeCount <= LaplacianSpectrum.mostDenseNodes,
      let spectrum = try? LaplacianSpectrum(of: self)
    else { return sparseWalkProbabilities(steps) }
    let factors = spectrum.values.map { 1 - $0 }
    var result = RealFeatures(
      values: [Float](repeating: 0, count: nodeCount * steps), columns: steps)
    for node in 0..<nodeCount {
      // Entry k of a node: Σ over eigenvectors of u² λ^k.
      var terms = spectrum.row(node).map { $0 * $0 }
      for step in 0..<steps {
        var sum = 0.0
        for vector in terms.indices {
          terms[vector] *= factors[vector]
          sum += terms[vector]
        }
        result[node, step] = Float(sum)
      }
    }
    return result
  }

  /// The same for a large graph, from walks of half the length: entry (i, i) of M^2k is |M^k e|² and of
  /// M^(2k+1) the product of M^k e and M^(k+1) e, for the symmetric M = D^-1/2 A D^-1/2.
  package func sparseWalkProbabilities(_ steps: Int) -> RealFeatures {
    var values = [Float](repeating: 0, count: nodeCount * steps)
    values.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let values = buffer
      SparseLaplacian(of: self).forEachPropagation(steps: (steps + 1) / 2) {
        node, vectors, zeros in
        for step in 1...steps {
          let (left, right) = (vectors[step / 2], vectors[(step + 1) / 2])
          var sum = 0.0
          for (place, value) in zip(right.nodes, right.values) { zeros[Int(place)] = value }
          for (place, value) in zip(left.nodes, left.values) { sum += value * zeros[Int(place)] }
          for place in right.nodes { zeros[Int(place)] = 0 }
          values[node * steps + step - 1] = Float(sum)
        }
      }
    }
    return RealFeatures(values: values, columns: steps)
  }
}

extension AttributeKey where Features == RealFeatures {
  /// [nodes, steps] `Graph.randomWalkProbabilities(steps:)`.
  public static var randomWalkProbabilities: Self { Self("random_walk_probabilities", .node) }
}

extension GraphDataset {
  /// The same data set with the attribute `randomWalkProbabilities`.
  public func addingRandomWalkEncoding(steps: Int) -> GraphDataset {
    addingAttributes {
      $0.attributes[.randomWalkProbabilities] = $0.randomWalkProbabilities(steps: steps)
    }
  }
}
