import OutcropCore
import OutcropTensor

/// Multi-head attention (Vaswani et al. 2017) with the parameters, names and initial values of
/// `torch.nn.MultiheadAttention` (batch first), so that its state dict loads.
///
/// Scores are computed block by block and never stored, unless dropout is applied to weights in training.
public final class MultiheadAttention<Scalar: TensorScalar>: Module {
  /// The weights of the projections of queries, keys and values, concatenated: [3 width, width].
  public let inputWeight: Parameter<Scalar>
  /// The biases of these projections, [3 width].
  public let inputBias: Parameter<Scalar>?
  /// The projection of the result.
  public let output: LinearLayer<Scalar>
  /// The dropout of the weights; nil for none.
  public let dropout: DropoutLayer<Scalar>?
  /// The number of heads.
  public let heads: Int
  /// The width of queries, keys, values and results.
  public let width: Int

  /// A layer with random parameters. Traps unless `heads` divides `width`.
  ///
  /// - Parameters:
  ///   - width: the width of queries, keys, values and results.
  ///   - heads: the number of heads.
  ///   - dropout: the probability with which a weight is dropped in training.
  ///   - hasBias: whether the projections have biases.
  ///   - generator: draws the parameters.
  public init(
    width: Int, heads: Int, dropout: Double = 0, hasBias: Bool = true,
    using generator: inout RandomGenerator
  ) {
    require(
      heads > 0 && width % heads == 0,
      "MultiheadAttention: \(heads) heads do not divide a width of \(width)")
    inputWeight = Parameter(.xavierUniform([3 * width, width], using: &generator))
    inputBias = hasBias ? Parameter(.zeros([3 * width])) : nil
    output = LinearLayer(in: width, out: width, hasBias: hasBias, using: &generator)
    output.bias?.replace(with: .zeros([width]))
    self.dropout = dropout > 0 ? DropoutLayer(dropout, using: &generator) : nil
    (self.heads, self.width) = (heads, width)
  }

  /// The attention of x [B, N, width] or [N, width] to itself.
  ///
  /// - Parameters:
  ///   - x: the sequences.
  ///   - isCausal: whether a position attends only to itself and earlier ones.
  ///   - mask: 0 drops a pair; it broadcasts to [B, heads, N, N].
  ///   - keyMask: [B, N], 0 where a sequence is padded. (PyTorch's `key_padding_mask` is the opposite.)
  public func callAsFunction(
    _ x: Tensor<Scalar>, isCausal: Bool = false, mask: Tensor<Scalar>? = nil,
    keyMask: Tensor<Scalar>? = nil
  ) -> Tensor<Scalar> {
    let batched = withBatch(x)
    let (B, N, d) = (batched.shape[0], batched.shape[1], width / heads)
    let parts = batched.linear(weight: inputWeight.value, bias: inputBias?.value)
      .reshaped([B, N, 3, heads, d]).transposed([2, 0, 3, 1, 4])
    func part(_ index: Int) -> Tensor<Scalar> {
      parts.sliced(axis: 0, index..<index + 1).reshaped([B, heads, N, d])
    }
    let mask = AttentionMask(isCausal, mask, keyMask, queries: N, keys: N).tensor
    return attended(part(0), part(1), part(2), mask).reshaped(x.shape)
  }

  /// The attention of queries [B, N, width] to keys and values [B, M, width]; all without B for one sequence.
  ///
  /// - Parameters:
  ///   - query: the queries.
  ///   - key: the keys to which queries attend.
  ///   - value: the values of the keys.
  ///   - isCausal: whether query i attends only to the keys 0 ... i.
  ///   - mask: 0 drops a pair; it broadcasts to [B, heads, N, M].
  ///   - keyMask: [B, M], 0 where keys are padded.
  public func callAsFunction(
    query: Tensor<Scalar>, key: Tensor<Scalar>, value: Tensor<Scalar>, isCausal: Bool = false,
    mask: Tensor<Scalar>? = nil, keyMask: Tensor<Scalar>? = nil
  ) -> Tensor<Scalar> {
    let inputs = [query, key, value].map(withBatch)
    let parts = inputs.enumerated().map { index, x in
      let rows = index * width..<(index + 1) * width
      return x.linear(
        weight: inputWeight.value.sliced(axis: 0, rows),
        bias: inputBias?.value.sliced(axis: 0, rows)
      ).reshaped([x.shape[0], x.shape[1], heads, width / heads]).transposed([0, 2, 1, 3])
    }
    let mask = AttentionMask(
      isCausal, mask, keyMask, queries: inputs[0].shape[1], keys: inputs[1].shape[1]
    ).tensor
    return attended(parts[0], parts[1], parts[2], mask).reshaped(query.shape)
  }

  /// [B, heads, N, d] → [B, N, width] after the projection.
  private func attended(
    _ query: Tensor<Scalar>, _ key: Tensor<Scalar>, _ value: Tensor<Scalar>,
    _ mask: Tensor<Scalar>?
  ) -> Tensor<Scalar> {
    let sums: Tensor<Scalar>
    if let dropout, dropout.isTraining {
      let scale = 1 / Scalar(query.shape[3]).squareRoot()
      var scores = (query * scale).matrixProduct(key.transposed([0, 1, 3, 2]))
      // A finite number, so that rows without any pair stay finite; the mask then makes them 0.
      if let mask { scores = scores + mask.map { $0 == 0 ? -1e30 : 0 } }
      var weights = scores.softmax()
      if let mask { weights = weights * mask.map { $0 == 0 ? 0 : 1 } }
      sums = dropout(weights).matrixProduct(value)
    } else {
      sums = .denseAttention(query: query, key: key, value: value, mask: mask)
    }
    let (B, N) = (query.shape[0], query.shape[2])
    return output(sums.transposed([0, 2, 1, 3]).reshaped([B, N, width]))
  }

  private func withBatch(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    require(
      (x.rank == 2 || x.rank == 3) && x.shape.last == width,
      "MultiheadAttention: found the shape \(x.shape), expected [B, N, \(width)] or [N, \(width)]")
    return x.rank == 2 ? x.reshaped([1] + x.shape) : x
  }

  public func stateName(of property: String) -> String {
    switch property {
    case "inputWeight": "in_proj_weight"
    case "inputBias": "in_proj_bias"
    case "output": "out_proj"
    default: property
    }
  }
}

/// The product of all masks, which broadcasts to [B, heads, N, M]; nil if no pair is masked.
private struct AttentionMask<Scalar: TensorScalar> {
  let tensor: Tensor<Scalar>?

  init(
    _ isCausal: Bool, _ mask: Tensor<Scalar>?, _ keyMask: Tensor<Scalar>?, queries: Int, keys: Int
  ) {
    var masks: [Tensor<Scalar>] = []
    if isCausal {
      masks.append(
        Tensor(unsafeUninitialized: [queries, keys]) { target in
          for row in 0..<queries {
            for column in 0..<keys { target[row * keys + column] = column <= row ? 1 : 0 }
          }
        })
    }
    if let mask { masks.append(mask.detached) }
    if let keyMask {
      require(
        keyMask.rank == 2 && keyMask.shape[1] == keys,
        "MultiheadAttention: found a key mask of shape \(keyMask.shape), expected [B, \(keys)]")
      masks.append(keyMask.detached.reshaped([keyMask.shape[0], 1, 1, keys]))
    }
    tensor = masks.isEmpty ? nil : masks.dropFirst().reduce(masks[0], *)
  }
}
