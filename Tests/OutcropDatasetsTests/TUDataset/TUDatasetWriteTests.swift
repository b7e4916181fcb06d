import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct TUDatasetWriteTests {
  private func roundTrip(_ dataset: GraphDataset) throws -> GraphDataset {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/made"
    try TUDataset.write(dataset, to: path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["made"])
    return try TUDataset.read(path)
  }

  private func expectEqual(_ found: GraphDataset, _ expected: GraphDataset) {
    #expect(found.train == expected.train)
    #expect(found.validation == expected.validation)
    #expect(found.test == expected.test)
    #expect(found.checksum == expected.checksum)
    #expect(found.name == expected.name)
    #expect(found.task == expected.task && found.targetCount == expected.targetCount)
    #expect(found.nodeTypeCount == expected.nodeTypeCount)
    #expect(found.edgeTypeCount == expected.edgeTypeCount)
    #expect(found.edgeTypeNames == expected.edgeTypeNames)
    #expect(found.classValues == expected.classValues)
    #expect(found.isSynthetic == expected.isSynthetic)
    #expect(found.sourceDescription == expected.sourceDescription)
  }

  @Test func theSampleComesBack() throws {
    let dataset = SampleDataset.make(seed: 4, sizes: (60, 7, 5))
    expectEqual(try roundTrip(dataset), dataset)
  }

  @Test(arguments: 0..<8)
  func randomDataSetsComeBack(seed: Int) throws {
    var random = TestRandom(UInt64(seed) + 300)
    let task: GraphDataset.Task =
      [.regression, .binaryClassification, .classification(classCount: 3)][seed % 3]
    let targetCount = task == .classification(classCount: 3) ? 1 : seed % 2 + 1
    func graphs(_ count: Int) -> [Graph] {
      (0..<count).map { index in
        var graph = randomGraph(&random, targets: targetCount)
        graph.attributes[.laplacianEigenvectors] = nil
        graph.attributes[.weisfeilerLehmanRoles] = nil
        switch task {
        case .regression: break
        case .binaryClassification: graph.targets = graph.targets.map { $0 < 0 ? 0 : 1 }
        case .classification: graph.targets = [Float(index % 3)]
        }
        return graph
      }
    }
    let dataset = GraphDataset(
      name: "random", train: graphs(9), validation: graphs(3), test: graphs(4),
      nodeTypeCount: 9, edgeTypeCount: 9, targetCount: targetCount, task: task,
      classValues: task == .classification(classCount: 3) ? [-4, 0, 17] : nil,
      sourceDescription: "a test")
    expectEqual(try roundTrip(dataset), dataset)
  }

  @Test func missingLabelsComeBack() throws {
    let graph = Graph(nodeCount: 1, sources: [], destinations: [], targets: [.nan, 1])
    let dataset = GraphDataset(
      name: "missing", train: [graph], validation: [graph], test: [graph], nodeTypeCount: 0,
      edgeTypeCount: 0, targetCount: 2, task: .binaryClassification, sourceDescription: "a test")
    let found = try roundTrip(dataset)
    #expect(found.train[0].targets[0].isNaN && found.train[0].targets[1] == 1)
    #expect(found.checksum == dataset.checksum)
  }

  private func failure(_ body: () throws -> Void) -> InputError? {
    do {
      try body()
      return nil
    } catch { return error as? InputError }
  }

  @Test func nothingIsOverwrittenUnasked() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/made"
    let first = SampleDataset.make(seed: 1, sizes: (4, 2, 2))
    let second = SampleDataset.make(seed: 2, sizes: (5, 2, 2))
    try TUDataset.write(first, to: path)
    let refusal = failure { try TUDataset.write(second, to: path) }
    #expect(refusal?.found == "a file or folder that already exists")
    #expect(try TUDataset.read(path).checksum == first.checksum)
    try TUDataset.write(second, to: path, overwrite: true)
    #expect(try TUDataset.read(path).checksum == second.checksum)
    try folder.write("made/notes.txt", "mine")
    let foreign = failure { try TUDataset.write(first, to: path, overwrite: true) }
    #expect(foreign?.found.contains("notes.txt") == true)
    #expect(try TUDataset.read(path).checksum == second.checksum)
    // A data set that somebody else laid out stays as well.
    try folder.write("other/train/x.txt", "1")
    #expect(
      failure { try TUDataset.write(first, to: "\(folder.path)/other", overwrite: true) } != nil)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
        "made", "other",
      ])
  }

  @Test func whatTheTextCannotHoldIsRefused() throws {
    let folder = try TemporaryFolder()
    func found(_ dataset: GraphDataset) -> String? {
      failure { try TUDataset.write(dataset, to: "\(folder.path)/made") }?.found
    }
    func dataset(_ graph: Graph, name: String = "odd") -> GraphDataset {
      GraphDataset(
        name: name, train: [graph], validation: [graph], test: [graph], nodeTypeCount: 0,
        edgeTypeCount: 0, targetCount: graph.targets.count, task: .regression,
        sourceDescription: "a test")
    }
    let graph = Graph(nodeCount: 1, sources: [], destinations: [], targets: [1])
    #expect(
      found(dataset(graph).prefix(train: 1, validation: 0, test: 1))?.contains("no graph") == true)
    #expect(found(dataset(graph, name: "a/b"))?.contains("name") == true)
    #expect(
      found(dataset(Graph(nodeCount: 0, sources: [], destinations: [], targets: [1])))?
        .contains("no node in the train split") == true)
    #expect(
      found(dataset(Graph(nodeCount: 1, sources: [], destinations: [], targets: [.nan])))?
        .contains("without a label") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func aPlaceThatCannotBeWrittenIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "1")
    let error = failure {
      try TUDataset.write(SampleDataset.make(sizes: (1, 1, 1)), to: "\(folder.path)/file/made")
    }
    #expect(error?.found == "cannot create a temporary folder beside it: Not a directory")
  }

  @Test func aMalformedDescriptionIsAnError() throws {
    let folder = try TemporaryFolder()
    try TUDataset.write(SampleDataset.make(sizes: (1, 1, 1)), to: "\(folder.path)/made")
    try folder.write("made/dataset.json", "{ \"name\": 3 }")
    let error = failure { _ = try TUDataset.read("\(folder.path)/made") }
    #expect(error?.file.hasSuffix("made/dataset.json") == true)
  }
}
