/// The vocabularies of DGL-LifeSci's canonical molecule features in the numbering of this package's readers.
///
/// The published models for Tox21 use one narrow embedding table for all columns and concatenate the
/// vectors. Models of this package do so for exactly these vocabularies, unless their configuration
/// specifies otherwise.
public enum CanonicalVocabulary {
  /// 74 integers for an atom, shifted to 0 ..< 6.
  public static let atoms = Array(repeating: 6, count: 74)
  /// 12 binary values for a bond.
  public static let bonds = Array(repeating: 2, count: 12)
}
