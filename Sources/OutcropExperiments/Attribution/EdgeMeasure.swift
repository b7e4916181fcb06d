/// A number that ranks a graph's edges.
public enum EdgeMeasure: String, Sendable, Codable, CaseIterable {
  /// The largest ratio |x| / row median over the edge's channels and all layers.
  case massiveActivation
  /// Betweenness centrality, normalized.
  case betweenness
  /// The entropy in bits of the edge types around the edge.
  case typeEntropy
  /// The sum of the degrees of both ends.
  case endpointDegree
  /// The balanced Forman curvature: negative for edges that connect separate regions.
  case curvature
  /// A random number.
  case random

  /// The measures that depend only on the graph.
  public static let ofStructure: [EdgeMeasure] = [
    .betweenness, .typeEntropy, .endpointDegree, .curvature,
  ]
}
