/// Confidence limits of an estimate, and the method that gave them.
public struct ConfidenceInterval: Sendable, Equatable, Codable {
  /// How the limits are computed and what the method assumes.
  public enum Method: String, Sendable, Codable {
    /// A normal approximation of the logarithm, its variance by the delta method over graphs: edges of
    /// one graph may depend on each other, graphs are assumed independent.
    case deltaOverGraphs
    /// 0 ... the exact one-sided binomial limit for no success in as many trials as there are graphs
    /// with massive activations (for 95 % nearly three over their number, the "rule of three").
    case noneOnType
    /// Percentiles of resamples of whole graphs: edges of one graph may depend on each other.
    case graphBootstrap
    /// Fisher's transformation with the variance of Bonett and Wright. It assumes independent edges,
    /// but edges of one graph are not, so the interval is usually too narrow.
    case independentEdges
  }

  public var lower: Double
  public var upper: Double
  /// The nominal probability that the interval contains the true value.
  public var level: Double
  public var method: Method

  public init(lower: Double, upper: Double, level: Double, method: Method) {
    self.lower = lower
    self.upper = upper
    self.level = level
    self.method = method
  }

  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}
