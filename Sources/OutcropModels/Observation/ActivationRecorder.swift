import OutcropGraph
import OutcropTensor

/// An observer that keeps every activation in memory, for tests and small data.
public final class ActivationRecorder<Scalar: TensorScalar>: ActivationObserver {
  /// What activations are stored under: their kind and layer.
  public struct Key: Hashable, Sendable {
    /// The kind of activation.
    public let kind: ActivationKind
    /// The layer, from 0.
    public let layer: Int

    /// The key of that kind and layer.
    public init(kind: ActivationKind, layer: Int) { (self.kind, self.layer) = (kind, layer) }
  }
  /// For each kind and layer, one tensor per batch.
  public private(set) var activations: [Key: [Tensor<Scalar>]] = [:]
  private let inOriginalOrder: Bool
  private let kinds: Set<ActivationKind>

  /// A recorder without activations yet.
  ///
  /// - Parameters:
  ///   - kinds: the kinds to keep.
  ///   - inOriginalOrder: whether edge rows are brought into the order in which the batch's edges were given.
  public init(kinds: Set<ActivationKind> = ActivationKind.attention, inOriginalOrder: Bool = true) {
    (self.kinds, self.inOriginalOrder) = (kinds, inOriginalOrder)
  }

  public func wants(_ kind: ActivationKind) -> Bool { kinds.contains(kind) }

  public func observe<Other: TensorScalar>(_ activation: Activation<Other>, in batch: GraphBatch) {
    guard var values = activation.values as? Tensor<Scalar> else {
      preconditionFailure(
        "ActivationRecorder: a recorder of \(Scalar.self) received values of \(Other.self)")
    }
    if inOriginalOrder, activation.rows == .edges {
      let edges = batch.block(activation.layer).edges
      values = values.scatterAdded(
        toRows:
          RowIndex(edges.originalOrder, rowCount: edges.edgeCount))
    }
    activations[Key(kind: activation.kind, layer: activation.layer), default: []].append(values)
  }

  /// The activations of the first batch, or nil if there are none.
  public func single(_ kind: ActivationKind, _ layer: Int) -> Tensor<Scalar>? {
    activations[Key(kind: kind, layer: layer)]?.first
  }
}
