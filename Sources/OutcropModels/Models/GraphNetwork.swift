import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// A model of graphs: embeddings, an architecture's layers, readout.
///
/// Nodes and edges are embedded, positional encodings joined, L layers run; the nodes of each graph are
/// reduced to one vector and a perceptron makes the scores. On blocks of sampled neighbors every layer
/// starts from its own block's embedded edges, and the perceptron reads the output nodes; of a whole graph
/// with labeled nodes it reads those. Parameters have
/// the published names.
public final class GraphNetwork<Scalar: TensorScalar, Architecture: ModelArchitecture>: GraphModel {
  /// The settings.
  public let configuration: Architecture
  /// The embeddings of nodes and edges.
  public let nodeEncoder, edgeEncoder: FeatureEncoder<Scalar>
  /// The layers.
  public let layers: [any GraphLayer<Scalar>]
  /// The perceptron that computes the scores.
  public let readout: MLPReadout<Scalar>
  private let parts: ModelParts<Scalar>
  /// Added to the embedded nodes after dropout.
  private let embeddings: [any PositionalEmbedding<Scalar>]

  /// A model with random parameters; the same seed gives the same parameters.
  public init(_ configuration: Architecture, seed: UInt64) {
    let shared = configuration.shared
    let width = shared.hiddenWidth
    require(
      width % shared.headCount == 0 && shared.outputWidth % shared.headCount == 0,
      "\(Architecture.name): \(shared.headCount) heads do not divide the widths \(width) and "
        + "\(shared.outputWidth)")
    self.configuration = configuration
    var generator = RandomGenerator(seed: seed)
    var embeddings: [any PositionalEmbedding<Scalar>] = []
    for encoding in configuration.positionalEncodings {
      embeddings.append(encoding.makeEmbedding(width: width, using: &generator, Scalar.self))
    }
    self.embeddings = embeddings
    nodeEncoder = FeatureEncoder(
      shared.nodeFeatures, width: width - configuration.encodedWidth,
      listName: "atom_embedding_list", using: &generator)
    edgeEncoder = FeatureEncoder(
      shared.edgeFeatures, width: width, listName: "bond_embedding_list", using: &generator)
    parts = configuration.makeParts(using: &generator, Scalar.self)
    layers = parts.layers
    readout = MLPReadout(
      width: shared.outputWidth, outputs: shared.outputCount, using: &generator)
  }

  public func forward(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar> {
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
    let edgeRows = batch.blocks.isEmpty ? EdgeRows(batch.edges) : nil
    for (index, layer) in layers.enumerated() {
      // On blocks of sampled neighbors every layer starts from its own block's edges.
      let input = LayerInput(
        batch, layer: index, readsEdgeOutput: index + 1 < layers.count && batch.blocks.isEmpty,
        edgeRows: edgeRows)
      if index > 0, !batch.blocks.isEmpty { flow.edges = embedEdges(input.block) }
      flow = layer(flow, input, context)
      flow.distinctNodes = nil
      context.announce(Self.nodeOutput, flow.nodes, input)
      if context.isObserved, layer.announced.contains(Self.edgeOutput) {
        context.announce(Self.edgeOutput, flow.edges.tensor, input)
      }
    }
    var nodes = flow.nodes
    if let positions = parts.positions {
      nodes = positions.join(nodes, flow.positions!, batch)
    }
    if let labeled = batch.labeledNodes {
      nodes = nodes.gathered(rows: RowIndex(labeled, rowCount: batch.nodeCount))
    } else if batch.blocks.isEmpty {
      nodes = configuration.shared.readout(nodes, Segments(offsets: batch.nodeOffsets))
    }
    return readout(nodes)
  }

  private func embedNodes(
    _ batch: GraphBatch, _ context: ForwardContext
  ) -> EncodedFeatures<Scalar> {
    let features = nodeEncoder(batch.nodeTypes, batch.nodeAttributes, count: batch.nodeCount)
    let inputDropout = configuration.shared.inputDropout
    let drops = context.isTraining && inputDropout > 0
    if parts.embeddings.isEmpty, embeddings.isEmpty, !drops { return features }
    var h = features.tensor
    for embedding in parts.embeddings { h = embedding(h, batch, context) }
    h = context.dropout(h, inputDropout)
    for embedding in embeddings { h = embedding(h, batch, context) }
    return .rows(h)
  }

  private func embedEdges(_ block: GraphBatch.Block) -> EncodedFeatures<Scalar> {
    edgeEncoder(block.edgeTypes, block.edgeAttributes, count: block.edges.edgeCount)
  }

  public func problem(with batch: GraphBatch) -> String? { configuration.problem(with: batch) }

  public func problem(preparing graph: Graph) -> String? {
    configuration.problem(preparing: graph)
  }

  public func encode(_ dataset: GraphDataset) throws -> GraphDataset {
    try configuration.prepare(dataset)
  }

  private static var nodeOutput: AnnouncedActivation { AnnouncedActivation(.nodeOutput, .nodes) }
  private static var edgeOutput: AnnouncedActivation { AnnouncedActivation(.edgeOutput, .edges) }

  /// The activations of the layers, and their output nodes.
  public var announced: [AnnouncedActivation] {
    var seen: Set<AnnouncedActivation> = []
    return (layers.flatMap(\.announced) + [Self.nodeOutput]).filter { seen.insert($0).inserted }
  }

  public var outputCount: Int { configuration.shared.outputCount }
  public var name: String { Architecture.name }
  public var configurationFields: [String: JSONValue] { configuration.fields }

  public var trainingHooks: [any TrainingHook] {
    BiasAdaptation(configuration.shared.explicitBiasStrength, layers).map { [$0] } ?? []
  }

  public var state: [StateEntry<Scalar>] {
    embeddings.flatMap { $0.state }
      + nodeEncoder.state(in: "embedding_h") + edgeEncoder.state(in: "embedding_e")
      + parts.embeddings.flatMap { $0.state } + (parts.positions?.state ?? []) + parts.extra
      + layers.enumerated().flatMap { $1.state(in: "layers.\($0)") }
      + readout.state(in: "MLP_layer")
  }
}

extension GraphNetwork: CustomStringConvertible {
  /// One line: `GT: 10 layers of width 64 with 8 heads, 587457 parameters`.
  public var description: String {
    let shared = configuration.shared
    return "\(name): \(layers.count) layers of width \(shared.hiddenWidth) with "
      + "\(shared.headCount) heads, \(parameterCount) parameters"
      + (shared.hasExplicitBias ? ", Explicit Bias Term" : "")
  }
}
