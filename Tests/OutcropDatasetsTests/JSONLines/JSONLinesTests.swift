import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Lines of JSON in files of a temporary folder.
struct LineFiles {
  var files: [String: String]

  /// The same two graphs in each split unless told otherwise.
  init(_ train: String, val: String? = nil, test: String? = nil) {
    files = ["train": train, "val": val ?? train, "test": test ?? train]
  }

  func read(
    _ options: JSONLinesDataset.Options = JSONLinesDataset.Options(), compressed: Bool = false
  ) throws -> GraphDataset {
    let folder = try TemporaryFolder()
    for (name, text) in files {
      let bytes = Array(text.utf8)
      try folder.write("\(name).jsonl\(compressed ? ".gz" : "")", compressed ? gzip(bytes) : bytes)
    }
    return try JSONLinesDataset.read(folder.path, options: options)
  }
}

/// Two graphs as the hub has them.
let hubLines = """
  {"edge_index": [[0, 1, 1, 2], [1, 0, 2, 1]], "edge_attr": [[1], [1], [2], [2]], \
  "y": [0.25], "num_nodes": 3, "node_feat": [[5], [0], [27]]}
  {"node_feat":[[1]],"y":[-1e-3],"edge_index":[[],[]],"edge_attr":[],"num_nodes":1}

  """

