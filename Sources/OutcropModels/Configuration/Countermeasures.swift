import OutcropCore

/// Changes of edge attention that work against massive activations, beside the Explicit Bias Term. All are off at
/// first; every model of this package has them.
public struct Countermeasures: Sendable, Equatable {
  /// out_i ← σ(h_i W_g) ⊙ out_i, after the attention's sum and before its projection, with W_g [D, D] without bias
  /// (Qiu et al. 2025, arXiv 2505.06708). The recorded node activation is the sum before the gate.
  public var hasGate = false
  /// The denominator is Σ w_e + 1 instead of Σ w_e + 1e-6: a node may attend to nothing.
  public var hasPlusOne = false
  /// c: scores are clamped to −c ... c before they are used, in training too; nil for no clamp. The recorded edge
  /// activations are the clamped scores.
  public var clip: Double?

  public init(hasGate: Bool = false, hasPlusOne: Bool = false, clip: Double? = nil) {
    (self.hasGate, self.hasPlusOne, self.clip) = (hasGate, hasPlusOne, clip)
  }

  /// What is added to the sum of weights where one is divided by it.
  var denominator: Double { hasPlusOne ? 1 : 1e-6 }

  /// Whether what follows the scores differs from the usual attention.
  var changesWeights: Bool { hasPlusOne || clip != nil }
}

extension ConfigurationField where Root == ModelConfiguration {
  static var countermeasures: [ConfigurationField<ModelConfiguration>] {
    [
      .flag(
        "attention_gate", \.countermeasures.hasGate, omitting: false,
        help: "a gate on the attention's sum, against massive activations"),
      .flag(
        "attention_plus_one", \.countermeasures.hasPlusOne, omitting: false,
        help: "1 more in attention's denominator, against massive activations"),
      ConfigurationField("score_clip", help: "clamps attention's scores to plus or minus this") {
        fields, root in
        if fields.has("score_clip") {
          root.countermeasures.clip = try fields.number("score_clip", default: 1, in: 1e-6...1e30)
        }
      } write: { root in
        root.countermeasures.clip.map { ["score_clip": .number($0)] } ?? [:]
      },
    ]
  }
}
