/// A verdict on the massive activations of one layer, with reasons, from the layer's summary.
///
/// The verdict rests on counts: a layer has massive activations when a ratio is above the threshold. Infinite
/// ratios are above every threshold: those of infinite activations, those over a median of zero, and those that
/// exceed what `Float` holds. The reasons name them. Distances from gamma distributions are evidence that a distribution changed; they never
/// make a layer massive. The published interpretation (a low distance means that there are no massive
/// activations, a higher one that there are some) fails when the layer with the largest distance has none.
public struct LayerVerdict: Sendable, Equatable, Codable {
  /// The possible verdicts.
  public enum Outcome: String, Sendable, Codable, CaseIterable {
    /// At least one ratio, finite or infinite, is above the threshold.
    case massiveActivations
    /// No ratio is above the threshold, and no change of distribution was found, or the test was not
    /// possible (which `reasons` then states).
    case noMassiveActivations
    /// No ratio is above the threshold, but the ratios' distribution differs from the untrained
    /// model's.
    case noMassiveActivationsButDistributionChanged
    /// No ratio is defined.
    case cannotTell
  }

  /// The settings of the comparison, and the criterion for a changed distribution.
  public struct Options: Sendable, Equatable, Codable {
    /// The median by which the activations of the judged ratios are divided.
    public var median: MedianKind
    /// The smallest distance from the baseline at which a distribution counts as changed. Significance
    /// alone is not a criterion, because with millions of values any difference is significant.
    public var changedDistance: Double
    /// Replicates of the bootstrap test against the layer's own fit; 0 omits the test.
    public var replicates: Int
    /// The seed of the bootstrap.
    public var seed: UInt64

    /// The given settings.
    public init(
      median: MedianKind = .row, changedDistance: Double = 0.1, replicates: Int = 199,
      seed: UInt64 = 1
    ) {
      self.median = median
      self.changedDistance = changedDistance
      self.replicates = replicates
      self.seed = seed
    }
  }

  /// The verdict.
  public var outcome: Outcome
  /// The median over which ratios were judged.
  public var median: MedianKind
  /// The decisive reasons come first.
  public var reasons: [Reason]
  /// The distribution of the ratios; nil if there is no finite ratio.
  public var distribution: ActivationDistribution?
  /// The bootstrap test of the layer's own fit; nil if it was omitted or impossible.
  public var bootstrap: GammaBootstrap?

  /// Judges a layer. `untrained` is the same layer's summary in an untrained model; without it,
  /// `baseline` may be a gamma distribution fitted to one.
  public init(
    _ summary: ActivationSummary, untrained: ActivationSummary? = nil,
    baseline: GammaDistribution? = nil, options: Options = Options()
  ) {
    median = options.median
    let own = summary[options.median]
    let counts = summary.massive(options.median)
    let threshold = summary.options.threshold
    let reference =
      baseline
      ?? untrained.flatMap { try? GammaFit($0[options.median].logarithms).distribution }
    distribution = try? ActivationDistribution(own.logarithms, baseline: reference)
    let largest = own.largest.first?.ratio
    var reasons: [Reason] = []
    let count = Reason.count(
      entries: counts.entries, rows: counts.rows, values: summary.valueCount, threshold: threshold)
    guard own.logarithms.count > 0 else {
      outcome = counts.entries > 0 ? .massiveActivations : .cannotTell
      self.reasons =
        (counts.entries > 0 ? [count] : [])
        + [summary.valueCount == 0 ? .noValues : .noFiniteRatio]
        + Self.cautions(summary, own, options)
      return
    }
    reasons.append(count)
    if let largest { reasons.append(.largestRatio(largest, threshold: threshold)) }
    var changed = false
    if let untrained {
      reasons += Self.against(untrained[options.median], untrained, own, options, &changed)
    }
    if let found = distribution?.distanceFromBaseline {
      reasons.append(
        .distanceFromBaseline(
          found.statistic, error: distribution?.errors?.distanceFromBaseline ?? 0,
          approximatePValue: found.pValue))
      changed =
        changed || (found.statistic >= options.changedDistance && found.pValue < 0.01)
    }
    if untrained == nil, reference == nil { reasons.append(.noBaseline) }
    if options.replicates > 0 {
      bootstrap = try? GammaBootstrap(
        own.logarithms, replicates: options.replicates, seed: options.seed)
    }
    if let fit = distribution?.fit, let distance = distribution?.distanceFromFit {
      reasons.append(
        .distanceFromOwnFit(
          distance.statistic, error: distribution?.errors?.distanceFromFit ?? 0,
          bootstrapPValue: bootstrap?.pValue))
      if fit.boundary == .momentEstimate { reasons.append(.fitDidNotConverge) }
    } else if let failure = distribution?.fitFailure {
      reasons.append(.noFit(failure))
    }
    outcome =
      counts.entries > 0
      ? .massiveActivations
      : changed ? .noMassiveActivationsButDistributionChanged : .noMassiveActivations
    self.reasons = reasons + Self.cautions(summary, own, options)
  }

  private static func against(
    _ other: RatioSummary, _ untrained: ActivationSummary, _ own: RatioSummary,
    _ options: Options, _ changed: inout Bool
  ) -> [Reason] {
    var reasons: [Reason] = []
    let counts = untrained.massive(options.median)
    if counts.entries > 0 {
      reasons.append(
        .untrainedIsMassive(entries: counts.entries, threshold: untrained.options.threshold))
    }
    if let largest = own.largest.first?.ratio, let base = other.largest.first?.ratio {
      reasons.append(.largestAgainstUntrained(largest, untrained: base))
    }
    if let distance = own.logarithms.distance(from: other.logarithms) {
      let (n, m) = (Double(own.logarithms.count), Double(other.logarithms.count))
      let pValue = KolmogorovDistribution.limitSurvival(
        distance.lower * (n * m / (n + m)).squareRoot())
      reasons.append(
        .distanceFromUntrained(
          distance.statistic, error: distance.error, approximatePValue: pValue))
      changed = distance.lower >= options.changedDistance && pValue < 0.01
    }
    return reasons
  }

  /// Reasons why the ratios are difficult to interpret.
  private static func cautions(
    _ summary: ActivationSummary, _ own: RatioSummary, _ options: Options
  ) -> [Reason] {
    let groups = options.median == .row ? summary.rowCount : summary.batchCount
    var reasons: [Reason] = []
    if summary.values.infiniteCount > 0 {
      reasons.append(
        .infiniteActivations(
          summary.values.infiniteCount, rows: summary.values.infiniteRowCount, of: summary.rowCount,
          overflowed: summary.values.overflowCount))
    }
    if own.infiniteMedians > 0 {
      reasons.append(
        .infiniteMedians(own.infiniteMedians, of: groups, median: options.median))
    }
    if own.zeroMedians > 0 {
      reasons.append(
        .zeroMedians(
          own.zeroMedians, of: groups, median: options.median, infinite: own.zeroMedianRatios))
    }
    if own.overflowedRatios > 0 { reasons.append(.overflowedRatios(own.overflowedRatios)) }
    if own.nanMedians > 0 {
      reasons.append(.nanMedians(own.nanMedians, of: groups, median: options.median))
    }
    return reasons
  }
}
