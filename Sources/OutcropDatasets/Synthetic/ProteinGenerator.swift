import OutcropCore

/// Generates a graph that resembles ogbn-proteins: nodes of several species, edges with 8 scores,
/// yes/no labels that depend on the neighborhood, and a split by species.
///
/// Nodes of a species fall into modules of very different sizes, which correspond to each other
/// across species and differ in function. Most edges join nodes of one module, some nodes of one
/// species, few those of corresponding modules; degrees have a heavy tail. An edge's scores
/// (neighborhood, fusion, co-occurrence, co-expression, experiments, databases, text mining,
/// homology) are thousandths, mostly 0; which of them are high depends on the module's function,
/// and so do the labels, up to noise: a model can learn labels from the scores around a node. The
/// proteins are synthetic, and results on them do not apply to real proteins.
///
/// The graph has neither loops nor repeated edges. The same sizes and seed give the same graph
/// on every machine, and only the edges of a few nodes are in memory.
public struct ProteinGenerator: Sendable {
  /// The number of scores of an edge.
  public static let scoreCount = 8
  /// The number of labels of a node, as in ogbn-proteins.
  public static let targetCount = 112
  /// The species' numbers, and the share of nodes of each: those of ogbn-proteins, roughly.
  static let species: [(value: Int32, share: Double)] = [
    (3702, 0.20), (4932, 0.05), (6239, 0.12), (7227, 0.10), (7955, 0.13), (9606, 0.15),
    (10090, 0.16), (511145, 0.09),
  ]
  /// Functions that modules have. Each has a profile of scores and of labels.
  static let functionCount = 24

  /// The number of nodes.
  public let nodeCount: Int
  /// The number of undirected edges.
  public let edgeCount: Int
  /// The seed of the graph.
  public let seed: UInt64

  /// [nodes] Categories 0 ..< 8.
  let speciesOfNodes: [Int32]
  /// [nodes] The number of each node's module.
  let moduleOfNodes: [Int32]
  let modules: [Module]
  /// Modules by function.
  let modulesOfFunctions: [[Int]]
  /// [nodes] All nodes, one species after the other.
  let nodesBySpecies: [Int32]
  /// [species] The range of each species in `nodesBySpecies`.
  let rangesOfSpecies: [Range<Int>]
  /// [nodes] The number of edges that each node owns. The sum is `edgeCount`.
  let edgeCounts: [Int32]
  /// [functions × targets] The probability of each label.
  let labelProbabilities: [Double]

  /// A group of nodes of one species. The members' order is that of their popularity.
  struct Module: Sendable {
    var species: Int
    var function: Int
    var members: [Int32]
  }

  /// The largest number of edges of a graph with `nodeCount` nodes.
  public static func largestEdgeCount(nodeCount: Int) -> Int { nodeCount * (nodeCount - 1) / 2 }

