import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// One graph with labeled nodes, trained whole.
@Suite struct WholeGraphTests {
  /// Nodes of three kinds; the class of a node is that of its neighbors, which are all of one kind.
  private func dataset(_ count: Int = 90) throws -> SingleGraphDataset {
    var random = TestRandom(3)
    let kinds = (0..<count).map { _ in Int32.random(in: 0..<3, using: &random) }
    var (sources, destinations): ([Int32], [Int32]) = ([], [])
    var labels: [Float] = []
    for node in 0..<count {
      let label = Int32.random(in: 0..<3, using: &random)
      labels.append(Float(label))
      let of = kinds.indices.filter { kinds[$0] == label }
      for _ in 0..<3 {
        sources.append(Int32(of.randomElement(using: &random)!))
        destinations.append(Int32(node))
      }
    }
    return try SingleGraphDataset(
      checking: "test", name: "test",
      graph: Graph(
        nodeCount: count, sources: sources, destinations: destinations,
        nodeTypes: IntegerFeatures(values: kinds),
        edgeTypes: IntegerFeatures(values: sources.map { $0 % 2 })),
      labels: labels, task: .classification(classCount: 3), train: Array(0..<Int32(count / 2)),
      validation: Array(Int32(count / 2)..<Int32(count * 3 / 4)),
      test: Array(Int32(count * 3 / 4)..<Int32(count)))
  }

  @Test func oneLayerScoresNodesAsSampledNeighborsDo() throws {
    let whole = try dataset()
    var sampled = whole
    sampled.fanOuts = [NeighborSampler.allNeighbors]
    let model = GraphTransformer<Float>(
      GraphTransformerConfiguration(for: whole, layerCount: 1, width: 16, headCount: 2), seed: 5)
    let scores = try Evaluation(of: model, on: whole.examples(.test), task: whole.task).scores
    let others = try Evaluation(
      of: model, on: sampled.examples(.test), task: whole.task, batchSize: 7
    ).scores
    #expect(scores.count == 3 * whole.test.count && scores.count == others.count)
    for (one, other) in zip(scores, others) { #expect(abs(one - other) < 1e-5) }
  }

  @Test func trainingOnTheWholeGraphLearns() throws {
    let configuration = GraphTransformerConfiguration(
      for: try dataset(), layerCount: 2, width: 16, headCount: 2)
    let data = try dataset().prepared(for: configuration)
    let model = GraphTransformer<Float>(configuration, seed: 1)
    let trainer = Trainer(
      model, configuration: TrainingConfiguration(epochs: 60, learningRate: 0.01), task: data.task)
    try trainer.run(train: data.examples(.train), validation: data.examples(.validation))
    #expect(trainer.history.allSatisfy { $0.steps == 1 })
    let result = try Evaluation(of: model, on: data.examples(.test), task: data.task)
    #expect(result.labelCount == data.test.count && result.metric.value > 0.8)
  }

  @Test func encodingsAreAddedToTheGraph() throws {
    var configuration = GraphTransformerConfiguration(
      for: try dataset(), layerCount: 1, width: 16, headCount: 2)
    configuration.usesLaplacianEncoding = true
    configuration.encodingWidth = 4
    let data = try dataset().prepared(for: configuration)
    #expect(data.graph.attributes.names.count == 1)
    var sampled = try dataset()
    #expect(data.checksum == sampled.checksum)
    sampled.fanOuts = [3]
    #expect(throws: InputError.self) { try sampled.prepared(for: configuration) }
  }
}
