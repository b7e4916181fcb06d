import Foundation
import OutcropGraph
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
    var unlabelled = lone
    unlabelled.targets = [.nan]
    return GraphDataset(
      name: "little", train: [triangle, lone, triangle, unlabelled], validation: [lone], test: [],
      isSynthetic: true, nodeTypeCount: 3, edgeTypeCount: 3, targetCount: 1, task: .regression,
      edgeTypeNames: ["none", "thin", "thick"], sourceDescription: "made by hand")
  }()

  @Test func countsByHand() {
    let summary = DatasetSummary(dataset)
    let train = summary.splits[0]
    #expect(train.graphs == 4 && train.nodes == 10 && train.directedEdges == 12)
    #expect(train.graphsWithoutEdges == 2)
    #expect(train.nodesPerGraph.counts == [0, 0, 2, 2] && train.nodesPerGraph.mean == 2.5)
    #expect(train.nodesPerGraph.minimum == 2 && train.nodesPerGraph.maximum == 3)
    #expect(train.degree.counts == [4, 0, 6])
    #expect(train.nodeTypeCounts == [2, 4, 4] && train.edgeTypeCounts == [0, 8, 4])
    #expect(train.edgeTypeShares == [0, 8.0 / 12, 4.0 / 12])
    let label = train.labels[0]
    #expect(label.labelled == 3 && label.missing == 1)
    #expect(label.mean == 0 && label.minimum == -2 && label.maximum == 1)
    #expect(abs(label.standardDeviation - 2.0.squareRoot()) < 1e-12)
    #expect(abs(label.meanAbsoluteDeviation - 4.0 / 3) < 1e-12)
    #expect(summary.splits[2].graphs == 0 && summary.splits[2].degree.counts.isEmpty)
  }

  @Test func jsonAndTable() throws {
    let summary = DatasetSummary(dataset)
    let data = try JSONEncoder().encode(summary)
    #expect(try JSONDecoder().decode(DatasetSummary.self, from: data) == summary)
    let table = summary.table
    for text in ["little (synthetic)", "made by hand", "thin", "8 (66.67 %)", dataset.checksum] {
      #expect(table.contains(text), "\(text)")
    }
    #expect(!table.contains("none"))
    #expect(table.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func classesAndYesNoLabels() {
    let graphs = [Float(0), 1, 1].map {
      Graph(nodeCount: 1, sources: [], destinations: [], targets: [$0])
    }
    func dataset(_ task: GraphDataset.Task) -> DatasetSummary {
      DatasetSummary(
        GraphDataset(
          name: "x", train: graphs, validation: graphs, test: graphs, nodeTypeCount: 0,
          edgeTypeCount: 0, targetCount: 1, task: task, sourceDescription: "x"))
    }
    #expect(dataset(.classification(classCount: 3)).splits[0].labels[0].classCounts == [1, 2, 0])
    #expect(dataset(.binaryClassification).splits[0].labels[0].positive == 2)
    #expect(dataset(.binaryClassification).table.contains("66.67 %"))
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
    #expect(plain == checksum { $0.laplacianEncoding = $0.laplacianEigenvectors(columns: 2) })
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
