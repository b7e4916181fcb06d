import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// One model family: one paper, one file. A type that conforms describes the model's fields and creates its
/// layers; `GraphNetwork` adds the parts that all models share (embeddings, encodings, readout).
///
/// To write a model, conform to this protocol. Use `GraphNetwork<Float, MyModel>` directly, or register the
/// type with `ModelCatalog.register` to build it by name and load its checkpoints; trainer, studies,
/// verification and reports work with both.
@dynamicMemberLookup
public protocol ModelArchitecture: Sendable, Equatable {
  /// The name in catalogs and checkpoints, such as `SAN`.
  static var name: String { get }
  /// Whether the layers have the Explicit Bias Term if `shared` enables it; false by default.
  static var supportsExplicitBias: Bool { get }
  /// The settings that all models have.
  var shared: ModelConfiguration { get set }
  /// A usual configuration, such as the published one for ZINC.
  init()
  /// The fields in files for this model, in addition to those of `ModelConfiguration`; none by default.
  static var ownFields: [ConfigurationField<Self>] { get }
  /// Throws `InputError` if values of `fields` contradict each other; accepts everything by default.
  func check(_ fields: ConfigurationFields) throws
  /// The layers and all other parts that are specific to the model, with random parameters.
  func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar>
  /// The part of a node vector's width that encodings use; features use the rest.
  var encodedWidth: Int { get }
  /// The encodings that are added to the embedded nodes after dropout, in this order; by default those of
  /// `shared`.
  var positionalEncodings: [any PositionalEncoding] { get }
  /// The preparations of graphs in addition to `positionalEncodings`, in this order; by default full graphs
  /// if `shared` enables them.
  var preparations: [any GraphPreparation] { get }
}

extension ModelArchitecture {
  /// The settings of `shared`, for reading and writing.
  public subscript<Value>(dynamicMember path: WritableKeyPath<ModelConfiguration, Value>) -> Value {
    get { shared[keyPath: path] }
    set { shared[keyPath: path] = newValue }
  }

  /// The values that `shared` computes from its settings.
  public subscript<Value>(dynamicMember path: KeyPath<ModelConfiguration, Value>) -> Value {
    shared[keyPath: path]
  }

  /// The usual configuration with some settings changed.
  ///
  /// - Parameters:
  ///   - layerCount: the number of layers.
  ///   - width: the width of nodes and edges, in all layers and after the last one; a multiple of
  ///     `headCount`.
  ///   - headCount: the number of attention heads.
  ///   - dropout: the probability of dropout.
  ///   - readout: how node vectors are combined to one vector of the graph.
  ///   - hasExplicitBias: whether the model has the Explicit Bias Term and the linear biases that belong to
  ///     it.
  public init(
    layerCount: Int? = nil, width: Int? = nil, headCount: Int? = nil, dropout: Double? = nil,
    readout: Readout? = nil, hasExplicitBias: Bool = false
  ) {
    self.init()
    if let layerCount { shared.layerCount = layerCount }
    if let width { (shared.hiddenWidth, shared.outputWidth) = (width, width) }
    if let headCount { shared.headCount = headCount }
    if let dropout { shared.dropout = dropout }
    if let readout { shared.readout = readout }
    if hasExplicitBias { self = withExplicitBias(true) }
  }

  /// A configuration for `dataset`: features of nodes and edges and the number of scores are those of the
  /// data set, other settings are as in `init(layerCount:width:…)`.
  ///
  /// - Precondition: if vectors of the data set's features are concatenated (see `FeatureKind`), their number
  ///   divides `width`.
  public init(
    for dataset: some ExampleDataset, layerCount: Int? = nil, width: Int? = nil,
    headCount: Int? = nil, dropout: Double? = nil, readout: Readout? = nil,
    hasExplicitBias: Bool = false
  ) {
    self.init(
      layerCount: layerCount, width: width, headCount: headCount, dropout: dropout,
      readout: readout, hasExplicitBias: hasExplicitBias)
    shared.nodeFeatures = FeatureKind(nodesOf: dataset)
    shared.edgeFeatures = FeatureKind(edgesOf: dataset)
    shared.outputCount = dataset.outputCount
  }

  /// Reads published fields; throws `InputError` for unknown, contradictory or invalid ones.
  public init(_ fields: ConfigurationFields) throws {
    var fields = fields
    self.init()
    shared = try ModelConfiguration(&fields)
    if shared.hasExplicitBias, !Self.supportsExplicitBias {
      throw fields.error(
        "explicit_bias", expected: "false: \(Self.name) has no Explicit Bias Term")
    }
    try Self.ownFields.read(&fields, into: &self)
    try check(fields)
    try fields.finish()
    try checkMemory(copies: 1, source: fields.source)
  }