  /// Draws modules, functions and degrees. Traps for fewer than 16 nodes or more edges than pairs
  /// of nodes.
  public init(nodeCount: Int, edgeCount: Int, seed: UInt64 = 0) {
    require(
      nodeCount >= 16 && nodeCount < Int(Int32.max),
      "ProteinGenerator: found \(nodeCount) nodes, expected 16 ..< \(Int32.max)")
    require(
      edgeCount >= 0 && edgeCount <= Self.largestEdgeCount(nodeCount: nodeCount)
        && edgeCount < Int(UInt32.max),
      "ProteinGenerator: found \(edgeCount) edges, expected 0 ... "
        + "\(Self.largestEdgeCount(nodeCount: nodeCount)) among \(nodeCount) nodes, "
        + "and fewer than 2^32"
    )
    self.nodeCount = nodeCount
    self.edgeCount = edgeCount
    self.seed = seed
    var generator = RandomGenerator(seed: seed, stream: 0)

    // Every species has at least one node: its share of the nodes, rounded.
    var ends: [Int] = []
    var share = 0.0
    for species in Self.species {
      share += species.share
      ends.append(max((ends.last ?? 0) + 1, Int(share * Double(nodeCount))))
    }
    ends[ends.count - 1] = nodeCount
    let order = generator.permutation(nodeCount).map { Int32($0) }
    var speciesOfNodes = [Int32](repeating: 0, count: nodeCount)
    var ranges: [Range<Int>] = []
    var moduleOfNodes = [Int32](repeating: 0, count: nodeCount)
    var modules: [Module] = []
    var start = 0
    for (species, end) in ends.enumerated() {
      // Sizes shrink like 1/√rank; the functions' order is the same in every species, so that
      // corresponding modules have corresponding sizes.
      let count = max(1, min(Self.functionCount, (end - start) / 24))
      let weights = (1...count).map { 1 / Double($0).squareRoot() }
      let total = weights.reduce(0, +)
      var before = 0.0
      var first = start
      for rank in 0..<count {
        before += weights[rank]
        let last = rank == count - 1 ? end : start + Int(before / total * Double(end - start))
        let members = Array(order[first..<max(first, last)])
        for node in members {
          speciesOfNodes[Int(node)] = Int32(species)
          moduleOfNodes[Int(node)] = Int32(modules.count)
        }
        modules.append(
          Module(species: species, function: rank, members: members))
        first = max(first, last)
      }
      ranges.append(start..<end)
      start = end
    }
    nodesBySpecies = order
    rangesOfSpecies = ranges
    modulesOfFunctions = (0..<Self.functionCount).map { function in
      modules.indices.filter { modules[$0].function == function && !modules[$0].members.isEmpty }
    }
    labelProbabilities = Self.drawLabelProbabilities(&generator)
    self.speciesOfNodes = speciesOfNodes
    self.moduleOfNodes = moduleOfNodes
    self.modules = modules
    edgeCounts = Self.apportion(edgeCount, nodeCount, modules, &generator)
  }

  /// A node can own edges to the nodes of the next half of the circle of all nodes. So every pair
  /// has exactly one owner, and the edges of different owners are independent.
  func ownedCount(_ node: Int) -> Int { Self.ownedCount(node, nodeCount) }

  static func ownedCount(_ node: Int, _ nodeCount: Int) -> Int {
    // With an even number of nodes, the lower of two opposite nodes owns their edge.
    (nodeCount - 1) / 2 + (nodeCount % 2 == 0 && node < nodeCount / 2 ? 1 : 0)
  }

  /// Distributes the edges over the nodes by weights with a heavy tail, up to the most that a node
  /// can own.
  private static func apportion(
    _ edgeCount: Int, _ nodeCount: Int, _ modules: [Module], _ generator: inout RandomGenerator
  ) -> [Int32] {
    var weights = [Double](repeating: 0, count: nodeCount)
    for module in modules {
      for (rank, node) in module.members.enumerated() {
        // Popular members own more edges, as they receive more edges of others. The fourth power of
        // a uniform number makes a few nodes of any rank large.
        let popularity = (Double(module.members.count) / Double(rank + 1)).squareRoot()
        let x = generator.unit()
        weights[Int(node)] = min(popularity, 16) * (0.1 + 2 * x * x * x * x)
      }
    }
    var counts = [Int32](repeating: 0, count: nodeCount)
    var rest = edgeCount
    // Edges above the limits are distributed over the other nodes in rounds.
    while rest > 0 {
      var total = 0.0
      for node in 0..<nodeCount where Int(counts[node]) < ownedCount(node, nodeCount) {
        total += weights[node]
      }
      let scale = Double(rest) / total
      let before = rest
      var carried = 0.0
      for node in 0..<nodeCount where rest > 0 {
        let room = ownedCount(node, nodeCount) - Int(counts[node])
        if room == 0 { continue }
        carried += weights[node] * scale
        let wanted = Int(carried)
        carried -= Double(wanted)
        let given = min(wanted, room, rest)
        counts[node] += Int32(given)
        rest -= given
      }
      if rest == before {
        // When rounding leaves too few edges for a round, the first nodes below their limit get one
        // each.
        for node in 0..<nodeCount
        where rest > 0 && Int(counts[node]) < ownedCount(node, nodeCount) {
          counts[node] += 1
          rest -= 1
        }
      }
    }
    return counts
  }
}
