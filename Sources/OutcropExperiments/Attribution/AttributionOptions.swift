import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport

/// How a trained model's massive activations are compared with other measures of edges.
public struct AttributionOptions: Sendable {
  /// The number of graphs whose edges are scored and correlated: the first ones of the split.
  public var graphCount = 1000
  /// The number of these graphs, from the first on, whose predictions are recomputed without some edges.
  public var fidelityGraphCount = 200
  /// The number of graphs to draw: those with the most massive edges, or with the largest ratios if no edge
  /// is massive.
  public var drawingCount = 4
  /// The number of resamples of each correlation's interval.
  public var resamples = 500
  /// The settings of the fidelity.
  public var fidelity = Fidelity.Options()

  /// The default settings.
  public init() {}

  /// The attribution of `model`'s activations on `graphs`.
  func run<Scalar>(
    _ model: some GraphModel<Scalar>, on graphs: [Graph], of dataset: GraphDataset,
    label: String, seed: UInt64, threshold: Double
  ) -> StudyResults.Attribution {
    let graphs = Array(graphs.prefix(graphCount))
    let scores = EdgeScores(
      of: model, on: graphs, edgeKinds: dataset.edgeKinds, seed: fidelity.seed)
    let part = Array(graphs.prefix(fidelityGraphCount))
    let fidelity = Fidelity(
      of: model, on: part,
      scores: EdgeScores(graphs: Array(scores.graphs.prefix(part.count)), layers: scores.layers),
      task: dataset.task, options: self.fidelity)
    var shown = scores.mostMassive(threshold: Float(threshold), count: drawingCount).map(\.graph)
    if shown.isEmpty {
      let largest = scores.graphs.map { $0.massive.filter(\.isFinite).max() ?? 0 }
      shown = Array(largest.indices.sorted { largest[$0] > largest[$1] }.prefix(drawingCount))
    }
    return StudyResults.Attribution(
      label: label, seed: seed, graphs: graphs.count,
      edges: graphs.reduce(0) { $0 + $1.edgeCount },
      correlations: scores.correlations(resamples: resamples).map {
        StudyResults.Correlation($0)
      },
      fidelities: fidelity.rows.map { StudyResults.Fidelity($0, dataset.task) },
      drawings: shown.map { index in
        MoleculeDrawing(
          name: "Graph \(index)", graph: graphs[index], scores: scores.graphs[index],
          dataset: dataset, threshold: threshold)
      })
  }
}

extension EdgeMeasure {
  /// The name in reports.
  var title: String {
    switch self {
    case .massiveActivation: "largest ratio"
    case .betweenness: "edge betweenness"
    case .typeEntropy: "edge-type entropy"
    case .endpointDegree: "endpoint degree"
    case .curvature: "curvature"
    case .random: "random"
    }
  }
}

extension StudyResults.Correlation {
  init(_ found: ScoreCorrelation) {
    self.init(
      measure: found.measure.title, layer: found.layer,
      coefficient: StudyResults.Estimate(
        value: found.correlation.coefficient ?? .nan, lower: found.correlation.interval?.lower,
        upper: found.correlation.interval?.upper))
  }
}

extension StudyResults.Fidelity {
  init(_ row: Fidelity.Row, _ task: GraphDataset.Task) {
    // Predicted labels if the task has any, as published; predicted numbers for regression.
    let pair = row.labels ?? row.change
    self.init(
      measure: row.measure.title, isReversed: row.order == .lowest, fraction: row.fraction,
      removed: pair.plus.mean ?? .nan, kept: pair.minus.mean ?? .nan,
      removedDeviation: pair.plus.drawDeviation, keptDeviation: pair.minus.drawDeviation)
  }
}
