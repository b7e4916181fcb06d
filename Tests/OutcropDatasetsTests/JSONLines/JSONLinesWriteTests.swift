import Foundation
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// How a data set is written and read again.
enum TextFormat: CaseIterable {
  case tuDataset, jsonLines

  func roundTrip(_ dataset: GraphDataset) throws -> GraphDataset {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/made"
    switch self {
    case .tuDataset: try TUDataset.write(dataset, to: path)
    case .jsonLines: try JSONLinesDataset.write(dataset, to: path)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["made"])
    return try GraphDataset.read(from: path)
  }
}

@Suite struct JSONLinesWriteTests {
  private func expectEqual(_ found: GraphDataset, _ expected: GraphDataset) {
    // Checksums see NaN as equal to NaN, which graphs don't.
    #expect(found.checksum == expected.checksum)
    #expect(found.graphCount == expected.graphCount && found.train.count == expected.train.count)
    #expect(found.name == expected.name && found.isSynthetic == expected.isSynthetic)
    #expect(found.task == expected.task && found.targetCount == expected.targetCount)
    #expect(found.nodeVocabularies == expected.nodeVocabularies)
    #expect(found.edgeVocabularies == expected.edgeVocabularies)
    #expect(found.edgeTypeNames == expected.edgeTypeNames)
    #expect(found.classValues == expected.classValues)
    #expect(found.sourceDescription == expected.sourceDescription)
  }

  private enum Kinds: CaseIterable { case types, attributes, both, none }

  private func dataset(
    _ kinds: Kinds, _ task: GraphDataset.Task, _ random: inout TestRandom, missing: Bool
  ) -> GraphDataset {
    let targetCount = task == .classification(classCount: 3) ? 1 : 2
    func graphs(_ count: Int) -> [Graph] {
      (0..<count).map { index in
        var graph = randomGraph(&random, targets: targetCount)
        graph.attributes[.laplacianEigenvectors] = nil
        graph.attributes[.weisfeilerLehmanRoles] = nil
        if kinds == .attributes || kinds == .none {
          (graph.nodeTypes, graph.edgeTypes) = (nil, nil)
        }
        if kinds == .types || kinds == .none {
          (graph.nodeAttributes, graph.edgeAttributes) = (nil, nil)
        }
        switch task {
        case .regression: if missing, index % 3 == 0 { graph.targets[1] = .nan }
        case .binaryClassification:
          graph.targets = graph.targets.map { $0 < -1 ? .nan : $0 < 0 ? 0 : 1 }
        // Class 1 occurs nowhere.
        case .classification: graph.targets = [Float(index % 2 * 2)]
        }
        return graph
      }
    }
    let hasTypes = kinds == .types || kinds == .both
    return GraphDataset(
      name: "random", train: graphs(9), validation: graphs(3), test: graphs(4), isSynthetic: true,
      nodeTypeCount: hasTypes ? 11 : 0, edgeTypeCount: hasTypes ? 10 : 0,
      nodeVocabularies: hasTypes ? [11, 9] : [], edgeVocabularies: hasTypes ? [10] : [],
      targetCount: targetCount, task: task,
      edgeTypeNames: hasTypes ? (0..<10).map { "kind “\($0)”" } : nil,
      classValues: task == .classification(classCount: 3) ? [-4, 0, 17] : nil,
      sourceDescription: "a \"test\"")
  }

  @Test(arguments: TextFormat.allCases, 0..<12)
  func everyKindOfDataSetComesBack(format: TextFormat, seed: Int) throws {
    var random = TestRandom(UInt64(seed) + 70)
    let task: GraphDataset.Task =
      [.regression, .binaryClassification, .classification(classCount: 3)][seed % 3]
    let made = dataset(
      Kinds.allCases[seed / 3], task, &random, missing: format == .jsonLines)
    expectEqual(try format.roundTrip(made), made)
  }

  @Test(arguments: TextFormat.allCases)
  func theSampleComesBack(format: TextFormat) throws {
    let dataset = SampleDataset.make(seed: 4, sizes: (60, 7, 5))
    let found = try format.roundTrip(dataset)
    expectEqual(found, dataset)
    #expect(found.train == dataset.train)
  }

