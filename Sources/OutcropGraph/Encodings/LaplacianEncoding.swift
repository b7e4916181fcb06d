import OutcropBLAS

extension Graph {
  /// The first `columns` eigenvectors of the normalised Laplacian after the trivial one: columns
  /// 1 ... `columns` of the eigenvectors of I − D^-1/2 A D^-1/2 by ascending eigenvalue, [nodes,
  /// columns]. Columns that a graph of few nodes doesn't have are 0.
  ///
  /// Edges count as undirected: A is the mean of the two directions, D its row sums (at least 1, so
  /// a node without edges is fine). Each vector has length 1. Its sign is arbitrary; here its
  /// first component of largest magnitude is positive. Where eigenvalues coincide any basis of
  /// their common space is as good, and which one comes out may differ between LAPACK libraries.
  /// Source: Dwivedi and Bresson 2020, "A Generalization of Transformer Networks to Graphs".
  public func laplacianEigenvectors(columns: Int) -> RealFeatures {
    require(
      columns >= 1, "laplacianEigenvectors: found \(columns) columns, expected at least 1")
    let spectrum = normalisedLaplacianSpectrum()
    let count = nodeCount
    var encoding = RealFeatures(
      values: [Float](repeating: 0, count: count * columns), columns: columns)
    for column in 0..<min(columns, max(0, count - 1)) {
      var largest = 0.0
      for node in 0..<count {
        largest = max(largest, abs(spectrum.vectors[node * count + column + 1]))
      }
      // Components of equal magnitude differ by rounding: the first of them decides.
      let leading = (0..<count).first {
        abs(spectrum.vectors[$0 * count + column + 1]) >= largest * (1 - 1e-6)
      }!
      let sign: Double = spectrum.vectors[leading * count + column + 1] < 0 ? -1 : 1
      for node in 0..<count {
        encoding[node, column] = Float(sign * spectrum.vectors[node * count + column + 1])
      }
    }
    return encoding
  }

  /// Eigenvalues (ascending) and eigenvectors (in columns, row-major) of I − D^-1/2 A D^-1/2.
  func normalisedLaplacianSpectrum() -> (values: [Double], vectors: [Double]) {
    let count = nodeCount
    if count == 0 { return ([], []) }
    var matrix = [Double](repeating: 0, count: count * count)
    for (source, destination) in zip(sources, destinations) {
      matrix[Int(source) * count + Int(destination)] += 0.5
      matrix[Int(destination) * count + Int(source)] += 0.5
    }
    let scales = (0..<count).map { row in
      1 / max(1, matrix[row * count..<(row + 1) * count].reduce(0, +)).squareRoot()
    }
    for row in 0..<count {
      for column in 0..<count {
        matrix[row * count + column] *= -scales[row] * scales[column]
      }
      matrix[row * count + row] += 1
    }
    do {
      let spectrum = try matrix.withUnsafeBufferPointer {
        try symmetricEigen(MatrixView($0.baseAddress!, rows: count, columns: count))
      }
      return (spectrum.values, spectrum.vectors.elements)
    } catch {
      // The entries are finite by construction, so only LAPACK itself can have failed.
      fatalError("laplacianEigenvectors: \(error)")
    }
  }
}

extension GraphDataset {
  /// The same data set with `Graph.laplacianEncoding` set, computed in parallel over graphs.
  public func addingLaplacianEncoding(columns: Int) -> GraphDataset {
    encoding { graphs in
      mapGraphs(graphs) { $0.laplacianEncoding = $0.laplacianEigenvectors(columns: columns) }
    }
  }
}

/// The graphs changed one by one, in parallel.
func mapGraphs(_ graphs: [Graph], _ change: (inout Graph) -> Void) -> [Graph] {
  var result = graphs
  result.withUnsafeMutableBufferPointer { result in
    ThreadPool.forRanges(result.count, grain: 16) { range in
      for index in range { change(&result[index]) }
    }
  }
  return result
}
