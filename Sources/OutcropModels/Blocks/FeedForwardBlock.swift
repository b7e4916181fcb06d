import OutcropCore
import OutcropNN
import OutcropTensor

/// The part of a layer after attention: projection, residual and normalization, feed-forward network,
/// residual and normalization. A layer has one for nodes (suffix `h`) and, in GT, one for edges (`e`).
///
///     m = norm₁(x Oᵀ + b_O + residual)      y = norm₂(relu(m W₁ᵀ + b₁) W₂ᵀ + b₂ + m)
///
/// With batch normalization only and without dropout it runs as one fused operation. Results agree up to
/// rounding, and observers receive the same activations: the outputs of O, W₁ (after the ReLU), W₂ and of
/// the normalizations, under their published names, such as `FFN_h_layer1`.
public final class FeedForwardBlock<Scalar: TensorScalar>: Module {
  /// The maps O, W₁ and W₂ with their biases.
  public let projection, first, second: LinearLayer<Scalar>
  /// The layer normalizations of norm₁ and norm₂.
  public let layerNorm1, layerNorm2: LayerNormLayer<Scalar>?
  /// The batch normalizations of norm₁ and norm₂.
  public let batchNorm1, batchNorm2: BatchNormLayer<Scalar>?
  /// Whether O is applied.
  public let hasProjection: Bool
  /// Whether the residuals are added.
  public let hasResidual: Bool
  /// The probability of dropout.
  public let dropout: Double
  private let suffix: String
  private let activations: Activations

  /// The activations under their published names.
  private struct Activations {
    let projection, hidden, output: AnnouncedActivation
    let layerNorm1, layerNorm2, batchNorm1, batchNorm2: AnnouncedActivation

    init(_ suffix: String, _ rows: ActivationRows) {
      projection = AnnouncedActivation("O_\(suffix)", rows)
      hidden = AnnouncedActivation("FFN_\(suffix)_layer1", rows)
      output = AnnouncedActivation("FFN_\(suffix)_layer2", rows)
      layerNorm1 = AnnouncedActivation("layer_norm1_\(suffix)", rows)
      layerNorm2 = AnnouncedActivation("layer_norm2_\(suffix)", rows)
      batchNorm1 = AnnouncedActivation("batch_norm1_\(suffix)", rows)
      batchNorm2 = AnnouncedActivation("batch_norm2_\(suffix)", rows)
    }
  }

  /// A block with random parameters.
  ///
  /// - Parameters:
  ///   - suffix: the end of the published names: `h` for nodes, `e` for edges.
  ///   - rows: what the rows are.
  ///   - width: D, the width of rows; the feed-forward network is 2 D wide inside.
  ///   - hasProjection: whether O is applied. As in the published model, its parameters always exist.
  ///   - hasResidual: whether the residual is added, and m in the second half.
  ///   - usesLayerNorm: whether rows are normalized, before batch normalization if both are used.
  ///   - usesBatchNorm: whether columns are normalized.
  ///   - dropout: the probability before O and inside the feed-forward network.
  ///   - generator: draws the parameters.
  public init(
    suffix: String, rows: ActivationRows, width: Int, hasProjection: Bool = true,
    hasResidual: Bool = true, usesLayerNorm: Bool = false, usesBatchNorm: Bool = true,
    dropout: Double = 0, using generator: inout RandomGenerator
  ) {
    self.suffix = suffix
    (self.hasProjection, self.hasResidual, self.dropout) = (hasProjection, hasResidual, dropout)
    activations = Activations(suffix, rows)
    projection = LinearLayer(in: width, out: width, using: &generator)
    first = LinearLayer(in: width, out: 2 * width, using: &generator)
    second = LinearLayer(in: 2 * width, out: width, using: &generator)
    layerNorm1 = usesLayerNorm ? LayerNormLayer(width: width) : nil
    layerNorm2 = usesLayerNorm ? LayerNormLayer(width: width) : nil
    batchNorm1 = usesBatchNorm ? BatchNormLayer(width: width) : nil
    batchNorm2 = usesBatchNorm ? BatchNormLayer(width: width) : nil
  }

  /// A block with the projection, normalizations and dropout of `configuration`.
  convenience init(
    suffix: String, rows: ActivationRows, width: Int, _ shape: ModelConfiguration,
    hasResidual: Bool,
    using generator: inout RandomGenerator
  ) {
    self.init(
      suffix: suffix, rows: rows, width: width, hasProjection: shape.hasOutputProjection,
      hasResidual: hasResidual, usesLayerNorm: shape.usesLayerNorm,
      usesBatchNorm: shape.usesBatchNorm, dropout: shape.dropout, using: &generator)
  }

  /// Everything that the block announces.
  public var announced: [AnnouncedActivation] {
    (hasProjection ? [activations.projection] : [])
      + (layerNorm1 == nil ? [] : [activations.layerNorm1])
      + (batchNorm1 == nil ? [] : [activations.batchNorm1])
      + [activations.hidden, activations.output]
      + (layerNorm2 == nil ? [] : [activations.layerNorm2])
      + (batchNorm2 == nil ? [] : [activations.batchNorm2])
  }

