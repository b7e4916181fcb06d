import OutcropGraph
import OutcropTensor

/// A kind of a layer's activations.
///
/// The kinds declared below are common to several models. The output of a linear map or normalization inside
/// a layer has the module's published name as its kind, such as `FFN_h_layer2` or `attention.Q`. It is what
/// the module returns: after its activation function, and after the residual if the normalization adds it.
public struct ActivationKind: RawRepresentable, Hashable, Sendable, Comparable {
  /// The kind's name in files and commands.
  public let rawValue: String
  /// The kind of that name.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The attention's edge scores s [E, D], before exp and before any projection, in destination order.
  public static let edge = ActivationKind(rawValue: "edge")
  /// The attention's normalized sums out [N, D], before dropout and projection.
  public static let node = ActivationKind(rawValue: "node")

  /// The edge scores of the attention over positions in LSPE variants [E, D].
  public static let positionEdge = ActivationKind(rawValue: "position_edge")
  /// The normalized sums of the attention over positions in LSPE variants [N, D].
  public static let positionNode = ActivationKind(rawValue: "position_node")

  /// The node vectors [N, D] that a layer passes to the next one.
  public static let nodeOutput = ActivationKind(rawValue: "node_output")
  /// The edge vectors [E, D] that a layer passes to the next one, in models whose layers change them.
  public static let edgeOutput = ActivationKind(rawValue: "edge_output")

  /// The kinds that an observer receives by default.
  public static let attention: Set<ActivationKind> = [.edge, .node, .positionEdge, .positionNode]

  public static func < (a: ActivationKind, b: ActivationKind) -> Bool { a.rawValue < b.rawValue }
}

/// What the rows of an activation are.
public enum ActivationRows: String, Sendable, Codable {
  /// One row for each of the layer's nodes: its output nodes or, on blocks of sampled neighbors, all
  /// nodes that it reads.
  case nodes
  /// One row for each of the layer's edges, in destination order.
  case edges
  /// Rows of anything else.
  case other
}

/// A kind of activation that a layer or model announces, and what its rows are.
public struct AnnouncedActivation: Hashable, Sendable {
  /// The kind of activation.
  public let kind: ActivationKind
  /// What its rows are.
  public let rows: ActivationRows

  /// An activation of that kind with those rows.
  public init(_ kind: ActivationKind, _ rows: ActivationRows) {
    (self.kind, self.rows) = (kind, rows)
  }

  /// The output of a module with the published name `name`.
  public init(_ name: String, _ rows: ActivationRows) {
    self.init(ActivationKind(rawValue: name), rows)
  }

  /// The edge scores and normalized sums of attention, which layers announce by default.
  public static let attention = [
    AnnouncedActivation(.edge, .edges), AnnouncedActivation(.node, .nodes),
  ]
}

/// One layer's activations for one batch.
public struct Activation<Scalar: TensorScalar>: Sendable {
  /// The kind, as announced.
  public let kind: ActivationKind
  /// The layer, from 0.
  public let layer: Int
  /// What the rows are, as announced.
  public let rows: ActivationRows
  /// [rows, width], without gradients.
  public let values: Tensor<Scalar>

  /// An activation of these parts.
  public init(kind: ActivationKind, layer: Int, rows: ActivationRows, values: Tensor<Scalar>) {
    (self.kind, self.layer, self.rows, self.values) = (kind, layer, rows, values)
  }

  /// The reason why the values cannot be `rows` of `batch`; nil if they can.
  func problem(in batch: GraphBatch) -> String? {
    guard values.shape.count == 2 else {
      return "the shape \(values.shape); expected [rows, width]"
    }
    guard layer >= 0, batch.blocks.isEmpty || layer < batch.blocks.count else {
      return "a batch with \(batch.blocks.count) blocks"
    }
    let (edges, count) = (batch.block(layer).edges, values.shape[0])
    switch rows {
    case .other: return nil
    case .edges:
      return count == edges.edgeCount ? nil : "\(count) rows for \(edges.edgeCount) edges"
    case .nodes:
      if count == edges.destinationCount || count == edges.sourceCount { return nil }
      return edges.sourceCount == edges.destinationCount
        ? "\(count) rows for \(edges.sourceCount) nodes"
        : "\(count) rows for \(edges.destinationCount) of \(edges.sourceCount) nodes"
    }
  }
}

/// Receives a model's activations as they are computed, in training or evaluation.
///
/// Edge rows are in destination order; `batch.edges.originalOrder` maps them to the order in which the graphs
/// list their edges. Observing never changes results.
public protocol ActivationObserver: AnyObject {
  /// Receives one layer's activations of `batch`.
  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch)
  /// Whether the observer receives activations of that kind; by default it receives those of attention.
  func wants(_ kind: ActivationKind) -> Bool
}

extension ActivationObserver {
  public func wants(_ kind: ActivationKind) -> Bool { ActivationKind.attention.contains(kind) }
}
