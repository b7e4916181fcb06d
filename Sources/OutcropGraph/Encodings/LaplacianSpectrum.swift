import OutcropBLAS

/// All eigenvalues and eigenvectors of a graph's normalized Laplacian I − D^-1/2 A D^-1/2.
///
/// A is the mean of the two directions of the graph's own edges, D its row sums (at least 1).
/// Return probabilities and diffusion are functions of the same matrix, so they come from here too.
struct LaplacianSpectrum {
  /// The eigenvalues, ascending, in 0 ... 2 up to rounding.
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
    for edge in 0..<graph.edgeCount where graph.isOwnEdge(edge) {
      let (source, destination) = (Int(graph.sources[edge]), Int(graph.destinations[edge]))
      matrix[source * count + destination] += 0.5
      matrix[destination * count + source] += 0.5
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
      // The entries are finite by construction, so only the iteration can have failed.
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
    // Components of equal magnitude differ by rounding: the first of them decides.
    let leading = (0..<count).first { abs(self[$0, vector]) >= largest * (1 - 1e-6) }!
    return self[leading, vector] < 0 ? -1 : 1
  }
}

extension Graph {
  /// Whether an edge was there before `addingAllPairs()`.
  func isOwnEdge(_ edge: Int) -> Bool { addedEdges.map { $0[edge] == 0 } ?? true }
}
