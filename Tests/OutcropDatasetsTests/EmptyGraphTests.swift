import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// TUDataset text counts graphs by their labels: numbers that the indicator leaves out have no nodes.
@Suite struct EmptyGraphTests {
  @Test(arguments: [
    ("1 1 2 2 2 4 4 6 6 6 6", [2, 3, 0, 2, 0, 4]), ("2 2 3 4 5 6 6", [0, 2, 1, 1, 1, 2]),
    ("1 2 3 4", [1, 1, 1, 1, 0, 0]), ("3 3", [0, 0, 2, 0, 0, 0]),
  ])
  func graphsWithoutNodes(indicator: String, expected: [Int]) throws {
    let folder = try TemporaryFolder()
    for (split, text) in [("train", indicator), ("val", "1"), ("test", "1")] {
      let lines = text.split(separator: " ").joined(separator: "\n") + "\n"
      try folder.write("\(split)/H_graph_indicator.txt", lines)
      try folder.write("\(split)/H_A.txt", "\n")
      try folder.write("\(split)/H_graph_labels.txt", "0\n1\n0\n1\n0\n1\n")
      try folder.write("\(split)/H_node_labels.txt", lines)
    }
    let dataset = try GraphDataset.read(from: folder.path)
    #expect(dataset.train.map(\.nodeCount) == expected)
    #expect(dataset.train.map { $0.targets[0] } == [0, 1, 0, 1, 0, 1])
    let empty = expected.count { $0 == 0 } + 10
    #expect(dataset.sourceDescription.contains("\(empty) graphs without nodes"))
    // They can be written and come back, with the same description.
    try TUDataset.write(dataset, to: folder.path("again"))
    let again = try GraphDataset.read(from: folder.path("again"))
    #expect(again.checksum == dataset.checksum)
    #expect(again.sourceDescription == dataset.sourceDescription)
  }

  @Test func nodesOfOneSplitAtLeast() throws {
    let folder = try TemporaryFolder()
    let graph = Graph(nodeCount: 0, sources: [], destinations: [], targets: [1])
    let dataset = GraphDataset(
      name: "none", train: [graph], validation: [graph], test: [graph], nodeTypeCount: 0,
      edgeTypeCount: 0, targetCount: 1, task: .regression, sourceDescription: "a test")
    let error = datasetError { try TUDataset.write(dataset, to: folder.path("made")) }
    #expect(error?.found == "no node in the train split")
    #expect(try folder.contents.isEmpty)
  }
}
