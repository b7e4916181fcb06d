import Foundation
import OutcropCore
import OutcropGraph
import Testing

/// Eigenvectors of graphs so long that their smallest eigenvalues are next to 0.
@Suite struct LongGraphTests {
  /// The eigenvalues of the normalized Laplacian of a path are 1 − cos(π k / (n − 1)), its eigenvectors
  /// D^1/2 cos(π k i / (n − 1)).
  @Test func aPathOfManyNodes() throws {
    let nodes = 60_000
    let path = Graph(
      nodeCount: nodes, sources: (1..<nodes).map { Int32($0 - 1) },
      destinations: (1..<nodes).map { Int32($0) })
    let clock = ContinuousClock()
    let start = clock.now
    let spectrum = try LaplacianSpectrum(of: path, smallest: 6)
    // It takes two seconds; hours without the factors.
    #expect(start.duration(to: clock.now) < .seconds(120))
    for column in 0..<6 {
      let angle = Double.pi * Double(column) / Double(nodes - 1)
      let value = 2 * pow(sin(angle / 2), 2)
      #expect(abs(spectrum.values[column] - value) < 1e-13 + 1e-4 * value)
      let expected = (0..<nodes).map { node in
        (node == 0 || node == nodes - 1 ? 1 : 2.0.squareRoot()) * cos(angle * Double(node))
      }
      let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let sign = spectrum[0, column] * expected[0] < 0 ? -1.0 : 1
      let largest = expected.indices.map {
        abs(sign * spectrum[$0, column] - expected[$0] / norm)
      }.max()!
      // Entries are about 1 / √n = 4e-3.
      #expect(largest < 1e-6, "column \(column)")
    }
  }

  /// Every eigenvalue of a ring but 0 and 2 occurs twice: 1 − cos(2 π k / n).
  @Test func aRingOfManyNodes() throws {
    let nodes = 30_000
    let ring = Graph(
      nodeCount: nodes, sources: (0..<nodes).map { Int32($0) },
      destinations: (0..<nodes).map { Int32(($0 + 1) % nodes) })
    let spectrum = try LaplacianSpectrum(of: ring, smallest: 5)
    for (column, frequency) in [0, 1, 1, 2, 2].enumerated() {
      let value = 2 * pow(sin(Double.pi * Double(frequency) / Double(nodes)), 2)
      #expect(abs(spectrum.values[column] - value) < 1e-13 + 1e-4 * value)
      for other in 0...column {
        let product = (0..<nodes).reduce(0.0) { $0 + spectrum[$1, column] * spectrum[$1, other] }
        #expect(abs(product - (other == column ? 1 : 0)) < 1e-8)
      }
    }
  }

  @Test func tooMuchWorkIsRefused() throws {
    let nodes = 2000
    let tree = Graph(
      nodeCount: nodes, sources: (1..<nodes).map { Int32(($0 - 1) / 2) },
      destinations: (1..<nodes).map { Int32($0) })
    let error = #expect(throws: InputError.self) {
      try LaplacianSpectrum(of: tree, smallest: 9, mostWork: 1)
    }
    #expect(error?.found.contains("a connected part of 2000 nodes") == true)
  }

  /// The error of a data set names the first graph in the order of splits and graphs.
  @Test func errorsNameTheGraph() throws {
    let graphs = (0..<50).map {
      Graph(nodeCount: $0 + 1, sources: [], destinations: [], targets: [1])
    }
    let data = GraphDataset(
      name: "D", train: Array(graphs[..<3]), validation: graphs, test: graphs, task: .regression)
    let error = #expect(throws: InputError.self) {
      try data.addingEncodings { graph throws(InputError) in
        if graph.nodeCount > 40 {
          throw InputError(file: "graph", field: "Laplacian", found: "x", expected: "y")
        }
      }
    }
    #expect(
      error?.description == "D, validation split, graph 40: 'Laplacian': found x, expected y")
  }
}
