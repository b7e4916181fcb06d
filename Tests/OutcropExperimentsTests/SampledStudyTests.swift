import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import Testing

/// A study of a large graph, of which each layer sees sampled edges of its own.
@Suite struct SampledStudyTests {
  private let dataset: SampledDataset = {
    var random = RandomGenerator(seed: 5)
    let (nodes, edges) = (60, 400)
    func ends() -> [Int32] {
      (0..<edges).map { _ in random.permutation(nodes).first.map(Int32.init)! }
    }
    let graph = LargeGraph(
      nodeCount: nodes, firstEnds: ends(), secondEnds: ends(),
      scores: RealFeatures(values: (0..<edges * 8).map { Float($0 % 11) / 10 }, columns: 8))
    let labels = (0..<nodes * 3).map { Float($0 * 7 % 5 % 2) }
    return SampledDataset(
      NodeDataset(
        name: "little", graph: graph, species: (0..<Int32(nodes)).map { $0 % 3 },
        speciesValues: [1, 2, 3], labels: labels, targetCount: 3, train: Array(0..<30),
        validation: Array(30..<40), test: Array(40..<60), isSynthetic: true,
        sourceDescription: "made for a test"),
      fanOuts: [3, 9])
  }()

  @Test(arguments: ["GT", "SAN", "GraphiT", "EGAT"])
  func everyLayerHasItsOwnEdges(model: String) throws {
    var configuration = ExperimentConfiguration.published(model)
    for (field, value) in [
      "L": 2.0, "hidden_dim": 16, "out_dim": 16, "n_heads": 4, "epochs": 1, "batch_size": 8,
    ] { configuration.set(field, .number(value)) }
    let study = Study(
      model: try configuration.model(for: dataset), training: try configuration.training())
    let results = try study.run(on: dataset)
    // The last layer's edges are those into test nodes, however they are drawn.
    let lastEdges = dataset.nodes.test.reduce(0) {
      $0 + min(9, dataset.nodes.graph.degree(of: Int($1)))
    }
    for run in results.runs {
      let edges = try run.layers.map { try #require($0.edge) }
      #expect(edges.count == 2 && edges[1].rows == lastEdges && edges[0].rows > edges[1].rows)
      let layers = try edges.map { try #require($0.rowMedian) }
      for (layer, edge) in zip(layers, edges) {
        #expect(layer.batchMaxima.count == 3)
        #expect(layer.byEdgeType.map(\.name) == ["all edges"])
        #expect(layer.byEdgeType.map(\.edges) == [edge.rows])
        let place = try #require(layer.largestPosition)
        #expect((0..<3).contains(try #require(place.graph)) && place.edgeType == 0)
      }
      let place = try #require(layers[1].largestPosition)
      #expect((0..<8).contains(try #require(place.destination)))
    }
  }
}
