import OutcropStatistics

/// Options for detecting massive activations.
public struct DetectionOptions: Sendable, Equatable {
  /// A ratio above this is massive.
  public var threshold: Double = 1000
  /// The median of an even count of values.
  public var convention = MedianConvention.meanOfMiddle
  /// The medians that ratios are taken over: of each row, of each batch, or both.
  public var medians = MedianKind.allCases

  /// Further thresholds at which ratios are counted.
  public var furtherThresholds: [Double] = []
  /// Replicates of the bootstrap test of edge activations against their own gamma fit; 0 leaves it out.
  public var replicates = 199

  public init() {}

  /// The options of summaries for these options.
  package var summaryOptions: ActivationSummary.Options {
    ActivationSummary.Options(
      threshold: Float(threshold),
      thresholds: ActivationSummary.Options.defaultThresholds + furtherThresholds.map { Float($0) },
      convention: convention)
  }
}
