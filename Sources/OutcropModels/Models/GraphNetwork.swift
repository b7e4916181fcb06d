import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// A model of graphs: embeddings, an architecture's layers, readout.
///
/// Nodes and edges are embedded, positional encodings joined, L layers run; the nodes of each graph are
/// reduced to one vector and a perceptron makes the scores. On blocks of sampled neighbors every layer
/// starts from its own block's embedded edges, and the perceptron reads the output nodes. Parameters have
/// the published names.
public final class GraphNetwork<Scalar: TensorScalar, Architecture: ModelArchitecture>: GraphModel {
  public let configuration: Architecture
  public let nodeEncoder, edgeEncoder: FeatureEncoder<Scalar>
  public let layers: [any GraphLayer<Scalar>]
  public let readout: MLPReadout<Scalar>
  private let parts: ModelParts<Scalar>
  private let laplacian: LinearLayer<Scalar>?
  private let roles: EmbeddingLayer<Scalar>?

  /// A model with random parameters; the same seed gives the same ones.
  public init(_ configuration: Architecture, seed: UInt64) {
    let shape = configuration.shape
    let width = shape.hiddenWidth
    require(
      width % shape.headCount == 0 && shape.outputWidth % shape.headCount == 0,
      "\(Architecture.name): \(shape.headCount) heads do not divide the widths \(width) and "
        + "\(shape.outputWidth)")
    self.configuration = configuration
    var generator = RandomGenerator(seed: seed)
    laplacian =
      shape.usesLaplacianEncoding
      ? LinearLayer(in: shape.encodingWidth, out: width, using: &generator) : nil
    roles =
      shape.usesWeisfeilerLehmanEncoding
      ? EmbeddingLayer(count: shape.roleCount, width: width, using: &generator) : nil
    nodeEncoder = FeatureEncoder(
      shape.nodeFeatures, width: width - configuration.encodedWidth,
      listName: "atom_embedding_list", using: &generator)
    edgeEncoder = FeatureEncoder(
      shape.edgeFeatures, width: width, listName: "bond_embedding_list", using: &generator)
    parts = configuration.makeParts(using: &generator, Scalar.self)
    layers = parts.layers
    readout = MLPReadout(
      width: shape.outputWidth, outputs: shape.outputCount, using: &generator)
  }

  public func callAsFunction(
    _ batch: GraphBatch, _ context: ForwardContext
  ) -> Tensor<Scalar> {
    let embedded = embedNodes(batch, context)
    var flow = LayerFlow(
      nodes: embedded.tensor, edges: embedEdges(batch.block(0)),
      positions: parts.positions?.embed(batch))
    if case .table(let table, _) = embedded, 2 * table.shape[0] < batch.nodeCount {
      flow.distinctNodes = embedded
    }
    if let noise = context.embeddingNoise as? EmbeddingNoise<Scalar> {
      flow.distinctNodes = nil
      flow.nodes = flow.nodes + noise.nodes
      flow.edges = .rows(flow.edges.tensor + noise.edges)
    }
    for (index, layer) in layers.enumerated() {
      // On blocks of sampled neighbors every layer starts from its own block's edges.
      let input = LayerInput(
        batch, layer: index, readsEdgeOutput: index + 1 < layers.count && batch.blocks.isEmpty)
      if index > 0, !batch.blocks.isEmpty { flow.edges = embedEdges(input.block) }
      flow = layer(flow, input, context)
      flow.distinctNodes = nil
      context.announce(.nodeOutput, layer: index, flow.nodes, in: batch)
      if case .rows(let edges) = flow.edges {
        context.announce(.edgeOutput, layer: index, edges, in: batch)
      }
    }
    var nodes = flow.nodes
    if let positions = parts.positions {
      nodes = positions.join(nodes, flow.positions!, batch)
    }
    if batch.blocks.isEmpty {
      nodes = configuration.shape.readout(nodes, Segments(offsets: batch.nodeOffsets))
    }
    return readout(nodes)
  }

