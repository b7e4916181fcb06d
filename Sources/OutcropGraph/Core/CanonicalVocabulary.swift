/// The vocabularies of DGL-LifeSci's canonical molecule features as the readers here number them.
///
/// The published models for Tox21 look all columns up in one narrow table and put the vectors side by
/// side; models here do so for exactly these vocabularies, unless their configuration says otherwise.
public enum CanonicalVocabulary {
  /// 74 numbers of an atom, moved to 0 ..< 6.
  public static let atoms = Array(repeating: 6, count: 74)
  /// 12 yes/no numbers of a bond.
  public static let bonds = Array(repeating: 2, count: 12)
}
