import OutcropBLAS
import OutcropGraph
import OutcropTensor

/// The GraphTransformer with edge features (Dwivedi & Bresson 2021), with the Explicit Bias Term of
/// arXiv 2409.03463 as an option. Parameters have the published names.
///
/// Nodes and edges are embedded by type; L layers update both; the nodes of each graph are reduced to
/// one vector and a perceptron makes the scores. The last layer's edge path gets no gradient, but it
/// runs and its statistics move, as in the published model.
public final class GraphTransformer<Scalar: TensorScalar>: GraphModel {
  public let configuration: GraphTransformerConfiguration
  public let nodeEmbedding: EmbeddingLayer<Scalar>
  public let layers: [GraphTransformerLayer<Scalar>]
  public let readout: MLPReadout<Scalar>
  private let edgeEmbedding: EmbeddingLayer<Scalar>?
  /// Without edge features every edge is the number 1, mapped linearly.
  private let constantEdge: LinearLayer<Scalar>?
  private let laplacian: LinearLayer<Scalar>?
  private let roles: EmbeddingLayer<Scalar>?

  /// A model with random parameters; the same seed gives the same ones.
  public init(_ configuration: GraphTransformerConfiguration, seed: UInt64) {
    let width = configuration.hiddenWidth
    require(
      width % configuration.headCount == 0
        && configuration.outputWidth % configuration.headCount == 0,
      "GraphTransformer: \(configuration.headCount) heads do not divide the widths \(width) and "
        + "\(configuration.outputWidth)")
    self.configuration = configuration
    var generator = RandomGenerator(seed: seed)
    laplacian =
      configuration.usesLaplacianEncoding
      ? LinearLayer(in: configuration.encodingWidth, out: width, using: &generator) : nil
    roles =
      configuration.usesWeisfeilerLehmanEncoding
      ? EmbeddingLayer(count: configuration.roleCount, width: width, using: &generator) : nil
    nodeEmbedding = EmbeddingLayer(
      count: configuration.nodeTypeCount, width: width, using: &generator)
    edgeEmbedding =
      configuration.usesEdgeFeatures
      ? EmbeddingLayer(count: configuration.edgeTypeCount, width: width, using: &generator) : nil
    constantEdge =
      configuration.usesEdgeFeatures ? nil : LinearLayer(in: 1, out: width, using: &generator)
    var layers: [GraphTransformerLayer<Scalar>] = []
    for index in 0..<configuration.layerCount {
      let isLast = index + 1 == configuration.layerCount
      layers.append(
        GraphTransformerLayer(
          in: width, out: isLast ? configuration.outputWidth : width, configuration,
          using: &generator))
    }
    self.layers = layers
    readout = MLPReadout(
      width: configuration.outputWidth, outputs: configuration.outputCount, using: &generator)
  }

  public func callAsFunction(
    _ batch: GraphBatch, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    var h = embedNodes(batch, context)
    var e = embedEdges(batch)
    for (index, layer) in layers.enumerated() {
      (h, e) = layer(h, e, batch, layer: index, context)
    }
    return readout(configuration.readout(h, Segments(offsets: batch.nodeOffsets)))
  }

  private func embedNodes(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar> {
    require(
      batch.nodeTypes?.columns == 1 || batch.nodeCount == 0,
      "GraphTransformer: a batch without one node type a node")
    var h = context.dropout(
      nodeEmbedding(batch.nodeTypes?.values ?? []), configuration.inputDropout)
    if let laplacian {
      require(
        batch.laplacianEncoding?.columns == configuration.encodingWidth,
        "GraphTransformer: a batch with \(batch.laplacianEncoding?.columns ?? 0) Laplacian "
          + "eigenvectors; expected \(configuration.encodingWidth)")
      h = h + laplacian(flippingSigns(batch.laplacianEncoding!, context))
    }
    if let roles {
      require(
        batch.weisfeilerLehmanRoles != nil, "GraphTransformer: a batch without WL roles")
      h = h + roles(batch.weisfeilerLehmanRoles!)
    }
    return h
  }

  /// An eigenvector's sign is arbitrary: training flips each column at random, once a batch.
  private func flippingSigns(
    _ encoding: RealFeatures, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    let rows = encoding.columns == 0 ? 0 : encoding.values.count / encoding.columns
    let x = Tensor<Scalar>(encoding.values.map { Scalar($0) }, shape: [rows, encoding.columns])
    guard context.isTraining, context.flipsEncodingSigns else { return x }
    let signs = (0..<encoding.columns).map { _ in
      context.generator.unit() < 0.5 ? Scalar(-1) : Scalar(1)
    }
    return x * Tensor(signs)
  }

  private func embedEdges(_ batch: GraphBatch) -> Tensor<Scalar> {
    if let constantEdge { return constantEdge(.ones([batch.edgeCount, 1])) }
    require(
      batch.edgeTypes?.columns == 1 || batch.edgeCount == 0,
      "GraphTransformer: a batch without one edge type an edge")
    return edgeEmbedding!(batch.edgeTypes?.values ?? [])
  }

  public var name: String { "GT" }
  public var configurationFields: [String: JSONValue] { configuration.fields }

  public var state: [StateEntry<Scalar>] {
    (laplacian?.state(in: "embedding_lap_pos_enc") ?? [])
      + (roles?.state(in: "embedding_wl_pos_enc") ?? [])
      + nodeEmbedding.state(in: "embedding_h")
      + (edgeEmbedding?.state(in: "embedding_e") ?? [])
      + (constantEdge?.state(in: "embedding_e") ?? [])
      + layers.enumerated().flatMap { $1.state(in: "layers.\($0)") }
      + readout.state(in: "MLP_layer")
  }
}
