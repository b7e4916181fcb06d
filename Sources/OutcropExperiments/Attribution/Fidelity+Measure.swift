import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport
import OutcropStatistics

extension Fidelity {
  /// Measures how the predictions of `model` depend on the edges that each measure ranks highest and lowest,
  /// compared with random edges.
  ///
  /// Undirected edges are removed, both directions together, and ranked by the larger of their two scores.
  /// Equal scores are in random order; edges without a score (NaN) are last. The number of removed edges is
  /// the given share of a graph's edges, rounded, and at least one. Only messages are removed: nodes stay,
  /// and so do positional encodings and edge weights that were computed from the whole graph. In the graphs
  /// of a full-graph model, a removed edge becomes an added one. Graphs without edges are left out and
  /// counted; missing labels are not counted.
  ///
  /// A model was not trained on graphs with removed edges, and a part of every change is due to that. The
  /// comparison with random edges shows this part.
  ///
  /// - Parameters:
  ///   - model: the model, which runs in evaluation mode.
  ///   - graphs: graphs with the encodings that the model reads and the labels of `task`. Traps on graphs
  ///     that the model cannot run on.
  ///   - scores: the scores of the same graphs.
  ///   - task: what is predicted.
  ///   - options: how many edges are removed, and how often.
  ///   - progress: called after each graph.
  public init<Scalar>(
    of model: some GraphModel<Scalar>, on graphs: [Graph], scores: EdgeScores,
    task: GraphDataset.Task, options: Options = Options(),
    progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) {
    require(
      graphs.count == scores.graphs.count,
      "Fidelity: found scores of \(scores.graphs.count) graphs, expected \(graphs.count)")
    require(
      options.batchSize > 0 && options.drawCount >= 0
        && options.fractions.allSatisfy { $0 > 0 && $0 <= 1 },
      "Fidelity: found a batch size of \(options.batchSize), \(options.drawCount) draws and the "
        + "fractions \(options.fractions), expected at least 1, at least 0 and 0 < fraction ≤ 1")
    let selections = Selection.all(options)
    let used = graphs.indices.filter { !scores.graphs[$0].edges.pairs.isEmpty }
    var measured = MaskedRuns(
      selections: selections, fractions: options.fractions, graphs: used.count, task: task,
      batchSize: options.batchSize)
    for (place, number) in used.enumerated() {
      let (graph, scored) = (graphs[number], scores.graphs[number])
      measured.begin(place, graph: graph, model)
      for (index, selection) in selections.enumerated() {
        let order = Self.ranking(
          scored, selection,
          seed: mixed(
            options.seed &+ mixed(UInt64(number) &+ mixed(UInt64(selection.draw) &+ 1))))
        for (share, fraction) in options.fractions.enumerated() {
          let count = Self.selectedCount(fraction, of: order.count)
          var isSelected = [Bool](repeating: false, count: order.count)
          for pair in order.prefix(count) { isSelected[pair] = true }
          let removed = graph.masking(scored.edges, keeps: isSelected.map { !$0 })
          measured.run(removed, place, index, share, isRemoved: true, model)
          measured.run(
            graph.masking(scored.edges, keeps: isSelected), place, index, share, isRemoved: false,
            model)
        }
      }
      progress(place + 1, used.count)
    }
    measured.finish(model)
    graphCount = used.count
    edgelessGraphCount = graphs.count - used.count
    drawCount = options.drawCount
    seed = options.seed
    let pairCounts = used.map { scores.graphs[$0].edges.pairs.count }
    rows = measured.rows { fraction in
      let shares = pairCounts.map { Double(Self.selectedCount(fraction, of: $0)) / Double($0) }
      return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
    }
  }
}

/// Runs masked copies of graphs in batches and keeps the changes of the predictions.
private struct MaskedRuns {
  private struct Place {
    var graph, selection, share: Int
    var isRemoved: Bool
  }
  private let selections: [Fidelity.Selection]
  private let fractions: [Double]
  private let graphCount: Int
  private let task: GraphDataset.Task
  private let batchSize: Int
  private var waiting: [Graph] = []
  private var places: [Place] = []
  private var whole: [Prediction] = []
  private var targets: [[Float]] = []
  /// The changes by selection, share, removed or kept, and graph, in this order of axes.
  private var changes: [PredictionChange]

