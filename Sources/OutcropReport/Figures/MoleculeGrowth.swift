import Foundation

/// Positions one connected component of a graph node by node: ring systems as rigid units, all other nodes
/// around their neighbor in the free directions.
struct MoleculeGrowth {
  private let graph: MoleculeGraph
  private let systems: [MoleculeRings]
  private let linear: Set<Int>
  /// The ring system of each node that has one.
  private var systemOf: [Int: Int] = [:]
  private(set) var places: [Place]
  private var isPlaced: [Bool]
  private var placedNodes: [Int] = []
  /// The side, 1 or −1, to which the chain turned at each node.
  private var turns: [Double]
  private var queue: [Int] = []
  /// Three neighboring nodes of a ring, the middle one first, then the other two ascending.
  private let corners: Set<[Int]>

  init(_ graph: MoleculeGraph, _ systems: [MoleculeRings], linear: Set<Int>) {
    self.graph = graph
    self.systems = systems
    self.linear = linear
    for (number, system) in systems.enumerated() {
      for node in system.nodes { systemOf[node] = number }
    }
    corners = Set(systems.flatMap(\.corners))
    places = Array(repeating: Place(), count: graph.count)
    isPlaced = Array(repeating: false, count: graph.count)
    turns = Array(repeating: 1, count: graph.count)
  }

  mutating func grow(_ piece: [Int]) {
    let inPiece = Set(piece)
    let largest = systems.filter { inPiece.contains($0.nodes[0]) }
      .max { $0.nodes.count < $1.nodes.count }
    if let largest {
      for node in largest.nodes { put(node, largest.places[node]!) }
    } else {
      // An end of the longest chain.
      put(graph.reach(from: piece[0]).order.last!, Place())
    }
    var next = 0
    while next < queue.count {
      extend(queue[next])
      next += 1
    }
  }

  private mutating func put(_ node: Int, _ place: Place) {
    places[node] = place
    isPlaced[node] = true
    placedNodes.append(node)
    queue.append(node)
  }

  /// Positions the remaining neighbors of a positioned node.
  private mutating func extend(_ node: Int) {
    // Large branches first, so that the longest chain continues straight.
    var branches: [(node: Int, size: Int)] = []
    for other in graph.neighbors[node] where !isPlaced[other] {
      branches.append((other, graph.reach(from: other, without: node).order.count))
    }
    branches.sort { $0.size != $1.size ? $0.size > $1.size : $0.node < $1.node }
    let new = branches.map(\.node)
    if new.isEmpty { return }
    let around = graph.neighbors[node].filter { isPlaced[$0] }.map { other in
      (
        node: other,
        angle: atan2(places[other].y - places[node].y, places[other].x - places[node].x)
      )
    }
    if around.count == 1, new.count <= 2 {
      let ahead = around[0].angle + .pi
      if new.count == 1, linear.contains(node) {
        attach(new[0], to: node, angle: ahead, turn: turns[node])
        return
      }
      // The larger branch continues the zigzag, unless the other side has more room.
      let turn = -turns[node]
      let sides = [turn, -turn].map { room(ahead + $0 * .pi / 3, node) }
      let first = sides[0] < sides[1] - 0.3 ? -turn : turn
      for (other, side) in zip(new, [first, -first]) {
        attach(other, to: node, angle: ahead + side * .pi / 3, turn: side)
      }
      return
    }
    for (other, angle) in zip(new, directions(new.count, of: node, around: around)) {
      attach(other, to: node, angle: angle, turn: turns[node])
    }
  }

  /// Directions for `count` new neighbors of `node`, given those of the positioned neighbors; the best first:
  /// the widest gap, and not the inside of a ring if there is another gap.
  private func directions(
    _ count: Int, of node: Int, around: [(node: Int, angle: Double)]
  ) -> [Double] {
    if around.isEmpty {
      // 120° apart for up to three neighbors, else evenly spaced.
      let step = count > 3 ? 2 * .pi / Double(count) : 2 * .pi / 3
      return (0..<count).map { .pi / 6 + Double($0) * step }
    }
    let sorted = around.map { other in
      (node: other.node, angle: other.angle - 2 * .pi * (other.angle / (2 * .pi)).rounded(.down))
    }.sorted { $0.angle < $1.angle }
    var (start, gap, best) = (0.0, 0.0, -Double.infinity)
    for (index, left) in sorted.enumerated() {
      let isLast = index == sorted.count - 1
      let right = sorted[isLast ? 0 : index + 1]
      let width = right.angle - left.angle + (isLast ? 2 * .pi : 0)
      let corner = [node, min(left.node, right.node), max(left.node, right.node)]
      // Between two neighbors in a ring, the inside of the ring is on the narrow side.
      let isInside = width < .pi && corners.contains(corner)
      let value = isInside ? width - 2 * .pi : width
      if value > best + 1e-9 { (start, gap, best) = (left.angle, width, value) }
    }
    let slots = (1...count).map { start + gap * Double($0) / Double(count + 1) }
    let middle = start + gap / 2
    return slots.sorted {
      let (a, b) = (abs($0 - middle), abs($1 - middle))
      return abs(a - b) > 1e-9 ? a < b : $0 < $1
    }
  }

  /// Positions `node`, or its ring system, one bond away from `anchor`.
  private mutating func attach(_ node: Int, to anchor: Int, angle: Double, turn: Double) {
    let place = places[anchor] + Place(cos(angle), sin(angle))
    guard let number = systemOf[node] else {
      turns[node] = turn
      put(node, place)
      return
    }
    let system = systems[number]
    let own = system.places[node]!
    let ring = graph.neighbors[node].compactMap { other in
      system.places[other].map { (node: other, angle: atan2($0.y - own.y, $0.x - own.x)) }
    }
    let free = directions(1, of: node, around: ring)[0]
    let rotation = angle + .pi - free
    let (c, s) = (cos(rotation), sin(rotation))
    // The original or its mirror image at the bond, whichever has more room.
    let variants = [1.0, -1.0].map { mirror in
      system.nodes.map { member in
        let offset = system.places[member]! - own
        let turned = Place(c * offset.x - s * offset.y, s * offset.x + c * offset.y)
        let along = (turned * Place(cos(angle), sin(angle))).sum()
        let across = (turned * Place(-sin(angle), cos(angle))).sum() * mirror
        return place + along * Place(cos(angle), sin(angle)) + across
          * Place(-sin(angle), cos(angle))
      }
    }
    func space(_ points: [Place]) -> Double {
      points.map { point in placedNodes.map { min(2, length(places[$0] - point)) }.min() ?? 2 }
        .reduce(0, +)
    }
    let best = space(variants[1]) > space(variants[0]) + 1e-6 ? variants[1] : variants[0]
    for (member, place) in zip(system.nodes, best) { put(member, place) }
  }

  /// The distance of the nearest positioned node from a new neighbor of `node` in a direction, at most 2.
  private func room(_ angle: Double, _ node: Int) -> Double {
    let point = places[node] + 1.3 * Place(cos(angle), sin(angle))
    return placedNodes.reduce(2) { nearest, other in
      other == node ? nearest : min(nearest, length(places[other] - point))
    }
  }
}
