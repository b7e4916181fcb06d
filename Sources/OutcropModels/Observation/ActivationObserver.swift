import OutcropGraph
import OutcropTensor

/// Which of a layer's activations is meant. Models may add their own, and every linear map and
/// normalization of a layer has one of its published name, such as `FFN_h_layer2`.
public struct ActivationKind: RawRepresentable, Hashable, Sendable, Comparable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The attention's edge scores s [E, D], before exp and before any projection, in destination order.
  public static let edge = ActivationKind(rawValue: "edge")
  /// The attention's normalized sums out [N, D], before dropout and projection.
  public static let node = ActivationKind(rawValue: "node")

  /// The scores and sums of the attention over positions in LSPE variants.
  public static let positionEdge = ActivationKind(rawValue: "position_edge")
  public static let positionNode = ActivationKind(rawValue: "position_node")

  /// What a layer passes on to the next one: node vectors [N, D], and edge vectors [E, D] where layers
  /// change them.
  public static let nodeOutput = ActivationKind(rawValue: "node_output")
  public static let edgeOutput = ActivationKind(rawValue: "edge_output")

  /// What every observer sees unless it says otherwise.
  public static let attention: Set<ActivationKind> = [.edge, .node, .positionEdge, .positionNode]

  public static func < (a: ActivationKind, b: ActivationKind) -> Bool { a.rawValue < b.rawValue }
}

/// What the rows of an activation are.
public enum ActivationRows: String, Sendable, Codable {
  case nodes, edges
  /// Neither, such as distinct features that many edges share.
  case other
}

/// One layer's activations for one batch.
public struct Activation<Scalar: TensorScalar>: Sendable {
  public let kind: ActivationKind
  /// The layer, from 0.
  public let layer: Int
  /// [rows, width], off the tape.
  public let values: Tensor<Scalar>

  public init(kind: ActivationKind, layer: Int, values: Tensor<Scalar>) {
    (self.kind, self.layer, self.values) = (kind, layer, values)
  }

  /// What the rows are in `batch`: by their number, and where a layer has as many nodes as edges by the
  /// kind's name, in which `e` stands for edges.
  public func rows(in batch: GraphBatch) -> ActivationRows {
    guard values.shape.count == 2 else { return .other }
    let block = batch.block(layer)
    let (edges, nodes) = (block.edges.edgeCount, block.edges.destinationCount)
    let isOfEdges = kind.rawValue.split { "._".contains($0) }.contains { $0 == "e" || $0 == "edge" }
    switch values.shape[0] {
    case edges where edges != nodes || isOfEdges: return .edges
    case nodes, block.edges.sourceCount: return .nodes
    default: return .other
    }
  }
}

/// Sees a model's activations as they are computed, in training or evaluation.
///
/// Edge rows come in destination order; `batch.edges.originalOrder` leads back to the graphs' own.
public protocol ActivationObserver: AnyObject {
  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch)
  /// Whether the observer is shown activations of that kind; by default those of attention.
  func wants(_ kind: ActivationKind) -> Bool
}

extension ActivationObserver {
  public func wants(_ kind: ActivationKind) -> Bool { ActivationKind.attention.contains(kind) }
}