  /// The block's output [rows, D].
  ///
  /// - Parameters:
  ///   - x: the attention's result [rows, D].
  ///   - residual: the layer's input [rows, D]; not read without a residual.
  ///   - input: the batch and the layer's edges.
  ///   - context: the mode of the forward pass and its observers.
  public func callAsFunction(
    _ x: Tensor<Scalar>, residual: @autoclosure () -> Tensor<Scalar>, _ input: LayerInput,
    _ context: ForwardContext
  ) -> Tensor<Scalar> {
    let residual = hasResidual ? residual() : nil
    if let output = fused(x, residual, input, context) { return output }
    var x = context.dropout(x, dropout)
    if hasProjection {
      x = projection(x)
      context.announce(activations.projection, x, input)
    }
    let middle = normalize(
      x, residual, layerNorm1, batchNorm1, activations.layerNorm1, activations.batchNorm1, input,
      context)
    let hidden = first(middle, activation: .relu)
    context.announce(activations.hidden, hidden, input)
    let output = second(context.dropout(hidden, dropout))
    context.announce(activations.output, output, input)
    return normalize(
      output, hasResidual ? middle : nil, layerNorm2, batchNorm2, activations.layerNorm2,
      activations.batchNorm2, input, context)
  }

  /// The output by the fused operation, if it is possible: with batch normalization only and without
  /// dropout. Otherwise nil.
  private func fused(
    _ x: Tensor<Scalar>, _ residual: Tensor<Scalar>?, _ input: LayerInput,
    _ context: ForwardContext
  ) -> Tensor<Scalar>? {
    guard let norm1 = batchNorm1, let norm2 = batchNorm2, layerNorm1 == nil,
      x.shape[0] > 0, FusedFeedForward<Scalar>.fits(width: x.shape[1]),
      !(context.isTraining && dropout > 0), context.isTraining || !Recording.isEnabled
    else { return nil }
    let inputs = FusedFeedForward.Inputs(
      x: x, residual: residual, projection: hasProjection ? projection.tensors : nil,
      norm1: norm1.tensors, norm2: norm2.tensors, first: first.tensors, second: second.tensors)
    let isObserved = context.wants(announced)
    let (output, intermediates): (Tensor<Scalar>, FusedFeedForward<Scalar>.Intermediates?)
    if context.isTraining {
      let moments: [BatchMoments]
      (output, moments, intermediates) = FusedFeedForward.training(
        inputs, epsilon: norm1.epsilon, keepsIntermediates: isObserved,
        over: ShardedBatch.exchange)
      norm1.updateRunningStatistics(moments[0])
      norm2.updateRunningStatistics(moments[1])
    } else {
      (output, intermediates) = FusedFeedForward.evaluation(
        inputs, norm1.runningMoments, norm2.runningMoments, epsilon: norm1.epsilon,
        keepsIntermediates: isObserved)
    }
    if let intermediates {
      // The fused operation does not keep the outputs of the two products; they are recomputed for observers.
      if hasProjection { context.announce(activations.projection, projection(x), input) }
      context.announce(activations.batchNorm1, intermediates.middle, input)
      context.announce(activations.hidden, intermediates.hidden, input)
      context.announce(activations.output, second(intermediates.hidden), input)
      context.announce(activations.batchNorm2, output, input)
    }
    return output
  }

  /// Normalizes x. The first normalization adds the residual.
  private func normalize(
    _ x: Tensor<Scalar>, _ residual: Tensor<Scalar>?, _ layerNorm: LayerNormLayer<Scalar>?,
    _ batchNorm: BatchNormLayer<Scalar>?, _ ofLayerNorm: AnnouncedActivation,
    _ ofBatchNorm: AnnouncedActivation, _ input: LayerInput, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    var (x, residual) = (x, residual)
    if let layerNorm {
      (x, residual) = (layerNorm(x, residual: residual), nil)
      context.announce(ofLayerNorm, x, input)
    }
    if let batchNorm {
      (x, residual) = (batchNorm(x, residual: residual, isTraining: context.isTraining), nil)
      context.announce(ofBatchNorm, x, input)
    }
    return residual.map { x + $0 } ?? x
  }

  public var state: [StateEntry<Scalar>] {
    projection.state(in: "O_\(suffix)")
      + (layerNorm1?.state(in: "layer_norm1_\(suffix)") ?? [])
      + (batchNorm1?.state(in: "batch_norm1_\(suffix)") ?? [])
      + first.state(in: "FFN_\(suffix)_layer1") + second.state(in: "FFN_\(suffix)_layer2")
      + (layerNorm2?.state(in: "layer_norm2_\(suffix)") ?? [])
      + (batchNorm2?.state(in: "batch_norm2_\(suffix)") ?? [])
  }
}
