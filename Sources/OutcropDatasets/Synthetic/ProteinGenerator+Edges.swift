import OutcropCore

extension ProteinGenerator {
  /// The edges that one node owns, and memory for drawing them.
  struct OwnedEdges {
    /// The other ends.
    var ends: [Int32] = []
    /// Thousandths, 8 for each of `ends`.
    var scores: [UInt16] = []
    /// A node's mark is `round` when it is in `ends`.
    fileprivate var marks: [UInt32]
    fileprivate var round: UInt32 = 0

    init(nodeCount: Int) { marks = [UInt32](repeating: 0, count: nodeCount) }

    fileprivate mutating func begin() {
      ends.removeAll(keepingCapacity: true)
      scores.removeAll(keepingCapacity: true)
      round &+= 1
      if round == 0 {
        for index in marks.indices { marks[index] = 0 }
        round = 1
      }
    }

    fileprivate func isDrawn(_ node: Int) -> Bool { marks[node] == round }

    fileprivate mutating func append(_ node: Int32) {
      marks[Int(node)] = round
      ends.append(node)
    }
  }

  /// Draws the edges that `node` owns: `edgeCounts[node]` different edges, independent of earlier
  /// calls.
  func drawEdges(of node: Int, _ edges: inout OwnedEdges) {
    edges.begin()
    let count = Int(edgeCounts[node])
    var random = RandomGenerator(seed: seed, stream: UInt64(node) + 1)
    let module = modules[Int(moduleOfNodes[node])]
    for _ in 0..<count {
      var other: Int32?
      var isClose = false
      // A module may have no free member left, so after some attempts other nodes are allowed.
      for _ in 0..<6 where other == nil {
        let candidate: Int32
        (candidate, isClose) = candidateEnd(module, &random)
        if isOwned(Int(candidate), by: node), !edges.isDrawn(Int(candidate)) { other = candidate }
      }
      if other == nil {
        isClose = false
        other = freeNode(node, module.species, edges, &random)
      }
      edges.append(other!)
      appendScores(module.function, isClose, &random, &edges.scores)
    }
  }

  /// The first node after a random position that is not drawn yet, of the same species if one is
  /// near.
  private func freeNode(
    _ node: Int, _ species: Int, _ edges: OwnedEdges, _ random: inout RandomGenerator
  ) -> Int32 {
    let range = rangesOfSpecies[species]
    var place = random.below(range.count)
    for _ in 0..<min(range.count, 64) {
      let candidate = nodesBySpecies[range.lowerBound + place]
      if isOwned(Int(candidate), by: node), !edges.isDrawn(Int(candidate)) { return candidate }
      place = place == range.count - 1 ? 0 : place + 1
    }
    // A free node exists, because counts are below the most that a node can own.
    let owned = ownedCount(node)
    var distance = 1 + random.below(owned)
    while edges.isDrawn((node + distance) % nodeCount) {
      distance = distance == owned ? 1 : distance + 1
    }
    return Int32((node + distance) % nodeCount)
  }

  /// A node can own edges to the nodes of the next half of the circle of all nodes. So every pair
  /// has exactly one owner, and the edges of a node are drawn independently of others.
  private func isOwned(_ other: Int, by node: Int) -> Bool {
    var distance = other - node
    if distance < 0 { distance += nodeCount }
    return distance >= 1 && distance <= ownedCount(node)
  }

  /// A node from the same module, the same species, or a module of the same function anywhere.
  private func candidateEnd(
    _ module: Module, _ random: inout RandomGenerator
  ) -> (node: Int32, isClose: Bool) {
    let choice = random.unit()
    if choice < 0.68 { return (popularMember(module, &random), true) }
    if choice < 0.93 {
      let range = rangesOfSpecies[module.species]
      let any = nodesBySpecies[range.lowerBound + random.below(range.count)]
      return (popularMember(modules[Int(moduleOfNodes[Int(any)])], &random), false)
    }
    let matching = modulesOfFunctions[module.function]
    return (popularMember(modules[matching[random.below(matching.count)]], &random), true)
  }

  private func popularMember(_ module: Module, _ random: inout RandomGenerator) -> Int32 {
    let x = random.unit()
    return module.members[Int(x * x * x * Double(module.members.count))]
  }

  /// Edges within a module score high in the channels of their function's profile. Other edges
  /// score low, mostly in text mining and co-expression. No edge has only scores of 0.
  private func appendScores(
    _ function: Int, _ isClose: Bool, _ random: inout RandomGenerator, _ scores: inout [UInt16]
  ) {
    let (coExpression, textMining) = (3, 6)
    // 8 channels and 3 distances to the second one: 24 different profiles.
    let primary = function % 8
    let secondary = (primary + 1 + function / 8 * 2) % 8
    // One random number for all channels: 8 bits each.
    let bits = random.next()
    var isZero = true
    for channel in 0..<Self.scoreCount {
      let chance = Int(truncatingIfNeeded: bits >> UInt64(8 * channel)) & 255
      var score = 0
      if isClose && channel == primary {
        if chance < 218 { score = 150 + random.below(850) }
      } else if isClose && channel == secondary {
        if chance < 128 { score = 100 + random.below(600) }
      } else if channel == textMining {
        if chance < (isClose ? 77 : 180) { score = 41 + random.below(360) }
      } else if channel == coExpression {
        if chance < (isClose ? 20 : 100) { score = 41 + random.below(210) }
      } else if chance < 12 {
        score = 41 + random.below(260)
      }
      if score > 0 { isZero = false }
      scores.append(UInt16(score))
    }
    if isZero {
      scores[scores.count - Self.scoreCount + textMining] = UInt16(41 + random.below(60))
    }
  }
}
