/// The version of this package.
public enum OutcropVersion {
  public static let string = "0.1.0"
}
