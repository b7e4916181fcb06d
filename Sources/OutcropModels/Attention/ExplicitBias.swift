import OutcropTensor

/// The Explicit Bias Term's parameters of one attention layer, drawn from N(0, 1).
///
/// With b_e = (Q_i · k_bias) / √d, scores get b_e · e_bias and values get v_bias (arXiv 2409.03463).
public final class ExplicitBias<Scalar: TensorScalar>: Module {
  /// [heads, depth, 1]
  public let key: Parameter<Scalar>
  /// [heads, 1, depth]
  public let edge: Parameter<Scalar>
  /// [heads, 1, depth]
  public let value: Parameter<Scalar>

  public init(heads: Int, depth: Int, using generator: inout RandomGenerator) {
    key = Parameter(.normal([heads, depth, 1], using: &generator))
    edge = Parameter(.normal([heads, 1, depth], using: &generator))
    value = Parameter(.normal([heads, 1, depth], using: &generator))
  }

  public var state: [StateEntry<Scalar>] {
    [
      StateEntry(name: "k_bias", content: .parameter(key)),
      StateEntry(name: "e_bias", content: .parameter(edge)),
      StateEntry(name: "v_bias", content: .parameter(value)),
    ]
  }

  /// The tensors for the attention operation.
  public var tensors: EdgeAttentionBias<Scalar> {
    EdgeAttentionBias(key: key.value, edge: edge.value, value: value.value)
  }
}

/// The Explicit Bias Term as tensors, each of heads · depth elements in [head, channel] order.
public struct EdgeAttentionBias<Scalar: TensorScalar>: Sendable {
  public var key: Tensor<Scalar>
  public var edge: Tensor<Scalar>
  public var value: Tensor<Scalar>

  public init(key: Tensor<Scalar>, edge: Tensor<Scalar>, value: Tensor<Scalar>) {
    (self.key, self.edge, self.value) = (key, edge, value)
  }
}
