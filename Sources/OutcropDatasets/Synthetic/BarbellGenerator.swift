import OutcropCore
import OutcropGraph

/// Generates barbell graphs: two cliques that are joined by a path.
///
/// A clique of m nodes has all m (m − 1) directed edges, of type 1. The path leads from the last node of the first
/// clique over p nodes of its own to the first node of the second clique, and has 2 (p + 1) directed edges, of type
/// 2; without nodes of its own it is one bond. Nodes are numbered in this order, as in NetworkX's `barbell_graph`.
/// Edges are sorted by source, then destination. Sizes are uniform in `cliqueSizes`, for each clique separately, and
/// in `pathSizes`.
///
/// Each node is of type 1 with a probability that is uniform in 0 ... 1 for each clique, otherwise of type 0; nodes
/// of the path's own are of type 0. The target, for regression, is |a − b| + (p + 1) / 10, where a and b are the
/// shares of nodes of type 1 in the two cliques: a model must count within cliques, which hold most of the edges
/// (95% with the usual sizes), and compare across the path, which holds few of them.
///
/// Graph `index` of `seed` is the same on every platform and does not depend on the number of graphs.
public struct BarbellGenerator: Sendable, Equatable {
  /// The seed of all graphs.
  public let seed: UInt64
  /// The numbers of nodes of a clique.
  public let cliqueSizes: ClosedRange<Int>
  /// The numbers of nodes of the path's own.
  public let pathSizes: ClosedRange<Int>

  /// The number of node types.
  public static let nodeTypeCount = 2
  /// The names of the edge types 0, 1 and 2; type 0 does not occur.
  public static let edgeTypeNames = ["none", "clique", "path"]

  /// The generator of the graphs of `seed`.
  ///
  /// - Precondition: cliques have at least 3 nodes and at most 1,000, paths at least 0 and at most 1,000.
  public init(
    seed: UInt64, cliqueSizes: ClosedRange<Int> = 5...12, pathSizes: ClosedRange<Int> = 0...6
  ) {
    require(
      cliqueSizes.lowerBound >= 3 && cliqueSizes.upperBound <= 1000
        && pathSizes.lowerBound >= 0 && pathSizes.upperBound <= 1000,
      "BarbellGenerator: found cliques of \(cliqueSizes) and paths of \(pathSizes) nodes, expected 3 ... 1000 "
        + "and 0 ... 1000")
    (self.seed, self.cliqueSizes, self.pathSizes) = (seed, cliqueSizes, pathSizes)
  }

  /// Graph number `index`, with its target.
  public func graph(_ index: Int) -> Graph {
    var generator = RandomGenerator(seed: seed, stream: UInt64(truncatingIfNeeded: index))
    func size(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + generator.below(range.count)
    }
    let (first, second, path) = (size(cliqueSizes), size(cliqueSizes), size(pathSizes))
    let nodeCount = first + path + second
    var types = [Int32](repeating: 0, count: nodeCount)
    var shares: [Double] = []
    for nodes in [0..<first, first + path..<nodeCount] {
      let probability = generator.unit()
      for node in nodes { types[node] = generator.chance(probability) ? 1 : 0 }
      shares.append(Double(nodes.count { types[$0] == 1 }) / Double(nodes.count))
    }
    var (sources, destinations, edgeTypes): ([Int32], [Int32], [Int32]) = ([], [], [])
    func add(_ source: Int, _ destination: Int, _ type: Int32) {
      sources.append(Int32(source))
      destinations.append(Int32(destination))
      edgeTypes.append(type)
    }
    for node in 0..<nodeCount {
      let clique = node < first ? 0..<first : node < first + path ? 0..<0 : first + path..<nodeCount
      // The path's edges lead to the next and the previous node.
      let joins = first - 1...first + path
      if node > first - 1, joins.contains(node) { add(node, node - 1, 2) }
      for other in clique where other != node { add(node, other, 1) }
      if node < first + path, joins.contains(node) { add(node, node + 1, 2) }
    }
    return Graph(
      nodeCount: nodeCount, sources: sources, destinations: destinations,
      nodeTypes: IntegerFeatures(values: types, columns: 1),
      edgeTypes: IntegerFeatures(values: edgeTypes, columns: 1),
      targets: [Float(abs(shares[0] - shares[1]) + Double(path + 1) / 10)])
  }

  /// A data set of these graphs, made in parallel. A larger training split begins with the graphs of a smaller one.
  ///
  /// - Precondition: the sizes are not negative.
  public func dataset(
    sizes: (train: Int, validation: Int, test: Int) = (train: 2000, validation: 250, test: 250)
  ) -> GraphDataset {
    require(
      sizes.train >= 0 && sizes.validation >= 0 && sizes.test >= 0,
      "BarbellGenerator.dataset: found sizes \(sizes), expected 0 or more")
    // The splits are distant, disjoint ranges of graphs.
    func graphs(_ split: Int, _ count: Int) -> [Graph] {
      generatedGraphs(split << 32..<split << 32 + count, graph)
    }
    return GraphDataset(
      name: "barbell", train: graphs(0, sizes.train), validation: graphs(1, sizes.validation),
      test: graphs(2, sizes.test), isSynthetic: true, nodeTypeCount: Self.nodeTypeCount,
      edgeTypeCount: Self.edgeTypeNames.count, targetCount: 1, task: .regression,
      edgeTypeNames: Self.edgeTypeNames,
      sourceDescription:
        "barbell graphs: two cliques of \(cliqueSizes.lowerBound) to \(cliqueSizes.upperBound) nodes, joined "
        + "by a path of \(pathSizes.lowerBound) to \(pathSizes.upperBound) nodes (generator seed \(seed))"
    )
  }
}
