import Foundation
import OutcropCore

/// How strong the Explicit Bias Term is: e_bias and v_bias count s times in their layer.
///
/// Only `fixed` is published (arXiv 2409.03463, which leaves open what a bias that adapts in training
/// would do); the others are this project's own proposal. All start from the same random parameters.
public enum ExplicitBiasStrength: Sendable, Equatable {
  /// s = 1.
  case fixed
  /// s is a parameter of each layer, 1 at the start.
  case learned
  /// s goes in equal steps from `start` in the first epoch to `end` in epoch `epochs`, and stays there.
  case schedule(start: Double, end: Double, epochs: Int)
  /// A controller moves each layer's s between epochs by what its recorded scores show.
  case driven(BiasDrive)

  /// s of the first epoch, where training sets it.
  var start: Double? {
    switch self {
    case .fixed, .learned: nil
    case .schedule(let start, _, _): start
    case .driven(let drive): drive.start
    }
  }
}

/// A proportional controller on a logarithmic scale. With p the share of a layer's recorded scores whose
/// ratio to their row's median was over `ratio` in the epoch's observed batches,
///
///     s ← s · exp(gain · clamp(log₁₀((p + 1e-9) / share), −1, 1)),   0.05 ≤ s ≤ 4
///
/// so the bias rises where large ratios grow and falls where there are few.
public struct BiasDrive: Sendable, Equatable {
  public var start = 0.25
  /// Ratios over this are counted; well under the threshold of massive activations, to act before them.
  public var ratio = 100.0
  /// The share of counted scores that the controller aims at.
  public var share = 1e-4
  public var gain = 0.25

  public init() {}

  public static let bounds = 0.05...4.0

  /// The strength that follows `s` after an epoch with a share `p` of large ratios.
  public func next(_ s: Double, after p: Double) -> Double {
    let error = min(1, max(-1, log10((p + 1e-9) / share)))
    return min(Self.bounds.upperBound, max(Self.bounds.lowerBound, s * exp(gain * error)))
  }
}

extension ExplicitBiasStrength {
  /// Reads `explicit_bias_strength` ("fixed", "learned", "schedule", "driven") and the fields of the one
  /// chosen: `explicit_bias_start`, and `_end` and `_epochs`, or `_ratio`, `_share` and `_gain`.
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
      .integer("explicit_bias_epochs", \.epochs, in: 1...1_000_000, help: "epochs until then"),
    ]
  }

  /// How the strength changes, by the name in configurations.
  public enum Kind: String, Sendable, CaseIterable {
    case fixed, learned, schedule, driven
  }
}

extension BiasDrive {
  fileprivate static let fields: [ConfigurationField<BiasDrive>] = [
    .number("explicit_bias_start", \.start, in: bounds, help: "the first epoch's strength"),
    .number("explicit_bias_ratio", \.ratio, in: 1...1e30, help: "ratios over this are counted"),
    .number("explicit_bias_share", \.share, in: 1e-9...1, help: "the share that is aimed at"),
    .number("explicit_bias_gain", \.gain, in: 0...10, help: "the controller's gain"),
  ]
}
