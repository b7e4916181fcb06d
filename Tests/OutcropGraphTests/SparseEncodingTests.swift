import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Encodings of large graphs against the dense solver on graphs of medium size.
@Suite struct SparseEncodingTests {
  enum Kind: String, CaseIterable {
    case random, path, star, cycle, grid, disconnected, copies, multigraph, complete, isolated
  }

  /// Edges stored once.
  private func graph(_ kind: Kind, nodes: Int = 300) -> Graph {
    var random = TestRandom(7)
    var edges: [(Int, Int)] = []
    var count = nodes
    switch kind {
    case .random:
      for node in 1..<nodes { edges.append((Int.random(in: 0..<node, using: &random), node)) }
      for _ in 0..<nodes {
        edges.append(
          (Int.random(in: 0..<nodes, using: &random), Int.random(in: 0..<nodes, using: &random)))
      }
    case .path: edges = (1..<nodes).map { ($0 - 1, $0) }
    case .star: edges = (1..<nodes).map { (0, $0) }
    case .cycle: edges = (0..<nodes).map { ($0, ($0 + 1) % nodes) }
    case .grid:
      count = 15 * 20
      for row in 0..<15 {
        for column in 0..<20 {
          if column > 0 { edges.append((row * 20 + column - 1, row * 20 + column)) }
          if row > 0 { edges.append((row * 20 - 20 + column, row * 20 + column)) }
        }
      }
    case .disconnected:
      edges = (1..<150).map { ($0 - 1, $0) } + (151..<290).map { ($0 - 1, $0) }
    case .copies:
      for part in 0..<3 { edges += (1..<100).map { (part * 100 + $0 / 2, part * 100 + $0) } }
    case .multigraph:
      edges = (1..<nodes).flatMap { [($0 - 1, $0), ($0 - 1, $0), ($0, $0)] }
    case .complete:
      count = 80
      for first in 0..<80 { for second in first + 1..<80 { edges.append((first, second)) } }
    case .isolated: edges = [(1, 2), (4, 5)]
    }
    return Graph(
      nodeCount: count, sources: edges.map { Int32($0.0) }, destinations: edges.map { Int32($0.1) })
  }

  /// Values agree, vectors are orthonormal, and the vectors of each distinct value that is whole span the
  /// same space.
  @Test(arguments: Kind.allCases, [1, 9, 20])
  func smallestPairs(kind: Kind, count: Int) throws {
    let graph = graph(kind)
    let dense = try LaplacianSpectrum(of: graph)
    // Components of more than 40 nodes go through the sparse solver.
    let sparse = try LaplacianSpectrum(of: graph, smallest: count, mostDenseNodes: 40)
    #expect(sparse.values.count == count)
    for (found, expected) in zip(sparse.values, dense.values) {
      #expect(abs(found - expected) < 1e-9, "\(kind): \(found), expected \(expected)")
    }
    let nodes = graph.nodeCount
    for first in 0..<count {
      for second in 0...first {
        let product = (0..<nodes).reduce(0.0) { $0 + sparse[$1, first] * sparse[$1, second] }
        #expect(abs(product - (first == second ? 1 : 0)) < 1e-8)
      }
    }
    var start = 0
    while start < count {
      var end = start + 1
      while end < nodes, dense.values[end] - dense.values[end - 1] < 1e-6 { end += 1 }
      if end > count { break }
      for row in stride(from: 0, to: nodes, by: 7) {
        for column in stride(from: 0, to: nodes, by: 11) {
          let found = (start..<end).reduce(0.0) { $0 + sparse[row, $1] * sparse[column, $1] }
          let expected = (start..<end).reduce(0.0) { $0 + dense[row, $1] * dense[column, $1] }
          #expect(abs(found - expected) < 1e-5, "\(kind) \(start)..<\(end) [\(row), \(column)]")
        }
      }
      start = end
    }
  }

  @Test(arguments: Kind.allCases) func walksAndDiffusion(kind: Kind) {
    let graph = graph(kind)
    let walks = graph.randomWalkProbabilities(steps: 9).values
    for (found, expected) in zip(graph.sparseWalkProbabilities(9).values, walks) {
      #expect(abs(found - expected) < 1e-6)
    }
    let weights = graph.addingDiffusionWeights().attributes[.diffusionWeights]!.values
    let sparse = graph.addingSparseDiffusionWeights(0.25, 16).attributes[.diffusionWeights]!.values
    #expect(sparse.count == weights.count)
    for (found, expected) in zip(sparse, weights) { #expect(abs(found - expected) < 1e-6) }
  }

  @Test func sameBitsOnAnyNumberOfThreads() throws {
    let graph = graph(.random, nodes: 9000)
    let first = ThreadPool.threadCount
    defer { ThreadPool.threadCount = first }
    var results: [[Float]] = []
    for threads in [1, 2, 8] {
      ThreadPool.threadCount = threads
      results.append(
        try graph.laplacianEigenvectors(columns: 6).values + graph.sparseWalkProbabilities(4).values
      )
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// A graph whose dense matrix would take 8.6 GB.
  @Test func aGraphOfManyNodes() throws {
    let graph = Graph(nodeCount: 32_767, sources: [0, 1], destinations: [1, 0])
    let encoding = try graph.laplacianEigenvectors(columns: 8)
    #expect(encoding.rows == 32_767 && encoding.values.allSatisfy { $0.isFinite })
    // Values 0 and 2 of the one edge, 1 of every other node.
    let spectrum = try graph.laplacianSpectrum(count: 4)
    for (column, expected) in [0, 1, 1, 1].enumerated() {
      #expect(abs(spectrum[5, 4 + column] - Float(expected)) < 1e-6)
    }
    let walks = graph.randomWalkProbabilities(steps: 2)
    #expect((0..<3).map { walks[$0, 1] } == [1, 1, 0])
    let weights = graph.addingDiffusionWeights(gamma: 0.25, steps: 2).attributes[.diffusionWeights]!
    // Half of 1 − (1 − 2γ)²
    for weight in weights.values { #expect(abs(weight - 0.375) < 1e-6) }
  }

  /// A connected tree of many nodes: its smallest value belongs to the cut between its halves.
  @Test func aTreeOfManyNodes() throws {
    let nodes = 20_000
    let graph = Graph(
      nodeCount: nodes, sources: (1..<nodes).map { Int32(($0 - 1) / 3) },
      destinations: (1..<nodes).map { Int32($0) })
    let spectrum = try LaplacianSpectrum(of: graph, smallest: 5)
    let degrees = zip(graph.inDegrees, graph.outDegrees).map { Double($0 + $1) }
    for column in 0..<5 {
      var image = (0..<nodes).map { spectrum[$0, column] }
      for (source, destination) in zip(graph.sources, graph.destinations) {
        let (a, b) = (Int(source), Int(destination))
        let weight = 1 / (degrees[a] * degrees[b]).squareRoot()
        image[a] -= weight * spectrum[b, column]
        image[b] -= weight * spectrum[a, column]
      }
      let square = (0..<nodes).reduce(0.0) {
        $0 + pow(image[$1] - spectrum.values[column] * spectrum[$1, column], 2)
      }
      #expect(square.squareRoot() < 1e-9)
    }
    #expect(zip(spectrum.values, spectrum.values.dropFirst()).allSatisfy { $0 < $1 + 1e-9 })
  }
}
