import OutcropCore
import OutcropGraph

/// Generates molecules that resemble ZINC's in encoding, sizes, rings, bond types and atom classes.
///
/// A molecule consists of rings, fused rings, chains and functional groups. Explicit valences never
/// exceed the element's, and the graph is connected. The molecules are synthetic: their valences
/// are valid, but they need not be stable or possible to synthesize.
///
/// Molecule `index` of `seed` is the same on every platform and does not depend on the number of
/// molecules.
public struct MoleculeGenerator: Sendable {
  /// The seed of all molecules.
  public let seed: UInt64

  /// The generator of the molecules of `seed`.
  public init(seed: UInt64) { self.seed = seed }

  /// Molecule number `index`, with its target (`MoleculeTarget`).
  public func molecule(_ index: Int) -> Graph {
    var generator = RandomGenerator(seed: seed, stream: UInt64(truncatingIfNeeded: index))
    while true {
      if var molecule = assemble(&generator) {
        charge(&molecule, &generator)
        var graph = molecule.graph()
        graph.targets = [MoleculeTarget(of: graph).value]
        return graph
      }
    }
  }

  /// Molecules `indices`, made in parallel.
  public func molecules(_ indices: Range<Int>) -> [Graph] { generatedGraphs(indices, molecule) }

  /// Nil when no atom can take another bond before the molecule has its size.
  private func assemble(_ generator: inout RandomGenerator) -> Molecule? {
    let size = min(37, max(9, Int((23.17 + 4.6 * generator.bell()).rounded())))
    let rings = 2.79 + 0.1 * (Double(size) - 23.17) + 0.85 * generator.bell()
    var ringsLeft = min(6, max(0, Int(rings.rounded())))
    var molecule = Molecule()
    if ringsLeft > 0, let ring = FragmentTable.rings.choose(size, &generator) {
      _ = molecule.append(ring)
      ringsLeft -= 1
    } else {
      molecule.addAtom(.carbon, valence: 4)
    }
    while molecule.count < size {
      let room = size - molecule.count
      let wantsRing = generator.chance(Double(ringsLeft) * 7 / Double(room))
      if wantsRing, generator.chance(0.3), fuse(&molecule, room, &generator) {
        ringsLeft -= 1
      } else if wantsRing, attachRing(&molecule, room, &generator) {
        ringsLeft -= 1
      } else if !attachGroup(&molecule, room, &generator) {
        return nil
      }
    }
    return molecule
  }

  /// Closes another ring over a ring bond between two carbons.
  private func fuse(
    _ molecule: inout Molecule, _ room: Int, _ generator: inout RandomGenerator
  ) -> Bool {
    let places = molecule.bonds.filter { bond in
      bond.isInRing
        && [bond.first, bond.second].allSatisfy {
          molecule.atoms[$0] == .carbon && molecule.free[$0] >= 1 && molecule.ringBonds[$0] == 2
        }
    }
    if places.isEmpty { return false }
    let place = places[generator.below(places.count)]
    let isAromatic = molecule.isUnsaturated[place.first] && molecule.isUnsaturated[place.second]
    let table: FragmentTable = isAromatic ? .aromaticBridges : .saturatedBridges
    guard let bridge = table.choose(room, &generator) else { return false }
    let turned = generator.chance(0.5)
    let start = molecule.append(bridge)
    // The bridge's backbone ends at its last atom that can take another bond.
    let last = bridge.free.lastIndex { $0 >= 1 }! + start
    for index in molecule.bonds.indices where molecule.bonds[index].first >= start {
      // A group on the backbone, such as =O, is a leaf and not part of the ring.
      let end = molecule.bonds[index].second
      if molecule.degrees[end] > 1 || end == last { markRing(&molecule, index) }
    }
    molecule.addBond(turned ? place.second : place.first, start, isInRing: true)
    molecule.addBond(turned ? place.first : place.second, last, isInRing: true)
    return true
  }

  private func markRing(_ molecule: inout Molecule, _ bond: Int) {
    molecule.bonds[bond].isInRing = true
    molecule.ringBonds[molecule.bonds[bond].first] += 1
    molecule.ringBonds[molecule.bonds[bond].second] += 1
  }

