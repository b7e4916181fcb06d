import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct DatasetSummaryTests {
  private let dataset: GraphDataset = {
    let triangle = Graph(
      nodeCount: 3, sources: [0, 1, 1, 2, 2, 0], destinations: [1, 0, 2, 1, 0, 2],
      nodeTypes: IntegerFeatures(values: [0, 1, 1]),
      edgeTypes: IntegerFeatures(values: [1, 1, 2, 2, 1, 1]), targets: [1])
    let lone = Graph(
      nodeCount: 2, sources: [], destinations: [], nodeTypes: IntegerFeatures(values: [2, 2]),
      edgeTypes: IntegerFeatures(values: []), targets: [-2])
    var unlabeled = lone
    unlabeled.targets = [.nan]
    return GraphDataset(
      name: "little", train: [triangle, lone, triangle, unlabeled], validation: [lone], test: [],
      isSynthetic: true, nodeTypeCount: 3, edgeTypeCount: 3, targetCount: 1, task: .regression,
      edgeTypeNames: ["none", "thin", "thick"], sourceDescription: "made by hand")
  }()

  @Test func countsByHand() {
    let summary = DatasetDescription(dataset)
    let train = summary.splits[0]
    #expect(train.graphs == 4 && train.nodes == 10 && train.directedEdges == 12)
    #expect(train.graphsWithoutEdges == 2)
    #expect(train.nodesPerGraph.counts == [0, 0, 2, 2] && train.nodesPerGraph.mean == 2.5)
    #expect(train.nodesPerGraph.minimum == 2 && train.nodesPerGraph.maximum == 3)
    #expect(train.degree.counts == [4, 0, 6])
    #expect(train.nodeTypeCounts == [2, 4, 4] && train.edgeTypeCounts == [0, 8, 4])
    #expect(train.edgeTypeShares == [0, 8.0 / 12, 4.0 / 12])
    let label = train.labels[0]
    #expect(label.labeled == 3 && label.missing == 1)
    #expect(label.mean == 0 && label.minimum == -2 && label.maximum == 1)
    #expect(abs(label.standardDeviation - 2.0.squareRoot()) < 1e-12)
    #expect(abs(label.meanAbsoluteDeviation - 4.0 / 3) < 1e-12)
    #expect(summary.splits[2].graphs == 0 && summary.splits[2].degree.counts.isEmpty)
  }

  @Test func jsonAndTable() throws {
    let summary = DatasetDescription(dataset)
    let data = try JSONEncoder().encode(summary)
    #expect(try JSONDecoder().decode(DatasetDescription.self, from: data) == summary)
    let table = summary.table
    for text in ["little (synthetic)", "made by hand", "thin", "8 (66.67%)", dataset.checksum] {
      #expect(table.contains(text), "\(text)")
    }
    #expect(!table.contains("none"))
    #expect(table.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  /// The table says which features models use: all, as in PROTEINS.
  @Test(arguments: [[true, false], [false, true], [true, true], [false, false]])
  func typesBesideAttributes(kinds: [Bool]) {
    let graph = Graph(
      nodeCount: 2, sources: [], destinations: [],
      nodeTypes: kinds[0] ? IntegerFeatures(values: [1, 0]) : nil,
      nodeAttributes: kinds[1] ? RealFeatures(values: [1, 2, 3, 4], columns: 2) : nil, targets: [1])
    let table = DatasetDescription(
      GraphDataset(
        name: "x", train: [graph], validation: [], test: [], nodeTypeCount: kinds[0] ? 2 : 0,
        edgeTypeCount: 0, targetCount: 1, task: .regression, sourceDescription: "x")
    ).table
    let use =
      switch (kinds[0], kinds[1]) {
      case (true, true): "types embedded, plus attributes mapped linearly"
      case (true, false): "types embedded"
      case (false, true): "attributes mapped linearly"
      case (false, false): "all alike"
      }
    #expect(table.contains("used: \(use) (\"node_features\")"))
    #expect(table.contains("used: all alike (\"edge_features\")"))
    #expect(table.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func publishedVocabulariesAreAnnounced() {
    let graph = Graph(
      nodeCount: 1, sources: [], destinations: [],
      nodeTypes: IntegerFeatures(values: Array(repeating: 1, count: 74), columns: 74),
      edgeTypes: IntegerFeatures(values: [], columns: 11), targets: [1])
    let table = DatasetDescription(
      GraphDataset(
        name: "x", train: [graph], nodeVocabularies: CanonicalVocabulary.atoms,
        edgeVocabularies: Array(repeating: 2, count: 11), task: .regression)
    ).table
    #expect(table.contains("used: one table for all types, vectors side by side"))
    #expect(table.contains("used: types embedded and summed (\"edge_features\")"))
  }

  @Test func classesAndYesNoLabels() {
    let graphs = [Float(0), 1, 1].map {
      Graph(nodeCount: 1, sources: [], destinations: [], targets: [$0])
    }
    func dataset(_ task: GraphDataset.Task) -> DatasetDescription {
      DatasetDescription(
        GraphDataset(
          name: "x", train: graphs, validation: graphs, test: graphs, nodeTypeCount: 0,
          edgeTypeCount: 0, targetCount: 1, task: task, sourceDescription: "x"))
    }
    #expect(dataset(.classification(classCount: 3)).splits[0].labels[0].classCounts == [1, 2, 0])
    #expect(dataset(.binaryClassification).splits[0].labels[0].positive == 2)
    #expect(dataset(.binaryClassification).table.contains("66.67%"))
  }

  @Test func columnsAndLabelNames() {
    let graph = Graph(
      nodeCount: 2, sources: [0], destinations: [1],
      nodeTypes: IntegerFeatures(values: [0, 4, 2, 4], columns: 2),
      nodeAttributes: RealFeatures(values: [-1, 2.5]),
      edgeTypes: IntegerFeatures(values: [1, 0, 1], columns: 3), targets: [.nan, 1])
    let summary = DatasetDescription(
      GraphDataset(
        name: "x", train: [graph, graph], validation: [], test: [graph], nodeTypeCount: 6,
        edgeTypeCount: 2, nodeVocabularies: [3, 6], edgeVocabularies: [2, 2, 2], targetCount: 2,
        task: .binaryClassification, sourceDescription: "x"), labelNames: ["p53", "AhR"])
    #expect(summary.nodeColumns.map(\.isType) == [true, true, false])
    #expect(summary.nodeColumns.map(\.vocabulary) == [3, 6, nil])
    #expect(summary.nodeColumns.map(\.usedValues) == [2, 1, nil])
    #expect(summary.nodeColumns.map(\.minimum) == [0, 4, -1])
    #expect(summary.nodeColumns.map(\.maximum) == [2, 4, 2.5])
    #expect(summary.nodeColumns.map(\.mean) == [1, 4, 0.75])
    #expect(summary.edgeColumns.map(\.mean) == [1, 0, 1])
    // Kinds: the first column with a 1, or none.
    #expect(summary.splits.map(\.edgeTypeCounts) == [[2, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])
    #expect(summary.splits.map { $0.labels.map(\.missing) } == [[2, 0], [0, 0], [1, 0]])
    let table = summary.table
    for text in ["2 types with vocabularies 3, 6, 1 attribute", "3 types of 0 ... 1 each", "AhR"] {
      #expect(table.contains(text), "\(text)")
    }
    #expect(DatasetDescription(dataset, labelNames: ["too", "many"]).labelNames == nil)
  }

  /// Names of the values of several columns, as older files state them, are not those of the kinds of edges.
  @Test func kindsOfBinaryColumnsHaveTheirNames() {
    var bits = [Int32](repeating: 0, count: 24)
    (bits[0], bits[13]) = (1, 1)
    let graph = Graph(
      nodeCount: 2, sources: [0, 1], destinations: [1, 0],
      edgeTypes: IntegerFeatures(values: bits, columns: 12), targets: [1])
    let dataset = GraphDataset(
      name: "x", train: [graph], validation: [], test: [], nodeTypeCount: 0, edgeTypeCount: 2,
      edgeVocabularies: Array(repeating: 2, count: 12), targetCount: 1, task: .regression,
      edgeTypeNames: ["not single", "single"], sourceDescription: "x")
    #expect((0..<3).map(dataset.edgeTypeName) == ["single", "double", "triple"])
    let summary = DatasetDescription(dataset)
    #expect(summary.edgeTypeNames.count == 13 && summary.edgeTypeNames.first == "single")
    #expect(summary.splits[0].edgeTypeCounts.prefix(3) == [1, 1, 0])
  }

  /// Lengths, order and every single bit count.
  @Test func digestsSeeEveryChange() {
    var random = TestRandom(3)
    var seen: Set<UInt64> = []
    let values = (0..<37).map { _ in UInt32.random(in: 0...9, using: &random) }
    func digest(_ parts: [[UInt32]]) -> UInt64 {
      var digest = XXHash64()
      for part in parts {
        digest.add(part.count)
        digest.add(part)
      }
      return digest.finish()
    }
    var expected = 0
    for length in 0...values.count {
      seen.insert(digest([Array(values.prefix(length))]))
      for cut in 0...length {
        seen.insert(digest([Array(values.prefix(cut)), Array(values[cut..<length])]))
        expected += 1
      }
      expected += 1
    }
    for place in values.indices {
      for bit in 0..<32 {
        var changed = values
        changed[place] ^= 1 << UInt32(bit)
        seen.insert(digest([changed]))
        expected += 1
      }
    }
    #expect(seen.count == expected)
    #expect(digest([values]) == digest([values]))
  }

  @Test func checksumsTellContentsApart() {
    func checksum(_ change: (inout Graph) -> Void) -> String {
      var graph = dataset.train[0]
      change(&graph)
      return GraphDataset(
        name: "x", train: [graph], validation: [], test: [], nodeTypeCount: 9, edgeTypeCount: 9,
        targetCount: 1, task: .regression, sourceDescription: "x"
      ).checksum
    }
    let plain = checksum { _ in }
    #expect(
      plain
        == checksum {
          $0.attributes[.laplacianEigenvectors] = try? $0.laplacianEigenvectors(columns: 2)
        }
    )
    #expect(plain != checksum { $0.targets[0] += 1 })
    #expect(plain != checksum { $0.nodeTypes?[1, 0] = 2 })
    #expect(plain != checksum { $0.edgeTypes?[1, 0] = 2 })
    #expect(plain != checksum { $0.sources[0] = 2 })
    #expect(plain != checksum { $0.nodeTypes = nil })
    #expect(
      plain
        != checksum {
          $0.nodeCount = 4; $0.nodeTypes?.values.append(0)
        })
  }
}
