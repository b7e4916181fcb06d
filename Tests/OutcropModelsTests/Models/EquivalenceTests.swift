import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTestSupport
import Testing

/// Models that are the same function in special cases.
@Suite("Equal models")
struct EquivalenceTests {
  /// Copies what has the same name, as `rename` turns it; every parameter of `target` must be there.
  private func copy(
    _ source: any GraphModel<Double>, to target: any GraphModel<Double>,
    rename: (String) -> String = { $0 }
  ) throws {
    let state = Dictionary(uniqueKeysWithValues: source.state.map { (rename($0.name), $0.content) })
    for entry in target.state {
      switch (entry.content, try #require(state[entry.name], "\(entry.name)")) {
      case (.parameter(let new), .parameter(let old)): new.replace(with: old.value.detached)
      case (.statistic(let new), .statistic(let old)): new.value = old.value
      case (.counter(let new), .counter(let old)): new.value = old.value
      default: Issue.record("\(entry.name) is of another kind")
      }
    }
  }

  private func scores(_ model: any GraphModel<Double>, _ graphs: [Graph]) -> [Double] {
    func run(_ model: some GraphModel<Double>) -> [Double] {
      OutcropModelsTests.scores(model, graphs)
    }
    return run(model)
  }

  private func variant(_ name: String, _ bias: ModelVariant.Bias) -> ModelVariant {
    ModelVariant.base.first { $0.name == name }!.with(bias)
  }

  @Test("a full SAN whose γ is 0, and a sparse one", arguments: ModelVariant.Bias.allCases)
  func gammaZero(_ bias: ModelVariant.Bias) throws {
    for name in ["SAN", "SAN, learned encoding"] {
      let sparse = variant(name, bias)
      var configuration = sparse.architecture as! SANConfiguration
      configuration.shared.isFullGraph = true
      configuration.gamma = 0
      let full = ModelVariant("full", configuration).trainedModel(seed: 1, Double.self)
      let model = sparse.architecture.makeModel(seed: 2, Double.self)
      try copy(full, to: model)
      let filledGraphs = encodedGraphs(7, seed: 3, isFull: true)
      let expected = scores(model, encodedGraphs(7, seed: 3, isFull: false))
      let found = scores(full, filledGraphs)
      #expect(difference(name, found, expected, tolerance: 1e-12) == nil)
      // With γ it is another function.
      configuration.gamma = 0.5
      let other = configuration.makeModel(seed: 1, Double.self)
      try copy(full, to: other)
      #expect(difference(name, scores(other, filledGraphs), expected, tolerance: 1e-4) != nil)
    }
  }

  @Test(
    "a full GraphiT with weights of 1 and 0, and a sparse one",
    arguments: ModelVariant.Bias.allCases, [true, false])
  func zeroWeights(_ bias: ModelVariant.Bias, walks: Bool) throws {
    let sparse = variant(walks ? "GraphiT, random walks" : "GraphiT", bias)
    let full = sparse.with("full") { $0.isFullGraph = true }.trainedModel(seed: 4, Double.self)
    let model = sparse.architecture.makeModel(seed: 5, Double.self)
    try copy(full, to: model)
    let graphs = encodedGraphs(7, seed: 6, isFull: true)
    let binary = graphs.map { graph in
      var graph = graph
      graph.attributes[.diffusionWeights] = RealFeatures(
        values: graph.addedEdges!.map { $0 == 1 ? 0 : 1 })
      return graph
    }
    let expected = scores(model, encodedGraphs(7, seed: 6, isFull: false))
    #expect(difference("full", scores(full, binary), expected, tolerance: 1e-12) == nil)
    #expect(difference("weighted", scores(full, graphs), expected, tolerance: 1e-4) != nil)
  }

  @Test("SAN and GraphiT on sparse graphs", arguments: ModelVariant.Bias.allCases, [true, false])
  func sanIsGraphiT(_ bias: ModelVariant.Bias, walks: Bool) throws {
    let suffix = walks ? ", random walks" : ""
    let san = variant("SAN" + suffix, bias).trainedModel(seed: 7, Double.self)
    let graphit = variant("GraphiT" + suffix, bias).architecture.makeModel(seed: 8, Double.self)
    try copy(san, to: graphit) { name in
      walks
        ? name
        : name.split(separator: ".").map { $0 == "attention" ? "attention_h" : $0 }
          .joined(separator: ".")
    }
    let graphs = encodedGraphs(7, seed: 9, isFull: false)
    #expect(scores(graphit, graphs) == scores(san, graphs))
  }
}
