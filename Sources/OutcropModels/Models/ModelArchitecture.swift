import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// One model family: one paper, one file. A type that conforms describes the model's fields and makes its
/// layers; `GraphNetwork` adds what all models share (embeddings, encodings, readout).
///
/// This is the way to write a model. Use `GraphNetwork<Float, MyModel>` directly, or register the type
/// with `ModelCatalog.register` to build it by name and load its checkpoints; trainer, studies,
/// verification and reports work with both.
@dynamicMemberLookup
public protocol ModelArchitecture: Sendable, Equatable {
  /// The name in catalogs and checkpoints, such as `SAN`.
  static var name: String { get }
  /// Whether the layers have the Explicit Bias Term where `shared` asks for it; false unless stated.
  static var supportsExplicitBias: Bool { get }
  /// The settings that all models have.
  var shared: ModelConfiguration { get set }
  /// A usual configuration, such as the published one for ZINC.
  init()
  /// The fields that files have for this model besides those of `ModelConfiguration`; none unless the
  /// model says otherwise.
  static var ownFields: [ConfigurationField<Self>] { get }
  /// Throws `InputError` where what `fields` say contradicts itself; accepts everything unless the model
  /// says otherwise.
  func check(_ fields: ConfigurationFields) throws
  /// The layers and whatever else the model has of its own, with random parameters.
  func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar>
  /// The width of a node's vector that encodings take, so that features get the rest.
  var encodedWidth: Int { get }
  /// The encodings that are added to the embedded nodes after dropout, in this order; those of `shared`
  /// unless the model says otherwise.
  var positionalEncodings: [any PositionalEncoding] { get }
  /// What graphs must carry besides features and `positionalEncodings`, in the order in which it is
  /// added; full graphs where `shared` asks for them unless the model says otherwise.
  var preparations: [any GraphPreparation] { get }
}

extension ModelArchitecture {
  /// The settings of `shared`, for reading and writing.
  public subscript<Value>(dynamicMember path: WritableKeyPath<ModelConfiguration, Value>) -> Value {
    get { shared[keyPath: path] }
    set { shared[keyPath: path] = newValue }
  }

  public subscript<Value>(dynamicMember path: KeyPath<ModelConfiguration, Value>) -> Value {
    shared[keyPath: path]
  }

  /// The usual configuration with some settings changed.
  ///
  /// - Parameters:
  ///   - layerCount: the number of layers.
  ///   - width: of nodes and edges, in the layers and after the last one; a multiple of `headCount`.
  ///   - headCount: the number of attention heads.
  ///   - dropout: the probability of dropout.
  ///   - readout: how node vectors are combined to one vector of the graph.
  ///   - hasExplicitBias: the Explicit Bias Term and the linear biases that go with it.
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

  /// A configuration for `dataset`: features of nodes and edges and the number of scores are the data
  /// set's, other settings as in `init(layerCount:width:…)`.
  ///
  /// - Precondition: where the data set's features stand side by side (see `FeatureKind`), their number
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

  /// Reads published fields; throws `InputError` for unknown, contradictory or impossible ones.
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

  /// Throws `InputError` when the machine cannot hold the parameters `copies` times: once to run the model,
  /// four times to train it.
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

  /// The fields that files may have for this model, each with what it says, one a line.
  public static var fieldHelp: String {
    let all =
      ModelConfiguration.fields.map { ($0.name, $0.help) } + ownFields.map { ($0.name, $0.help) }
    return all.filter { $0.1 != "ignored" }.map { "\($0): \($1)" }.joined(separator: "\n")
  }

  /// With the Explicit Bias Term and the linear biases that go with it, or without both.
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

  /// The graphs with everything that the model reads.
  public func prepare(_ dataset: GraphDataset) -> GraphDataset {
    (positionalEncodings + preparations).reduce(dataset) { $1.prepare($0) }
  }

  /// What makes `graph` too large for `prepare`, or nil.
  public func problem(preparing graph: Graph) -> String? {
    (positionalEncodings + preparations).lazy.compactMap { $0.problem(preparing: graph) }.first
  }

