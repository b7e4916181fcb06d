import Foundation
import OutcropCore

/// How many times more often than its share of edges an edge type carries massive activations.
///
/// R = (A_t / A) / (B_t / B), with A_t of A massive activations and B_t of B edges on type t. R is 1
/// when massive activations do not depend on the type.
public struct Enrichment: Sendable, Equatable, Codable {
  /// The edge type t.
  public var type: Int
  /// A_t: massive activations on the type.
  public var massive: Int
  /// A: all massive activations.
  public var allMassive: Int
  /// B_t: edges of the type.
  public var edges: Int
  /// B: all edges.
  public var allEdges: Int
  /// Graphs in the sample.
  public var graphCount: Int
  /// Graphs with a massive activation on the type. An interval based on few such graphs, say fewer
  /// than ten, is not reliable, regardless of its width.
  public var massiveGraphCount: Int
  /// R; nil if there are no massive activations or no edges of the type.
  public var ratio: Double?
  /// Limits of R. nil if R is nil, and for a sample of one graph unless R is 0.
  public var interval: ConfidenceInterval?

  /// A_t / A; 0 without massive activations.
  public var massiveShare: Double {
    allMassive == 0 ? 0 : Double(massive) / Double(allMassive)
  }

  /// B_t / B; 0 without edges.
  public var edgeShare: Double { allEdges == 0 ? 0 : Double(edges) / Double(allEdges) }

  /// The enrichment of `type` with its interval.
  ///
  /// The interval is exp(ln R ± z s), where s² = G / (G − 1) Σ_g (a_tg / A_t − a_g / A − b_tg / B_t +
  /// b_g / B)² over the G graphs: the delta method for a function of four sums over independent
  /// graphs. The method needs many graphs, not many edges. For A_t = 0 the logarithm does not exist; then the
  /// limits are 0 and (1 − (1 − level)^(1/n)) / (B_t / B), n being the number of graphs with massive
  /// activations: each graph counts as one trial, as if all its massive activations were on one type.
  /// If every graph has the same proportions, s is 0 except for rounding (below 1e-7).
  ///
  /// - Parameters:
  ///   - sums: the sums over the sample of graphs.
  ///   - type: an edge type; a type that does not occur has neither ratio nor interval.
  ///   - level: the confidence level, between 0 and 1, both excluded.
  public init(_ sums: EnrichmentSums, type: Int, level: Double = 0.95) {
    require(level > 0 && level < 1, "Enrichment: found the level \(level), expected 0 < level < 1")
    let part = sums.types[type] ?? EnrichmentSums.TypeSums()
    self.type = type
    massive = part.massive
    allMassive = sums.massive
    edges = part.edges
    allEdges = sums.edges
    graphCount = sums.graphCount
    massiveGraphCount = part.massiveGraphCount
    guard allMassive > 0, edges > 0 else { return }
    let ratio = massiveShare / edgeShare
    self.ratio = ratio
    if massive == 0 {
      let trials = Double(sums.massiveGraphCount)
      let upper = -expm1(log1p(-level) / trials) / edgeShare
      interval = ConfidenceInterval(lower: 0, upper: upper, level: level, method: .noneOnType)
    } else if let variance = sums.logRatioVariance(of: part) {
      let z = SpecialFunctions.normalQuantile(upperTail: (1 - level) / 2)
      let reach = exp(z * variance.squareRoot())
      interval = ConfidenceInterval(
        lower: ratio / reach, upper: ratio * reach, level: level, method: .deltaOverGraphs)
    }
  }

  /// The enrichment of every type that occurs, by type.
  public static func all(_ sums: EnrichmentSums, level: Double = 0.95) -> [Enrichment] {
    sums.types.keys.sorted().map { Enrichment(sums, type: $0, level: level) }
  }
}

extension EnrichmentSums {
  /// G / (G − 1) Σ_g (a_t / A_t − a / A − b_t / B_t + b / B)², multiplied out; nil for one graph.
  fileprivate func logRatioVariance(of part: TypeSums) -> Double? {
    guard graphCount > 1 else { return nil }
    let (at, a) = (1 / Double(part.massive), -1 / Double(massive))
    let (bt, b) = (-1 / Double(part.edges), 1 / Double(edges))
    let (own, mixed) = (part.own, part.mixed)
    let squares =
      at * at * own.aa.double + bt * bt * own.bb.double
      + a * a * products.aa.double + b * b * products.bb.double
    let within = at * bt * own.ab.double + a * b * products.ab.double
    let across =
      at * a * mixed.aa.double + at * b * mixed.ab.double
      + bt * a * mixed.ba.double + bt * b * mixed.bb.double
    let sum = squares + 2 * (within + across)
    return max(0, sum) * Double(graphCount) / Double(graphCount - 1)
  }
}
