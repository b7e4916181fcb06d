import Foundation

/// Positions a component of any graph so that distances in the drawing are close to those in the graph:
/// stress majorization (Gansner, Koren and North 2004) with weights 1 / distance².
enum MoleculeStress {
  static func place(
    _ graph: MoleculeGraph, _ piece: [Int], _ places: inout [Place], rounds: Int = 150
  ) {
    let distances = piece.map { node in
      let found = graph.reach(from: node).distance
      return piece.map { Double(found[$0]) }
    }
    // A spiral with the golden angle has no symmetry in which the iteration could get stuck.
    var now = piece.indices.map { index in
      let (radius, angle) = (0.6 * (Double(index) + 0.5).squareRoot(), 2.399963 * Double(index))
      return radius * Place(cos(angle), sin(angle))
    }
    for _ in 0..<rounds {
      for node in now.indices {
        var (sum, weights) = (Place(), 0.0)
        for other in now.indices where other != node {
          let wanted = distances[node][other]
          let weight = 1 / (wanted * wanted)
          let difference = now[node] - now[other]
          let found = max(length(difference), 1e-9)
          sum += weight * (now[other] + wanted / found * difference)
          weights += weight
        }
        if weights > 0 { now[node] = sum / weights }
      }
    }
    for (node, place) in zip(piece, now) { places[node] = place }
  }
}
