import OutcropCore
import OutcropNN
import OutcropTensor

/// The Explicit Bias Term's parameters of one attention layer, drawn from N(0, 1).
///
/// With b_e = (Q_i · k_bias) / √d, scores get s b_e · e_bias and values get s v_bias. The published term
/// (arXiv 2409.03463) has s = 1; see `ExplicitBiasStrength` for others.
public final class ExplicitBias<Scalar: TensorScalar>: Module {
  /// k_bias, [heads, depth, 1].
  public let key: Parameter<Scalar>
  /// e_bias, [heads, 1, depth].
  public let edge: Parameter<Scalar>
  /// v_bias, [heads, 1, depth].
  public let value: Parameter<Scalar>
  /// s if it is learned, [1].
  public let learnedStrength: Parameter<Scalar>?
  /// s if training sets it, [2]: of this epoch and of the next one.
  public let setStrength: Statistic<Scalar>?

  /// Random vectors k_bias, e_bias and v_bias for `heads` heads of `depth` values.
  public init(
    heads: Int, depth: Int, strength: ExplicitBiasStrength = .fixed,
    using generator: inout RandomGenerator
  ) {
    key = Parameter(.normal([heads, depth, 1], using: &generator))
    edge = Parameter(.normal([heads, 1, depth], using: &generator))
    value = Parameter(.normal([heads, 1, depth], using: &generator))
    learnedStrength = strength == .learned ? Parameter(.ones([1])) : nil
    setStrength = strength.start.map { Statistic(.ones([2]) * Scalar($0)) }
  }

  public var state: [StateEntry<Scalar>] {
    [
      StateEntry(name: "k_bias", content: .parameter(key)),
      StateEntry(name: "e_bias", content: .parameter(edge)),
      StateEntry(name: "v_bias", content: .parameter(value)),
    ] + (learnedStrength.map { [StateEntry(name: "bias_strength", content: .parameter($0))] } ?? [])
      + (setStrength.map { [StateEntry(name: "bias_strength", content: .statistic($0))] } ?? [])
  }

  /// s if it changes in training; nil if it is fixed at 1.
  public var changingStrength: Double? {
    (learnedStrength?.value ?? setStrength?.value).map { Double($0.values[0]) }
  }

  /// The tensors for the attention operation: e_bias and v_bias times s.
  public var tensors: EdgeAttentionBias<Scalar> {
    let (edge, value) = (edge.value, value.value)
    if let learnedStrength {
      let s = learnedStrength.value.reshaped([1, 1, 1])
      return EdgeAttentionBias(key: key.value, edge: edge * s, value: value * s)
    }
    if let setStrength {
      let s = setStrength.value.values[0]
      return EdgeAttentionBias(key: key.value, edge: edge * s, value: value * s)
    }
    return EdgeAttentionBias(key: key.value, edge: edge, value: value)
  }
}

/// The Explicit Bias Term as tensors, each of heads · depth elements in [head, channel] order.
public struct EdgeAttentionBias<Scalar: TensorScalar>: Sendable {
  /// k_bias.
  public var key: Tensor<Scalar>
  /// e_bias.
  public var edge: Tensor<Scalar>
  /// v_bias.
  public var value: Tensor<Scalar>

  /// The term with the given tensors; the attention checks their sizes.
  public init(key: Tensor<Scalar>, edge: Tensor<Scalar>, value: Tensor<Scalar>) {
    (self.key, self.edge, self.value) = (key, edge, value)
  }
}
