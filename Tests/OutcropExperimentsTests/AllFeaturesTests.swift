import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropTestSupport
import Testing

/// Models read types and attributes of nodes and edges together.
@Suite struct AllFeaturesTests {
  private func smallDataset() throws -> GraphDataset {
    let folder = try TemporaryFolder()
    // Ten paths of three nodes.
    let nodes = 0..<30
    let edges = nodes.filter { $0 % 3 < 2 }.flatMap { [($0, $0 + 1), ($0 + 1, $0)] }
    func write(_ name: String, _ lines: [String]) throws {
      try folder.write("S_\(name).txt", lines.joined(separator: "\n") + "\n")
    }
    try write("graph_indicator", nodes.map { "\($0 / 3 + 1)" })
    try write("A", edges.map { "\($0.0 + 1), \($0.1 + 1)" })
    try write("node_labels", nodes.map { "\($0 % 4)" })
    try write("node_attributes", nodes.map { "\(Double($0) / 30), \($0 % 7), -1" })
    try write("edge_labels", edges.map { "\($0.0 % 2)" })
    try write("edge_attributes", edges.map { "\(Double($0.1) / 10)" })
    try write("graph_labels", (0..<10).map { "\($0 % 2)" })
    return try TUDataset.read(folder.path)
  }

  private func train(_ dataset: GraphDataset, _ name: String) throws {
    var configuration = ExperimentConfiguration.published(name)
    for assignment in ["L=2", "hidden_dim=16", "out_dim=16", "n_heads=4", "batch_size=64"] {
      try configuration.set(assignment: assignment)
    }
    func step<A: ModelArchitecture>(_ model: A) throws {
      let prepared = try dataset.prepared(for: model)
      let trainer = Trainer(
        GraphNetwork<Float, A>(model, seed: 1), configuration: TrainingConfiguration(epochs: 1),
        task: dataset.task)
      let mapped = trainer.model.parameters.filter { $0.name.contains("attributes.weight") }
      #expect(
        mapped.map(\.name) == ["embedding_h.attributes.weight", "embedding_e.attributes.weight"])
      let before = mapped.map { $0.parameter.value.values }
      try trainer.run(train: prepared.train, validation: prepared.validation)
      #expect(trainer.history.first?.trainLoss.isFinite == true)
      #expect(zip(mapped, before).allSatisfy { $0.parameter.value.values != $1 })
    }
    try step(configuration.model(for: dataset))
  }

  @Test(arguments: ["GT", "SAN", "GraphiT", "EGAT"])
  func ofSmallFiles(model: String) throws {
    let dataset = try smallDataset()
    let configuration = try ExperimentConfiguration.published(model).model(for: dataset)
    #expect(configuration.nodeFeatures == .joined(.categories(4), attributes: 3))
    #expect(
      configuration.edgeFeatures == .joined(.categories(dataset.edgeTypeCount), attributes: 1))
    try train(dataset, model)
  }

  @Test func byChoice() throws {
    let dataset = try smallDataset()
    var configuration = ExperimentConfiguration.standard
    try configuration.set(assignment: "node_features={\"linear\": 3}")
    try configuration.set(assignment: "edge_features=2")
    let chosen = try configuration.model(for: dataset)
    #expect(chosen.nodeFeatures == .linear(columns: 3) && chosen.edgeFeatures == .categories(2))
    #expect(chosen.problem(with: GraphBatch(dataset.train)) == nil)
    var exact = ExperimentConfiguration.standard
    try exact.set(assignment: "node_features={\"types\": 4, \"linear\": 3}")
    #expect(
      try exact.model(for: dataset).nodeFeatures == .joined(.categories(4), attributes: 3))
    var small = ExperimentConfiguration.standard
    try small.set(assignment: "num_atom_type=3")
    #expect(throws: InputError.self) { try small.model(for: dataset) }
  }

  @Test(.enabled(if: SharedFolder.has("data/Cuneiform"), "no data/Cuneiform"))
  func ofCuneiform() throws {
    let dataset = try GraphDataset.read(from: SharedFolder.url.path + "/data/Cuneiform")
    #expect(dataset.nodeAttributeColumns > 0 && dataset.edgeAttributeColumns > 0)
    try train(dataset.prefix(train: 40, validation: 10, test: 0), "GT")
  }
}
