import OutcropCore
import OutcropTensor

/// One layer of a transformer's encoder (Vaswani et al. 2017) with the parameters, names and initial values
/// of `torch.nn.TransformerEncoderLayer` (batch first), so that its state dict loads: attention and a
/// feed-forward network of two linear layers, each with dropout, residual and layer normalization.
///
/// With `isCausal` it is a layer of a decoder-only language model.
public final class TransformerEncoderLayer<Scalar: TensorScalar>: Layer {
  /// The attention.
  public let attention: MultiheadAttention<Scalar>
  /// The linear layers of the feed-forward network.
  public let linear1, linear2: LinearLayer<Scalar>
  /// The normalizations of attention and of the feed-forward network.
  public let norm1, norm2: LayerNormLayer<Scalar>
  private let dropout, dropout1, dropout2: DropoutLayer<Scalar>
  /// nil for ReLU, which is one pass with the linear layer before it.
  private let activation: ((Tensor<Scalar>) -> Tensor<Scalar>)?
  /// Whether rows are normalized before attention and network (Xiong et al. 2020) instead of after the
  /// residuals.
  public let normalizesFirst: Bool

  /// A layer with random parameters.
  ///
  /// - Parameters:
  ///   - width: the width of rows.
  ///   - heads: the number of heads, which must divide the width.
  ///   - feedForwardWidth: the width inside the feed-forward network.
  ///   - dropout: the probability of every dropout, including that of the attention weights.
  ///   - normalizesFirst: whether normalization comes first, as `norm_first` in PyTorch.
  ///   - generator: draws the parameters.
  ///   - activation: the function between the two linear layers; ReLU unless given.
  public init(
    width: Int, heads: Int, feedForwardWidth: Int = 2048, dropout: Double = 0.1,
    normalizesFirst: Bool = false, using generator: inout RandomGenerator,
    activation: ((Tensor<Scalar>) -> Tensor<Scalar>)? = nil
  ) {
    attention = MultiheadAttention(width: width, heads: heads, dropout: dropout, using: &generator)
    linear1 = LinearLayer(in: width, out: feedForwardWidth, using: &generator)
    linear2 = LinearLayer(in: feedForwardWidth, out: width, using: &generator)
    norm1 = LayerNormLayer(width: width)
    norm2 = LayerNormLayer(width: width)
    self.dropout = DropoutLayer(dropout, using: &generator)
    dropout1 = DropoutLayer(dropout, using: &generator)
    dropout2 = DropoutLayer(dropout, using: &generator)
    self.activation = activation
    self.normalizesFirst = normalizesFirst
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> { self(x, isCausal: false) }

  /// x [B, N, width] or [N, width] → the same shape.
  ///
  /// - Parameters:
  ///   - x: the sequences.
  ///   - isCausal: whether a position attends only to itself and earlier ones.
  ///   - mask: 0 drops a pair; it broadcasts to [B, heads, N, N].
  ///   - keyMask: [B, N], 0 where a sequence is padded.
  public func callAsFunction(
    _ x: Tensor<Scalar>, isCausal: Bool, mask: Tensor<Scalar>? = nil,
    keyMask: Tensor<Scalar>? = nil
  ) -> Tensor<Scalar> {
    self(
      x, isCausal: isCausal, mask: mask, keyMask: keyMask,
      dropouts: (dropout1.callAsFunction, dropout.callAsFunction, dropout2.callAsFunction))
  }

  /// The same with other dropouts of the attention's output, of the network's inside and of its output, in place of
  /// the layer's own.
  package func callAsFunction(
    _ x: Tensor<Scalar>, isCausal: Bool = false, mask: Tensor<Scalar>? = nil,
    keyMask: Tensor<Scalar>? = nil,
    dropouts: (
      attention: (Tensor<Scalar>) -> Tensor<Scalar>, inside: (Tensor<Scalar>) -> Tensor<Scalar>,
      output: (Tensor<Scalar>) -> Tensor<Scalar>
    )
  ) -> Tensor<Scalar> {
    func attend(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
      dropouts.attention(attention(x, isCausal: isCausal, mask: mask, keyMask: keyMask))
    }
    func feedForward(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
      let hidden = activation.map { $0(linear1(x)) } ?? linear1(x, activation: .relu)
      return dropouts.output(linear2(dropouts.inside(hidden)))
    }
    if normalizesFirst {
      let middle = x + attend(norm1(x))
      return middle + feedForward(norm2(middle))
    }
    let middle = norm1(attend(x), residual: x)
    return norm2(feedForward(middle), residual: middle)
  }

  public func stateName(of property: String) -> String {
    property == "attention" ? "self_attn" : property
  }
}

/// Linear layers with an activation and dropout between them, named `layers.0`, `layers.1` and so on.
public final class MLP<Scalar: TensorScalar>: Layer {
  /// The linear layers.
  public let layers: [LinearLayer<Scalar>]
  private let dropouts: [DropoutLayer<Scalar>]
  private let activation: (Tensor<Scalar>) -> Tensor<Scalar>

  /// A network with random parameters. Traps for fewer than two widths.
  ///
  /// - Parameters:
  ///   - widths: the widths of the input, of the vectors between the layers, and of the output.
  ///   - dropout: the probability of dropout after each activation.
  ///   - generator: draws the parameters.
  ///   - activation: the function after every layer except the last; ReLU unless given.
  public init(
    widths: [Int], dropout: Double = 0, using generator: inout RandomGenerator,
    activation: @escaping (Tensor<Scalar>) -> Tensor<Scalar> = { $0.relu() }
  ) {
    require(widths.count >= 2, "MLP: found the widths \(widths), expected at least two")
    var layers: [LinearLayer<Scalar>] = []
    var dropouts: [DropoutLayer<Scalar>] = []
    for (inputs, outputs) in zip(widths, widths.dropFirst()) {
      layers.append(LinearLayer(in: inputs, out: outputs, using: &generator))
      if dropout > 0 { dropouts.append(DropoutLayer(dropout, using: &generator)) }
    }
    (self.layers, self.dropouts, self.activation) = (layers, dropouts, activation)
  }

  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    var x = x
    for (index, layer) in layers.enumerated() {
      x = layer(x)
      if index + 1 == layers.count { return x }
      x = activation(x)
      if !dropouts.isEmpty { x = dropouts[index](x) }
    }
    return x
  }
}
