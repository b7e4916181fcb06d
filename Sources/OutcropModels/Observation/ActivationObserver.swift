import OutcropGraph
import OutcropTensor

/// Which of a layer's activations is meant. Models may add their own.
public struct ActivationKind: RawRepresentable, Hashable, Sendable, Comparable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The attention's edge scores s [E, D], before exp and before any projection, in destination order.
  public static let edge = ActivationKind(rawValue: "edge")
  /// The attention's normalised sums out [N, D], before dropout and projection.
  public static let node = ActivationKind(rawValue: "node")

  /// The scores and sums of the attention over positions in LSPE variants.
  public static let positionEdge = ActivationKind(rawValue: "position_edge")
  public static let positionNode = ActivationKind(rawValue: "position_node")

  public static func < (a: ActivationKind, b: ActivationKind) -> Bool { a.rawValue < b.rawValue }
}

/// One layer's activations for one batch.
public struct Activation<Scalar: TensorScalar>: Sendable {
  public let kind: ActivationKind
  /// The layer, from 0.
  public let layer: Int
  /// [rows, width], off the tape.
  public let values: Tensor<Scalar>
}

/// Sees a model's activations as they are computed, in training or evaluation.
///
/// Edge rows come in destination order; `batch.edges.originalOrder` leads back to the graphs' own.
public protocol ActivationObserver: AnyObject {
  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch)
}

/// An observer that keeps every activation: for tests, small data and export.
public final class ActivationRecorder<Scalar: TensorScalar>: ActivationObserver {
  /// A batch's activations under their kind and layer.
  public struct Key: Hashable, Sendable {
    public let kind: ActivationKind
    public let layer: Int

    public init(kind: ActivationKind, layer: Int) { (self.kind, self.layer) = (kind, layer) }
  }
  /// For each kind and layer, one tensor a batch.
  public private(set) var activations: [Key: [Tensor<Scalar>]] = [:]
  private let inOriginalOrder: Bool

  /// - Parameter inOriginalOrder: brings edge rows into the order in which the batch's edges were given.
  public init(inOriginalOrder: Bool = true) { self.inOriginalOrder = inOriginalOrder }

  public func observe<Other: TensorScalar>(_ activation: Activation<Other>, in batch: GraphBatch) {
    guard var values = activation.values as? Tensor<Scalar> else {
      preconditionFailure("ActivationRecorder: a recorder of \(Scalar.self) saw \(Other.self)")
    }
    if inOriginalOrder, activation.kind == .edge || activation.kind == .positionEdge {
      let edges = batch.block(activation.layer).edges
      values = values.scatterAddRows(
        RowIndex(edges.originalOrder, rowCount: edges.edgeCount))
    }
    activations[Key(kind: activation.kind, layer: activation.layer), default: []].append(values)
  }

  /// The activations of the only batch, or nil.
  public func single(_ kind: ActivationKind, _ layer: Int) -> Tensor<Scalar>? {
    activations[Key(kind: kind, layer: layer)]?.first
  }
}
