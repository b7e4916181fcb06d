import OutcropCore

extension Graph {
  /// The first `columns` eigenvectors of the normalized Laplacian after the trivial one: columns
  /// 1 ... `columns` of the eigenvectors of I − D^-1/2 A D^-1/2 by ascending eigenvalue, [nodes,
  /// columns]. Columns beyond those of a small graph are 0.
  ///
  /// Edges count as undirected, stored once or in both directions: A_ij is the larger of the numbers of edges
  /// i → j and j → i, D holds its row sums (at least 1, so that a node without edges is valid); edges that
  /// `addingAllPairs()` added do not count. Each vector has length 1. The sign of an eigenvector is
  /// arbitrary; here its first component of largest magnitude is positive. If eigenvalues coincide, any basis
  /// of their eigenspace is valid, and the basis may differ between LAPACK libraries. Graphs of more than
  /// 1,024 nodes use a sparse solver for the requested vectors (|L v − λ v| ≤ 1e-10). Source: Dwivedi and
  /// Bresson 2020, "A Generalization of Transformer Networks to Graphs".
  ///
  /// - Throws: `InputError` for a large graph whose smallest eigenvalues are so close to 0 that its vectors
  ///   would take hours, and has many cycles, or where the iteration does not converge.
  public func laplacianEigenvectors(columns: Int) throws(InputError) -> RealFeatures {
    require(
      columns >= 1, "laplacianEigenvectors: found \(columns) columns, expected at least 1")
    let spectrum = try LaplacianSpectrum(of: self, smallest: columns + 1)
    var encoding = RealFeatures(
      values: [Float](repeating: 0, count: nodeCount * columns), columns: columns)
    for column in 0..<min(columns, max(0, nodeCount - 1)) {
      let sign = spectrum.sign(of: column + 1)
      for node in 0..<nodeCount {
        encoding[node, column] = Float(sign * spectrum[node, column + 1])
      }
    }
    return encoding
  }

  /// The first `count` eigenvectors and eigenvalues of the normalized Laplacian by ascending
  /// eigenvalue, including the trivial pair: the input of SAN's learned positional encoding.
  ///
  /// [nodes, 2 × count]: a node's entries of the vectors, then the eigenvalues (the same in every
  /// row). For a graph of fewer than `count` nodes, the missing pairs are NaN. As in the
  /// published SAN program, each node's row of vector entries is scaled to length 1, so the columns are no
  /// longer eigenvectors; a row of zeros stays zero.
  ///
  /// The Laplacian, the signs and the choice of a basis are as in `laplacianEigenvectors(columns:)`. If
  /// the last selected eigenvalue also occurs beyond `count`, the choice of the basis affects the scale
  /// of rows too. Source: Kreuzer et al. 2021, "Rethinking Graph Transformers with Spectral Attention".
  ///
  /// - Throws: `InputError` as `laplacianEigenvectors(columns:)`.
  public func laplacianSpectrum(count: Int) throws(InputError) -> RealFeatures {
    require(count >= 1, "laplacianSpectrum: found a count of \(count), expected at least 1")
    let spectrum = try LaplacianSpectrum(of: self, smallest: count)
    let taken = min(count, nodeCount)
    var result = RealFeatures(
      values: [Float](repeating: .nan, count: nodeCount * 2 * count), columns: 2 * count)
    let signs = (0..<taken).map(spectrum.sign)
    for node in 0..<nodeCount {
      var square = 0.0
      for column in 0..<taken { square += spectrum[node, column] * spectrum[node, column] }
      let scale = 1 / max(square.squareRoot(), 1e-12)
      for column in 0..<taken {
        result[node, column] = Float(signs[column] * scale * spectrum[node, column])
        // An eigenvalue can only be negative because of rounding.
        result[node, count + column] = Float(max(0, spectrum.values[column]))
      }
    }
    return result
  }
}

extension AttributeKey where Features == RealFeatures {
  /// [nodes, k] `Graph.laplacianEigenvectors(columns:)`.
  public static var laplacianEigenvectors: Self { Self("laplacian_eigenvectors", .node) }

  /// [nodes, 2 m] `Graph.laplacianSpectrum(count:)`.
  public static var laplacianSpectrum: Self { Self("laplacian_spectrum", .node) }
}

extension GraphDataset {
  /// The same data set with the attribute `laplacianEigenvectors`; throws `InputError`, which names the graph,
  /// where one has no encoding.
  public func addingLaplacianEncoding(columns: Int) throws(InputError) -> GraphDataset {
    try addingEncodings { graph throws(InputError) in
      graph.attributes[.laplacianEigenvectors] = try graph.laplacianEigenvectors(columns: columns)
    }
  }

  /// The same data set with the attribute `laplacianSpectrum`; throws `InputError`, which names the graph,
  /// where one has no encoding.
  public func addingLaplacianSpectrum(count: Int) throws(InputError) -> GraphDataset {
    try addingEncodings { graph throws(InputError) in
      graph.attributes[.laplacianSpectrum] = try graph.laplacianSpectrum(count: count)
    }
  }

  /// As `addingAttributes`; an error names the graph's split and number.
  package func addingEncodings(
    _ change: (inout Graph) throws(InputError) -> Void
  ) throws(InputError) -> GraphDataset {
    try addingAttributes { graph, split, number throws(InputError) in
      do throws(InputError) { try change(&graph) } catch {
        throw InputError(
          error.kind, file: "\(name), \(split.rawValue) split, graph \(number)", field: error.field,
          found: error.found, expected: error.expected, hint: error.hint)
      }
    }
  }
}
