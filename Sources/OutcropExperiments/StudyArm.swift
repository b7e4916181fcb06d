import OutcropModels
import OutcropReport

/// One kind of model in a study's comparison. Every arm is run with every seed.
public struct StudyArm: Sendable, Equatable {
  /// The kind of its runs in the results.
  public var kind: StudyResults.Run.Kind
  /// The name for readers.
  public var label: String
  /// The strength of the Explicit Bias Term; nil for a model without the term.
  public var bias: ExplicitBiasStrength?
  /// Other changes of attention against massive activations.
  public var countermeasures = Countermeasures()

  /// An arm without counter-measures besides the Explicit Bias Term.
  public init(kind: StudyResults.Run.Kind, label: String, bias: ExplicitBiasStrength?) {
    (self.kind, self.label, self.bias) = (kind, label, bias)
  }

  /// The untrained model.
  public static let base = StudyArm(kind: .base, label: "untrained", bias: nil)
  /// The trained model without the Explicit Bias Term.
  public static let trained = StudyArm(kind: .trained, label: "trained", bias: nil)
  /// The model trained with the published Explicit Bias Term.
  public static let ebt = StudyArm(kind: .ebt, label: "with EBT", bias: .fixed)

  /// The model trained with an Explicit Bias Term whose strength changes.
  public static func adaptive(_ strength: ExplicitBiasStrength) -> StudyArm {
    let change =
      switch strength {
      case .fixed: "fixed"
      case .learned: "learned"
      case .schedule: "scheduled"
      case .driven: "driven"
      }
    return StudyArm(kind: .adaptive, label: "with \(change) EBT", bias: strength)
  }

  /// Trained with a gate on the attention's sum.
  public static var gate: StudyArm {
    countermeasures("with gate", Countermeasures(hasGate: true))
  }

  /// Trained with 1 more in attention's denominator.
  public static var plusOne: StudyArm {
    countermeasures("with plus one", Countermeasures(hasPlusOne: true))
  }

  /// Trained with scores clamped to −limit ... limit.
  public static func clip(_ limit: Double) -> StudyArm {
    countermeasures("with scores clipped at \(limit)", Countermeasures(clip: limit))
  }

  private static func countermeasures(_ label: String, _ change: Countermeasures) -> StudyArm {
    var result = StudyArm(kind: .adaptive, label: label, bias: nil)
    result.countermeasures = change
    return result
  }

  /// Base, trained, with EBT.
  public static let usual: [StudyArm] = [.base, .trained, .ebt]

  /// Whether `model` supports the arm's Explicit Bias Term.
  func fits(_ model: some ModelArchitecture) -> Bool {
    bias == nil || type(of: model).supportsExplicitBias
  }

  /// The model of this arm.
  func model<Architecture: ModelArchitecture>(_ model: Architecture) -> Architecture {
    var result = model.withExplicitBias(bias != nil)
    result.shared.explicitBiasStrength = bias ?? .fixed
    // What the configuration asks for holds for every arm.
    if countermeasures.hasGate { result.shared.countermeasures.hasGate = true }
    if countermeasures.hasPlusOne { result.shared.countermeasures.hasPlusOne = true }
    if let clip = countermeasures.clip { result.shared.countermeasures.clip = clip }
    return result
  }

  /// The arm's name in files.
  var fileName: String {
    label.split { !$0.isLetter && !$0.isNumber }.joined(separator: "-").lowercased()
  }
}