  /// Throws `InputError` if the machine's memory cannot hold `copies` copies of the parameters: one to run
  /// the model, four to train it.
  package func checkMemory(copies: Int, source: String) throws {
    if let problem = MemoryNeeds.problemOfParameters(shared, copies: copies) {
      throw InputError(
        file: source, field: "hidden_dim", found: problem, expected: "a smaller model")
    }
  }

  /// The published fields that describe this configuration.
  public var fields: [String: JSONValue] {
    shared.fields.merging(Self.ownFields.written(self)) { $1 }
  }

  /// What this model would need for the field of that name to have an effect; nil if the field has one, or if
  /// there is no such field.
  package func unmetNeed(of field: String) -> String? {
    let need =
      ModelConfiguration.fields.first { $0.names.contains(field) }?.need
      ?? Self.ownFields.first { $0.names.contains(field) }?.need
    return need.flatMap { $0.isMet(self) ? nil : $0.text }
  }

  /// The fields that files may have for this model, each with its meaning, one per line.
  public static var fieldHelp: String {
    let all =
      ModelConfiguration.fields.map { ($0.name, $0.help) } + ownFields.map { ($0.name, $0.help) }
    return all.filter { $0.1 != "ignored" }.map { "\($0): \($1)" }.joined(separator: "\n")
  }

  /// The configuration with the Explicit Bias Term and the linear biases that belong to it, or without both.
  public func withExplicitBias(_ isOn: Bool) -> Self {
    var result = self
    result.shared.hasExplicitBias = isOn
    result.shared.hasAttentionBias = isOn || shared.hasAttentionBias
    return result
  }

  public static var supportsExplicitBias: Bool { false }

  public static var ownFields: [ConfigurationField<Self>] { [] }

  public func check(_ fields: ConfigurationFields) throws {}

  public var encodedWidth: Int { 0 }

  public var positionalEncodings: [any PositionalEncoding] { shared.positionalEncodings() }

  public var preparations: [any GraphPreparation] { shared.preparations }

  /// The graphs with everything that the model reads. Throws `InputError` for a graph for which it cannot be
  /// computed.
  public func prepare(_ dataset: GraphDataset) throws -> GraphDataset {
    try (positionalEncodings + preparations).reduce(dataset) { try $1.prepare($0) }
  }

  /// The reason why `graph` is too large for `prepare`, or nil.
  public func problem(preparing graph: Graph) -> String? {
    (positionalEncodings + preparations).lazy.compactMap { $0.problem(preparing: graph) }.first
      ?? (shared.isFullGraph
        ? MemoryNeeds.problemOfVectors(
          nodes: graph.nodeCount, edges: graph.nodeCount * graph.nodeCount,
          width: shared.hiddenWidth) : nil)
  }

  /// The reason why a model of this configuration cannot run on `batch`, or nil; see
  /// `GraphModel.problem(with:)`.
  public func problem(with batch: GraphBatch) -> String? {
    problemOfFeatures(with: batch)
      ?? (positionalEncodings + preparations).lazy.compactMap { $0.problem(with: batch) }.first
  }

  /// The same without the encodings, which a batch of unprepared graphs does not have yet.
  package func problemOfFeatures(with batch: GraphBatch) -> String? {
    if batch.graphCount == 0 { return "a batch without graphs" }
    if !batch.blocks.isEmpty, batch.blocks.count != shared.layerCount {
      return "`fan_outs` for \(batch.blocks.count) layers (the model has \(shared.layerCount))"
    }
    if let problem = shared.nodeFeatures.problem("node", batch.nodeTypes, batch.nodeAttributes) {
      return problem
    }
    for layer in 0..<max(1, batch.blocks.count) {
      let block = batch.block(layer)
      if let problem = shared.edgeFeatures.problem("edge", block.edgeTypes, block.edgeAttributes) {
        return problem
      }
    }
    return MemoryNeeds.problemOfVectors(
      nodes: batch.nodeCount, edges: batch.edgeCount, width: shared.hiddenWidth)
  }
}

extension ModelConfiguration {
  /// The encodings of these settings.
  ///
  /// - Parameter laplacianName: the published name of the map of Laplacian eigenvectors.
  public func positionalEncodings(
    laplacianName: String = "embedding_lap_pos_enc"
  ) -> [any PositionalEncoding] {
    var result: [any PositionalEncoding] = []
    if usesLaplacianEncoding {
      result.append(LaplacianEncoding(columns: encodingWidth, layerName: laplacianName))
    }
    if usesWeisfeilerLehmanEncoding {
      result.append(WeisfeilerLehmanEncoding(roleCount: roleCount))
    }
    return result + encodings.list
  }

  /// The other preparations of graphs of these settings.
  public var preparations: [any GraphPreparation] { isFullGraph ? [FullGraphs()] : [] }

