import OutcropStatistics

extension StudyResults {
  /// Distributions of y = −log₁₀(ratio) of one layer's edge activations, fitted on every other graph and judged on
  /// the graphs between, which are held out.
  public struct DistributionComparison: Codable, Sendable, Equatable {
    /// The model's ``Run/label``.
    public var label: String
    /// The model's seed.
    public var seed: UInt64?
    /// The layer.
    public var layer: Int
    /// The median that ratios are taken over.
    public var median: MedianKind
    /// The number of graphs that were fitted, and of held-out ones.
    public var fittedGraphs: Int
    public var heldOutGraphs: Int
    /// One entry for each family of distributions.
    public var families: [FittedFamily]
    /// The family with the largest likelihood of the held-out values; nil where no likelihood is finite.
    public var best: String?

    /// Creates the value from its fields.
    public init(
      label: String, seed: UInt64?, layer: Int, median: MedianKind, fittedGraphs: Int,
      heldOutGraphs: Int, families: [FittedFamily], best: String?
    ) {
      (self.label, self.seed, self.layer, self.median) = (label, seed, layer, median)
      (self.fittedGraphs, self.heldOutGraphs) = (fittedGraphs, heldOutGraphs)
      (self.families, self.best) = (families, best)
    }
  }

  /// One family of a comparison.
  public struct FittedFamily: Codable, Sendable, Equatable {
    /// `gamma`, `logNormal`, `weibull`, `generalizedGamma` or `generalizedExtremeValue`.
    public var family: String
    /// The fitted parameters; empty and nil without a fit.
    public var shapes: [Double]
    public var location: Double?
    public var scale: Double?
    /// The mean logarithm of the density (nats) over the fitted and over the held-out values. The latter is −∞ if a
    /// held-out value is outside the support.
    public var meanLogLikelihood: Double?
    public var heldOutMeanLogLikelihood: Double?
    /// The number of held-out values outside the support.
    public var outside: Int
    /// The Kolmogorov–Smirnov distance of the held-out values to the fitted distribution.
    public var heldOutDistance: Double?
    /// The reason why there is no fit.
    public var problem: String?

    /// Creates the value from its fields.
    public init(
      family: String, shapes: [Double] = [], location: Double? = nil, scale: Double? = nil,
      meanLogLikelihood: Double? = nil, heldOutMeanLogLikelihood: Double? = nil, outside: Int = 0,
      heldOutDistance: Double? = nil, problem: String? = nil
    ) {
      (self.family, self.shapes, self.location, self.scale) = (family, shapes, location, scale)
      self.meanLogLikelihood = meanLogLikelihood
      self.heldOutMeanLogLikelihood = heldOutMeanLogLikelihood
      (self.outside, self.heldOutDistance) = (outside, heldOutDistance)
      self.problem = problem
    }
  }
}
