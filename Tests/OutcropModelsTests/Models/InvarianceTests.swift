import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// What must not matter, in `Double` and to rounding.
@Suite("Models don't look at")
struct InvarianceTests {
  private func scores(_ model: any GraphModel<Double>, _ graphs: [Graph]) -> [Double] {
    func run(_ model: some GraphModel<Double>) -> [Double] {
      OutcropModelsTests.scores(model, graphs)
    }
    return run(model)
  }

  private func expectEqual(_ name: String, _ found: [Double], _ expected: [Double]) {
    if let problem = difference(name, found, expected, tolerance: 1e-9) {
      Issue.record("\(problem)")
    }
    // Scores that don't depend on the graph would pass everything.
    #expect(Set(expected).count > expected.count / 2, "\(name): \(expected)")
  }

  @Test("the order of nodes and edges", arguments: ModelVariant.all)
  func order(_ variant: ModelVariant) {
    var generator = RandomGenerator(seed: 3)
    let graphs = variant.graphs(7, seed: 4)
    let model = variant.trainedModel(seed: 5, Double.self)
    let other = graphs.map { shuffled($0, using: &generator) }
    #expect(other.map(\.sources) != graphs.map(\.sources))
    expectEqual(variant.name, scores(model, other), scores(model, graphs))
  }

  @Test("the other graphs of a batch", arguments: ModelVariant.all)
  func batching(_ variant: ModelVariant) {
    let graphs = variant.graphs(7, seed: 6)
    let model = variant.trainedModel(seed: 7, Double.self)
    expectEqual(variant.name, scores(model, graphs), graphs.flatMap { scores(model, [$0]) })
  }

  @Test("where random-walk positions are centerd, nor how large they are")
  func centeredPositions() throws {
    let variant = ModelVariant.base.first { $0.name == "SAN, random walks" }!
    let model = variant.trainedModel(seed: 8, Double.self)
    let graphs = variant.graphs(7, seed: 9)
    let expected = scores(model, graphs)
    func parameter(_ name: String) throws -> Parameter<Double> {
      try #require(model.parameters.first { $0.name == name }).parameter
    }
    try parameter("p_out.bias").update { values in
      for place in values.indices { values[place] += Double(place) - 0.7 }
    }
    expectEqual("moved", scores(model, graphs), expected)
    try parameter("p_out.weight").update { values in
      for place in values.indices { values[place] *= 3 }
    }
    // Up to what the division is kept from zero by: 1e-6 beside the spread of the positions.
    let scaled = scores(model, graphs)
    #expect(difference("scaled", scaled, expected, tolerance: 1e-4) == nil)
    try parameter("p_out.weight").update { $0[0] += 0.5 }
    // Centerd over a graph, positions vanish from its sums; `variant` takes the maximum.
    #expect(difference("changed", scores(model, graphs), scaled, tolerance: 1e-4) != nil)
  }

  @Test("positions of an end that is not centerd: means are 0 and norms 1, over each graph")
  func positionsAreNormalized() {
    var generator = RandomGenerator(seed: 10)
    let batch = GraphBatch(encodedGraphs(6, seed: 11, isFull: false))
    let p = Tensor<Double>.normal([batch.nodeCount, 4], using: &generator) + 3
    let result = PositionalReadout.normalized(p, batch)
    for graph in 0..<batch.graphCount {
      let nodes = batch.nodes(of: graph)
      for column in 0..<4 {
        let values = nodes.map { result.values[4 * $0 + column] }
        #expect(abs(values.reduce(0, +)) < 1e-12)
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(nodes.count == 1 ? norm == 0 : abs(norm - 1) < 1e-5)
      }
    }
  }
}