  /// The width after layer `index`.
  func width(after index: Int) -> Int { index + 1 == layerCount ? outputWidth : hiddenWidth }
}

/// The parts that an architecture creates.
public struct ModelParts<Scalar: TensorScalar> {
  /// The layers.
  public var layers: [any GraphLayer<Scalar>]
  /// State in addition to that of the layers, with complete names.
  public var extra: [StateEntry<Scalar>] = []
  /// Encodings that are combined with the embedded nodes before dropout, such as one that uses a part of the
  /// width.
  public var embeddings: [any PositionalEmbedding<Scalar>] = []
  /// The beginning and end of the path of the second node vectors, in models whose layers carry some.
  public var positions: (any PositionalPath<Scalar>)?

  /// A model with only these layers.
  public init(layers: [any GraphLayer<Scalar>]) { self.layers = layers }
}

/// The beginning and end of a path of second node vectors, which layers carry beside the node vectors
/// (`LayerFlow.positions`), such as the positions of LSPE.
public protocol PositionalPath<Scalar>: Module {
  /// The vectors before the first layer, [nodes, D].
  func embed(_ batch: GraphBatch) -> Tensor<Scalar>
  /// The node vectors `h` and the second vectors `p` after the last layer, combined to node vectors.
  func join(_ h: Tensor<Scalar>, _ p: Tensor<Scalar>, _ batch: GraphBatch) -> Tensor<Scalar>
}

/// The vectors that each layer passes to the next.
public struct LayerFlow<Scalar: TensorScalar> {
  /// The node vectors, [nodes, D].
  public var nodes: Tensor<Scalar>
  /// The nodes as their distinct rows, before the first layer and if many nodes share rows.
  var distinctNodes: EncodedFeatures<Scalar>?
  /// The features of the next layer's edges, in destination order.
  public var edges: EncodedFeatures<Scalar>
  /// The second node vectors of models with a `PositionalPath`, [nodes, D].
  public var positions: Tensor<Scalar>?

  /// The vectors that a layer receives or returns.
  public init(
    nodes: Tensor<Scalar>, edges: EncodedFeatures<Scalar>, positions: Tensor<Scalar>? = nil
  ) {
    (self.nodes, self.edges, self.positions) = (nodes, edges, positions)
  }

  /// `nodes` in a form for maps that treat every row alike.
  var encodedNodes: EncodedFeatures<Scalar> { distinctNodes ?? .rows(nodes) }
}

/// The batch and the edges of one layer.
public struct LayerInput: Sendable {
  /// The batch.
  public let batch: GraphBatch
  /// The layer's number, from 0.
  public let layer: Int
  /// The layer's edges: its block of sampled neighbors, or all edges.
  public let block: GraphBatch.Block
  /// The rows of the edges' nodes.
  public let edgeRows: EdgeRows
  /// Whether a layer after this one reads its edge vectors.
  public let readsEdgeOutput: Bool

  /// The input of one layer.
  ///
  /// - Parameters:
  ///   - batch: the batch of graphs.
  ///   - layer: the layer's number, from 0.
  ///   - readsEdgeOutput: whether a layer after this one reads its edge vectors.
  ///   - edgeRows: the rows of the same edges, if another layer already has them.
  public init(
    _ batch: GraphBatch, layer: Int, readsEdgeOutput: Bool = true, edgeRows: EdgeRows? = nil
  ) {
    (self.batch, self.layer, block) = (batch, layer, batch.block(layer))
    self.readsEdgeOutput = readsEdgeOutput
    self.edgeRows = edgeRows ?? EdgeRows(block.edges)
  }

  /// The layer's edges, grouped by destination.
  public var edges: EdgeIndex { block.edges }

  /// The rows of the layer's output nodes: the first ones of a block's sources.
  public func destinations<Scalar>(of nodes: Tensor<Scalar>) -> Tensor<Scalar> {
    nodes.shape[0] == edges.destinationCount
      ? nodes : nodes.sliced(axis: 0, 0..<edges.destinationCount)
  }
}

/// A layer of a graph model.
public protocol GraphLayer<Scalar>: Module {
  /// Computes the flow after the layer, whose nodes are the layer's output nodes.
  func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar>
  /// All activations that the layer announces to the context, and `edgeOutput` if it changes edge vectors,
  /// which the network announces. By default the edge and node activations of attention.
  var announced: [AnnouncedActivation] { get }
  /// The Explicit Bias Terms of the layer's attentions; none by default.
  var explicitBiases: [ExplicitBias<Scalar>] { get }
}

extension GraphLayer {
  public var announced: [AnnouncedActivation] { AnnouncedActivation.attention }

  public var explicitBiases: [ExplicitBias<Scalar>] { [] }
}
