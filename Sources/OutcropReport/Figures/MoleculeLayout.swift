import Foundation

/// Two-dimensional positions for the nodes of a molecular graph: rings are regular polygons, chains are
/// zigzags at 120°, and overlaps are removed. The same graph always gets the same drawing.
///
/// Any other graph that is small enough to draw is positioned by stress majorization.
package struct MoleculeLayout {
  /// The position of each node; bonds have a length of about 1.
  package let places: [SIMD2<Double>]

  /// - Parameters:
  ///   - atomCount: the number of nodes.
  ///   - bonds: pairs of nodes; loops and repeated pairs are ignored.
  ///   - linear: nodes whose two bonds are in a line, as at triple bonds.
  package init(atomCount: Int, bonds: [(Int, Int)], linear: Set<Int> = []) {
    self.init(MoleculeGraph(count: atomCount, bonds: bonds), linear: linear)
  }

  private init(_ graph: MoleculeGraph, linear: Set<Int>) {
    let rings = graph.rings(limit: 40)
    let systems = MoleculeRings.systems(rings ?? [])
    var places = [Place](repeating: Place(), count: graph.count)
    var pieces: [[Int]] = []
    for piece in graph.pieces {
      var best: [Place]?
      if rings != nil {
        var growth = MoleculeGrowth(graph, systems, linear: linear)
        growth.grow(piece)
        best = MoleculeRefinement(graph, piece, growth.places).refined
      }
      if best.map({ MoleculeRefinement(graph, piece, $0).isPoor }) ?? true {
        var stress = places
        MoleculeStress.place(graph, piece, &stress)
        if best.map({
          MoleculeRefinement(graph, piece, stress).badness
            < MoleculeRefinement(graph, piece, $0).badness
        }) ?? true {
          best = stress
        }
      }
      Self.turn(piece, &best!)
      for node in piece { places[node] = best![node] }
      pieces.append(piece)
    }
    Self.arrange(pieces, &places)
    self.places = places
  }

  /// Rotates a component by a multiple of 30° so that its height is smallest.
  private static func turn(_ piece: [Int], _ places: inout [Place]) {
    func turned(_ place: Place, _ step: Int) -> Place {
      let (c, s) = (cos(Double(step) * .pi / 6), sin(Double(step) * .pi / 6))
      return Place(c * place.x - s * place.y, s * place.x + c * place.y)
    }
    func height(_ step: Int) -> Double {
      let heights = piece.map { turned(places[$0], step).y }
      return (heights.max()! - heights.min()!) * 1e3
    }
    let heights = (0..<6).map { height($0).rounded() }
    let step = heights.indices.min { heights[$0] < heights[$1] }!
    for node in piece { places[node] = turned(places[node], step) }
  }

  /// Arranges components side by side, the largest first, in rows about as wide as the widest component.
  private static func arrange(_ pieces: [[Int]], _ places: inout [Place]) {
    let order = pieces.indices.sorted {
      pieces[$0].count != pieces[$1].count ? pieces[$0].count > pieces[$1].count : $0 < $1
    }
    func box(_ piece: [Int]) -> (low: Place, high: Place) {
      let points = piece.map { places[$0] }
      return (
        points.reduce(points[0]) { pointwiseMin($0, $1) },
        points.reduce(points[0]) { pointwiseMax($0, $1) }
      )
    }
    let widths = order.map { index in
      let box = box(pieces[index])
      return box.high.x - box.low.x + 1.6
    }
    let limit = max(12, widths.max() ?? 0)
    var (x, y, rowHeight) = (0.0, 0.0, 0.0)
    for (index, width) in zip(order, widths) {
      let box = box(pieces[index])
      if x > 0, x + width > limit {
        y += rowHeight + 1.6
        (x, rowHeight) = (0, 0)
      }
      for node in pieces[index] { places[node] += Place(x, y) - box.low }
      x += width
      rowHeight = max(rowHeight, box.high.y - box.low.y)
    }
  }
}