  /// What keeps a model of this configuration from running on `batch`, or nil; see
  /// `GraphModel.problem(with:)`.
  public func problem(with batch: GraphBatch) -> String? {
    problemOfFeatures(with: batch)
      ?? (positionalEncodings + preparations).lazy.compactMap { $0.problem(with: batch) }.first
  }

  /// The same without the encodings, which a batch of graphs as they were read does not have yet.
  package func problemOfFeatures(with batch: GraphBatch) -> String? {
    if batch.graphCount == 0 { return "a batch without graphs" }
    if !batch.blocks.isEmpty, batch.blocks.count != shared.layerCount {
      return "\(batch.blocks.count) blocks where the model has \(shared.layerCount) layers"
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
  /// The encodings that these settings ask for.
  ///
  /// - Parameter laplacianName: what the published model calls the map of Laplacian eigenvectors.
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

  /// What else these settings ask of graphs.
  public var preparations: [any GraphPreparation] { isFullGraph ? [FullGraphs()] : [] }

  /// The width after layer `index`.
  func width(after index: Int) -> Int { index + 1 == layerCount ? outputWidth : hiddenWidth }
}

/// What an architecture makes.
public struct ModelParts<Scalar: TensorScalar> {
  public var layers: [any GraphLayer<Scalar>]
  /// State besides the layers', under names of its own.
  public var extra: [StateEntry<Scalar>] = []
  /// Encodings that join the embedded nodes before dropout, such as one that takes a part of the width.
  public var embeddings: [any PositionalEmbedding<Scalar>] = []
  /// Where the positional path of LSPE variants begins and ends.
  public var positions: PositionalReadout<Scalar>?

  public init(layers: [any GraphLayer<Scalar>]) { self.layers = layers }
}

/// What flows from layer to layer.
public struct LayerFlow<Scalar: TensorScalar> {
  /// [nodes, D]
  public var nodes: Tensor<Scalar>
  /// The nodes as their distinct rows, before the first layer and where many nodes share one.
  var distinctNodes: EncodedFeatures<Scalar>?
  /// The features of the edges that the next layer works on, in destination order.
  public var edges: EncodedFeatures<Scalar>
  /// [nodes, D] of the positional path, in LSPE variants.
  public var positions: Tensor<Scalar>?

  public init(
    nodes: Tensor<Scalar>, edges: EncodedFeatures<Scalar>, positions: Tensor<Scalar>? = nil
  ) {
    (self.nodes, self.edges, self.positions) = (nodes, edges, positions)
  }

  /// `nodes`, for maps that treat every row alike.
  var encodedNodes: EncodedFeatures<Scalar> { distinctNodes ?? .rows(nodes) }
}

/// What one layer works on.
public struct LayerInput: Sendable {
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
  ///   - edgeRows: the rows of the same edges, where another layer has them already.
  public init(
    _ batch: GraphBatch, layer: Int, readsEdgeOutput: Bool = true, edgeRows: EdgeRows? = nil
  ) {
    (self.batch, self.layer, block) = (batch, layer, batch.block(layer))
    self.readsEdgeOutput = readsEdgeOutput
    self.edgeRows = edgeRows ?? EdgeRows(block.edges)
  }

  public var edges: EdgeIndex { block.edges }

  /// The rows of the layer's output nodes: the first ones of a block's sources.
  public func destinations<Scalar>(of nodes: Tensor<Scalar>) -> Tensor<Scalar> {
    nodes.shape[0] == edges.destinationCount
      ? nodes : nodes.sliced(axis: 0, 0..<edges.destinationCount)
  }
}

/// A layer of a graph model.
public protocol GraphLayer<Scalar>: Module {
  /// From the flow before the layer to the one after it: nodes become the layer's output nodes.
  func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar>
  /// Everything that the layer announces to the context, and `edgeOutput` where it changes edge vectors,
  /// which the network announces. By default the edges' and nodes' activations of attention.
  var announced: [AnnouncedActivation] { get }
  /// The Explicit Bias Terms of the layer's attentions; none by default.
  var explicitBiases: [ExplicitBias<Scalar>] { get }
}

extension GraphLayer {
  public var announced: [AnnouncedActivation] { AnnouncedActivation.attention }

  public var explicitBiases: [ExplicitBias<Scalar>] { [] }
}
