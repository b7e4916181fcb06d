/// Confidence limits of an estimate, and the method that computed them.
public struct ConfidenceInterval: Sendable, Equatable, Codable {
  /// How the limits are computed and what the method assumes.
  public enum Method: String, Sendable, Codable {
    /// A normal approximation of the logarithm, with the variance of the delta method over graphs. Edges of
    /// one graph may depend on each other; graphs are assumed to be independent.
    case deltaOverGraphs
    /// 0 and the exact one-sided binomial limit for no success in as many trials as there are graphs
    /// with massive activations (for 95% about three divided by their number, the "rule of three").
    case noneOnType
    /// Percentiles of resamples of whole graphs. Edges of one graph may depend on each other.
    case graphBootstrap
    /// Fisher's transformation with the variance of Bonett and Wright. It assumes independent edges,
    /// but edges of one graph are not, so the interval is usually too narrow.
    case independentEdges
  }

  /// The lower limit.
  public var lower: Double
  /// The upper limit.
  public var upper: Double
  /// The nominal probability that the interval contains the true value.
  public var level: Double
  /// How the limits were computed.
  public var method: Method

  /// An interval with the given limits.
  public init(lower: Double, upper: Double, level: Double, method: Method) {
    self.lower = lower
    self.upper = upper
    self.level = level
    self.method = method
  }

  /// Whether `value` is between the limits, including the limits.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