@Suite struct JSONLinesTests {
  @Test(arguments: [false, true])
  func linesOfTheHub(compressed: Bool) throws {
    let dataset = try LineFiles(hubLines).read(compressed: compressed)
    #expect(dataset.task == .regression && dataset.targetCount == 1)
    #expect(dataset.nodeVocabularies == [28] && dataset.edgeVocabularies == [3])
    #expect(
      dataset.test[0]
        == Graph(
          nodeCount: 3, sources: [0, 1, 1, 2], destinations: [1, 0, 2, 1],
          nodeTypes: IntegerFeatures(values: [5, 0, 27]),
          edgeTypes: IntegerFeatures(values: [1, 1, 2, 2]), targets: [0.25]))
    #expect(dataset.train[1].edgeCount == 0 && dataset.train[1].edgeTypes?.rows == 0)
    #expect(dataset.train[1].targets == [-0.001])
  }

  @Test func formsThatMeanTheSame() throws {
    let expected = try LineFiles(hubLines).read()
    let other = """
      { "y" : [ [ 0.25 ] ] , "edge_attr" : [ 1, 1, 2,2 ], "num_nodes":3,\t"edge_index" \
      :[[0,1,1,2],[1,0,2,1]],"node_feat":[5,0,27], "name": "a \\"b\\" {[\\\\", \
      "extra": {"a": [1, {"b": null}], "c": [true, false, -1.5e-7]}}\r
      {"y": -0.0010, "edge_index": [], "edge_attr": [], "node_feat": [1]}


      """
    #expect(try LineFiles(other).read().checksum == expected.checksum)
    #expect(try LineFiles(String(hubLines.dropLast())).read().checksum == expected.checksum)
  }

  @Test func labelsTellTheTask() throws {
    func read(_ labels: [String]) throws -> GraphDataset {
      try LineFiles(
        labels.map { "{\"num_nodes\": 0, \"edge_index\": [[], []], \"y\": \($0)}\n" }.joined()
      ).read()
    }
    let classes = try read(["[3]", "[-1]", "3"])
    #expect(classes.task == .classification(classCount: 2) && classes.classValues == [-1, 3])
    #expect(classes.train.map(\.targets) == [[1], [0], [1]])
    let several = try read(["[0, 1, null]", "[[1, NaN, 0]]"])
    #expect(several.task == .binaryClassification && several.targetCount == 3)
    #expect(bits(several.train[0].targets) == bits([0, 1, .nan]))
    #expect(bits(several.train[1].targets) == bits([1, .nan, 0]))
    #expect(try read(["[0, 1]", "[1, 2]"]).task == .regression)
    #expect(try read(["[0]", "[1.5]"]).task == .regression)
    #expect(try read(["[0.0]", "[1.0]"]).task == .binaryClassification)
    #expect(try read(["[0]", "[null]"]).task == .binaryClassification)
  }

  @Test func oneRealNumberMakesAllReal() throws {
    let mixed = """
      {"node_feat": [[1, 2], [3, 4]], "edge_index": [[0], [1]], "edge_attr": [1], "y": [1]}
      {"node_feat": [[1, 2.5]], "edge_index": [[], []], "edge_attr": [], "y": [2]}

      """
    let dataset = try LineFiles(
      mixed, val: String(mixed.split(separator: "\n")[0]) + "\n"
    ).read()
    #expect(dataset.nodeVocabularies.isEmpty && dataset.edgeVocabularies == [2])
    #expect(dataset.train[0].nodeAttributes?.values == [1, 2, 3, 4])
    #expect(dataset.validation[0].nodeAttributes?.columns == 2)
    #expect(dataset.validation[0].nodeTypes == nil)
  }

  @Test func aSingleFileIsSplit() throws {
    let folder = try TemporaryFolder()
    let text = (0..<30).map {
      "{\"num_nodes\": \($0), \"edge_index\": [[], []], \"y\": [\($0).5]}\n"
    }.joined()
    try folder.write("graphs.jsonl.gz", gzip(Array(text.utf8)))
    let dataset = try JSONLinesDataset.read("\(folder.path)/graphs.jsonl.gz")
    #expect(dataset.name == "graphs")
    #expect([dataset.train, dataset.validation, dataset.test].map(\.count) == [24, 3, 3])
    let all = (dataset.train + dataset.validation + dataset.test).map(\.nodeCount).sorted()
    #expect(all == Array(0..<30))
    #expect(try JSONLinesDataset.read(folder.path).checksum == dataset.checksum)
    let other = try JSONLinesDataset.read(folder.path, options: .init(splitSeed: 1))
    #expect(other.checksum != dataset.checksum)
  }

  @Test func indexFilesPickGraphs() throws {
    let folder = try TemporaryFolder()
    for (name, first) in [("train", 0), ("validation", 100), ("test", 200)] {
      let text = (0..<9).map {
        "{\"num_nodes\": \(first + $0), \"edge_index\": [[], []], \"y\": [0.5]}\n"
      }.joined()
      try folder.write("\(name).jsonl", text)
    }
    try folder.write("train.index", "7,0, 3")
    try folder.write("val.index", "8\n1\n")
    let dataset = try JSONLinesDataset.read(folder.path)
    #expect(dataset.train.map(\.nodeCount) == [7, 0, 3])
    #expect(dataset.validation.map(\.nodeCount) == [108, 101])
    #expect(dataset.test.map(\.nodeCount) == Array(200..<209))
    #expect(dataset.sourceDescription.contains("by index files: 3 of 9 train, 2 of 9 val graphs"))
    let whole = try JSONLinesDataset.read(folder.path, options: .init(usesIndexFiles: false))
    #expect(whole.train.count == 9)
    for (text, found) in [("0,9", "graph 9"), ("-1", "graph -1"), ("1,2,1", "graph 1 again")] {
      try folder.write("train.index", text)
      let error = datasetError { _ = try JSONLinesDataset.read(folder.path) }
      #expect(error?.file.hasSuffix("train.index") == true && error?.line == 1)
      #expect(error?.found == found && error?.expected == "each of 0 ... 8 at most once")
    }
  }

  @Test func indexFilesPickGraphsOfTUDatasets() throws {
    let folder = try TemporaryFolder()
    let dataset = SampleDataset.make(seed: 5, sizes: (20, 6, 5))
    try TUDataset.write(dataset, to: "\(folder.path)/made")
    try folder.write("made/train.index", "19, 4, 0\n")
    let found = try TUDataset.read("\(folder.path)/made")
    #expect(found.train == [19, 4, 0].map { dataset.train[$0] })
    #expect(found.validation == dataset.validation)
    let whole = try TUDataset.read("\(folder.path)/made", options: .init(usesIndexFiles: false))
    #expect(whole.checksum == dataset.checksum)
  }

  @Test func theNameZINCBringsItsVocabularies() throws {
    let dataset = try LineFiles(hubLines).read(.init(name: "ZINC"))
    #expect(dataset.nodeVocabularies == [28] && dataset.edgeVocabularies == [4])
    #expect(dataset.edgeTypeName(1) == "single")
    let wrong = hubLines.replacingOccurrences(of: "[27]", with: "[28]")
    let error = datasetError { _ = try LineFiles(hubLines, val: wrong).read(.init(name: "ZINC")) }
    #expect(error?.line == 1 && error?.found == "28")
    #expect(error?.expected == "0 ... 27" && error?.field == "node_feat")
  }

  @Test func realNumbersAreRoundedCorrectly() throws {
    var random = TestRandom(77)
    var texts = ["0.0", "-0.0", "1e10", "1E-10", "-2.5e+3", "16777217.0", "3.4028235e38", "1e-45"]
    for _ in 0..<3000 {
      let value = Float(bitPattern: UInt32.random(in: 0..<UInt32.max, using: &random))
      if value.isFinite { texts.append("\(value)") }
      let plain = Double.random(in: -100..<100, using: &random)
      texts.append(String(format: "%.\(Int.random(in: 1...20, using: &random))f", plain))
    }
    let line =
      "{\"node_feat\": [\(texts.joined(separator: ", "))], \"edge_index\": [[], []], \"y\": [0.5]}\n"
    let values = try LineFiles(line).read().train[0].nodeAttributes!.values
    for (text, value) in zip(texts, values) { #expect(value == Float(text)!, "\(text)") }
  }
}
