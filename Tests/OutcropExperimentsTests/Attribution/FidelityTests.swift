import Foundation
import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropTensor
import Testing

@Suite struct FidelityTests {
  private func options(_ fractions: [Double], draws: Int = 0) -> Fidelity.Options {
    var options = Fidelity.Options()
    options.fractions = fractions
    options.drawCount = draws
    return options
  }

  private func row(
    _ fidelity: Fidelity, _ measure: EdgeMeasure, _ order: Fidelity.Order, _ fraction: Double
  ) -> Fidelity.Row {
    fidelity.rows.first {
      $0.measure == measure && $0.order == order && $0.fraction == fraction
    }!
  }

  /// Two paths of four edges; a quarter is one edge. Type k weighs 10^k, both directions count.
  @Test func regressionByHand() {
    let model = WeighingModel(weights: [[1], [10], [100]], ratios: [[50, 70, 60]])
    let graphs = [path([0, 1, 2, 0], targets: [200]), path([2, 2, 1, 2], targets: [.nan])]
    let scores = EdgeScores(of: model, on: graphs)
    let found = Fidelity(
      of: model, on: graphs, scores: scores, task: .regression, options: options([0.25]))
    #expect(found.graphCount == 2 && found.edgelessGraphCount == 0)
    let highest = row(found, .massiveActivation, .highest, 0.25)
    #expect(highest.labels == nil && highest.correctness == nil)
    #expect(highest.selectedShare == 0.25)
    // The edge of type 1 has the highest ratio: without it, both scores fall by 20.
    #expect(highest.change.plus.mean == 20 && highest.change.plus.standardError == 0)
    // With it alone they fall by 2 + 2 + 200 and by 600.
    #expect(highest.change.minus.mean == 402)
    // Of the first graph's 224, error 24, without it 204, error 4; with it alone 20, error 180.
    #expect(highest.truthChange.plus.mean == 20 && highest.truthChange.minus.mean == 156)
    #expect(highest.truthChange.plus.count == 1 && highest.truthChange.plus.standardError == nil)
    // The lowest is one of type 0 in the first graph, one of type 2 in the second.
    let lowest = row(found, .massiveActivation, .lowest, 0.25)
    #expect(lowest.change.plus.mean == 101.0)  // (2 + 200) / 2
    #expect(lowest.change.minus.mean == 321.0)  // (222 + 420) / 2
    // √(((2 − 101)² + (200 − 101)²) · 2 / 1), over two graphs.
    #expect(abs(lowest.change.plus.standardError! - 99) < 1e-9)
    // Betweenness: the middle edges, one of the two drawn.
    let middle = row(found, .betweenness, .highest, 0.25).change.plus.mean!
    let possible: [Double] = [20, 110, 200]
    #expect(possible.contains(middle))
  }

  /// PyTorch Geometric's definitions, label by label.
  @Test func binaryLabelsByHand() {
    // Label 0: type 0 speaks for, type 1 against. Label 1: nothing matters.
    let model = WeighingModel(weights: [[1, 1], [-1.25, 1]], ratios: [[1, 2]])
    let graphs = [
      path([0, 0, 1, 0], targets: [1, 0]),  // 3.5: on. Without the 1: on; with it alone: off.
      path([1, 1, 0, 0], targets: [1, .nan]),  // −1: off. Without one 1: on; with it alone: off.
      path([0, 1], targets: [.nan, 1]),  // −0.5: off. Without the 1: on; with it alone: off.
    ]
    let scores = EdgeScores(of: model, on: graphs)
    let found = Fidelity(
      of: model, on: graphs, scores: scores, task: .binaryClassification,
      options: options([0.25]))
    let highest = row(found, .massiveActivation, .highest, 0.25)
    // Six predicted labels: label 0 flips in graphs 1 and 2 without, in graph 0 with it alone.
    #expect(highest.labels?.plus.mean == 2.0 / 6 && highest.labels?.minus.mean == 1.0 / 6)
    #expect(highest.labels?.plus.count == 6)
    // Four true labels: of the flips, graph 1's counts without, graph 0's with it alone.
    #expect(highest.correctness?.plus.mean == 1.0 / 4)
    #expect(highest.correctness?.minus.mean == 1.0 / 4)
    #expect(highest.selectedShare == (0.25 + 0.25 + 0.5) / 3)
    func probability(_ score: Double) -> Double { 1 / (1 + exp(-score)) }
    let pairs: [(Double, Double)] = [
      (3.5, 6), (8, 6), (-1, 1.5), (8, 6), (-0.5, 2), (4, 2),
    ]
    let change: Double = pairs.map { abs(probability($0.0) - probability($0.1)) }.reduce(0, +)
    #expect(abs(highest.change.plus.mean! - change / 6) < 1e-7)
  }

