import OutcropCore
import OutcropTensor

/// Root-mean-square normalization of each row (Zhang & Sennrich 2019):
/// y = x / √(mean of x² + epsilon) · weight.
public final class RMSNormLayer<Scalar: TensorScalar>: Layer {
  /// The factor of each column, [width].
  public let weight: Parameter<Scalar>
  /// The number that is added to the mean square.
  public let epsilon: Double

  /// A layer for rows of `width` numbers; the weight is 1.
  public init(width: Int, epsilon: Double = 1e-6) {
    weight = Parameter(.ones([width]))
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    x.rmsNorm(weight: weight.value, epsilon: epsilon)
  }
}

/// Group normalization (Wu & He 2018) of [N, channels, ...]: each group of channels of an example is
/// normalized to mean 0 and variance 1, and each channel has its own weight and bias.
public final class GroupNormLayer<Scalar: TensorScalar>: Layer {
  /// The factor of each channel, [channels].
  public let weight: Parameter<Scalar>
  /// The offset of each channel, [channels].
  public let bias: Parameter<Scalar>
  /// The number of groups.
  public let groups: Int
  /// The number that is added to the variance.
  public let epsilon: Double

  /// Traps unless `groups` divides `channels`.
  public init(groups: Int, channels: Int, epsilon: Double = 1e-5) {
    require(
      groups > 0 && channels % groups == 0,
      "GroupNormLayer: \(groups) groups do not divide \(channels) channels")
    weight = Parameter(.ones([channels]))
    bias = Parameter(.zeros([channels]))
    (self.groups, self.epsilon) = (groups, epsilon)
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    require(
      x.rank >= 2 && x.shape[1] == weight.shape[0],
      "GroupNormLayer: found the shape \(x.shape), expected [N, \(weight.shape[0]), ...]")
    return x.groupNorm(groups: groups, weight: weight.value, bias: bias.value, epsilon: epsilon)
  }
}
