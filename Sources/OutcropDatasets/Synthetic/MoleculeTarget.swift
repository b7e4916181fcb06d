import OutcropGraph

/// The regression target of synthetic molecules, computed only from the graph. It has the form of
/// ZINC's target with invented constants:
///
///     value = (solubility − 1.8)/2.8 + (3 − complexity)/0.66 + (0.05 − cycle)/0.3
///
/// The properties describe the three terms. Each term depends on bonds and neighborhoods, not only
/// on the atoms. Isomorphic graphs have the same value up to the order of summation.
public struct MoleculeTarget: Sendable, Equatable {
  /// A sum over atoms in the manner of Wildman and Crippen's log P: see `contribution`.
  public let solubility: Double
  /// 1.5 + 0.03 · atoms + 0.25 · atoms in fused rings + 0.25 · `C H1` atoms + 0.3 · charged atoms
  /// + 0.2 · atoms outside rings with three or more neighbors.
  public let complexity: Double
  /// max(0, L − 6), where L is the longest of the shortest cycles through each bond.
  public let cycle: Double

  /// The target, standardized.
  public var value: Float {
    Float((solubility - 1.8) / 2.8 + (3 - complexity) / 0.66 + (0.05 - cycle) / 0.3)
  }

  /// The terms for a molecule in ZINC's encoding, both directions of every bond present.
  public init(of graph: Graph) {
    let edges = EdgeIndex(
      sources: graph.sources, destinations: graph.destinations, nodeCount: graph.nodeCount)
    let types = graph.nodeTypes?.values ?? [Int32](repeating: 0, count: graph.nodeCount)
    let atoms = types.map { AtomClass(rawValue: Int($0)) ?? .carbon }
    let given = graph.edgeTypes?.values ?? [Int32](repeating: 1, count: graph.edgeCount)
    let orders = edges.originalOrder.map { Int(given[Int($0)]) }
    let cycles = shortestCycles(edges)
    var solubility = 0.0
    var complexity = 1.5 + 0.03 * Double(atoms.count)
    for atom in atoms.indices {
      let bonds = edges.edges(into: atom)
      let ringBonds = bonds.count { cycles[$0] > 0 }
      solubility += MoleculeTarget.contribution(
        of: atoms[atom], neighbors: bonds.map { atoms[Int(edges.sources[$0])] },
        orders: bonds.map { orders[$0] }, isInRing: ringBonds > 0)
      if ringBonds > 2 { complexity += 0.25 }
      if ringBonds == 0, bonds.count >= 3 { complexity += 0.2 }
      if atoms[atom] == .carbonH { complexity += 0.25 }
      if atoms[atom].isCharged { complexity += 0.3 }
    }
    self.solubility = solubility
    self.complexity = complexity
    cycle = Double(max(0, (cycles.max() ?? 0) - 6))
  }

  /// The contribution of an atom to `solubility`.
  ///
  /// - Carbon: 0.14, and 0.12 in a ring with a multiple bond; less 0.2 for each neighbor O, N or
  ///   charged atom; plus 0.1 for each hydrogen.
  /// - Nitrogen: −0.3 with a multiple bond, otherwise −0.45 and −0.2 for each hydrogen; half of it
  ///   next to a carbon only in a ring.
  /// - Oxygen: −0.3 double bond, −0.15 ether, −0.5 hydroxyl. Sulfur: 0.6, with double bonds −0.4.
  /// - F 0.4, Cl 0.65, Br 0.85, I 1.1, P −0.5; charged atoms −1.2.
  static func contribution(
    of atom: AtomClass, neighbors: [AtomClass], orders: [Int], isInRing: Bool
  ) -> Double {
    let isUnsaturated = orders.contains { $0 > 1 }
    let spent = orders.reduce(0, +)
    switch atom {
    case .carbon, .carbonH:
      let polar = neighbors.count { $0 == .oxygen || $0 == .nitrogen || $0.isCharged }
      return 0.14 + (isInRing && isUnsaturated ? 0.12 : 0) - 0.2 * Double(polar)
        + 0.1 * Double(max(0, 4 - spent))
    case .nitrogen:
      let value = isUnsaturated ? -0.3 : -0.45 - 0.2 * Double(max(0, 3 - spent))
      return isInRing && neighbors.allSatisfy(\.isCarbon) ? value / 2 : value
    case .oxygen: return isUnsaturated ? -0.3 : orders.count == 2 ? -0.15 : -0.5
    case .sulphur: return isUnsaturated ? -0.4 : 0.6
    case .fluorine: return 0.4
    case .chlorine: return 0.65
    case .bromine: return 0.85
    case .iodine: return 1.1
    case .phosphorus: return -0.5
    default: return -1.2
    }
  }
}

/// The length of the shortest cycle through each edge (in destination order), 0 where there is
/// none.
func shortestCycles(_ edges: EdgeIndex) -> [Int] {
  var lengths = [Int](repeating: 0, count: edges.edgeCount)
  var distances = [Int](repeating: -1, count: edges.destinationCount)
  var queue: [Int] = []
  for edge in 0..<edges.edgeCount {
    let (start, goal) = (Int(edges.destinations[edge]), Int(edges.sources[edge]))
    if start == goal { continue }
    if start > goal { continue }
    for node in queue { distances[node] = -1 }
    queue = [start]
    distances[start] = 0
    var head = 0
    search: while head < queue.count {
      let node = queue[head]
      head += 1
      for position in edges.edges(into: node) {
        let next = Int(edges.sources[position])
        // The edge itself, in either direction, is not part of another path between its ends.
        if distances[next] >= 0 || (node == start && next == goal) { continue }
        distances[next] = distances[node] + 1
        queue.append(next)
        if next == goal { break search }
      }
    }
    if distances[goal] > 0 {
      lengths[edge] = distances[goal] + 1
    }
  }
  // Each bond was searched once, from its end with the lower number.
  for edge in 0..<edges.edgeCount where edges.destinations[edge] > edges.sources[edge] {
    let node = Int(edges.sources[edge])
    let twin = edges.edges(into: node).first { edges.sources[$0] == edges.destinations[edge] }
    if let twin { lengths[edge] = lengths[twin] }
  }
  return lengths
}