  @Test func classesByHand() {
    // Class 1 wins by edges of type 1, else class 0.
    let model = WeighingModel(weights: [[0.5, 0], [0, 1], [0, 0]], ratios: [[1, 3, 2]])
    let graphs = [
      path([1, 0, 0, 0], targets: [0]),  // 3 : 2. Class 0 either way without; 1 with it alone.
      path([1, 1, 2, 2], targets: [1]),  // 0 : 4. Class 1 either way.
      path([1, 2, 2, 0], targets: [0]),  // 1 : 2, class 1. Without: class 0. With it alone: 1.
    ]
    let scores = EdgeScores(of: model, on: graphs)
    let found = Fidelity(
      of: model, on: graphs, scores: scores, task: .classification(classCount: 2),
      options: options([0.25]))
    let highest = row(found, .massiveActivation, .highest, 0.25)
    #expect(highest.labels?.plus.mean == 1.0 / 3 && highest.labels?.minus.mean == 1.0 / 3)
    #expect(highest.correctness?.plus.mean == 1.0 / 3)
    #expect(highest.correctness?.minus.mean == 1.0 / 3)
    func of(_ a: Double, _ b: Double) -> Double { 1 / (1 + exp(b - a)) }
    // The probability of the class predicted on the whole graph.
    let changes: [Double] = [
      of(3, 2) - of(3, 0), of(4, 0) - of(2, 0), of(2, 1) - of(0, 1),
    ]
    let change = changes.map { abs($0) }.reduce(0, +)
    #expect(abs(highest.change.plus.mean! - change / 3) < 1e-7)
    // Of the true class: the third graph's is the other one, which changes as much.
    #expect(abs(highest.truthChange.plus.mean! - change / 3) < 1e-7)
  }

