import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// What a forward pass needs to know besides its batch.
public final class ForwardContext {
  /// Training uses batch statistics and dropout; evaluation running statistics and none.
  public let isTraining: Bool
  /// Draws dropout masks.
  public var generator: RandomGenerator
  /// Whether training flips the signs of Laplacian eigenvectors (a comparison with stored values does
  /// not).
  public var flipsEncodingSigns = true
  /// Added to the embedded nodes and edges; an `EmbeddingNoise` of the model's scalar type.
  public var embeddingNoise: (any Sendable)?
  /// Who sees the activations.
  public let observers: [any ActivationObserver]

  public init(
    isTraining: Bool, generator: RandomGenerator = RandomGenerator(seed: 0),
    observers: [any ActivationObserver] = []
  ) {
    self.isTraining = isTraining
    self.generator = generator
    self.observers = observers
  }

  /// A pass for evaluation.
  public static func evaluation(observers: [any ActivationObserver] = []) -> ForwardContext {
    ForwardContext(isTraining: false, observers: observers)
  }

  /// Whether anybody sees the activations.
  public var isObserved: Bool { !observers.isEmpty }

  /// Whether anybody wants to see activations of that kind, or modules of layers.
  func wants(_ kind: ActivationKind) -> Bool {
    ModuleObservation.current != nil || observers.contains { $0.wants(kind) }
  }

  /// Announces an activation to the observers that want it.
  public func announce<Scalar>(
    _ kind: ActivationKind, layer: Int, _ values: @autoclosure () -> Tensor<Scalar>,
    in batch: GraphBatch
  ) {
    let interested = observers.filter { $0.wants(kind) }
    if interested.isEmpty { return }
    let activation = Activation(kind: kind, layer: layer, values: values().detached)
    for observer in interested { observer.observe(activation, in: batch) }
  }

  /// Dropout in training, nothing in evaluation.
  public func dropout<Scalar: TensorScalar>(_ x: Tensor<Scalar>, _ probability: Double) -> Tensor<
    Scalar
  > {
    isTraining && probability > 0 ? x.dropout(probability: probability, using: &generator) : x
  }
}

/// What is added to the embeddings that a model's first layer gets, to try how much it bears.
public struct EmbeddingNoise<Scalar: TensorScalar>: Sendable {
  /// [nodes, D]
  public var nodes: Tensor<Scalar>
  /// [edges, D], in destination order.
  public var edges: Tensor<Scalar>

  public init(nodes: Tensor<Scalar>, edges: Tensor<Scalar>) {
    (self.nodes, self.edges) = (nodes, edges)
  }
}

/// A model of graphs: from a batch to scores [graphs, outputs].
public protocol GraphModel<Scalar>: Module {
  /// The scores of every graph in `batch`. The last layer's recorded activations, and everybody else's,
  /// go to the context's observers.
  func callAsFunction(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Scalar>
  /// What keeps the model from running on `batch`, such as a type that it doesn't know; nil when
  /// nothing does. A model may trap on a batch with a problem: ask before running on data from
  /// outside.
  func problem(with batch: GraphBatch) -> String?
  /// The graphs with the encodings that the model reads.
  func encode(_ dataset: GraphDataset) -> GraphDataset
  /// Scores of a graph, or of a labeled node.
  var outputCount: Int { get }
  /// The model's name and published configuration, enough to build it again.
  var name: String { get }
  var configurationFields: [String: JSONValue] { get }
  /// What the model does between epochs of its training, such as adapting its Explicit Bias Term.
  var trainingHooks: [any TrainingHook] { get }
}

extension GraphModel {
  public var trainingHooks: [any TrainingHook] { [] }
}

/// How node vectors become one vector of a graph.
public enum Readout: String, Sendable, CaseIterable {
  case mean, sum, max

  func callAsFunction<Scalar>(
    _ nodes: Tensor<Scalar>, _ segments: Segments
  ) -> Tensor<Scalar> {
    switch self {
    case .mean: nodes.segmentMean(segments)
    case .sum: nodes.segmentSum(segments)
    case .max: nodes.segmentMax(segments)
    }
  }
}
