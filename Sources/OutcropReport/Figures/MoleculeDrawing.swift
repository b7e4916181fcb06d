import OutcropCore

/// A graph with a score of each edge, as ``Figures/molecule(_:scale:)`` draws it: a molecule, or any
/// other small graph.
public struct MoleculeDrawing: Sendable, Equatable, Codable {
  /// An undirected edge.
  public struct Bond: Sendable, Equatable, Codable {
    /// Positions in `atoms`.
    public var first: Int
    public var second: Int
    /// `single`, `double`, `triple` and `aromatic` are drawn as such, other types dashed.
    public var type: String
    /// The number that colors the bond, greater than 0; infinite is above all others, nil is drawn
    /// without color.
    public var score: Double?

    public init(first: Int, second: Int, type: String, score: Double?) {
      self.first = first
      self.second = second
      self.type = type
      self.score = score
    }
  }

  /// The title of the figure.
  public var name: String
  /// Each node's name: an element with hydrogens and charge, such as `N H2 +`, or any short text.
  public var atoms: [String]
  public var bonds: [Bond]
  /// The name and unit of the scores, for the color bar.
  public var scoreName: String
  /// Bonds with a score above it are marked.
  public var threshold: Double

  public init(
    name: String, atoms: [String], bonds: [Bond],
    scoreName: String = "largest ratio |x| / row median, no unit", threshold: Double = 1000
  ) {
    self.name = name
    self.atoms = atoms
    self.bonds = bonds
    self.scoreName = scoreName
    self.threshold = threshold
  }

  /// The bonds that can be drawn: those between two different existing atoms.
  var drawnBonds: [Bond] {
    bonds.filter {
      $0.first != $0.second && atoms.indices.contains($0.first)
        && atoms.indices.contains($0.second)
    }
  }

  func isMassive(_ bond: Bond) -> Bool { bond.score.map { $0 > threshold } ?? false }

  /// A node's name as chemists write it: `NH₂⁺` for `N H2 +`. nil for a carbon without charge, which
  /// is drawn as a vertex without a label.
  static func label(_ name: String) -> String? {
    let parts = name.split(separator: " ")
    if parts.first == "C", parts.dropFirst().allSatisfy({ $0.first == "H" }) { return nil }
    let isAtom =
      parts.count > 1 && parts[0].first?.isUppercase == true
      && parts.dropFirst().allSatisfy { "H+-".contains($0.first!) }
    if !isAtom { return Plot.shortened(TextTable.printable(name), to: 6) }
    let low = Array("₀₁₂₃₄₅₆₇₈₉")
    return parts.dropFirst().reduce(String(parts[0])) { text, part in
      switch part.first! {
      case "H":
        let digits = part.dropFirst().compactMap { $0.wholeNumberValue }
        return text + "H" + (digits == [1] ? "" : String(digits.map { low[$0] }))
      case "+": return text + "⁺"
      default: return text + "⁻"
      }
    }
  }
}
