import OutcropBLAS

/// All eigenvalues and eigenvectors of a graph's normalized Laplacian I − D^-1/2 A D^-1/2.
///
/// Edges count as undirected, whether they are stored once or in both directions: A_ij is the larger of
/// the numbers of the graph's own edges i → j and j → i, D holds the row sums (at least 1).
/// Return probabilities and diffusion kernels are functions of the same matrix and use this spectrum too.
struct LaplacianSpectrum {
  /// The eigenvalues, ascending, in 0 ... 2 except for rounding.
  let values: [Double]
  /// [nodes × nodes] Eigenvectors in columns, row-major.
  private let vectors: [Double]

  init(of graph: Graph) {
    let count = graph.nodeCount
    if count == 0 {
      (values, vectors) = ([], [])
      return
    }
    var matrix = [Double](repeating: 0, count: count * count)
    let added = graph.addedEdges
    for edge in 0..<graph.edgeCount where added == nil || added![edge] == 0 {
      matrix[Int(graph.sources[edge]) * count + Int(graph.destinations[edge])] += 1
    }
    for row in 0..<count {
      for column in 0..<row {
        let larger = max(matrix[row * count + column], matrix[column * count + row])
        matrix[row * count + column] = larger
        matrix[column * count + row] = larger
      }
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
      (values, vectors) = (spectrum.values, spectrum.vectors.elements)
    } catch {
      // The entries are finite by construction, so only a failure of the iteration is possible.
      fatalError("LaplacianSpectrum: \(error)")
    }
  }

  /// A node's entry of one eigenvector.
  subscript(node: Int, vector: Int) -> Double { vectors[node * values.count + vector] }

  /// A node's entries of all eigenvectors.
  func row(_ node: Int) -> ArraySlice<Double> {
    vectors[node * values.count..<(node + 1) * values.count]
  }

  /// The factor, 1 or −1, that makes a vector's first component of largest magnitude positive.
  func sign(of vector: Int) -> Double {
    let count = values.count
    var largest = 0.0
    for node in 0..<count { largest = max(largest, abs(self[node, vector])) }
    // Components of equal magnitude can differ by rounding; the first of them determines the sign.
    let leading = (0..<count).first { abs(self[$0, vector]) >= largest * (1 - 1e-6) }!
    return self[leading, vector] < 0 ? -1 : 1
  }
}
