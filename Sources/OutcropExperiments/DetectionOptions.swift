import OutcropCore
import OutcropReport
import OutcropStatistics

/// Options for detecting massive activations.
public struct DetectionOptions: Sendable, Equatable {
  /// A ratio above this is massive.
  public var threshold: Double = 1000
  /// How the median of an even number of values is defined.
  public var convention = MedianConvention.meanOfMiddle
  /// The medians by which ratios are divided: of each row, of each batch, or both.
  public var medians = MedianKind.allCases

  /// Further thresholds at which ratios are counted.
  public var furtherThresholds: [Double] = []
  /// Replicates of the bootstrap test of edge activations against their own gamma fit; 0 leaves it out.
  public var replicates = 199

  /// The default options.
  public init() {}

  /// Throws `InputError` for thresholds that single precision cannot represent, and for other invalid
  /// settings.
  public func check() throws {
    for (field, value) in [("threshold", threshold)]
      + furtherThresholds.map({ ("thresholds", $0) })
    where !Self.isThreshold(value) {
      throw InputError(
        file: "detection", field: field, found: "\(value)", expected: Self.expectedThreshold)
    }
    if medians.isEmpty || Set(medians).count != medians.count {
      throw InputError(
        file: "detection", field: "medians", found: "\(medians)",
        expected: "row, batch or both, each once")
    }
    if replicates < 0 {
      throw InputError(
        file: "detection", field: "replicates", found: "\(replicates)", expected: "0 or more")
    }
  }

  /// Whether ratios, which are numbers of single precision, can be compared with `value`.
  package static func isThreshold(_ value: Double) -> Bool {
    StudyResults.isThreshold(value)
  }

  /// What `isThreshold` accepts.
  package static let expectedThreshold = StudyResults.expectedThreshold

  /// The options of summaries for these options.
  package var summaryOptions: ActivationSummary.Options {
    ActivationSummary.Options(
      threshold: Float(threshold),
      thresholds: ActivationSummary.Options.defaultThresholds + furtherThresholds.map { Float($0) },
      convention: convention)
  }
}