  private func attachRing(
    _ molecule: inout Molecule, _ room: Int, _ generator: inout RandomGenerator
  ) -> Bool {
    guard let site = site(in: molecule, &generator) else { return false }
    let siteIsCarbon = molecule.atoms[site].isCarbon
    guard let ring = FragmentTable.rings.choose(room, &generator) else { return false }
    let heads = ring.atoms.indices.filter {
      ring.free[$0] >= 1 && (siteIsCarbon || ring.atoms[$0].isCarbon)
    }
    if heads.isEmpty { return false }
    let head = heads[generator.below(heads.count)]
    let start = molecule.append(ring)
    molecule.addBond(site, start + head)
    return true
  }

  private func attachGroup(
    _ molecule: inout Molecule, _ room: Int, _ generator: inout RandomGenerator
  ) -> Bool {
    guard let site = site(in: molecule, &generator) else { return false }
    // Sulfonyl can also be bonded to nitrogen; other heteroatoms are bonded to carbon only.
    let siteIsCarbon = molecule.atoms[site].isCarbon
    let siteIsSulphonyl = molecule.atoms[site] == .sulphur && molecule.isUnsaturated[site]
    guard
      let group = FragmentTable.groups.choose(
        room, &generator,
        where: {
          siteIsCarbon || $0.atoms[0].isCarbon || (siteIsSulphonyl && $0.atoms[0] == .nitrogen)
        })
    else { return false }
    let start = molecule.append(group)
    molecule.addBond(site, start)
    return true
  }

  /// A random atom that can take another bond, with preference for chain ends over atoms with many
  /// bonds.
  private func site(in molecule: Molecule, _ generator: inout RandomGenerator) -> Int? {
    let weights = (0..<molecule.count).map { atom -> Double in
      guard molecule.free[atom] >= 1 else { return 0 }
      let isInRing = molecule.ringBonds[atom] > 0
      return switch molecule.atoms[atom] {
      case .carbon:
        isInRing
          ? (molecule.degrees[atom] == 2 ? 1 : 0.1)
          : [6, 3.2, 0.55, 0.1, 0][min(4, molecule.degrees[atom])]
      case .nitrogen: isInRing ? 2.2 : [4, 4, 1, 0][min(3, molecule.degrees[atom])]
      case .oxygen: 0.9
      case .sulphur: molecule.isUnsaturated[atom] ? 5 : 2.5
      default: 0
      }
    }
    return weights.contains { $0 > 0 } ? generator.choose(weights) : nil
  }

  /// Replaces atoms by classes with explicit hydrogens and charges, about as often as in ZINC.
  private func charge(_ molecule: inout Molecule, _ generator: inout RandomGenerator) {
    let neighbors = molecule.neighbors
    for atom in 0..<molecule.count where !molecule.isUnsaturated[atom] {
      let around = neighbors[atom]
      switch molecule.atoms[atom] {
      case .carbon where molecule.degrees[atom] == 3:
        if generator.chance(0.5) { become(.carbonH, &molecule, atom) }
      case .nitrogen:
        let isAmine = around.allSatisfy {
          molecule.atoms[$0].isCarbon && !molecule.isUnsaturated[$0]
        }
        if isAmine, generator.chance([0, 0.2, 0.25, 0.95][molecule.degrees[atom]]) {
          become(
            [.nitrogen, .ammoniumH3, .ammoniumH2, .ammoniumH][molecule.degrees[atom]], &molecule,
            atom)
        } else if molecule.degrees[atom] == 2, generator.chance(0.006) {
          become(.nitrogenMinus, &molecule, atom)
        }
      case .sulphur where molecule.degrees[atom] == 1:
        if generator.chance(0.05) { become(.thiolate, &molecule, atom) }
      default: break
      }
    }
  }

  private func become(_ atom: AtomClass, _ molecule: inout Molecule, _ index: Int) {
    molecule.free[index] = atom.largestValence - molecule.degrees[index]
    molecule.atoms[index] = atom
  }
}
