import Foundation
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// A small data set in a temporary folder: three graphs of 3, 1 and 2 nodes.
struct SmallFiles {
  var files: [String: String] = [
    "S_graph_indicator": "1\n1\n1\n2\n3\n3\n",
    "S_A": "1, 2\n2, 1\n6, 5\n2, 3\n3, 2\n5, 6\n",
    "S_node_labels": "0\n2\n1\n0\n0\n1\n",
    "S_edge_labels": "1\n1\n3\n2\n2\n3\n",
    "S_node_attributes": "0.5, -1\n1e-3,2\n3.25,4\n5,6\n7,8\n9,10\n",
    "S_edge_attributes": "1\n2\n3\n4\n5\n6\n",
    "S_graph_labels": "7\n-1\n7\n",
    "S_graph_attributes": "0.25\n-1.5\n2\n",
  ]

  func read(
    _ options: TUDataset.Options = TUDataset.Options(), compressed: Bool = false
  ) throws -> GraphDataset {
    let folder = try TemporaryFolder()
    for (name, text) in files {
      if compressed {
        try folder.write("\(name).txt.gz", gzip(Array(text.utf8)))
      } else {
        try folder.write("\(name).txt", text)
      }
    }
    return try TUDataset.read(folder.path, options: options)
  }

  /// The graphs in file order whatever the split.
  func graphs(
    _ options: TUDataset.Options = TUDataset.Options(), compressed: Bool = false
  ) throws -> [Graph] {
    let dataset = try read(options, compressed: compressed)
    return (dataset.train + dataset.validation + dataset.test).sorted {
      $0.nodeAttributes?.values.first ?? 0 < $1.nodeAttributes?.values.first ?? 0
    }
  }
}

