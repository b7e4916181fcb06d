import Foundation

/// A point of a drawing; one bond is 1 long, y downwards.
typealias Place = SIMD2<Double>

func length(_ vector: Place) -> Double { (vector * vector).sum().squareRoot() }

/// The structure that a layout uses: neighbors, connected components, rings.
struct MoleculeGraph {
  let count: Int
  /// Pairs of different nodes, first < second, each once, ascending.
  let bonds: [(first: Int, second: Int)]
  /// Ascending.
  let neighbors: [[Int]]

  init(count: Int, bonds: [(Int, Int)]) {
    self.count = count
    let keys = Set(bonds.filter { $0 != $1 }.map { min($0, $1) * count + max($0, $1) })
    self.bonds = keys.sorted().map { (first: $0 / count, second: $0 % count) }
    var neighbors = [[Int]](repeating: [], count: count)
    for (first, second) in self.bonds {
      neighbors[first].append(second)
      neighbors[second].append(first)
    }
    self.neighbors = neighbors.map { $0.sorted() }
  }

  /// The nodes that are reachable from `start` without a step from `start` to `excluded`, in breadth-first
  /// order, with their distances and their predecessors.
  func reach(from start: Int, without excluded: Int? = nil) -> (
    order: [Int], distance: [Int], parent: [Int]
  ) {
    var distance = [Int](repeating: -1, count: count)
    var parent = distance
    var order = [start]
    distance[start] = 0
    var next = 0
    while next < order.count {
      let node = order[next]
      next += 1
      for other in neighbors[node] where distance[other] < 0 {
        if node == start, other == excluded { continue }
        distance[other] = distance[node] + 1
        parent[other] = node
        order.append(other)
      }
    }
    return (order, distance, parent)
  }

  /// The connected components, each ascending.
  var pieces: [[Int]] {
    var isKnown = [Bool](repeating: false, count: count)
    return (0..<count).compactMap { node in
      if isKnown[node] { return nil }
      let piece = reach(from: node).order
      for member in piece { isKnown[member] = true }
      return piece.sorted()
    }
  }

  /// A minimum cycle basis (Horton 1987): the shortest rings that generate all others, each as its nodes in
  /// ring order, the shortest first. nil if there are more than `limit`.
  func rings(limit: Int) -> [[Int]]? {
    let wanted = bonds.count - count + pieces.count
    if wanted > limit { return nil }
    var bondNumber: [Int: Int] = [:]
    for (number, bond) in bonds.enumerated() {
      bondNumber[bond.first * count + bond.second] = number
    }
    func bond(_ a: Int, _ b: Int) -> Int { bondNumber[min(a, b) * count + max(a, b)]! }
    var candidates: [[Int]] = []
    for root in 0..<count where wanted > 0 && neighbors[root].count > 1 {
      let (_, distance, parent) = reach(from: root)
      func path(_ node: Int) -> [Int] {
        var path = [node]
        while path.last! != root { path.append(parent[path.last!]) }
        return path
      }
      for (first, second) in bonds where distance[first] >= 0 {
        if parent[first] == second || parent[second] == first { continue }
        let (one, other) = (path(first), path(second))
        guard Set(one).intersection(other) == [root] else { continue }
        candidates.append(Array(one.reversed()) + Array(other.dropLast()))
      }
    }
    // Several roots give the same ring. Rings are tried in order of length until enough are independent
    // over GF(2).
    candidates.sort {
      $0.count != $1.count ? $0.count < $1.count : $0.lexicographicallyPrecedes($1)
    }
    var basis: [Int: Set<Int>] = [:]
    var result: [[Int]] = []
    for ring in candidates where result.count < wanted {
      var edges = Set(ring.indices.map { bond(ring[$0], ring[($0 + 1) % ring.count]) })
      while let lead = edges.max() {
        guard let known = basis[lead] else {
          basis[lead] = edges
          result.append(ring)
          break
        }
        edges.formSymmetricDifference(known)
      }
    }
    return result.count == wanted ? result : nil
  }
}
