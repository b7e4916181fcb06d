import Foundation
import OutcropReport
import Testing

@Suite struct MoleculeLayoutTests {
  typealias Place = SIMD2<Double>

  private func distance(_ a: Place, _ b: Place) -> Double { ((a - b) * (a - b)).sum().squareRoot() }

  /// The angle in degrees at `b`.
  private func angle(_ a: Place, _ b: Place, _ c: Place) -> Double {
    let (u, v) = (a - b, c - b)
    return acos(max(-1, min(1, (u * v).sum() / (distance(a, b) * distance(c, b))))) * 180 / .pi
  }

  private func ring(_ nodes: [Int]) -> [(Int, Int)] {
    nodes.indices.map { (nodes[$0], nodes[($0 + 1) % nodes.count]) }
  }

  private func check(_ places: [Place], _ bonds: [(Int, Int)], tolerance: Double = 1e-9) {
    for (a, b) in bonds { #expect(abs(distance(places[a], places[b]) - 1) < tolerance) }
    for a in places.indices {
      for b in places[..<a].indices { #expect(distance(places[a], places[b]) > 0.8) }
    }
  }

  @Test(arguments: 3...12) func ringsAreRegularPolygons(size: Int) {
    let bonds = ring(Array(0..<size))
    let places = MoleculeLayout(atomCount: size, bonds: bonds).places
    check(places, bonds)
    for node in 0..<size {
      let found = angle(places[node], places[(node + 1) % size], places[(node + 2) % size])
      #expect(abs(found - 180 * Double(size - 2) / Double(size)) < 1e-6)
    }
  }

  @Test func fusedRingsStayRegular() {
    // Naphthalene, phenanthrene, phenalene, a steroid's skeleton.
    let systems: [[[Int]]] = [
      [[0, 1, 2, 3, 4, 5], [4, 5, 6, 7, 8, 9]],
      [[0, 1, 2, 3, 4, 5], [4, 5, 6, 7, 8, 9], [8, 9, 10, 11, 12, 13]],
      [[0, 1, 2, 3, 4, 5], [4, 5, 6, 7, 8, 9], [0, 5, 6, 10, 11, 12]],
      [
        [0, 1, 2, 3, 4, 5], [4, 5, 6, 7, 8, 9], [8, 9, 10, 11, 12, 13], [12, 13, 14, 15, 16],
      ],
    ]
    for rings in systems {
      let bonds = rings.flatMap(ring)
      let count = bonds.map { max($0.0, $0.1) }.max()! + 1
      let places = MoleculeLayout(atomCount: count, bonds: bonds).places
      check(places, bonds)
      for ring in rings {
        for node in ring.indices {
          let found = angle(
            places[ring[node]], places[ring[(node + 1) % ring.count]],
            places[ring[(node + 2) % ring.count]])
          #expect(abs(found - 180 * Double(ring.count - 2) / Double(ring.count)) < 1e-6)
        }
      }
    }
  }

  /// A branch at an atom that two rings share stands outside of both.
  @Test func branchesStandOutsideOfRings() {
    for size in 5...7 {
      let rings = [[0, 1, 2, 3, 4, 5], [4, 5] + (6..<4 + size)]
      let bonds = rings.flatMap(ring) + [(4, 20), (20, 21), (5, 22)]
      let places = MoleculeLayout(atomCount: 23, bonds: bonds).places
      for ring in rings {
        let center = ring.map { places[$0] }.reduce(Place(), +) / Double(ring.count)
        for branch in [20, 22] { #expect(distance(places[branch], center) > 1.4, "\(size)") }
      }
    }
  }

  @Test func chainsZigZag() {
    let bonds = (0..<11).map { ($0, $0 + 1) }
    let places = MoleculeLayout(atomCount: 12, bonds: bonds).places
    check(places, bonds)
    for node in 0..<10 {
      #expect(abs(angle(places[node], places[node + 1], places[node + 2]) - 120) < 1e-6)
    }
    // Straight on the whole: the ends are as far apart as a zig-zag of eleven bonds is long.
    #expect(abs(distance(places[0], places[11]) - (11 * 3.0.squareRoot() / 2)) < 0.1)
    // It lies.
    let heights = places.map(\.y)
    #expect(heights.max()! - heights.min()! < 0.6)
  }

  @Test func tripleBondsAreLinear() {
    let places = MoleculeLayout(
      atomCount: 5, bonds: [(0, 1), (1, 2), (2, 3), (3, 4)], linear: [1, 2]
    ).places
    #expect(abs(angle(places[0], places[1], places[2]) - 180) < 1e-5)
    #expect(abs(angle(places[1], places[2], places[3]) - 180) < 1e-5)
    #expect(abs(angle(places[2], places[3], places[4]) - 120) < 1e-5)
  }

  @Test func bridgesSpirosAndCagesDoNotCollapse() {
    let norbornane = ring([0, 1, 2, 3, 4, 5]) + [(0, 6), (6, 3)]
    let spiro = ring([0, 1, 2, 3, 4]) + ring([4, 5, 6, 7, 8, 9])
    let adamantane =
      ring([0, 1, 2, 3, 4, 5]) + [(0, 6), (2, 7), (4, 8), (6, 9), (7, 9), (8, 9)]
    let cubane =
      ring([0, 1, 2, 3]) + ring([4, 5, 6, 7]) + [(0, 4), (1, 5), (2, 6), (3, 7)]
    for bonds in [norbornane, spiro, adamantane, cubane] {
      let count = bonds.map { max($0.0, $0.1) }.max()! + 1
      let places = MoleculeLayout(atomCount: count, bonds: bonds).places
      for (a, b) in bonds {
        let length = distance(places[a], places[b])
        #expect(length > 0.45 && length < 1.9, "\(length)")
      }
      for a in places.indices {
        for b in places[..<a].indices { #expect(distance(places[a], places[b]) > 0.4) }
      }
    }
  }

  @Test func piecesStandSideBySide() {
    let bonds = ring([0, 1, 2, 3, 4, 5]) + [(7, 8), (8, 9)]
    let places = MoleculeLayout(atomCount: 12, bonds: bonds).places
    let pieces = [Array(0...5), [7, 8, 9], [6], [10], [11]]
    for (index, piece) in pieces.enumerated() {
      for other in pieces[..<index] {
        for a in piece { for b in other { #expect(distance(places[a], places[b]) > 1.4) } }
      }
    }
  }

  /// Graphs that no molecule has still get places, all different and finite.
  @Test func anyGraphIsPlaced() {
    var state: UInt64 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    var graphs: [(Int, [(Int, Int)])] = [
      (0, []), (1, []), (1, [(0, 0)]), (2, [(0, 1), (1, 0), (0, 1)]),
      (9, (1..<9).map { (0, $0) }), (6, (0..<6).flatMap { a in (0..<a).map { (a, $0) } }),
    ]
    for count in [5, 12, 30, 80] {
      for density in [1, 2, 4] {
        graphs.append((count, (0..<count * density).map { _ in (random(count), random(count)) }))
      }
    }
    for (count, bonds) in graphs {
      let places = MoleculeLayout(atomCount: count, bonds: bonds).places
      #expect(places.count == count)
      for a in places.indices {
        #expect(places[a].x.isFinite && places[a].y.isFinite)
        for b in places[..<a].indices { #expect(distance(places[a], places[b]) > 0.02) }
      }
      #expect(MoleculeLayout(atomCount: count, bonds: bonds).places == places)
    }
  }
}