  /// Graphs without nodes, without edges, and a split without graphs.
  @Test func emptyThingsComeBack() throws {
    let types = IntegerFeatures(values: [], columns: 2)
    let reals = RealFeatures(values: [], columns: 3)
    for (first, second) in [(types as IntegerFeatures?, nil as RealFeatures?), (nil, reals)] {
      let graph = Graph(
        nodeCount: 0, sources: [], destinations: [], nodeTypes: first, nodeAttributes: second,
        edgeTypes: first, edgeAttributes: second, targets: [0.5])
      let dataset = GraphDataset(
        name: "empty", train: [graph, graph], validation: [], test: [graph],
        nodeTypeCount: first == nil ? 0 : 4, edgeTypeCount: first == nil ? 0 : 3, targetCount: 1,
        task: .regression, sourceDescription: "a test")
      expectEqual(try TextFormat.jsonLines.roundTrip(dataset), dataset)
    }
  }

  @Test func numbersKeepTheirBits() throws {
    var random = TestRandom(5)
    let values =
      (0..<3000).map { _ in
        Float(bitPattern: UInt32.random(in: 0..<UInt32.max, using: &random))
      }.filter(\.isFinite) + [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e7, 3]
    let graphs = values.map {
      Graph(
        nodeCount: 1, sources: [], destinations: [], nodeAttributes: RealFeatures(values: [$0]),
        targets: [$0])
    }
    let dataset = GraphDataset(
      name: "bits", train: graphs, validation: graphs, test: graphs, nodeTypeCount: 0,
      edgeTypeCount: 0, targetCount: 1, task: .regression, sourceDescription: "a test")
    for format in TextFormat.allCases {
      let found = try format.roundTrip(dataset)
      #expect(bits(found.train.map { $0.targets[0] }) == bits(values))
      #expect(bits(found.test.map { $0.nodeAttributes!.values[0] }) == bits(values))
    }
  }

  @Test func whatLinesCannotHoldIsRefused() throws {
    let folder = try TemporaryFolder()
    func found(_ graph: Graph, _ task: GraphDataset.Task = .regression) -> String? {
      let dataset = GraphDataset(
        name: "odd", train: [graph], validation: [graph], test: [graph], nodeTypeCount: 0,
        edgeTypeCount: 0, targetCount: graph.targets.count, task: task,
        sourceDescription: "a test")
      return datasetError { try JSONLinesDataset.write(dataset, to: "\(folder.path)/made") }?.found
    }
    var graph = Graph(nodeCount: 1, sources: [], destinations: [], targets: [1])
    graph.nodeAttributes = RealFeatures(values: [.infinity])
    #expect(found(graph) == "inf in train graph 0")
    graph.nodeAttributes = nil
    graph.targets = [.nan]
    #expect(found(graph, .classification(classCount: 2)) == "no class in train graph 0")
    graph.targets = []
    #expect(found(graph) == "no label in train graph 0")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func nothingIsOverwrittenUnasked() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/made"
    let first = SampleDataset.make(seed: 1, sizes: (4, 2, 2))
    let second = SampleDataset.make(seed: 2, sizes: (5, 2, 2))
    try JSONLinesDataset.write(first, to: path)
    let refusal = datasetError { try JSONLinesDataset.write(second, to: path) }
    #expect(refusal?.found == "a file or folder that already exists")
    // Both formats know each other's folders.
    try TUDataset.write(second, to: path, overwrite: true)
    try JSONLinesDataset.write(first, to: path, overwrite: true)
    #expect(try JSONLinesDataset.read(path).checksum == first.checksum)
    try folder.write("made/notes.txt", "mine")
    let foreign = datasetError { try JSONLinesDataset.write(second, to: path, overwrite: true) }
    #expect(foreign?.found.contains("notes.txt") == true)
  }
}

@Suite(.enabled(if: SharedFolder.has("data/MUTAG"), "no published data"))
struct PublishedConversionTests {
  @Test(arguments: ["MUTAG", "PROTEINS", "ogbg_moltox21"], TextFormat.allCases)
  func publishedDataComeBack(name: String, format: TextFormat) throws {
    let dataset = try GraphDataset.read(from: "\(SharedFolder.url.path)/data/\(name)")
    let found = try format.roundTrip(dataset)
    #expect(found.checksum == dataset.checksum && found.task == dataset.task)
    #expect(found.nodeVocabularies == dataset.nodeVocabularies)
    #expect(found.edgeVocabularies == dataset.edgeVocabularies)
    #expect(found.classValues == dataset.classValues)
  }
}