  private func embedNodes(
    _ batch: GraphBatch, _ context: ForwardContext
  ) -> EncodedFeatures<Scalar> {
    let shape = configuration.shape
    let features = nodeEncoder(batch.nodeTypes, batch.nodeAttributes, count: batch.nodeCount)
    let drops = context.isTraining && shape.inputDropout > 0
    if parts.learnedEncoding == nil, laplacian == nil, roles == nil, !drops { return features }
    var h = features.tensor
    if let learned = parts.learnedEncoding {
      h = Tensor.concatenate([h, learned(batch, context)], axis: 1)
    }
    h = context.dropout(h, shape.inputDropout)
    if let laplacian {
      require(
        batch.laplacianEncoding?.columns == shape.encodingWidth,
        "\(Architecture.name): a batch with \(batch.laplacianEncoding?.columns ?? 0) Laplacian "
          + "eigenvectors; expected \(shape.encodingWidth)")
      h = h + laplacian(context.flippingSigns(batch.laplacianEncoding!, Scalar.self))
    }
    if let roles {
      require(
        batch.weisfeilerLehmanRoles != nil, "\(Architecture.name): a batch without WL roles")
      h = h + roles(batch.weisfeilerLehmanRoles!)
    }
    return .rows(h)
  }

  private func embedEdges(_ block: GraphBatch.Block) -> EncodedFeatures<Scalar> {
    edgeEncoder(block.edgeTypes, block.edgeAttributes, count: block.edges.edgeCount)
  }

  public func problem(with batch: GraphBatch) -> String? {
    let shape = configuration.shape
    if batch.graphCount == 0 { return "a batch without graphs" }
    if !batch.blocks.isEmpty, batch.blocks.count != layers.count {
      return "\(batch.blocks.count) blocks where the model has \(layers.count) layers"
    }
    if let problem = shape.nodeFeatures.problem("node", batch.nodeTypes, batch.nodeAttributes) {
      return problem
    }
    for layer in 0..<max(1, batch.blocks.count) {
      let block = batch.block(layer)
      if let problem = shape.edgeFeatures.problem("edge", block.edgeTypes, block.edgeAttributes) {
        return problem
      }
    }
    let eigenvectors = batch.laplacianEncoding?.columns ?? 0
    if shape.usesLaplacianEncoding, eigenvectors != shape.encodingWidth {
      return "\(eigenvectors) Laplacian eigenvectors where the model takes \(shape.encodingWidth)"
    }
    if shape.usesWeisfeilerLehmanEncoding {
      guard let roles = batch.weisfeilerLehmanRoles else { return "no Weisfeiler-Lehman roles" }
      if let role = roles.first(where: { !(0..<shape.roleCount).contains(Int($0)) }) {
        return "Weisfeiler-Lehman role \(role) where the model knows 0 ... \(shape.roleCount - 1)"
      }
    }
    let hasEdges = batch.edgeCount > 0 || !batch.blocks.isEmpty
    if shape.isFullGraph, batch.addedEdges == nil, hasEdges {
      return "graphs as they are where the model takes full graphs"
    }
    return configuration.problem(with: batch)
  }

  public func encode(_ dataset: GraphDataset) -> GraphDataset { configuration.encode(dataset) }

  public var outputCount: Int { configuration.shape.outputCount }
  public var name: String { Architecture.name }
  public var configurationFields: [String: JSONValue] { configuration.fields }

  public var trainingHooks: [any TrainingHook] {
    BiasAdaptation(configuration.shape.explicitBiasStrength, layers).map { [$0] } ?? []
  }

  public var state: [StateEntry<Scalar>] {
    (laplacian?.state(in: parts.laplacianName) ?? [])
      + (roles?.state(in: "embedding_wl_pos_enc") ?? [])
      + nodeEncoder.state(in: "embedding_h") + edgeEncoder.state(in: "embedding_e")
      + (parts.learnedEncoding?.state ?? []) + (parts.positions?.state ?? []) + parts.extra
      + layers.enumerated().flatMap { $1.state(in: "layers.\($0)") }
      + readout.state(in: "MLP_layer")
  }
}

extension ForwardContext {
  /// An eigenvector's sign is arbitrary: training flips each column at random, once a batch.
  func flippingSigns<Scalar: TensorScalar>(
    _ encoding: RealFeatures, _: Scalar.Type
  ) -> Tensor<Scalar> {
    let rows = encoding.columns == 0 ? 0 : encoding.values.count / encoding.columns
    let x = Tensor<Scalar>(encoding.values.map { Scalar($0) }, shape: [rows, encoding.columns])
    guard isTraining, flipsEncodingSigns else { return x }
    return x * Tensor(randomSigns(encoding.columns))
  }

  /// −1 or 1, drawn `count` times.
  func randomSigns<Scalar: TensorScalar>(_ count: Int) -> [Scalar] {
    (0..<count).map { _ in generator.unit() < 0.5 ? -1 : 1 }
  }
}