  init(
    selections: [Fidelity.Selection], fractions: [Double], graphs: Int, task: GraphDataset.Task,
    batchSize: Int
  ) {
    self.selections = selections
    self.fractions = fractions
    graphCount = graphs
    self.task = task
    self.batchSize = batchSize
    changes = Array(
      repeating: PredictionChange(), count: selections.count * fractions.count * 2 * graphs)
  }

  private func index(_ selection: Int, _ share: Int, _ isRemoved: Bool, _ graph: Int) -> Int {
    ((selection * fractions.count + share) * 2 + (isRemoved ? 0 : 1)) * graphCount + graph
  }

  /// Predicts the whole graph, with which the predictions of its masked copies are compared.
  mutating func begin<Scalar>(_ place: Int, graph: Graph, _ model: some GraphModel<Scalar>) {
    whole += Prediction.all(model, [graph], task)
    targets.append(graph.targets)
  }

  mutating func run<Scalar>(
    _ graph: Graph, _ number: Int, _ selection: Int, _ share: Int, isRemoved: Bool,
    _ model: some GraphModel<Scalar>
  ) {
    waiting.append(graph)
    places.append(
      Place(graph: number, selection: selection, share: share, isRemoved: isRemoved))
    if waiting.count >= batchSize { finish(model) }
  }

  /// Runs the graphs that wait for a batch.
  mutating func finish<Scalar>(_ model: some GraphModel<Scalar>) {
    for (place, prediction) in zip(places, Prediction.all(model, waiting, task)) {
      changes[index(place.selection, place.share, place.isRemoved, place.graph)] =
        whole[place.graph].compared(with: prediction, targets: targets[place.graph], task)
    }
    waiting.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }

  /// The averages; all random draws are one row.
  func rows(selectedShare: (Double) -> Double) -> [Fidelity.Row] {
    let draws = selections.indices.filter { selections[$0].measure == .random }
    let groups =
      selections.indices.filter { selections[$0].measure != .random }.map { [$0] }
      + (draws.isEmpty ? [] : [draws])
    return groups.flatMap { group in
      fractions.indices.map { share in
        func pair(_ quantity: (PredictionChange) -> PredictionChange.Sum) -> Fidelity.Pair {
          func value(_ isRemoved: Bool) -> Fidelity.Value {
            Fidelity.Value(
              draws: group.map { selection in
                (0..<graphCount).map { graph in
                  quantity(changes[index(selection, share, isRemoved, graph)])
                }
              })
          }
          return Fidelity.Pair(plus: value(true), minus: value(false))
        }
        let hasLabels = task != .regression
        return Fidelity.Row(
          measure: selections[group[0]].measure, order: selections[group[0]].order,
          fraction: fractions[share], selectedShare: selectedShare(fractions[share]),
          labels: hasLabels ? pair { $0.labels } : nil,
          correctness: hasLabels ? pair { $0.correctness } : nil,
          change: pair { $0.change }, truthChange: pair { $0.truthChange })
      }
    }
  }
}

extension Fidelity.Value {
  /// A value from the sums of each graph in each draw: [draws][graphs].
  init(draws: [[PredictionChange.Sum]]) {
    func total(_ sums: [PredictionChange.Sum]) -> PredictionChange.Sum {
      sums.reduce(into: PredictionChange.Sum()) { $0.merge($1) }
    }
    let totals = draws.map(total)
    omitted = totals.reduce(0) { $0 + $1.omitted }
    count = totals.first?.count ?? 0
    let means = totals.filter { $0.count > 0 }.map { $0.sum / Double($0.count) }
    if means.isEmpty { return }
    let mean = means.reduce(0, +) / Double(means.count)
    self.mean = mean
    if means.count > 1 {
      let squares = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      drawDeviation = (squares / Double(means.count - 1)).squareRoot()
    }
    // The standard error of a ratio of sums over graphs, by the delta method.
    let graphs = (0..<(draws.first?.count ?? 0)).map { graph in total(draws.map { $0[graph] }) }
      .filter { $0.count > 0 }
    guard graphs.count > 1 else { return }
    let all = total(graphs)
    let ratio = all.sum / Double(all.count)
    let residuals = graphs.reduce(0) { sum, graph in
      let residual = graph.sum - ratio * Double(graph.count)
      return sum + residual * residual
    }
    let n = Double(graphs.count)
    standardError = (residuals * n / (n - 1)).squareRoot() / Double(all.count)
  }
}
