/// Distributions fitted to the values of some graphs and judged on those of others.
///
/// A likelihood of the values that a distribution was fitted to grows with its number of parameters; that of held-out
/// values does not. The graphs of the two parts must be different ones, because the values of one graph depend on
/// each other.
public struct DistributionComparison: Sendable, Equatable {
  /// One family.
  public struct Entry: Sendable, Equatable {
    public var family: LocatedDistribution.Family
    /// The fit; nil where `problem` says why there is none.
    public var fit: DistributionFit?
    public var problem: String?
    /// The mean of the logarithm of the fitted density over the held-out values; −∞ where one of these is outside
    /// the support; nil without a fit or a held-out value.
    public var meanLogLikelihood: Double?
    /// The number of held-out values outside the support, and the mean over the others; nil without others.
    public var outsideCount = 0
    public var insideMeanLogLikelihood: Double?
    /// The Kolmogorov–Smirnov distance between the held-out values and the fitted distribution, at the edges of the
    /// histogram's bins: at most the largest share of a bin below the exact one.
    public var distance: Double?
  }

  /// The number of values that were fitted, and of held-out ones.
  public var fittedCount: Int
  public var heldOutCount: Int
  /// One entry for each family, in the order asked for.
  public var entries: [Entry]

  /// The families for all values, as opposed to those for tails.
  public static let bulkFamilies: [LocatedDistribution.Family] = [
    .gamma, .logNormal, .weibull, .generalizedGamma, .generalizedExtremeValue,
  ]

  /// Fits `families` to the finite values of `fitted` and judges them on those of `heldOut`; a value counts as the
  /// middle of its bin. Never throws: a histogram that has no fit (empty, constant) gives entries with a `problem`.
  public init(
    fitted: FineHistogram, heldOut: FineHistogram,
    families: [LocatedDistribution.Family] = bulkFamilies
  ) {
    (fittedCount, heldOutCount) = (fitted.count, heldOut.count)
    entries = families.map { family in
      var entry = Entry(family: family)
      do {
        let fit = try DistributionFit(family, fitted)
        entry.fit = fit
        entry.judge(fit.distribution, heldOut)
      } catch {
        entry.problem = "\(error)"
      }
      return entry
    }
  }

  /// The family with the largest likelihood of the held-out values; nil where no likelihood is finite.
  public var best: LocatedDistribution.Family? {
    entries.filter { ($0.meanLogLikelihood ?? -.infinity).isFinite }
      .max { $0.meanLogLikelihood! < $1.meanLogLikelihood! }?.family
  }
}

extension DistributionComparison.Entry {
  fileprivate mutating func judge(_ distribution: LocatedDistribution, _ values: FineHistogram) {
    let count = values.count
    if count == 0 { return }
    var (sum, below, largest, outside) = (0.0, 0, 0.0, 0)
    func compare(_ x: Double) {
      largest = max(largest, abs(Double(below) / Double(count) - distribution.cumulative(x)))
    }
    values.forEachBin { bin, number in
      let density = distribution.logDensity(values.center(bin))
      if density > -.infinity { sum += Double(number) * density } else { outside += number }
      compare(FineHistogram.edge(bin))
      below += number
      compare(FineHistogram.edge(bin + 1))
    }
    distance = largest
    outsideCount = outside
    if outside < count { insideMeanLogLikelihood = sum / Double(count - outside) }
    meanLogLikelihood = outside == 0 ? insideMeanLogLikelihood : -.infinity
  }
}
