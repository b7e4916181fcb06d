import OutcropCore
import OutcropStatistics

/// How much a model's predictions change without the edges that a measure ranks first, and with them
/// alone.
///
/// After PyTorch Geometric's `explain.metric.fidelity` (Amara et al. 2022, "GraphFramEx"): an
/// explanation S of a graph G is a share of its undirected edges. fid₊ compares the prediction on G
/// with the one on G without S; fid₋ with the one on S alone. Edges that matter have a high fid₊ and a
/// low fid₋; edges that don't, the other way round. There, predictions are compared by label and
/// regression is refused; `change` is this project's extension to numbers, for regression and for
/// probabilities.
public struct Fidelity: Sendable, Equatable, Codable {
  /// A number averaged over predictions.
  public struct Value: Sendable, Equatable, Codable {
    /// nil without any prediction that counts.
    public var mean: Double?
    /// Over graphs; of the mean over draws where there are several. nil for fewer than two graphs.
    public var standardError: Double?
    /// The standard deviation of the draws' means; nil for fewer than two draws.
    public var drawDeviation: Double?
    /// The predictions that the mean is of, in one draw.
    public var count: Int
    /// Predictions left out because one of them is NaN, over all draws.
    public var omitted: Int
  }

  /// fid₊ and fid₋.
  public struct Pair: Sendable, Equatable, Codable {
    /// The change when the explanation is removed.
    public var plus: Value
    /// The change when only the explanation is kept.
    public var minus: Value
  }

  /// Which end of the ranking is the explanation.
  public enum Order: String, Sendable, Codable, CaseIterable {
    case highest, lowest
  }

  /// One explanation: a measure, an end of its ranking, a share of the edges.
  public struct Row: Sendable, Equatable, Codable {
    public var measure: EdgeMeasure
    public var order: Order
    /// The intended share of the undirected edges.
    public var fraction: Double
    /// The mean share that the whole numbers of edges make, at least one of each graph.
    public var selectedShare: Double
    /// PyTorch Geometric's fidelity of a "model" explanation: the share of predicted labels that
    /// change. nil for regression.
    public var labels: Pair?
    /// Its fidelity of a "phenomenon" explanation: the share of predicted labels that turn from right
    /// to wrong or back. nil for regression.
    public var correctness: Pair?
    /// The mean |change|: of the prediction (regression), of the probability (binary labels), of the
    /// probability of the class predicted on the whole graph (classes).
    public var change: Pair
    /// The mean |change| toward the true label: of the absolute error (regression), of the true
    /// label's probability.
    public var truthChange: Pair
  }

  /// Graphs with an edge, which the figures are of.
  public var graphCount: Int
  /// Graphs without: nothing to remove.
  public var edgelessGraphCount: Int
  /// Draws of a random choice.
  public var drawCount: Int
  public var seed: UInt64
  public var rows: [Row]

  /// What is measured.
  public struct Options: Sendable {
    /// Shares of the undirected edges.
    public var fractions = [0.05, 0.1, 0.2, 0.3, 0.5]
    /// `random` is drawn, has no ends, and is always there.
    public var measures: [EdgeMeasure] = EdgeMeasure.allCases
    public var drawCount = 5
    public var seed: UInt64 = 0
    /// Masked graphs in a batch; the results don't depend on it beyond rounding.
    public var batchSize = 512

    public init() {}
  }
}

extension Fidelity {
  /// One way to choose edges: a ranking's end, or a draw.
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

  /// The pairs of a graph in the order of a selection. Equal values come in random order; pairs
  /// without a value come last.
  package static func ranking(_ scores: GraphEdgeScores, _ selection: Selection, seed: UInt64)
    -> [Int]
  {
    var generator = RandomGenerator(seed: seed)
    let shuffled = generator.permutation(scores.edges.pairs.count)
    if selection.measure == .random { return shuffled }
    let values = scores.pairValues(selection.measure)
    let sign = selection.order == .highest ? 1.0 : -1.0
    let keys = values.map { $0.isNaN ? -.infinity : sign * $0 }
    // The position in the shuffled order makes keys unlike: the sort need not be stable.
    return shuffled.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if values[a].isNaN != values[b].isNaN { return values[b].isNaN }
      return keys[a] != keys[b] ? keys[a] > keys[b] : left.offset < right.offset
    }.map(\.element)
  }

  /// The number of edges that a share of `count` is: rounded, at least 1.
  package static func selectedCount(_ fraction: Double, of count: Int) -> Int {
    min(count, max(1, Int((fraction * Double(count)).rounded())))
  }
}
