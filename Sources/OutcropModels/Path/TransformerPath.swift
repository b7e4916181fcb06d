import OutcropCore
import OutcropNN
import OutcropTensor

/// What follows attention on one path: projection, residual and normalization, feed-forward network,
/// residual and normalization. One for nodes (suffix `h`) and, in GT, one for edges (`e`).
final class TransformerPath<Scalar: TensorScalar>: Module {
  let projection, first, second: LinearLayer<Scalar>
  let layerNorm1, layerNorm2: LayerNormLayer<Scalar>?
  let batchNorm1, batchNorm2: BatchNormLayer<Scalar>?
  private let suffix: String
  private let hasProjection: Bool
  private let hasResidual: Bool
  private let dropout: Double

  init(
    suffix: String, width: Int, _ shape: ModelShape, hasResidual: Bool,
    using generator: inout RandomGenerator
  ) {
    self.suffix = suffix
    self.hasResidual = hasResidual
    hasProjection = shape.hasOutputProjection
    dropout = shape.dropout
    projection = LinearLayer(in: width, out: width, using: &generator)
    first = LinearLayer(in: width, out: 2 * width, using: &generator)
    second = LinearLayer(in: 2 * width, out: width, using: &generator)
    layerNorm1 = shape.usesLayerNorm ? LayerNormLayer(width: width) : nil
    layerNorm2 = shape.usesLayerNorm ? LayerNormLayer(width: width) : nil
    batchNorm1 = shape.usesBatchNorm ? BatchNormLayer(width: width) : nil
    batchNorm2 = shape.usesBatchNorm ? BatchNormLayer(width: width) : nil
  }

  /// `x` is the attention's result, `input` what the layer got.
  func callAsFunction(
    _ x: Tensor<Scalar>, input: Tensor<Scalar>, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    if let output = fused(x, hasResidual ? input : nil, context) { return output }
    var x = context.dropout(x, dropout)
    if hasProjection { x = projection(x) }
    let middle = normalize(x, hasResidual ? input : nil, layerNorm1, batchNorm1, context)
    let hidden = context.dropout(first(middle, activation: .relu), dropout)
    return normalize(second(hidden), hasResidual ? middle : nil, layerNorm2, batchNorm2, context)
  }

  /// The same as one operation, where that is possible: with batch normalization alone and without
  /// dropout. Who looks at single modules sees them, and changes no result.
  private func fused(
    _ x: Tensor<Scalar>, _ input: Tensor<Scalar>?, _ context: ForwardContext
  ) -> Tensor<Scalar>? {
    guard let norm1 = batchNorm1, let norm2 = batchNorm2, layerNorm1 == nil,
      x.shape[0] > 0, FusedPath<Scalar>.fits(width: x.shape[1]),
      !(context.isTraining && dropout > 0), context.isTraining || !Recording.isEnabled
    else { return nil }
    let inputs = FusedPath.Inputs(
      x: x, input: input, projection: hasProjection ? projection.tensors : nil,
      norm1: norm1.tensors, norm2: norm2.tensors, first: first.tensors, second: second.tensors)
    let isWatched = ModuleObservation.current != nil
    let (output, steps): (Tensor<Scalar>, FusedPath<Scalar>.Steps?)
    if context.isTraining {
      let moments: [BatchMoments]
      (output, moments, steps) = FusedPath.training(
        inputs, epsilon: norm1.epsilon, keepsSteps: isWatched)
      norm1.follow(moments[0])
      norm2.follow(moments[1])
    } else {
      (output, steps) = FusedPath.evaluation(
        inputs, norm1.runningMoments, norm2.runningMoments, epsilon: norm1.epsilon,
        keepsSteps: isWatched)
    }
    if let steps {
      withoutGradients {
        if hasProjection { _ = projection(x) }
        ModuleObservation.announce(norm1.weight, steps.middle)
        ModuleObservation.announce(first.weight, steps.hidden)
        _ = second(steps.hidden)
        ModuleObservation.announce(norm2.weight, output)
      }
    }
    return output
  }

  /// The residual joins whichever normalization comes first.
  private func normalize(
    _ x: Tensor<Scalar>, _ residual: Tensor<Scalar>?, _ layerNorm: LayerNormLayer<Scalar>?,
    _ batchNorm: BatchNormLayer<Scalar>?, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    switch (layerNorm, batchNorm) {
    case (let layer?, let batch?):
      batch(layer(x, residual: residual), isTraining: context.isTraining)
    case (let layer?, nil): layer(x, residual: residual)
    case (nil, let batch?): batch(x, residual: residual, isTraining: context.isTraining)
    case (nil, nil): residual.map { x + $0 } ?? x
    }
  }

  var state: [StateEntry<Scalar>] {
    projection.state(in: "O_\(suffix)")
      + (layerNorm1?.state(in: "layer_norm1_\(suffix)") ?? [])
      + (batchNorm1?.state(in: "batch_norm1_\(suffix)") ?? [])
      + first.state(in: "FFN_\(suffix)_layer1") + second.state(in: "FFN_\(suffix)_layer2")
      + (layerNorm2?.state(in: "layer_norm2_\(suffix)") ?? [])
      + (batchNorm2?.state(in: "batch_norm2_\(suffix)") ?? [])
  }
}
