import Foundation

/// Rings that share atoms, drawn as one rigid unit: regular polygons, which share an edge if the rings share
/// a bond.
struct MoleculeRings {
  /// The nodes of the ring system, ascending.
  let nodes: [Int]
  private(set) var places: [Int: Place] = [:]
  /// Each ring's triples of neighboring nodes, the middle one first, then the other two ascending.
  let corners: [[Int]]

  /// The ring systems of a graph.
  static func systems(_ rings: [[Int]]) -> [MoleculeRings] {
    var groups: [(rings: [[Int]], nodes: Set<Int>)] = []
    for ring in rings {
      var group = (rings: [ring], nodes: Set(ring))
      groups.removeAll { other in
        if other.nodes.isDisjoint(with: group.nodes) { return false }
        group.rings += other.rings
        group.nodes.formUnion(other.nodes)
        return true
      }
      groups.append(group)
    }
    return groups.map { MoleculeRings($0.rings, nodes: $0.nodes.sorted()) }
  }

  private init(_ rings: [[Int]], nodes: [Int]) {
    self.nodes = nodes
    corners = rings.flatMap { ring in
      ring.indices.map { index in
        let (a, b) = (ring[index], ring[(index + 2) % ring.count])
        return [ring[(index + 1) % ring.count], min(a, b), max(a, b)]
      }
    }
    // The largest ring is a regular polygon. Then always the ring with the most positioned atoms is next, so
    // that gaps are closed early.
    var waiting = rings.sorted { $0.count > $1.count }
    placePolygon(waiting.removeFirst())
    while !waiting.isEmpty {
      func shared(_ ring: [Int]) -> Int { ring.count { places[$0] != nil } }
      let next = waiting.indices.max { shared(waiting[$0]) < shared(waiting[$1]) }!
      attach(waiting.remove(at: next))
    }
  }

  private mutating func placePolygon(_ ring: [Int]) {
    let radius = 0.5 / sin(.pi / Double(ring.count))
    for (corner, node) in ring.enumerated() {
      let angle = 2 * .pi * Double(corner) / Double(ring.count) + .pi / 2
      places[node] = radius * Place(cos(angle), sin(angle))
    }
  }

  /// Positions the remaining nodes of the ring, of which at least one is positioned.
  private mutating func attach(_ ring: [Int]) {
    guard
      let start = ring.indices.first(where: {
        places[ring[$0]] != nil && places[ring[($0 + 1) % ring.count]] == nil
      })
    else { return }
    let turned = Array(ring[start...] + ring[..<start])
    // Runs of remaining nodes between positioned nodes.
    var from = turned[0]
    var run: [Int] = []
    for node in turned.dropFirst() + [turned[0]] {
      if places[node] == nil {
        run.append(node)
      } else {
        if !run.isEmpty { place(run, from: from, to: node) }
        run = []
        from = node
      }
    }
  }

  private mutating func place(_ run: [Int], from: Int, to: Int) {
    let (a, b) = (places[from]!, places[to]!)
    if from == to {
      // If the rings share one atom, the new ring points away from the old one.
      let others = places.values.filter { length($0 - a) < 1.2 && length($0 - a) > 0 }
      let away = others.reduce(Place()) { $0 - ($1 - a) }
      let axis = length(away) > 1e-6 ? atan2(away.y, away.x) : 0
      let corners = Double(run.count + 1)
      let radius = 0.5 / sin(.pi / corners)
      let center = a + radius * Place(cos(axis), sin(axis))
      for (index, node) in run.enumerated() {
        let angle = axis + .pi + 2 * .pi * Double(index + 1) / corners
        places[node] = center + radius * Place(cos(angle), sin(angle))
      }
      return
    }
    let sides = [1.0, -1.0].map { arc(run.count, from: a, to: b, side: $0) }
    let best = clearance(sides[0]) >= clearance(sides[1]) ? sides[0] : sides[1]
    for (node, place) in zip(run, best) { places[node] = place }
  }

  /// The distance of the points from the positioned nodes, and to break ties from their center.
  private func clearance(_ points: [Place]) -> Double {
    let nearest = points.map { point in places.values.map { length($0 - point) }.min()! }.min()!
    let middle = places.values.reduce(Place(), +) / Double(places.count)
    let distance = points.map { length($0 - middle) }.reduce(0, +) / Double(points.count)
    return (min(nearest, 1) * 1e6).rounded() + distance
  }

  /// `count` points at unit distance on an arc from `a` to `b`, on one side of the line between them.
  private func arc(_ count: Int, from a: Place, to b: Place, side: Double) -> [Place] {
    let steps = Double(count + 1)
    let chord = length(b - a)
    let direction = chord > 1e-9 ? atan2(b.y - a.y, b.x - a.x) : 0
    if chord >= steps * 0.999 {
      return (1...count).map { a + (b - a) * (Double($0) / steps) }
    }
    // `steps` segments with turns of t span sin(steps t / 2) / sin(t / 2), which decreases with t.
    var (low, high) = (1e-9, 2 * .pi / steps)
    for _ in 0..<60 {
      let t = (low + high) / 2
      if sin(steps * t / 2) / sin(t / 2) > chord { low = t } else { high = t }
    }
    var angle = direction + side * (steps - 1) * low / 2
    var point = a
    return (0..<count).map { _ in
      point += Place(cos(angle), sin(angle))
      angle -= side * low
      return point
    }
  }
}
