import OutcropCore
import OutcropGraph

/// A molecule under construction: heavy atoms with their free valence.
struct Molecule {
  struct Bond: Equatable {
    var first: Int
    var second: Int
    var order: Int
    var isInRing: Bool
  }

  /// Atom classes of `ZINCEncoding`.
  var atoms: [AtomClass] = []
  /// The free valence of each atom; in the finished molecule it is implicit hydrogen.
  var free: [Int] = []
  /// Bonds of each atom.
  var degrees: [Int] = []
  /// Whether an atom has a double or triple bond.
  var isUnsaturated: [Bool] = []
  /// The number of ring bonds of each atom: 0, 2, or more in fused rings.
  var ringBonds: [Int] = []
  var bonds: [Bond] = []

  var count: Int { atoms.count }

  mutating func addAtom(_ atom: AtomClass, valence: Int) {
    atoms.append(atom)
    free.append(valence)
    degrees.append(0)
    isUnsaturated.append(false)
    ringBonds.append(0)
  }

  mutating func addBond(_ first: Int, _ second: Int, order: Int = 1, isInRing: Bool = false) {
    bonds.append(Bond(first: first, second: second, order: order, isInRing: isInRing))
    for atom in [first, second] {
      free[atom] -= order
      degrees[atom] += 1
      if order > 1 { isUnsaturated[atom] = true }
      if isInRing { ringBonds[atom] += 1 }
      require(free[atom] >= 0, "Molecule: atom \(atom) (\(atoms[atom])) gives too many bonds")
    }
  }

  /// Adds the fragment's atoms and bonds; returns the number of its first atom.
  mutating func append(_ fragment: Fragment) -> Int {
    let start = count
    for (atom, valence) in zip(fragment.atoms, fragment.valences) {
      addAtom(atom, valence: valence)
    }
    for bond in fragment.bonds {
      addBond(
        start + bond.first, start + bond.second, order: bond.order, isInRing: bond.isInRing)
    }
    return start
  }

  /// The atoms bonded to each atom.
  var neighbors: [[Int]] {
    var neighbors = [[Int]](repeating: [], count: count)
    for bond in bonds {
      neighbors[bond.first].append(bond.second)
      neighbors[bond.second].append(bond.first)
    }
    return neighbors
  }

  /// The graph in ZINC's encoding: both directions of every bond, sorted by source, then
  /// destination.
  func graph() -> Graph {
    var rows: [(Int32, Int32, Int32)] = []
    for bond in bonds {
      rows.append((Int32(bond.first), Int32(bond.second), Int32(bond.order)))
      rows.append((Int32(bond.second), Int32(bond.first), Int32(bond.order)))
    }
    rows.sort { ($0.0, $0.1) < ($1.0, $1.1) }
    return Graph(
      nodeCount: count, sources: rows.map(\.0), destinations: rows.map(\.1),
      nodeTypes: IntegerFeatures(values: atoms.map { Int32($0.rawValue) }),
      edgeTypes: IntegerFeatures(values: rows.map(\.2)))
  }
}

/// The atom classes of ZINC that the generator uses, numbered as in `ZINCEncoding.nodeTypeNames`.
enum AtomClass: Int, Sendable, CaseIterable {
  case carbon = 0
  case oxygen, nitrogen, fluorine, carbonH, sulphur, chlorine, oxide, ammoniumH, bromine
  case ammoniumH3, ammoniumH2, nitrogenPlus, nitrogenMinus, thiolate, iodine, phosphorus

  /// The largest sum of bond orders to heavy atoms: the element's valence with that charge, minus the
  /// explicit hydrogens of the class.
  var largestValence: Int {
    switch self {
    case .carbon, .nitrogenPlus: 4
    case .nitrogen, .carbonH, .ammoniumH: 3
    case .oxygen, .ammoniumH2, .nitrogenMinus: 2
    case .sulphur: 6
    case .phosphorus: 5
    case .fluorine, .chlorine, .bromine, .iodine, .oxide, .thiolate, .ammoniumH3: 1
    }
  }

  var isCarbon: Bool { self == .carbon || self == .carbonH }

  var isCharged: Bool {
    switch self {
    case .oxide, .ammoniumH, .ammoniumH2, .ammoniumH3, .nitrogenPlus, .nitrogenMinus, .thiolate:
      true
    default: false
    }
  }
}
