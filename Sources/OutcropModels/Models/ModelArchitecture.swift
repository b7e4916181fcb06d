import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// One model family: one paper, one file. A type that conforms describes the model's fields and makes its
/// layers; `GraphNetwork` adds what all models share (embeddings, encodings, readout).
///
/// A model of your own is one more such type: use `GraphNetwork<Float, MyModel>` directly, or
/// `ModelCatalog.register` it to build it by name and load its checkpoints.
@dynamicMemberLookup
public protocol ModelArchitecture: Sendable, Equatable {
  /// The name in catalogs and checkpoints, such as `SAN`.
  static var name: String { get }
  /// The fields that all models have.
  var shape: ModelShape { get set }
  /// Reads published fields; throws `InputError` for unknown, contradictory or impossible ones.
  init(_ fields: ConfigurationFields) throws
  /// The published fields that describe this configuration.
  var fields: [String: JSONValue] { get }
  /// The layers and whatever else the model has of its own, with random parameters.
  func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar>
  /// The width of a node's vector that encodings take, so that features get the rest.
  var encodedWidth: Int { get }
  /// What, besides its features, keeps a batch from being run; nil when nothing does.
  func problem(with batch: GraphBatch) -> String?
  /// The graphs with the encodings that this model reads.
  func encode(_ dataset: GraphDataset) -> GraphDataset
}

extension ModelArchitecture {
  /// The fields of `shape`, for reading and writing.
  public subscript<Value>(dynamicMember path: WritableKeyPath<ModelShape, Value>) -> Value {
    get { shape[keyPath: path] }
    set { shape[keyPath: path] = newValue }
  }

  public subscript<Value>(dynamicMember path: KeyPath<ModelShape, Value>) -> Value {
    shape[keyPath: path]
  }

  /// With the Explicit Bias Term and the linear biases that go with it, or without both.
  public func withExplicitBias(_ isOn: Bool) -> Self {
    var result = self
    result.shape.hasExplicitBias = isOn
    result.shape.hasAttentionBias = isOn || shape.hasAttentionBias
    return result
  }

  public var encodedWidth: Int { 0 }

  public func problem(with batch: GraphBatch) -> String? { nil }

  public func encode(_ dataset: GraphDataset) -> GraphDataset { shape.encode(dataset) }
}

extension ModelShape {
  /// The graphs with the encodings that these fields ask for.
  public func encode(_ dataset: GraphDataset) -> GraphDataset {
    var result = dataset
    if usesLaplacianEncoding { result = result.addingLaplacianEncoding(columns: encodingWidth) }
    if usesWeisfeilerLehmanEncoding { result = result.addingWeisfeilerLehmanRoles() }
    return result
  }
}

/// What an architecture makes.
public struct ModelParts<Scalar: TensorScalar> {
  public var layers: [any GraphLayer<Scalar>]
  /// State besides the layers', under names of its own.
  public var extra: [StateEntry<Scalar>] = []
  /// SAN's encoding, which takes a part of the width.
  public var learnedEncoding: LearnedLaplacianEncoding<Scalar>?
  /// The positional path of LSPE variants.
  public var positions: PositionPath<Scalar>?
  /// What the published model calls the map of Laplacian eigenvectors.
  public var laplacianName = "embedding_lap_pos_enc"

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
  /// Whether a layer after this one reads its edge vectors.
  public let readsEdgeOutput: Bool

  public init(_ batch: GraphBatch, layer: Int, readsEdgeOutput: Bool = true) {
    (self.batch, self.layer, block) = (batch, layer, batch.block(layer))
    self.readsEdgeOutput = readsEdgeOutput
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
}
