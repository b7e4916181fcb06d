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
    func number(
      _ name: String, _ fallback: Double, _ range: ClosedRange<Double>,
      _ fields: inout ConfigurationFields
    ) throws -> Double {
      try fields.number("explicit_bias_\(name)", default: fallback, in: range)
    }
    switch try fields.choice("explicit_bias_strength", default: Kind.fixed) {
    case .fixed: self = .fixed
    case .learned: self = .learned
    case .schedule:
      self = .schedule(
        start: try number("start", 0, 0...100, &fields),
        end: try number("end", 1, 0...100, &fields),
        epochs: try fields.integer("explicit_bias_epochs", default: 20, in: 1...1_000_000))
    case .driven:
      var drive = BiasDrive()
      drive.start = try number("start", drive.start, BiasDrive.bounds, &fields)
      drive.ratio = try number("ratio", drive.ratio, 1...1e30, &fields)
      drive.share = try number("share", drive.share, 1e-9...1, &fields)
      drive.gain = try number("gain", drive.gain, 0...10, &fields)
      self = .driven(drive)
    }
  }

  /// The fields that describe the strength; none for the published one.
  var fields: [String: JSONValue] {
    switch self {
    case .fixed: [:]
    case .learned: ["explicit_bias_strength": .string(Kind.learned.rawValue)]
    case .schedule(let start, let end, let epochs):
      [
        "explicit_bias_strength": .string(Kind.schedule.rawValue),
        "explicit_bias_start": .number(start), "explicit_bias_end": .number(end),
        "explicit_bias_epochs": .number(Double(epochs)),
      ]
    case .driven(let drive):
      [
        "explicit_bias_strength": .string(Kind.driven.rawValue),
        "explicit_bias_start": .number(drive.start), "explicit_bias_ratio": .number(drive.ratio),
        "explicit_bias_share": .number(drive.share), "explicit_bias_gain": .number(drive.gain),
      ]
    }
  }

  /// The ways by name.
  public enum Kind: String, Sendable, CaseIterable {
    case fixed, learned, schedule, driven
  }
}
