import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// A model of graphs, as trainer, evaluation, checkpoints and observers use it.
///
/// To write a model, conform to `ModelArchitecture` instead: `GraphNetwork` then provides a `GraphModel`,
/// and catalog, studies, verification and the command line also work with it. Conform to `GraphModel`
/// directly only if a model does not consist of embeddings and layers.
public protocol GraphModel<Scalar>: Module {
  /// The scores of every graph in `batch` [graphs, outputs], or of every output node of sampled blocks.
  /// Models implement this function; callers use `model(batch, context)`.
  func forward(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar>
  /// The reason why the model cannot run on `batch`, such as a type outside its vocabulary, or nil. A model
  /// may trap on a batch with a problem, so check external data first.
  func problem(with batch: GraphBatch) -> String?
  /// The reason why `graph` is too large for `encode`, or nil, which is the default.
  func problem(preparing graph: Graph) -> String?
  /// The graphs with the encodings that the model reads. Throws `InputError` for a graph for which they cannot
  /// be computed.
  func encode(_ dataset: GraphDataset) throws -> GraphDataset
  /// Scores of a graph, or of a labeled node.
  var outputCount: Int { get }
  /// The model's name in `ModelCatalog`.
  var name: String { get }
  /// The published configuration. With `name` it is sufficient to build the model again.
  var configurationFields: [String: JSONValue] { get }
  /// Hooks that act between the epochs of training, such as adapting the Explicit Bias Term.
  var trainingHooks: [any TrainingHook] { get }
  /// The activations that a forward pass announces; observers can receive only these. By default the
  /// edge and node activations of attention.
  var announced: [AnnouncedActivation] { get }
}

extension GraphModel {
  public func problem(preparing graph: Graph) -> String? { nil }

  public var trainingHooks: [any TrainingHook] { [] }

  public var announced: [AnnouncedActivation] { AnnouncedActivation.attention }

  /// Runs the model: the scores of every graph in `batch` [graphs, outputs]. The context's observers
  /// receive the announced activations that they want.
  public func callAsFunction(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar> {
    context.withAnnouncements(announced) { forward(batch, context) }
  }
}

/// How node vectors are combined to one vector of the graph.
public enum Readout: String, Sendable, CaseIterable {
  case mean, sum, max

  func callAsFunction<Scalar: TensorScalar>(
    _ nodes: Tensor<Scalar>, _ segments: Segments
  ) -> Tensor<Scalar> {
    switch self {
    case .mean: nodes.segmentMean(segments)
    case .sum: nodes.segmentSum(segments)
    case .max: nodes.segmentMax(segments)
    }
  }
}
