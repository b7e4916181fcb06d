import OutcropCore

extension Graph {
  /// The probabilities that a random walk returns to its first node after 1 ... `steps` steps,
  /// [nodes, steps]: the diagonals of (A D^-1)^1 … (A D^-1)^steps.
  ///
  /// Edges count as undirected, and added edges don't count, as in `laplacianEigenvectors(columns:)`.
  /// The values of a node without edges are 0. Computed through the spectrum of D^-1/2 A D^-1/2, which
  /// has the same diagonals of powers, in double precision; a value that is 0 exactly (an odd number of
  /// steps in a tree) may be computed as about 1e-17. Source: Dwivedi et al. 2022, "Graph Neural
  /// Networks with Learnable Structural and Positional Representations".
  public func randomWalkProbabilities(steps: Int) -> RealFeatures {
    require(steps >= 1, "randomWalkProbabilities: found \(steps) steps, expected at least 1")
    let spectrum = LaplacianSpectrum(of: self)
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
