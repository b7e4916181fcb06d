import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropModels
import Testing

@Suite("Before training starts")
struct PreflightTests {
  /// Training as `change` makes it, and the error that it throws; the model must be as before.
  private func error(
    train: [Graph] = sample.train, validation: [Graph] = sample.validation,
    _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) -> InputError? {
    let trainer = trainer(epochs: 1, change: change)
    let before = bits(trainer.model)
    let error = #expect(throws: InputError.self) {
      try trainer.run(train: train, validation: validation)
    }
    #expect(bits(trainer.model) == before && trainer.history.isEmpty)
    return error
  }

  @Test("every graph is checked, of both splits")
  func everyGraph() {
    var graphs = sample.train
    graphs[graphs.count - 1].nodeTypes!.values[0] = 400
    let last = error(train: graphs)
    #expect(last?.found == "node type 400 (the model knows 0 ... 27)")
    #expect(last?.file == "training, graph 63")
    let other = error(validation: [graphs[graphs.count - 1]])
    #expect(other?.file == "validation, graph 0")
    graphs = sample.train
    for index in graphs.indices { graphs[index].edgeTypes = nil }
    #expect(error(train: graphs)?.found == "no edge types")
  }

  @Test("the number of outputs is compared with the labels")
  func outputs() {
    var graphs = sample.train
    for index in graphs.indices { graphs[index].targets = [0, 1, 0] }
    let error = error(train: graphs)
    #expect(error?.field == "targets" && error?.found == "3 scores to learn")
    #expect(throws: InputError.self) {
      try Evaluation(
        of: trainer(epochs: 1).model, on: sample.test, task: .classification(classCount: 3))
    }
  }

  @Test("labels that the task does not have are named")
  func labels() {
    var graphs = sample.test
    for index in graphs.indices { graphs[index].targets = [Float(index % 2)] }
    let model = trainer(epochs: 1).model
    func found(_ label: Float, _ task: GraphDataset.Task) -> InputError? {
      graphs[3].targets = [label]
      do { try model.check(graphs, task: task, batchSize: 4, of: "data") } catch {
        return error as? InputError
      }
      return nil
    }
    #expect(found(.nan, .binaryClassification) == nil && found(7, .regression) == nil)
    let binary = found(0.5, .binaryClassification)
    #expect(binary?.file == "data, graph 3" && binary?.found == "the label 0.5")
    for label: Float in [1, -1, 0.5, 1e30, .infinity] {
      #expect(found(label, .classification(classCount: 1))?.field == "targets", "\(label)")
    }
  }

  @Test("a data set is checked whole, before encodings are computed where they are too large")
  func dataset() throws {
    let data = SampleDataset.make(seed: 3, sizes: (train: 4, validation: 2, test: 2))
    var model = GraphTransformerConfiguration(for: data, layerCount: 1, width: 16, headCount: 4)
    #expect(try data.prepared(for: model).checksum == data.checksum)
    model.outputCount = 3
    let outputs = #expect(throws: InputError.self) { try data.prepared(for: model) }
    #expect(outputs?.file == "sample, train split, graph 0" && outputs?.field == "targets")
    model.outputCount = 1
    model.nodeTypeCount = 1
    #expect(throws: InputError.self) { try data.prepared(for: model) }
    let network = GraphNetwork<Float, GraphTransformerConfiguration>(model, seed: 1)
    #expect(throws: InputError.self) { try data.prepared(for: network, splits: [.test]) }
    let large = Graph(nodeCount: 1_000_000, sources: [], destinations: [], targets: [0])
    let one = GraphDataset(name: "large", train: [large], task: .regression)
    var wide = GraphTransformerConfiguration(for: one, layerCount: 1, width: 16, headCount: 4)
    wide.isFullGraph = true
    let error = #expect(throws: InputError.self) { try one.prepared(for: wide) }
    #expect(error?.file == "large, train split, graph 0" && error?.field == "size")
    // Eigenvectors of a large graph come from a sparse solver.
    wide.isFullGraph = false
    wide.usesLaplacianEncoding = true
    #expect(
      try one.prepared(for: wide).train[0].attributes[.laplacianEigenvectors]?.rows == 1_000_000)
  }

  @Test("labels from which nothing can be learned are told")
  func cautions() {
    func data(_ labels: [[Float]], _ task: GraphDataset.Task) -> GraphDataset {
      let graphs = labels.map { Graph(nodeCount: 1, sources: [], destinations: [], targets: $0) }
      return GraphDataset(name: "d", train: graphs, task: task)
    }
    #expect(data([[0], [1]], .classification(classCount: 2)).cautions().isEmpty)
    #expect(data([[1], [1]], .classification(classCount: 2)).cautions().count == 1)
    #expect(data([[1, 0], [1, 1]], .binaryClassification).cautions().isEmpty)
    #expect(data([[1, 0], [1, .nan]], .binaryClassification).cautions().count == 1)
    #expect(data([[2], [2]], .regression).cautions().count == 1)
    #expect(data([[2], [3]], .regression).cautions().isEmpty)
  }

  @Test("impossible settings are named")
  func settings() {
    #expect(error { $0.batchSize = 0 }?.field == "batchSize")
    #expect(error { $0.epochs = -1 }?.field == "epochs")
    #expect(error { $0.learningRate = .nan }?.field == "learningRate")
    #expect(error { $0.weightDecay = -1 }?.field == "weightDecay")
    #expect(error { $0.minimumLearningRate = .infinity }?.field == "minimumLearningRate")
    #expect(error { $0.reduceFactor = 2 }?.field == "reduceFactor")
    #expect(error { $0.patience = -1 }?.field == "patience")
    #expect(error { $0.stepsPerEpoch = 0 }?.field == "stepsPerEpoch")
    #expect(error { $0.fanOuts = [5, 0] }?.field == "fanOuts")
  }

  @Test("evaluation refuses what the model does not know, and batches of nothing")
  func evaluation() throws {
    let model = trainer(epochs: 1).model
    var graphs = sample.test
    graphs[15].edgeTypes!.values[0] = 9
    let error = #expect(throws: InputError.self) {
      try Evaluation(of: model, on: graphs, task: .regression, batchSize: 6)
    }
    #expect(error?.file == "evaluation, batch 3")
    #expect(error?.found == "edge type 9 (the model knows 0 ... 3)")
    let size = #expect(throws: InputError.self) {
      try Evaluation(of: model, on: sample.test, task: .regression, batchSize: 0)
    }
    #expect(size?.field == "batchSize")
    // Scores need no labels.
    for index in graphs.indices { graphs[index] = sample.test[index] }
    for index in graphs.indices { graphs[index].targets = [] }
    let unlabeled = try Evaluation(of: model, on: graphs, task: .regression)
    #expect(unlabeled.labelCount == 0 && unlabeled.scores.count == graphs.count)
  }
}
