import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// What trainer, evaluation, checkpoints and observers need of a model of graphs.
///
/// To write a model, conform to `ModelArchitecture` instead: `GraphNetwork` makes a `GraphModel` of it,
/// and catalog, studies, verification and the command line work with it too. Conform to `GraphModel`
/// directly only where a model has no embeddings and layers in that sense.
public protocol GraphModel<Scalar>: Module {
  /// The scores of every graph in `batch` [graphs, outputs], or of every output node of sampled blocks.
  /// Models implement this; everybody else calls the model, `model(batch, context)`.
  func forward(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar>
  /// What keeps the model from running on `batch`, such as a type that it doesn't know; nil when
  /// nothing does. A model may trap on a batch with a problem: ask before running on data from
  /// outside.
  func problem(with batch: GraphBatch) -> String?
  /// What makes `graph` too large for `encode`, or nil. nil unless the model says otherwise.
  func problem(preparing graph: Graph) -> String?
  /// The graphs with the encodings that the model reads.
  func encode(_ dataset: GraphDataset) -> GraphDataset
  /// Scores of a graph, or of a labeled node.
  var outputCount: Int { get }
  /// The model's name and published configuration, enough to build it again.
  var name: String { get }
  var configurationFields: [String: JSONValue] { get }
  /// What the model does between epochs of its training, such as adapting its Explicit Bias Term.
  var trainingHooks: [any TrainingHook] { get }
  /// The activations that a forward pass announces: all that observers can ask for. By default the
  /// edges' and nodes' of attention.
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

/// How node vectors become one vector of a graph.
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
