import OutcropBLAS
import OutcropCore

/// Eigenvalues and eigenvectors of a graph's normalized Laplacian I − D^-1/2 A D^-1/2: all, or the smallest.
///
/// Edges count as undirected, whether they are stored once or in both directions: A_ij is the larger of
/// the numbers of the graph's own edges i → j and j → i, D holds the row sums (at least 1).
/// Return probabilities and diffusion weights of graphs that are not large are computed from the same
/// spectrum.
package struct LaplacianSpectrum {
  /// The eigenvalues, ascending, in 0 ... 2 up to rounding.
  package let values: [Double]
  /// [nodes × values] Eigenvectors in columns, row-major.
  private let vectors: [Double]

  /// Graphs of more nodes are large: a dense matrix takes too much time and memory.
  package static let mostDenseNodes = 1024

  /// At least the `count` smallest pairs (or all, if there are fewer).
  ///
  /// For a large graph, the pairs of its connected components are merged. The dense solver computes those of
  /// small components, `SparseEigensolver` those of large ones.
  package init(
    of graph: Graph, smallest count: Int, mostDenseNodes: Int = Self.mostDenseNodes,
    mostWork: Double = SparseEigensolver.mostWork
  ) throws(InputError) {
    if graph.nodeCount <= mostDenseNodes {
      try self.init(of: graph)
      return
    }
    var pairs: [(value: Double, component: Int, vector: [Double])] = []
    let components = SparseLaplacian(of: graph).components()
    for (number, component) in components.enumerated() {
      for (value, vector) in try Self.smallest(
        count, of: component.matrix, mostDenseNodes, mostWork)
      {
        pairs.append((value, number, vector))
      }
    }
    // Of equal values those of the first component come first.
    pairs.sort { ($0.value, $0.component) < ($1.value, $1.component) }
    pairs.removeLast(max(0, pairs.count - count))
    var vectors = [Double](repeating: 0, count: graph.nodeCount * pairs.count)
    for (column, pair) in pairs.enumerated() {
      for (node, entry) in zip(components[pair.component].nodes, pair.vector) {
        vectors[Int(node) * pairs.count + column] = entry
      }
    }
    self.init(values: pairs.map(\.value), vectors: vectors)
  }

  private init(values: [Double], vectors: [Double]) {
    (self.values, self.vectors) = (values, vectors)
  }

  /// The smallest pairs of a connected graph.
  private static func smallest(
    _ count: Int, of matrix: SparseLaplacian, _ mostDenseNodes: Int, _ mostWork: Double
  ) throws(InputError) -> [(Double, [Double])] {
    let nodes = matrix.nodeCount
    do {
      if nodes > mostDenseNodes {
        let found = try SparseEigensolver(matrix, count: count, mostWork: mostWork)
        return Array(zip(found.values, found.vectors))
      }
      let dense = try matrix.dense().withUnsafeBufferPointer {
        try symmetricEigen(MatrixView($0.baseAddress!, rows: nodes, columns: nodes))
      }
      return (0..<min(count, nodes)).map { column in
        (dense.values[column], (0..<nodes).map { dense.vectors.elements[$0 * nodes + column] })
      }
    } catch {
      throw failure(error, nodes: nodes)
    }
  }

  /// The error for a connected graph of so many nodes. The matrix is finite by construction, so only an
  /// iteration can fail.
  private static func failure(_ error: any Error, nodes: Int) -> InputError {
    let found =
      if case SparseEigensolver.Failure.tooMuchWork = error {
        "a connected part of \(nodes) nodes with so long ways between them that its smallest eigenvalues "
          + "would take hours"
      } else {
        "a connected part of \(nodes) nodes whose eigenvectors do not converge"
      }
    return InputError(
      file: "graph", field: "Laplacian", found: found,
      expected: "a graph whose smallest eigenvalues can be told apart",
      hint: "leave the graph out, or use a model without the Laplacian encoding")
  }

  /// All of them, by the dense solver. Not for large graphs.
  package init(of graph: Graph) throws(InputError) {
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
      throw Self.failure(error, nodes: count)
    }
  }

  /// A node's entry of one eigenvector.
  package subscript(node: Int, vector: Int) -> Double { vectors[node * values.count + vector] }

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
