import OutcropModels
import OutcropReport

/// One kind of model in a study's comparison. Every arm is run with every seed.
public struct StudyArm: Sendable, Equatable {
  public var kind: StudyResults.Run.Kind
  /// The name for readers.
  public var label: String
  /// Whether the model has the Explicit Bias Term, and how strong it is.
  public var bias: ExplicitBiasStrength?

  /// The untrained model.
  public static let base = StudyArm(kind: .base, label: "untrained", bias: nil)
  public static let trained = StudyArm(kind: .trained, label: "trained", bias: nil)
  /// Trained with the Explicit Bias Term as published.
  public static let ebt = StudyArm(kind: .ebt, label: "with EBT", bias: .fixed)

  /// Trained with an Explicit Bias Term of changing strength.
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

  /// Base, trained, with EBT.
  public static let usual: [StudyArm] = [.base, .trained, .ebt]

  /// Whether `model` supports what the arm asks for.
  func fits(_ model: some ModelArchitecture) -> Bool {
    bias == nil || type(of: model).supportsExplicitBias
  }

  /// The model of this arm.
  func model<Architecture: ModelArchitecture>(_ model: Architecture) -> Architecture {
    var result = model.withExplicitBias(bias != nil)
    result.shared.explicitBiasStrength = bias ?? .fixed
    return result
  }

  /// The arm's name in files.
  var fileName: String {
    label.split { !$0.isLetter && !$0.isNumber }.joined(separator: "-").lowercased()
  }
}