@Suite struct TUDatasetTests {
  @Test func everyFileIsRead() throws {
    let dataset = try SmallFiles().read()
    #expect(dataset.name == "S")
    #expect(dataset.task == .classification(classCount: 2))
    #expect(dataset.classValues == [-1, 7])
    #expect(dataset.outputCount == 2 && dataset.targetCount == 1)
    #expect(dataset.nodeTypeCount == 3 && dataset.edgeTypeCount == 4)
    #expect(!dataset.isSynthetic)
    let graphs = try SmallFiles().graphs()
    #expect(
      graphs[0]
        == Graph(
          nodeCount: 3, sources: [0, 1, 1, 2], destinations: [1, 0, 2, 1],
          nodeTypes: IntegerFeatures(values: [0, 2, 1]),
          nodeAttributes: RealFeatures(values: [0.5, -1, 1e-3, 2, 3.25, 4], columns: 2),
          edgeTypes: IntegerFeatures(values: [1, 1, 2, 2]),
          edgeAttributes: RealFeatures(values: [1, 2, 4, 5]), targets: [1]))
    #expect(graphs[1].edgeCount == 0 && graphs[1].targets == [0])
    // Edges of the third graph stand before and after others in the file.
    #expect(graphs[2].sources == [1, 0] && graphs[2].destinations == [0, 1])
    #expect(graphs[2].edgeAttributes?.values == [3, 6])
  }

  @Test func theTargetFileIsAnOption() throws {
    var files = SmallFiles()
    let graphs = try files.graphs(.init(targetFile: "graph_attributes"))
    #expect(graphs.map(\.targets) == [[0.25], [-1.5], [2]])
    files.files["S_graph_labels"] = nil
    #expect(try files.read().task == .regression)
    files.files["S_graph_attributes_other"] = "1,2\n3,4\n5,6\n"
    let other = try files.read(.init(targetFile: "graph_attributes_other"))
    #expect(other.targetCount == 2)
    files.files["S_graph_labels"] = "1,0\n0,nan\n1,1\n"
    let binary = try files.read()
    #expect(binary.task == .binaryClassification && binary.targetCount == 2)
    #expect(binary[.train].count + binary[.test].count + binary[.validation].count == 3)
  }

  @Test func lineEndsBlanksAndCompressionDoNotMatter() throws {
    let expected = try SmallFiles().graphs()
    #expect(try SmallFiles().graphs(compressed: true) == expected)
    var files = SmallFiles()
    for (name, text) in files.files {
      files.files[name] =
        text.replacingOccurrences(of: "\n", with: " \r\n").replacingOccurrences(
          of: ",", with: "\t , ")
        + "\r\n\n  \n"
    }
    #expect(try files.graphs() == expected)
    for (name, text) in SmallFiles().files { files.files[name] = String(text.dropLast()) }
    #expect(try files.graphs() == expected)
  }

  @Test func optionalFilesMayBeMissing() throws {
    var files = SmallFiles()
    for name in ["node_labels", "edge_labels", "node_attributes", "edge_attributes"] {
      files.files["S_\(name)"] = nil
    }
    let dataset = try files.read()
    let graph = dataset.train[0]
    #expect(graph.nodeTypes == nil && graph.edgeAttributes == nil)
    #expect(dataset.nodeTypeCount == 0 && dataset.edgeTypeCount == 0)
  }

  @Test func negativeLabelsAreNumberedAnew() throws {
    var files = SmallFiles()
    files.files["S_node_labels"] = "-5\n100000\n3\n3\n-5\n3\n"
    let dataset = try files.read()
    #expect(dataset.nodeTypeCount == 3)
    #expect(try files.graphs()[0].nodeTypes?.values == [0, 2, 1])
  }

  @Test func aFolderWithoutEdgesSaysSoWithABlankLine() throws {
    var files = SmallFiles()
    files.files["S_A"] = "\n"
    files.files["S_edge_labels"] = "\n"
    files.files["S_edge_attributes"] = nil
    let dataset = try files.read()
    #expect(dataset.train.allSatisfy { $0.edgeCount == 0 })
    #expect(GraphBatch(dataset.train).edgeCount == 0)
  }

  @Test func randomSplitsFollowTheSeed() throws {
    let folder = try TemporaryFolder()
    let count = 57
    try folder.write("R_graph_indicator.txt", (1...count).map { "\($0)\n" }.joined())
    try folder.write("R_A.txt", "\n")
    try folder.write("R_graph_attributes.txt", (1...count).map { "\($0)\n" }.joined())
    func targets(_ seed: UInt64) throws -> [[Float]] {
      let dataset = try TUDataset.read(folder.path, options: .init(splitSeed: seed))
      return [dataset.train, dataset.validation, dataset.test].map { $0.map { $0.targets[0] } }
    }
    let first = try targets(1)
    #expect(first.map(\.count) == [47, 5, 5])
    #expect(first.flatMap { $0 }.sorted() == (1...count).map { Float($0) })
    #expect(first.allSatisfy { $0 == $0.sorted() })
    #expect(try targets(1) == first)
    #expect(try targets(2) != first)
  }

  @Test func realNumbersAreRoundedCorrectly() throws {
    var random = TestRandom(9)
    var texts = [
      "0", "-0", "+1.5", ".5", "5.", "1e10", "1E-10", "-2.5e+3", "16777217", "3.4028235e38",
      "1.1754944e-38", "1e-45", "0.1", "123456789012345678901234567890",
      "0.00000000000000000000000000000000000001", "1.00000017881393432617187499",
      "1.00000017881393432617187500", "1.00000017881393432617187501", "9007199791611905",
    ]
    for _ in 0..<4000 {
      let value = Float(bitPattern: UInt32.random(in: 0..<UInt32.max, using: &random))
      if value.isFinite { texts.append("\(value)") }
      let plain = Float.random(in: -100..<100, using: &random)
      texts.append("\(plain)")
      texts.append(String(format: "%.\(Int.random(in: 0...18, using: &random))f", Double(plain)))
    }
    let folder = try TemporaryFolder()
    try folder.write("R_graph_indicator.txt", "1\n2\n3\n" + texts.map { _ in "3\n" }.joined())
    try folder.write("R_A.txt", "\n")
    try folder.write("R_graph_labels.txt", "1\n1\n1\n")
    try folder.write("R_node_attributes.txt", "0\n0\n0\n" + texts.map { $0 + "\n" }.joined())
    let dataset = try TUDataset.read(folder.path)
    let graph = [dataset.train, dataset.validation, dataset.test].flatMap { $0 }
      .first { $0.nodeCount > 1 }!
    for (text, value) in zip(texts, graph.nodeAttributes!.values.dropFirst()) {
      #expect(value == Float(text)!, "\(text)")
    }
  }
}