  /// Against a plain computation, one graph and one mask at a time, with a real model.
  @Test func batchesChangeNothing() {
    var configuration = GraphTransformerConfiguration.zinc
    configuration.shared.layerCount = 2
    configuration.shared.hiddenWidth = 32
    configuration.shared.outputWidth = 32
    configuration.shared.headCount = 2
    let model = GraphNetwork<Double, GraphTransformerConfiguration>(configuration, seed: 2)
    let graphs = SampleDataset.make(seed: 1, sizes: (train: 0, validation: 0, test: 6)).test
    let scores = EdgeScores(of: model, on: graphs)
    func predict(_ graph: Graph) -> Double {
      withoutGradients { model(GraphBatch([graph]), .evaluation()).values[0] }
    }
    var sums = [0.0, 0.0]
    for (graph, scored) in zip(graphs, scores.graphs) {
      let values = scored.pairValues(.massiveActivation)
      let order = values.indices.sorted { values[$0] > values[$1] }
      let top = Set(order.prefix(Int((0.3 * Double(order.count)).rounded())))
      for (part, removes) in [true, false].enumerated() {
        let rows = (0..<graph.edgeCount).filter {
          top.contains(Int(scored.edges.pairOfRow[$0])) != removes
        }.map { Int32($0) }
        var masked = graph
        masked.sources = rows.map { graph.sources[Int($0)] }
        masked.destinations = rows.map { graph.destinations[Int($0)] }
        masked.edgeTypes = graph.edgeTypes!.rows(rows)
        sums[part] += abs(predict(masked) - predict(graph)) / Double(graphs.count)
      }
    }
    for batchSize in [1, 7, 1000] {
      var options = options([0.3, 1])
      options.batchSize = batchSize
      let found = Fidelity(
        of: model, on: graphs, scores: scores, task: .regression, options: options)
      let change = row(found, .massiveActivation, .highest, 0.3).change
      #expect(abs(change.plus.mean! - sums[0]) < 1e-9 && sums[0] > 0)
      #expect(abs(change.minus.mean! - sums[1]) < 1e-9 && sums[1] > 0)
      // All edges: nothing is missing from what is kept, and both ends are the same.
      let all = row(found, .massiveActivation, .highest, 1)
      #expect(all.change.minus.mean! < 1e-12 && all.selectedShare == 1)
      #expect(
        abs(all.change.plus.mean! - row(found, .betweenness, .lowest, 1).change.plus.mean!) < 1e-12)
    }
  }

  @Test func randomChoiceIsAveragedOverDraws() throws {
    let model = WeighingModel(weights: [[1], [10]], ratios: [[1, 2]])
    let graphs = [[0, 1, 0, 1, 1], [0, 0, 0, 1], [1, 0]].map { path($0, targets: [0]) }
    let scores = EdgeScores(of: model, on: graphs)
    func measure(_ draws: Int, seed: UInt64) -> Fidelity {
      var options = options([0.2, 0.5], draws: draws)
      options.seed = seed
      return Fidelity(of: model, on: graphs, scores: scores, task: .regression, options: options)
    }
    let many = measure(400, seed: 1)
    // One of five, one of four, one of two edges: their mean weights are what is expected.
    let means: [Double] = [64.0 / 5, 26.0 / 4, 22.0 / 2]
    let expected = means.reduce(0, +) / 3
    let found = row(many, .random, .highest, 0.2).change.plus
    #expect(abs(found.mean! - expected) < 4 * found.drawDeviation! / 20)
    #expect(found.drawDeviation! > 0 && found.count == 3)
    #expect(many.rows.filter { $0.measure == .random }.count == 2)
    #expect(measure(3, seed: 5) == measure(3, seed: 5))
    #expect(measure(3, seed: 5) != measure(3, seed: 6))
    #expect(row(measure(1, seed: 5), .random, .highest, 0.2).change.plus.drawDeviation == nil)
    let copy = try JSONDecoder().decode(Fidelity.self, from: JSONEncoder().encode(many))
    #expect(copy == many)
  }

  @Test func graphsWithoutEdgesAreCounted() {
    let model = WeighingModel(weights: [[1]], ratios: [[1]])
    let graphs = [path([], targets: [0]), path([0, 0], targets: [0])]
    let scores = EdgeScores(of: model, on: graphs)
    let found = Fidelity(
      of: model, on: graphs, scores: scores, task: .regression, options: options([0.5]))
    #expect(found.graphCount == 1 && found.edgelessGraphCount == 1)
    let none = Fidelity(
      of: model, on: [], scores: EdgeScores(of: model, on: []), task: .regression,
      options: options([0.5], draws: 2))
    #expect(none.graphCount == 0 && none.rows.allSatisfy { $0.change.plus.mean == nil })
  }

  @Test func undefinedPredictionsAreCounted() throws {
    let model = WeighingModel(weights: [[1], [.nan]], ratios: [[1, 2]])
    let graphs = [path([0, 0], targets: [0]), path([1, 0], targets: [0])]
    let found = Fidelity(
      of: model, on: graphs, scores: EdgeScores(of: model, on: graphs), task: .regression,
      options: options([0.5], draws: 2))
    let change = row(found, .massiveActivation, .highest, 0.5).change.plus
    #expect(change.mean == 2 && change.count == 1 && change.omitted == 1)
    #expect(row(found, .random, .highest, 0.5).change.plus.omitted == 2)
    _ = try JSONEncoder().encode(found)
  }

  @Test func sharesOfFewEdges() {
    #expect([0.05, 0.1, 0.5, 1].map { Fidelity.selectedCount($0, of: 3) } == [1, 1, 2, 3])
    #expect(Fidelity.selectedCount(0.3, of: 25) == 8)
  }

  @Test func undefinedScoresComeLast() {
    let model = WeighingModel(weights: [[1], [1], [1]], ratios: [[5, .nan, .infinity]])
    let scores = EdgeScores(of: model, on: [path([1, 0, 2, 1], targets: [0])]).graphs[0]
    func types(_ order: Fidelity.Order) -> [Int] {
      Fidelity.ranking(
        scores, .init(measure: .massiveActivation, order: order, draw: 0), seed: 3
      ).map { [1, 0, 2, 1][$0] }
    }
    #expect(types(.highest) == [2, 0, 1, 1] && types(.lowest) == [0, 2, 1, 1])
  }
}
