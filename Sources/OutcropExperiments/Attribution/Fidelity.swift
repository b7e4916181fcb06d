import OutcropCore
import OutcropStatistics

/// How much a model's predictions change without the edges that a measure ranks first, and with only these
/// edges.
///
/// As in PyTorch Geometric's `explain.metric.fidelity` (Amara et al. 2022, "GraphFramEx"), an explanation S
/// of a graph G is a share of its undirected edges. fid₊ compares the prediction on G with the prediction on
/// G without S; fid₋ compares it with the prediction on S alone. Edges on which the prediction depends have a
/// high fid₊ and a low fid₋; other edges have a low fid₊ and a high fid₋. PyTorch Geometric compares
/// predicted labels and rejects regression; `change` is this project's extension to numbers, for regression
/// and for probabilities.
public struct Fidelity: Sendable, Equatable, Codable {
  /// A number averaged over predictions.
  public struct Value: Sendable, Equatable, Codable {
    /// The mean; nil without a prediction that counts.
    public var mean: Double?
    /// The standard error over graphs, for the mean over all draws; nil for fewer than two graphs.
    public var standardError: Double?
    /// The standard deviation of the draws' means; nil for fewer than two draws.
    public var drawDeviation: Double?
    /// The number of predictions in the mean, in one draw.
    public var count: Int
    /// The number of pairs of predictions that were left out because one of the two is NaN, over all draws.
    public var omitted: Int
  }

  /// fid₊ and fid₋.
  public struct Pair: Sendable, Equatable, Codable {
    /// The change when the explanation is removed.
    public var plus: Value
    /// The change when only the explanation is kept.
    public var minus: Value
  }

  /// The end of the ranking that is the explanation.
  public enum Order: String, Sendable, Codable, CaseIterable {
    case highest, lowest
  }

  /// The results of one explanation: a measure, an end of its ranking, and a share of the edges.
  public struct Row: Sendable, Equatable, Codable {
    /// The measure that ranks the edges.
    public var measure: EdgeMeasure
    /// The end of its ranking.
    public var order: Order
    /// The intended share of the undirected edges.
    public var fraction: Double
    /// The mean of the shares of edges that were selected; they differ from `fraction` because each graph has
    /// a whole number of edges, and at least one is selected.
    public var selectedShare: Double
    /// PyTorch Geometric's fidelity of a "model" explanation: the share of predicted labels that
    /// change. nil for regression.
    public var labels: Pair?
    /// Its fidelity of a "phenomenon" explanation: the share of predicted labels that turn from right
    /// to wrong or back. nil for regression.
    public var correctness: Pair?
    /// The mean |change| of the prediction (regression), of the probability (binary labels), or of the
    /// probability of the class that is predicted on the whole graph (classes).
    public var change: Pair
    /// The mean |change| of the absolute error (regression) or of the true label's probability.
    public var truthChange: Pair
  }

  /// The number of graphs with edges, on which all numbers are based.
  public var graphCount: Int
  /// The number of graphs without edges, which are left out.
  public var edgelessGraphCount: Int
  /// The number of random draws of edges.
  public var drawCount: Int
  /// The seed of the random draws.
  public var seed: UInt64
  /// One row for each explanation.
  public var rows: [Row]

  /// What is measured.
  public struct Options: Sendable {
    /// The shares of the undirected edges to remove or keep.
    public var fractions = [0.05, 0.1, 0.2, 0.3, 0.5]
    /// The measures that rank the edges. `random` is always included; its ranking has no ends.
    public var measures: [EdgeMeasure] = EdgeMeasure.allCases
    /// The number of random draws of edges.
    public var drawCount = 5
    /// The seed of the random draws.
    public var seed: UInt64 = 0
    /// Masked graphs in a batch; the results depend on it only in their rounding.
    public var batchSize = 512

    /// The default settings.
    public init() {}
  }
}

extension Fidelity {
  /// One way to choose edges: an end of a ranking, or a random draw.
  package struct Selection {
    package var measure: EdgeMeasure
    package var order: Order
    package var draw: Int

    package init(measure: EdgeMeasure, order: Order, draw: Int = 0) {
      self.measure = measure
      self.order = order
      self.draw = draw
    }

    static func all(_ options: Options) -> [Selection] {
      let ranked = options.measures.filter { $0 != .random }.flatMap { measure in
        Order.allCases.map { Selection(measure: measure, order: $0) }
      }
      return ranked
        + (0..<options.drawCount).map { Selection(measure: .random, order: .highest, draw: $0) }
    }
  }

  /// The undirected edges of a graph in the order of a selection. Edges of equal value are in random order;
  /// edges without a value are last.
  package static func ranking(_ scores: GraphEdgeScores, _ selection: Selection, seed: UInt64)
    -> [Int]
  {
    var generator = RandomGenerator(seed: seed)
    let shuffled = generator.permutation(scores.edges.pairs.count)
    if selection.measure == .random { return shuffled }
    let values = scores.pairValues(selection.measure)
    let sign = selection.order == .highest ? 1.0 : -1.0
    let keys = values.map { $0.isNaN ? -.infinity : sign * $0 }
    // With the position in the shuffled order no two keys are equal, so the sort need not be stable.
    return shuffled.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if values[a].isNaN != values[b].isNaN { return values[b].isNaN }
      return keys[a] != keys[b] ? keys[a] > keys[b] : left.offset < right.offset
    }.map(\.element)
  }

  /// The number of edges that make the share `fraction` of `count`, rounded and at least 1.
  package static func selectedCount(_ fraction: Double, of count: Int) -> Int {
    min(count, max(1, Int((fraction * Double(count)).rounded())))
  }
}
