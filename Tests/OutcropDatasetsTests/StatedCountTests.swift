import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Numbers in a file that no bytes stand behind must not become memory.
@Suite struct StatedCountTests {
  private let line = #"{"num_nodes": 2, "edge_index": [[0, 1], [1, 0]], "y": [0.5]}"# + "\n"

  @Test func nodesOfJSONLines() throws {
    let folder = try TemporaryFolder()
    let huge = line.replacingOccurrences(of: "\"num_nodes\": 2", with: "\"num_nodes\": 2147483647")
    try folder.write("in.jsonl", line + line + huge + line)
    let error = datasetError { _ = try GraphDataset.read(from: "\(folder.path)/in.jsonl") }
    #expect(error?.file.hasSuffix("in.jsonl") == true && error?.line == 3)
    #expect(error?.found == "2147483647 nodes")
    #expect(error?.expected.hasSuffix("in “num_nodes”") == true, "\(error?.expected ?? "")")
    // Many lines of a million nodes are as bad.
    let many = line.replacingOccurrences(of: "\"num_nodes\": 2", with: "\"num_nodes\": 1000000")
    try folder.write("in.jsonl", String(repeating: many, count: 100))
    #expect(datasetError { _ = try GraphDataset.read(from: "\(folder.path)/in.jsonl") }?.line == 2)
    // Nodes without features or edges are fine in numbers that fit the file.
    let some = line.replacingOccurrences(of: "\"num_nodes\": 2", with: "\"num_nodes\": 900")
    try folder.write("in.jsonl", String(repeating: some, count: 100))
    let read = try GraphDataset.read(from: "\(folder.path)/in.jsonl")
    #expect(read.train[0].nodeCount == 900)
  }

  @Test func nodesOfOGB() throws {
    var files = OGBFiles()
    files.files["raw/node-feat"] = nil
    files.files["raw/num-node-list"] = "3\n1\n2147483000\n2\n"
    let error = datasetError { _ = try files.read() }
    #expect(error?.file.hasSuffix("num-node-list.csv") == true && error?.line == 3)
    #expect(error?.found == "2147483006 nodes in total")
  }

  @Test(arguments: [
    ("nodeTypeCount", "1000000000000"), ("nodeTypeCount", "1000000000"),
    ("nodeTypeCount", "-9223372036854775808"), ("nodeVocabularies", "[1000000000]"),
    ("nodeVocabularies", "[100]"), ("edgeVocabularies", "[2, 2]"),
    ("edgeTypeNames", #"["a", "b"]"#),
    ("nodeVocabularies", "[-1]"), ("edgeVocabularies", "[1000000000000]"),
    ("edgeAttributeColumns", "1000000000000"), ("edgeAttributeColumns", "-9223372036854775808"),
  ])
  func vocabularies(field: String, value: String) throws {
    for write in [
      { try TUDataset.write($0, to: $1) }, { try JSONLinesDataset.write($0, to: $1) },
      { try CSVDataset.write($0, to: $1) },
    ] as [(GraphDataset, String) throws -> Void] {
      let folder = try TemporaryFolder()
      let path = folder.path("made")
      try write(SampleDataset.make(sizes: (2, 2, 2)), path)
      let file = URL(fileURLWithPath: path).appendingPathComponent("dataset.json")
      var object =
        try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as! [String: Any]
      object[field] = try JSONSerialization.jsonObject(
        with: Data(value.utf8), options: .fragmentsAllowed)
      // The number of types alone counts where there is no list of vocabularies.
      if field == "nodeTypeCount" { object["nodeVocabularies"] = nil }
      try JSONSerialization.data(withJSONObject: object).write(to: file)
      let error = datasetError { _ = try GraphDataset.read(from: path) }
      #expect(error?.file.hasSuffix("dataset.json") == true, "\(error?.description ?? "none")")
      #expect(error?.field?.isEmpty == false)
    }
  }
}
