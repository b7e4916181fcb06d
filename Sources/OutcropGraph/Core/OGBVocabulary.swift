/// The vocabularies of the Open Graph Benchmark's molecule features (`ogb.utils.features`).
public enum OGBVocabulary {
  /// Atomic number, chirality, degree, formal charge, hydrogens, radical electrons, hybridization,
  /// aromatic, in ring.
  public static let atoms = [119, 5, 12, 12, 10, 6, 6, 2, 2]
  /// Bond type, stereochemistry, conjugation.
  public static let bonds = [5, 6, 2]
}
