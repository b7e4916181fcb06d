import Foundation
import OutcropCore

/// The strength s of the Explicit Bias Term: e_bias and v_bias are multiplied by the s of their layer.
///
/// Only `fixed` is published (arXiv 2409.03463, which does not study a bias that adapts in training); the
/// others are proposals of this project. All start from the same random parameters.
public enum ExplicitBiasStrength: Sendable, Equatable {
  /// s = 1.
  case fixed
  /// s is a parameter of each layer, 1 at the start.
  case learned
  /// s changes in equal steps from `start` in the first epoch to `end` in epoch `epochs`, and then stays
  /// constant.
  case schedule(start: Double, end: Double, epochs: Int)
  /// A controller adapts each layer's s between epochs, based on its recorded scores.
  case driven(BiasDrive)

  /// s of the first epoch, if training sets it.
  var start: Double? {
    switch self {
    case .fixed, .learned: nil
    case .schedule(let start, _, _): start
    case .driven(let drive): drive.start
    }
  }
}

/// A proportional controller on a logarithmic scale. Let p be the share of a layer's recorded scores whose
/// ratio over the row median was above `ratio` in the epoch's observed batches:
///
///     s ← s · exp(gain · clamp(log₁₀((p + 1e-9) / share), −1, 1)),   0.05 ≤ s ≤ 4
///
/// The bias rises if there are many large ratios and falls if there are few.
public struct BiasDrive: Sendable, Equatable {
  /// s in the first epoch.
  public var start = 0.25
  /// Ratios above this are counted. It is far below the threshold of massive activations, so that the
  /// controller reacts before they appear.
  public var ratio = 100.0
  /// The target of the controller: the share of counted scores.
  public var share = 1e-4
  /// The gain of the controller.
  public var gain = 0.25

  /// The default settings.
  public init() {}

  /// The range of s.
  public static let bounds = 0.05...4.0

  /// The strength that follows `s` after an epoch with a share `p` of large ratios.
  public func next(_ s: Double, after p: Double) -> Double {
    let error = min(1, max(-1, log10((p + 1e-9) / share)))
    return min(Self.bounds.upperBound, max(Self.bounds.lowerBound, s * exp(gain * error)))
  }
}

extension ExplicitBiasStrength {
  /// Reads `explicit_bias_strength` ("fixed", "learned", "schedule" or "driven") and the fields of that
  /// strength: `explicit_bias_start`, and `_end` and `_epochs`, or `_ratio`, `_share` and `_gain`.
  public init(_ fields: inout ConfigurationFields) throws {
    switch try fields.choice("explicit_bias_strength", default: Kind.fixed) {
    case .fixed: self = .fixed
    case .learned: self = .learned
    case .schedule:
      var schedule = Schedule()
      try Schedule.fields.read(&fields, into: &schedule)
      self = .schedule(start: schedule.start, end: schedule.end, epochs: schedule.epochs)
    case .driven:
      var drive = BiasDrive()
      try BiasDrive.fields.read(&fields, into: &drive)
      self = .driven(drive)
    }
  }

  /// The fields that describe the strength; none for the published one.
  var fields: [String: JSONValue] {
    let (kind, others): (Kind, [String: JSONValue]) =
      switch self {
      case .fixed: (.fixed, [:])
      case .learned: (.learned, [:])
      case .schedule(let start, let end, let epochs):
        (
          .schedule, Schedule.fields.written(Schedule(start: start, end: end, epochs: epochs))
        )
      case .driven(let drive): (.driven, BiasDrive.fields.written(drive))
      }
    if kind == .fixed { return [:] }
    return others.merging(["explicit_bias_strength": .string(kind.rawValue)]) { $1 }
  }

  private struct Schedule {
    var start = 0.0
    var end = 1.0
    var epochs = 20

    static let fields: [ConfigurationField<Schedule>] = [
      .number("explicit_bias_start", \.start, in: 0...100, help: "the first epoch's strength"),
      .number("explicit_bias_end", \.end, in: 0...100, help: "the last strength"),
      .integer("explicit_bias_epochs", \.epochs, in: 1...1_000_000, help: "epochs of the schedule"),
    ]
  }

  /// How the strength changes; the raw value is the name in configurations.
  public enum Kind: String, Sendable, CaseIterable {
    case fixed, learned, schedule, driven
  }
}

extension BiasDrive {
  fileprivate static let fields: [ConfigurationField<BiasDrive>] = [
    .number("explicit_bias_start", \.start, in: bounds, help: "the first epoch's strength"),
    .number("explicit_bias_ratio", \.ratio, in: 1...1e30, help: "ratios above this are counted"),
    .number("explicit_bias_share", \.share, in: 1e-9...1, help: "the desired share of such ratios"),
    .number("explicit_bias_gain", \.gain, in: 0...10, help: "the controller's gain"),
  ]
}
