import OutcropCore

/// A fragment of a molecule in the subset of SMILES that the generator's tables use: the atoms
/// C N O S P F Cl Br I, [N+] and [O-], `=` and `#`, branches in parentheses, ring closures 1...9.
struct Fragment: Sendable {
  let atoms: [AtomClass]
  /// The valence of each atom, bonds inside the fragment included.
  let valences: [Int]
  let bonds: [Molecule.Bond]
  /// The free valence of each atom.
  let free: [Int]

  var count: Int { atoms.count }

  init(_ smiles: StaticString) {
    var atoms: [AtomClass] = []
    var bonds: [Molecule.Bond] = []
    var previous: [Int] = []
    var order = 1
    var openRings: [Character: Int] = [:]
    let text = Array("\(smiles)")
    var position = 0

    func ends(_ bond: Molecule.Bond, at atom: Int) -> Bool {
      bond.first == atom || bond.second == atom
    }
    /// Marks the bonds between the two ends of a ring as ring bonds.
    func closeRing(_ from: Int, _ to: Int) {
      bonds.append(.init(first: from, second: to, order: order, isInRing: true))
      // The atoms of a ring are written as one chain, so every bond between its ends belongs to the
      // ring.
      for index in bonds.indices {
        let bond = bonds[index]
        if bond.first >= from, bond.second <= to, onPath(bond.second, from, to) {
          bonds[index].isInRing = true
        }
      }
    }
    func onPath(_ atom: Int, _ from: Int, _ to: Int) -> Bool {
      var current = to
      while current != from {
        if current == atom { return true }
        guard let up = bonds.first(where: { $0.second == current && $0.first < current }) else {
          return false
        }
        current = up.first
      }
      return false
    }

    while position < text.count {
      let character = text[position]
      position += 1
      switch character {
      case "(": previous.append(previous[previous.count - 1])
      case ")": previous.removeLast()
      case "=": order = 2
      case "#": order = 3
      case "1"..."9":
        let atom = previous[previous.count - 1]
        if let other = openRings.removeValue(forKey: character) {
          closeRing(other, atom)
        } else {
          openRings[character] = atom
        }
        order = 1
      default:
        var symbol = String(character)
        if character == "[" {
          while text[position] != "]" {
            symbol.append(text[position])
            position += 1
          }
          symbol.removeFirst()
          position += 1
        } else if position < text.count, text[position] == "l" || text[position] == "r" {
          symbol.append(text[position])
          position += 1
        }
        require(
          Fragment.symbols[symbol] != nil, "Fragment: unknown atom \(symbol) in \(smiles)")
        atoms.append(Fragment.symbols[symbol]!)
        let atom = atoms.count - 1
        if let last = previous.last {
          bonds.append(.init(first: last, second: atom, order: order, isInRing: false))
          previous[previous.count - 1] = atom
        } else {
          previous = [atom]
        }
        order = 1
      }
    }
    self.atoms = atoms
    self.bonds = bonds
    valences = atoms.indices.map { atom in
      let doubles = bonds.count { ends($0, at: atom) && $0.order == 2 }
      return switch atoms[atom] {
      case .sulphur: 2 + 2 * doubles
      case .phosphorus: 3 + 2 * doubles
      default: atoms[atom].largestValence
      }
    }
    var free = valences
    for bond in bonds {
      free[bond.first] -= bond.order
      free[bond.second] -= bond.order
    }
    self.free = free
  }

  private static let symbols: [String: AtomClass] = [
    "C": .carbon, "N": .nitrogen, "O": .oxygen, "S": .sulphur, "P": .phosphorus, "F": .fluorine,
    "Cl": .chlorine, "Br": .bromine, "I": .iodine, "N+": .nitrogenPlus, "O-": .oxide,
  ]
}

/// Fragments with weights for random choice.
struct FragmentTable: Sendable {
  let fragments: [Fragment]
  let weights: [Double]

  init(_ entries: [(StaticString, Double)]) {
    fragments = entries.map { Fragment($0.0) }
    weights = entries.map(\.1)
  }

  /// A random fragment of at most `size` atoms that satisfies `fits`; nil if there is none.
  func choose(
    _ size: Int, _ generator: inout RandomGenerator, where fits: (Fragment) -> Bool = { _ in true }
  ) -> Fragment? {
    var allowed = weights
    for index in allowed.indices where fragments[index].count > size || !fits(fragments[index]) {
      allowed[index] = 0
    }
    if !allowed.contains(where: { $0 > 0 }) { return nil }
    return fragments[generator.choose(allowed)]
  }
}