@Suite(.enabled(if: SharedFolder.has("data/ZINC"), "no published data"))
struct PublishedDataTests {
  @Test func zincHasItsCounts() throws {
    let dataset = try TUDataset.read("\(SharedFolder.url.path)/data/ZINC")
    #expect(dataset.name == "ZINC" && dataset.task == .regression && dataset.targetCount == 1)
    #expect(dataset.nodeTypeCount == 28 && dataset.edgeTypeCount == 4)
    let splits = DatasetDescription(dataset).splits
    #expect(splits.map(\.graphs) == [10000, 1000, 1000])
    #expect(splits.map(\.nodes) == [231664, 23083, 23117])
    #expect(splits.map(\.directedEdges) == [498558, 49692, 49720])
    #expect(splits.map(\.nodesPerGraph.minimum) == [9, 10, 11])
    #expect(splits.map(\.nodesPerGraph.maximum) == [37, 36, 37])
    #expect(
      splits.map(\.edgeTypeCounts) == [
        [0, 370120, 127096, 1342], [0, 37088, 12496, 108], [0, 37050, 12542, 128],
      ])
    #expect(
      Array(splits[1].nodeTypeCounts.prefix(17)) == [
        16163, 2230, 2498, 302, 866, 392, 160, 99, 150, 63, 33, 66, 49, 6, 2, 4, 0,
      ])
    // Mean, deviation, minimum, maximum and mean absolute deviation of the targets.
    let expected: [[Double]] = [
      [0.015297, 2.010820, -42.036568, 3.804839, 1.510926],
      [0.031455, 1.984630, -20.340500, 3.742521, 1.475740],
      [0.012414, 2.017003, -9.675988, 3.453538, 1.577271],
    ]
    for (split, expected) in zip(splits, expected) {
      let label = split.labels[0]
      let found = [
        label.mean, label.standardDeviation, label.minimum, label.maximum,
        label.meanAbsoluteDeviation,
      ]
      for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 2e-6) }
    }
    #expect(dataset.test[0].targets == [1.9973258])
    let other = try TUDataset.read(
      "\(SharedFolder.url.path)/data/ZINC", options: .init(targetFile: "graph_attributes_gcpn"))
    let label = DatasetDescription(other).splits[2].labels[0]
    #expect(abs(label.mean - 0.012490) < 2e-6 && abs(label.standardDeviation - 2.020389) < 2e-6)
    #expect(other.checksum != dataset.checksum)
  }

  @Test(.enabled(if: SharedFolder.has("golden/gt_zinc_small.safetensors")))
  func zincGraphsAreThoseOfTheGoldenFiles() throws {
    let file = try TensorFile("\(SharedFolder.url.path)/golden/gt_zinc_small.safetensors")
    let dataset = try TUDataset.read(
      "\(SharedFolder.url.path)/data/ZINC", options: .init(targetFile: "graph_attributes_gcpn"))
    let batch = GraphBatch(dataset.test.prefix(8))
    let golden = try GraphBatch(
      nodeCounts: file.integers("graph/num_nodes"), sources: file.integers("graph/src"),
      destinations: file.integers("graph/dst"),
      nodeTypes: IntegerFeatures(values: file.integers("graph/node_feat")),
      edgeTypes: IntegerFeatures(values: file.integers("graph/edge_feat")),
      targets: file.reals("graph/labels"), targetCount: 1)
    #expect(batch.nodeOffsets == golden.nodeOffsets)
    #expect(batch.edges.destinations == golden.edges.destinations)
    #expect(batch.edges.sources == golden.edges.sources)
    #expect(batch.nodeTypes == golden.nodeTypes && batch.edgeTypes == golden.edgeTypes)
    #expect(batch.targets == golden.targets)
  }

  @Test func proteinsHasItsCounts() throws {
    let dataset = try TUDataset.read("\(SharedFolder.url.path)/data/PROTEINS")
    #expect(dataset.task == .classification(classCount: 2) && dataset.classValues == [1, 2])
    let splits = DatasetDescription(dataset).splits
    #expect(splits.map(\.graphs) == [891, 111, 111])
    #expect(splits.reduce(0) { $0 + $1.nodes } == 43471)
    #expect(splits.reduce(0) { $0 + $1.directedEdges } == 162088)
    #expect(sum(splits.map { $0.labels[0].classCounts! }) == [663, 450])
    #expect(sum(splits.map(\.nodeTypeCounts)) == [21151, 20931, 1389])
    #expect(splits.map(\.nodesPerGraph.minimum).min() == 4)
    #expect(splits.map(\.nodesPerGraph.maximum).max() == 620)
    #expect(splits.reduce(0) { $0 + $1.degree.counts[0] } == 5)
    #expect(dataset.train[0].nodeAttributes?.columns == 1 && dataset.edgeTypeCount == 0)
  }

  @Test func mutagHasItsCounts() throws {
    let dataset = try TUDataset.read("\(SharedFolder.url.path)/data/MUTAG")
    #expect(dataset.classValues == [-1, 1] && dataset.nodeTypeCount == 7)
    #expect(dataset.edgeTypeNames == ["aromatic", "single", "double", "triple"])
    let splits = DatasetDescription(dataset).splits
    #expect(splits.reduce(0) { $0 + $1.graphs } == 188)
    #expect(splits.reduce(0) { $0 + $1.nodes } == 3371)
    #expect(sum(splits.map(\.edgeTypeCounts)) == [4708, 2008, 724, 2])
    #expect(sum(splits.map { $0.labels[0].classCounts! }) == [63, 125])
    #expect(splits.map(\.nodesPerGraph.minimum).min() == 10)
    #expect(splits.map(\.nodesPerGraph.maximum).max() == 28)
  }

  @Test func compressedFilesGiveTheSameDataSet() throws {
    let folder = try TemporaryFolder()
    for split in ["train", "val", "test"] {
      let source = "\(SharedFolder.url.path)/data/ZINC/\(split)"
      for name in try FileManager.default.contentsOfDirectory(atPath: source) {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(source)/\(name)")))
        // Two members in one file, cut anywhere.
        let cut = bytes.count / 3
        try folder.write(
          "\(split)/\(name).gz", gzip(Array(bytes[..<cut])) + gzip(Array(bytes[cut...])))
      }
    }
    let plain = try TUDataset.read("\(SharedFolder.url.path)/data/ZINC")
    let compressed = try TUDataset.read(folder.path)
    #expect(compressed.checksum == plain.checksum)
    #expect(compressed.train == plain.train)
  }

  private func sum(_ rows: [[Int]]) -> [Int] {
    rows.dropFirst().reduce(rows[0]) { zip($0, $1).map(+) }
  }
}
