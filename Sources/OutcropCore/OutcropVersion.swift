/// The version of this package.
public enum OutcropVersion {
  /// The version as major.minor.patch.
  public static let string = "0.2.0"
}