extension FragmentTable {
  /// Single rings, attached through any of their atoms.
  static let rings = FragmentTable([
    ("C1=CC=CC=C1", 54), ("C1=CC=NC=C1", 5), ("C1=CN=CN=C1", 2), ("C1=NC=CN=C1", 0.8),
    ("C1=CSC=C1", 4), ("C1=COC=C1", 2), ("C1=CNC=C1", 1), ("C1=NNC=C1", 3), ("C1=NC=CN1", 1.5),
    ("C1=NC=CS1", 2), ("C1=NC=CO1", 0.8), ("C1=NN=CO1", 1.2), ("C1=NOC=C1", 1.5),
    ("C1=NN=CN1", 1.5), ("C1=NN=NN1", 0.6), ("C1=CC(=O)NC=C1", 1), ("C1=CC(=O)NC(=O)N1", 0.5),
    ("C1CCNCC1", 5), ("C1CNCCN1", 4), ("C1COCCN1", 2.5), ("C1CCCCC1", 3), ("C1CCCC1", 1.5),
    ("C1CCNC1", 4), ("C1CC1", 2), ("C1CCC1", 0.3), ("C1CC(=O)NC1", 1.5), ("C1CCOC1", 1),
    ("C1CCOCC1", 1), ("C1CC=CCC1", 0.5), ("C1C(=O)NC(=O)N1", 0.6), ("C1CSC(=O)N1", 0.4),
    ("C1CCCCCC1", 0.5), ("C1CCNCCC1", 0.8), ("C1CCCNCCC1", 0.14), ("C1CCCOCCNCC1", 0.03),
    ("C1CCCC(=O)OCCCNCC1", 0.02), ("C1CCCCC(=O)NCCCNCCOCC1", 0.015),
  ])

  /// Chains that close a second ring over an existing bond; first and last atom are bonded to it.
  static let aromaticBridges = FragmentTable([
    ("C=CC=C", 6), ("C=CN", 2), ("N=CN", 2), ("N=CS", 1.2), ("N=CC=C", 2), ("N=CC=N", 0.5),
    ("N=CN=C", 1), ("C=NN", 0.8), ("C=CO", 0.6), ("C=CS", 0.5), ("OCO", 1.6), ("CCC", 1),
    ("CCCC", 1.5), ("CCN", 1), ("CCCN", 1), ("OCCO", 1), ("CCNC", 1), ("NC(=O)CO", 0.6),
    ("C(=O)NC(=O)", 0.6), ("NC(=O)N=C", 0.4),
  ])

  /// The same over a bond of a saturated ring.
  static let saturatedBridges = FragmentTable([
    ("CCCC", 3), ("CCC", 3), ("CNC", 1.5), ("C", 1), ("COC", 0.5), ("CCNC", 1),
    ("C(=O)NC(=O)", 0.5),
  ])

  /// Chains and groups, attached through their first atom.
  static let groups = FragmentTable([
    ("C", 37), ("CC", 14), ("CCC", 4), ("C(C)C", 3), ("C(C)(C)C", 0.8), ("O", 9), ("OC", 5),
    ("N", 7), ("CN", 5), ("C(=O)N", 19), ("NC(=O)", 12), ("NC(=O)C", 5), ("C(=O)", 3),
    ("C(=O)O", 4), ("C(=O)OC", 2), ("C(=O)[O-]", 2.1), ("OC(=O)", 1), ("NC(=O)N", 1.6),
    ("S(=O)(=O)N", 2.2), ("NS(=O)(=O)", 2), ("S(=O)(=O)C", 0.8), ("S", 5.4), ("SC", 0.8),
    ("S(=O)", 0.3), ("C(=S)N", 0.6), ("F", 9.5), ("Cl", 7), ("Br", 2), ("I", 0.15),
    ("C(F)(F)F", 1.1), ("OC(F)F", 0.4), ("C#N", 2.1), ("C#C", 0.3), ("[N+](=O)[O-]", 3),
    ("C=C", 2.0), ("C=N", 0.8), ("C=NN", 0.6), ("N=C", 0.4), ("CO", 4), ("CC(=O)N", 3),
    ("P(=O)(O)O", 0.02),
  ])
}
