import OutcropGraph
import OutcropTensor

/// The projections and the Explicit Bias Term of one edge-featured attention.
///
/// Published as `attention`: Q, K, V and the edge projection, whose name differs between models.
public final class EdgeAttentionLayer<Scalar: TensorScalar>: Module {
  public let query, key, value, edge: LinearLayer<Scalar>
  public let bias: ExplicitBias<Scalar>?
  public let heads: Int
  private let edgeName: String

  public init(
    in inputs: Int, out width: Int, heads: Int, hasBias: Bool, hasExplicitBias: Bool,
    edgeName: String = "proj_e", using generator: inout RandomGenerator
  ) {
    func linear(_ generator: inout RandomGenerator) -> LinearLayer<Scalar> {
      LinearLayer(in: inputs, out: width, hasBias: hasBias, using: &generator)
    }
    query = linear(&generator)
    key = linear(&generator)
    value = linear(&generator)
    edge = linear(&generator)
    bias =
      hasExplicitBias
      ? ExplicitBias(heads: heads, depth: width / heads, using: &generator) : nil
    self.heads = heads
    self.edgeName = edgeName
  }

  /// Node features h [N, in] and edge features e [E, in] to the recorded activations.
  public func callAsFunction(
    _ h: Tensor<Scalar>, _ e: Tensor<Scalar>, _ edges: EdgeIndex, recordsScores: Bool
  ) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>?) {
    // One product makes Q, K and V: the nodes are read once.
    let parts = [query, key, value]
    let weight = Tensor.concatenate(parts.map(\.weight.value))
    let bias = query.bias == nil ? nil : Tensor.concatenate(parts.map { $0.bias!.value })
    return edgeAttention(
      .packed(h.linear(weight: weight, bias: bias)), edgeProjection: edge(e), edges: edges,
      heads: heads, bias: self.bias?.tensors, recordsScores: recordsScores)
  }

  public var state: [StateEntry<Scalar>] {
    query.state(in: "Q") + key.state(in: "K") + value.state(in: "V") + edge.state(in: edgeName)
      + (bias?.state ?? [])
  }
}

/// What follows attention on one path: projection, residual and normalisation, feed-forward network,
/// residual and normalisation. GT has one for nodes (suffix `h`) and one for edges (`e`).
final class TransformerPath<Scalar: TensorScalar>: Module {
  let projection, first, second: LinearLayer<Scalar>
  let layerNorm1, layerNorm2: LayerNormLayer<Scalar>?
  let batchNorm1, batchNorm2: BatchNormLayer<Scalar>?
  private let suffix: String
  private let hasProjection: Bool
  private let hasResidual: Bool
  private let dropout: Double

  init(
    suffix: String, width: Int, _ configuration: GraphTransformerConfiguration, hasResidual: Bool,
    using generator: inout RandomGenerator
  ) {
    self.suffix = suffix
    self.hasResidual = hasResidual
    hasProjection = configuration.hasOutputProjection
    dropout = configuration.dropout
    projection = LinearLayer(in: width, out: width, using: &generator)
    first = LinearLayer(in: width, out: 2 * width, using: &generator)
    second = LinearLayer(in: 2 * width, out: width, using: &generator)
    layerNorm1 = configuration.usesLayerNorm ? LayerNormLayer(width: width) : nil
    layerNorm2 = configuration.usesLayerNorm ? LayerNormLayer(width: width) : nil
    batchNorm1 = configuration.usesBatchNorm ? BatchNormLayer(width: width) : nil
    batchNorm2 = configuration.usesBatchNorm ? BatchNormLayer(width: width) : nil
  }

  /// `x` is the attention's result, `input` what the layer got.
  func callAsFunction(
    _ x: Tensor<Scalar>, input: Tensor<Scalar>, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    var x = context.dropout(x, dropout)
    if hasProjection { x = projection(x) }
    let middle = normalize(x, hasResidual ? input : nil, layerNorm1, batchNorm1, context)
    let hidden = context.dropout(first(middle, activation: .relu), dropout)
    return normalize(second(hidden), hasResidual ? middle : nil, layerNorm2, batchNorm2, context)
  }

  /// The residual joins whichever normalisation comes first.
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

/// One layer of a GraphTransformer with edge features.
public final class GraphTransformerLayer<Scalar: TensorScalar>: Module {
  public let attention: EdgeAttentionLayer<Scalar>
  let nodePath, edgePath: TransformerPath<Scalar>

  init(
    in inputs: Int, out width: Int, _ configuration: GraphTransformerConfiguration,
    using generator: inout RandomGenerator
  ) {
    attention = EdgeAttentionLayer(
      in: inputs, out: width, heads: configuration.headCount,
      hasBias: configuration.hasAttentionBias, hasExplicitBias: configuration.hasExplicitBias,
      using: &generator)
    let hasResidual = configuration.hasResidual && inputs == width
    nodePath = TransformerPath(
      suffix: "h", width: width, configuration, hasResidual: hasResidual, using: &generator)
    edgePath = TransformerPath(
      suffix: "e", width: width, configuration, hasResidual: hasResidual, using: &generator)
  }

  func callAsFunction(
    _ h: Tensor<Scalar>, _ e: Tensor<Scalar>, _ batch: GraphBatch, layer: Int,
    _ context: ForwardContext
  ) -> (h: Tensor<Scalar>, e: Tensor<Scalar>) {
    let (output, scores) = attention(h, e, batch.edges, recordsScores: true)
    context.announce(.edge, layer: layer, scores!, in: batch)
    context.announce(.node, layer: layer, output, in: batch)
    return (nodePath(output, input: h, context), edgePath(scores!, input: e, context))
  }

  public var state: [StateEntry<Scalar>] {
    attention.state(in: "attention") + nodePath.state + edgePath.state
  }
}
