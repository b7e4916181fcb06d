/// The numbering of atoms and bonds in the ZINC-12k benchmark (Dwivedi et al. 2020).
public enum ZINCEncoding {
  /// The number of atom classes.
  public static var nodeTypeCount: Int { nodeTypeNames.count }

  /// Names of the atom classes 0...27: element, explicit hydrogens, charge.
  public static let nodeTypeNames = [
    "C", "O", "N", "F", "C H1", "S", "Cl", "O -", "N H1 +", "Br", "N H3 +", "N H2 +", "N +", "N -",
    "S -", "I", "P", "O H1 +", "N H1 -", "O +", "S +", "P H1", "P H2", "C H2 -", "P +", "S H1 +",
    "C H1 -", "P H1 +",
  ]

  /// Names of the bond types 0...3; 0 is unused.
  public static let edgeTypeNames = ["none", "single", "double", "triple"]
}
