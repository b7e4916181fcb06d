import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor
import Testing

@Suite struct EdgeScoresTests {
  private let graphs = SampleDataset.make(seed: 5, sizes: (train: 0, validation: 0, test: 12)).test

  private func model() -> GraphNetwork<Double, GraphTransformerConfiguration> {
    var configuration = GraphTransformerConfiguration.zinc
    configuration.shared.layerCount = 3
    configuration.shared.hiddenWidth = 16
    configuration.shared.outputWidth = 16
    configuration.shared.headCount = 4
    return GraphNetwork(configuration, seed: 2)
  }

  /// Each edge's ratio by sorting its row, graph by graph.
  private func expected(_ graph: Graph) -> [[Float]] {
    let recorder = ActivationRecorder<Double>()
    withoutGradients {
      _ = model()(GraphBatch([graph]), .evaluation(observers: [recorder]))
    }
    return (0..<3).map { layer in
      let values = recorder.single(.edge, layer)!
      return (0..<graph.edgeCount).map { edge in
        let row = values.values[edge * 16..<(edge + 1) * 16].map(\.magnitude).sorted()
        return Float(row[15] / ((row[7] + row[8]) / 2))
      }
    }
  }

  @Test(arguments: [1, 5, 100]) func ratiosAreThoseOfTheRecordedActivations(batchSize: Int) {
    let scores = EdgeScores(of: model(), on: graphs, batchSize: batchSize)
    #expect(scores.layers == [0, 1, 2] && scores.graphs.count == graphs.count)
    for (graph, found) in zip(graphs, scores.graphs) {
      let truth = expected(graph)
      for layer in 0..<3 {
        #expect(found.massiveByLayer[layer].count == graph.edgeCount)
        for (a, b) in zip(found.massiveByLayer[layer], truth[layer]) {
          #expect(abs(a - b) <= 1e-6 * b)
        }
      }
      for edge in 0..<graph.edgeCount {
        #expect(found.massive[edge] == found.massiveByLayer.map { $0[edge] }.max())
      }
    }
  }

  @Test func measuresBelongToTheirGraphs() {
    let scores = EdgeScores(of: model(), on: graphs, seed: 4)
    for (graph, found) in zip(graphs, scores.graphs) {
      #expect(found.values(.betweenness) == graph.edgeBetweenness())
      #expect(found.values(.typeEntropy) == graph.edgeTypeEntropy())
      #expect(found.values(.endpointDegree) == graph.edgeEndpointDegree())
      #expect(found.values(.curvature) == graph.edgeFormanCurvature())
      #expect(found.values(.random).allSatisfy { (0..<1).contains($0) })
      for rows in found.edges.rows {
        #expect(Set(rows.map { found.random[Int($0)] }).count == 1)
        for measure in EdgeMeasure.allCases {
          let pair = Int(found.edges.pairOfRow[Int(rows[0])])
          let values = found.values(measure)
          #expect(found.pairValues(measure)[pair] == rows.map { values[Int($0)] }.max())
        }
      }
    }
    #expect(scores.graphs[0].random.first != scores.graphs[1].random.first)
    #expect(
      EdgeScores(of: model(), on: graphs, seed: 5).graphs[0].random != scores.graphs[0].random)
  }

  @Test func undefinedRatiosStayUndefined() {
    let model = WeighingModel(
      weights: [[0], [0], [0]], ratios: [[1, .nan, 5], [3, .nan, 2], [2, 7, .infinity]])
    let scores = EdgeScores(of: model, on: [path([0, 1, 2], targets: [0])])
    #expect(scores.graphs[0].massive == [3, 7, .infinity, 3, 7, .infinity])
    let undefined = EdgeScores(
      of: WeighingModel(weights: [[0], [0]], ratios: [[1, .nan]]),
      on: [path([0, 1], targets: [0])]
    ).graphs[0].massive
    #expect(undefined[0] == 1 && undefined[1].isNaN)
  }

  @Test func graphsWithTheMostMassiveEdgesComeFirst() {
    let model = WeighingModel(weights: [[0], [0]], ratios: [[1, 2000]])
    let scores = EdgeScores(
      of: model,
      on: [[0], [1, 0], [1, 1, 0], [0, 1], []].map { path($0, targets: [0]) })
    #expect(scores.mostMassive(count: 9).map(\.graph) == [2, 1, 3])
    #expect(scores.mostMassive(count: 9).map(\.edges) == [4, 2, 2])
    #expect(scores.mostMassive(count: 1).map(\.graph) == [2])
    #expect(scores.mostMassive(threshold: 5000, count: 9).isEmpty)
  }

  @Test func correlationsAreThoseOfTheColumns() throws {
    let scores = EdgeScores(of: model(), on: graphs)
    let found = scores.correlations(resamples: 60, seed: 8)
    let layers: [Int?] = [nil, 0, 1, 2]
    #expect(found.map(\.layer) == layers.flatMap { Array(repeating: $0, count: 4) })
    let owners = graphs.indices.flatMap { graph in graphs[graph].sources.map { _ in graph } }
    for entry in found {
      let massive = scores.graphs.flatMap { graph in
        (entry.layer.map { graph.massiveByLayer[$0] } ?? graph.massive).map { Double($0) }
      }
      let measure = scores.graphs.flatMap { $0.values(entry.measure) }
      let truth = try Spearman(massive, measure, graphs: owners, resamples: 60, seed: 8)
      #expect(entry.correlation == truth && truth.interval != nil)
    }
  }

  /// A full graph's added edges have ratios, but no part in correlations and counts.
  @Test func addedEdgesAreLeftOut() {
    let full = graphs.map { $0.addingAllPairs() }
    let model = WeighingModel(
      weights: Array(repeating: [0], count: 4), ratios: [[9000, 5, 2000, 1]])
    let (found, own) = (EdgeScores(of: model, on: full), EdgeScores(of: model, on: graphs))
    #expect(found.correlations(resamples: 20) == own.correlations(resamples: 20))
    #expect(
      found.mostMassive(count: 99).map(\.edges) == own.mostMassive(count: 99).map(\.edges))
  }
}
