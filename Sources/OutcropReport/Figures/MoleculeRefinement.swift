import Foundation

/// Removes overlaps from one component of a drawing: branches are turned about bonds outside rings, and the
/// remaining overlaps are pushed apart.
struct MoleculeRefinement {
  private let graph: MoleculeGraph
  private let piece: [Int]
  private let bonds: [(first: Int, second: Int)]
  private let isBonded: Set<Int>
  private var places: [Place]

  init(_ graph: MoleculeGraph, _ piece: [Int], _ places: [Place]) {
    self.graph = graph
    self.piece = piece
    let members = Set(piece)
    bonds = graph.bonds.filter { members.contains($0.first) }
    isBonded = Set(bonds.map { $0.first * graph.count + $0.second })
    self.places = places
  }

  /// The smallest acceptable distance between atoms that are not bonded.
  private static let nearest = 0.85

  var refined: [Place] {
    var copy = self
    copy.turnBranches()
    if copy.needsPushing { copy.push() }
    return copy.places
  }

  /// Whether atoms overlap or the lengths of bonds are wrong.
  var isPoor: Bool {
    let lengths = bonds.map { length(places[$0.first] - places[$0.second]) }
    return lengths.contains { $0 < 0.45 || $0 > 1.9 } || smallestDistance < 0.45
  }

  /// A penalty for all flaws of the drawing.
  var badness: Double {
    let stretch = bonds.reduce(0) { sum, bond in
      let deviation = length(places[bond.first] - places[bond.second]) - 1
      return sum + deviation * deviation
    }
    return stretch + 4 * crowding(places)
  }

  private var needsPushing: Bool {
    let isUneven = bonds.contains { abs(length(places[$0.first] - places[$0.second]) - 1) > 0.1 }
    return isUneven || smallestDistance < 0.7
  }

  private var smallestDistance: Double {
    var smallest = Double.infinity
    for (index, first) in piece.enumerated() {
      for second in piece[..<index] {
        smallest = min(smallest, length(places[first] - places[second]))
      }
    }
    return smallest
  }

  /// Overlaps of atoms and crossings of bonds.
  private func crowding(_ places: [Place]) -> Double {
    var sum = 0.0
    for (index, first) in piece.enumerated() {
      for second in piece[..<index] where !isBonded.contains(second * graph.count + first) {
        let difference = places[first] - places[second]
        let squared = (difference * difference).sum()
        if squared < Self.nearest * Self.nearest {
          let overlap = Self.nearest - squared.squareRoot()
          sum += 4 * overlap * overlap
        }
      }
    }
    for (index, one) in bonds.enumerated() {
      let (a, b) = (places[one.first], places[one.second])
      for other in bonds[..<index] {
        let (c, d) = (places[other.first], places[other.second])
        if max(a.x, b.x) < min(c.x, d.x) || max(c.x, d.x) < min(a.x, b.x) { continue }
        if one.first == other.first || one.second == other.second { continue }
        if one.first == other.second || one.second == other.first { continue }
        if Self.cross(a, b, c) * Self.cross(a, b, d) < 0,
          Self.cross(c, d, a) * Self.cross(c, d, b) < 0
        {
          sum += 1
        }
      }
    }
    return sum
  }

  private static func cross(_ a: Place, _ b: Place, _ c: Place) -> Double {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
  }

  /// Repeatedly mirrors or turns the smaller side of a bond outside rings, where this helps most.
  private mutating func turnBranches() {
    var crowded = crowding(places)
    if crowded < 1e-9 { return }
    let branches = bonds.flatMap { bond in
      [(bond.first, bond.second), (bond.second, bond.first)].compactMap { anchor, start in
        let side = graph.reach(from: start, without: anchor).order
        return side.contains(anchor) || 2 * side.count > piece.count
          ? nil : (anchor: anchor, start: start, side: side)
      }
    }
    for _ in 0..<30 where crowded > 1e-9 {
      var best = (cost: crowded - 1e-6, places: places)
      for branch in branches {
        let origin = places[branch.anchor]
        let axis = places[branch.start] - origin
        for change in Change.allCases {
          var moved = places
          for node in branch.side {
            moved[node] = origin + change.apply(places[node] - origin, axis)
          }
          // A turn away from 120° is worse than a reflection.
          let cost = crowding(moved) + change.price
          if cost < best.cost { best = (cost, moved) }
        }
      }
      let now = crowding(best.places)
      if now >= crowded - 1e-9 { break }
      (places, crowded) = (best.places, now)
    }
  }

  private enum Change: CaseIterable {
    case mirror, left, right, farLeft, farRight

    var price: Double {
      switch self {
      case .mirror: 0
      case .left, .right: 0.05
      case .farLeft, .farRight: 0.1
      }
    }

    func apply(_ offset: Place, _ axis: Place) -> Place {
      let angle: Double
      switch self {
      case .mirror:
        let along = (offset * axis).sum() / (axis * axis).sum()
        return 2 * along * axis - offset
      case .left: angle = .pi / 6
      case .right: angle = -.pi / 6
      case .farLeft: angle = .pi / 3
      case .farRight: angle = -.pi / 3
      }
      let (c, s) = (cos(angle), sin(angle))
      return Place(c * offset.x - s * offset.y, s * offset.x + c * offset.y)
    }
  }

  /// Bonds pull toward their length, atoms two bonds apart keep their distance, all other atoms repel.
  private mutating func push() {
    var apart: [(first: Int, second: Int, distance: Double)] = []
    for node in piece {
      let around = graph.neighbors[node]
      for (index, second) in around.enumerated() {
        for first in around[..<index] where !isBonded.contains(first * graph.count + second) {
          let distance = length(places[first] - places[second])
          apart.append((first, second, min(2, max(1.2, distance))))
        }
      }
    }
    for step in 0..<400 {
      var forces = [Place](repeating: Place(), count: graph.count)
      func pull(_ first: Int, _ second: Int, to distance: Double, _ strength: Double) {
        var difference = places[second] - places[first]
        if length(difference) < 1e-6 {
          let angle = Double(first * 7 + second)
          difference = 1e-3 * Place(cos(angle), sin(angle))
        }
        let now = length(difference)
        let force = strength * (now - distance) / now * difference
        forces[first] += force
        forces[second] -= force
      }
      for bond in bonds { pull(bond.first, bond.second, to: 1, 1) }
      for pair in apart { pull(pair.first, pair.second, to: pair.distance, 0.3) }
      for (index, second) in piece.enumerated() {
        for first in piece[..<index] where !isBonded.contains(first * graph.count + second) {
          if length(places[first] - places[second]) < 0.95 { pull(first, second, to: 0.95, 0.6) }
        }
      }
      let rate = 0.2 * (1 - Double(step) / 500)
      for node in piece { places[node] += rate * forces[node] }
    }
  }
}
