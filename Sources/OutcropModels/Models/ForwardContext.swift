import OutcropCore
import OutcropGraph
import OutcropTensor

/// The context of a forward pass: training or evaluation, random numbers, and observers.
public final class ForwardContext {
  /// Training uses batch statistics and dropout; evaluation uses running statistics and no dropout.
  public let isTraining: Bool
  /// Draws dropout masks.
  public var generator: RandomGenerator
  /// Whether training flips the signs of Laplacian eigenvectors (a comparison with stored values does
  /// not).
  public var flipsEncodingSigns = true
  /// Noise that is added to the embedded nodes and edges: an `EmbeddingNoise` of the model's scalar type.
  public var embeddingNoise: (any Sendable)?
  /// The observers of the pass.
  public let observers: [any ActivationObserver]
  /// The activations that the running model lists as announced; nil outside a model's call.
  private var announced: [ActivationKind: ActivationRows]?

  /// A pass for training or evaluation; `generator` draws its dropout.
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

  /// Whether the pass has observers.
  public var isObserved: Bool { !observers.isEmpty }

  /// Whether an observer wants one of these activations.
  public func wants(_ activations: [AnnouncedActivation]) -> Bool {
    isObserved
      && activations.contains { activation in
        observers.contains { $0.wants(activation.kind) }
      }
  }

  /// Calls `body` while activations are checked against `list`.
  func withAnnouncements<Result>(
    _ list: @autoclosure () -> [AnnouncedActivation], _ body: () -> Result
  ) -> Result {
    if !isObserved { return body() }
    let outer = announced
    announced = Dictionary(list().map { ($0.kind, $0.rows) }) { first, _ in first }
    defer { announced = outer }
    return body()
  }

  /// Passes an activation to the observers that want it; `values` is evaluated only for them, without
  /// gradients.
  ///
  /// Traps if the values do not have as many rows as the layer has nodes or edges, or if the model
  /// does not list the kind, with these rows, as announced.
  public func announce<Scalar: TensorScalar>(
    _ kind: ActivationKind, layer: Int, rows: ActivationRows,
    _ values: @autoclosure () -> Tensor<Scalar>, in batch: GraphBatch
  ) {
    if !isObserved { return }
    let interested = observers.filter { $0.wants(kind) }
    if interested.isEmpty { return }
    let activation = Activation(
      kind: kind, layer: layer, rows: rows, values: withoutGradients { values() }.detached)
    if let problem = activation.problem(in: batch) {
      require(false, "announce: `\(kind.rawValue)` of layer \(layer): \(problem)")
    }
    if let announced, announced[kind] != rows {
      let listed = announced[kind].map { "as \($0)" } ?? "not at all"
      require(
        false,
        "announce: `\(kind.rawValue)` of layer \(layer) as \(rows); the model lists it \(listed)")
    }
    for observer in interested { observer.observe(activation, in: batch) }
  }

  /// Passes an activation of the layer with this input to the observers that want it.
  public func announce<Scalar: TensorScalar>(
    _ activation: AnnouncedActivation, _ values: @autoclosure () -> Tensor<Scalar>,
    _ input: LayerInput
  ) {
    announce(
      activation.kind, layer: input.layer, rows: activation.rows, values(), in: input.batch)
  }

  /// Applies dropout in training; returns `x` unchanged in evaluation.
  public func dropout<Scalar: TensorScalar>(
    _ x: Tensor<Scalar>, _ probability: Double
  ) -> Tensor<Scalar> {
    isTraining && probability > 0 ? x.dropout(probability: probability, using: &generator) : x
  }
}

/// Noise that is added to the embeddings before a model's first layer, to measure its robustness.
public struct EmbeddingNoise<Scalar: TensorScalar>: Sendable {
  /// [nodes, D]
  public var nodes: Tensor<Scalar>
  /// [edges, D], in destination order.
  public var edges: Tensor<Scalar>

  /// The given noise.
  public init(nodes: Tensor<Scalar>, edges: Tensor<Scalar>) {
    (self.nodes, self.edges) = (nodes, edges)
  }
}
