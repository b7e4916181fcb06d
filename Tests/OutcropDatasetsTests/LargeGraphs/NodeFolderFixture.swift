import Foundation
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport

/// A small folder in the layout of ogbn-proteins, whose files can be changed.
final class NodeFolderFixture {
  let folder: TemporaryFolder
  var path: String { folder.path }

  /// Five nodes of two species, six edges with three scores, two labels.
  static let files: [String: String] = [
    "raw/num-node-list.csv": "5\n",
    "raw/num-edge-list.csv": "6\n",
    "raw/edge.csv": "0,1\n3,1\n1,2\n4,0\n2,4\n0,3\n",
    "raw/edge-feat.csv":
      "0.0,0.197,0.001\n0.5,0.25,1.0\n0.0,0.0,0.0\n0.999,0.03,0.7\n0.1,0.2,0.3\n0.4,0.05,0.006\n",
    "raw/node_species.csv": "9606\n4932\n9606\n4932\n4932\n",
    "raw/node-label.csv": "0,1\n1,1\n0,nan\n0.0,1.0\n,0\n",
    "split/species/train.csv": "1\n3\n",
    "split/species/valid.csv": "4\n",
    "split/species/test.csv": "2\n0\n",
  ]

  /// The files, with `changes` on top: nil leaves a file out.
  init(_ changes: [String: String?] = [:], compressed: Bool = false) throws {
    folder = try TemporaryFolder()
    for (name, text) in Self.files.mapValues({ $0 as String? }).merging(
      changes, uniquingKeysWith: { $1 })
    {
      guard let text else { continue }
      if compressed {
        try folder.write(name + ".gz", gzip(Array(text.utf8)))
      } else {
        try folder.write(name, text)
      }
    }
  }

  func read(_ options: NodeDataset.Options = .init()) throws -> NodeDataset {
    try NodeDataset.read(path, options: options)
  }

  func write(_ name: String, _ text: String) throws { try folder.write(name, text) }
}

/// A graph in memory with random edges, scores in thousandths, species and labels.
func randomNodeDataset(
  _ random: inout TestRandom, nodes: Int, edges: Int, scores: Int = 8
) -> NodeDataset {
  func ends() -> [Int32] {
    (0..<edges).map { _ in Int32.random(in: 0..<Int32(nodes), using: &random) }
  }
  let graph = LargeGraph(
    nodeCount: nodes, firstEnds: ends(), secondEnds: ends(),
    scores: RealFeatures(
      values: (0..<edges * scores).map { _ in Float(Int.random(in: 0...1000, using: &random)) / 1000
      },
      columns: scores))
  return NodeDataset(
    name: "random", graph: graph,
    species: (0..<nodes).map { _ in Int32.random(in: 0..<3, using: &random) },
    speciesValues: [4, 9, 12],
    labels: (0..<nodes * 4).map { _ in [0, 1, .nan].randomElement(using: &random)! },
    targetCount: 4, train: Array(0..<Int32(nodes / 2)),
    validation: Array(Int32(nodes / 2)..<Int32(nodes * 3 / 4)),
    test: Array(Int32(nodes * 3 / 4)..<Int32(nodes)), sourceDescription: "a test")
}
