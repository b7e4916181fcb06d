import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// What `Scripts/make_networkx.py` says of a graph.
private struct Facts: Decodable {
  var nodes, edges: Int
  var inDegrees: [Int32]
  var officers: [Int32]?
  var weights: [Float]?
}

@Suite struct NodeLinkTests {
  private func file(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Truth", withExtension: nil))
      .appendingPathComponent(name).path
  }

  private func facts(_ name: String) throws -> [Facts] {
    let data = try Data(contentsOf: URL(fileURLWithPath: file("networkx.json")))
    return try #require(try JSONDecoder().decode([String: [Facts]].self, from: data)[name])
  }

  private func single(
    _ name: String, _ options: NodeLinkDataset.Options
  ) throws -> SingleGraphDataset {
    let path = try file(name)
    #expect(try DatasetFormat.detect(path) == .nodeLink)
    let data = try #require(
      try NodeLinkDataset.read(path, options: options) as? SingleGraphDataset)
    let facts = try facts(name)[0]
    #expect(data.graph.nodeCount == facts.nodes && data.graph.edgeCount == facts.edges)
    #expect(data.graph.inDegrees == facts.inDegrees)
    return data
  }

  @Test func undirectedGraphInOneFile() throws {
    let data = try single("karate.json", .init(labels: ["club"]))
    let facts = try facts("karate.json")[0]
    #expect(data.classNames == ["Mr. Hi", "Officer"])
    #expect((0..<Int32(34)).filter { data.labels[Int($0)] == 1 } == facts.officers)
    // Each edge and its inverse.
    let weights = try #require(data.graph.edgeAttributes?.values)
    #expect(stride(from: 0, to: 156, by: 2).map { weights[$0] } == facts.weights)
    #expect(stride(from: 1, to: 156, by: 2).map { weights[$0] } == facts.weights)
  }

  /// NetworkX makes one directed edge of an edge from a node to itself.
  @Test func loopsOfUndirectedGraphsStayOneEdge() throws {
    let data = try single("loops.json", .init())
    #expect(data.graph.sources == [0, 0, 1, 1, 2, 2, 2, 3])
    #expect(data.graph.edgeAttributes?.values == [0.5, 1.5, 1.5, 2.5, 2.5, 3.5, 4.5, 4.5])
  }

  /// A number that is missing or infinite in a list does not drop the attribute without a word.
  @Test func listsWithNumbersThatAreNotFinite() throws {
    let folder = try TemporaryFolder()
    func read(_ list: String, _ name: String) throws -> SingleGraphDataset {
      try folder.write(
        "in.json",
        "{\"nodes\": [{\"id\": 1, \"\(name)\": [1, 0.5]},\n{\"id\": 2, \"\(name)\": \(list)}], "
          + "\"edges\": []}")
      return try #require(NodeLinkDataset.read(folder.path("in.json")) as? SingleGraphDataset)
    }
    for list in ["[NaN, 2]", "[null, 2]", "[2, Infinity]", "[-Infinity, 2]", "[1e99, 2]"] {
      let error = datasetError { _ = try read(list, "x") }
      #expect(error?.line == 2 && error?.field == "x", "\(list): \(String(describing: error))")
      #expect(error?.expected.contains("finite number") == true)
    }
    #expect(try read("[2, 3]", "x").graph.nodeAttributes?.values == [1, 0.5, 2, 3])
    let labels = try read("[null, NaN]", "label")
    #expect(labels.labels[..<2] == [1, 0.5] && labels.labels[2...].allSatisfy(\.isNaN))
    // A list of one missing number is a missing label, and the other labels stay classes.
    try folder.write(
      "in.json",
      "{\"nodes\": [{\"id\": 1, \"label\": [0]}, {\"id\": 2, \"label\": [1]}, "
        + "{\"id\": 3, \"label\": [null]}], \"edges\": []}")
    let short = try #require(NodeLinkDataset.read(folder.path("in.json")) as? SingleGraphDataset)
    #expect(short.task == .classification(classCount: 2))
  }

  /// JSON's numbers have no spelling: 1 is one word, whatever other numbers there are.
  @Test func numbersBesideWordsAreOneWordEach() throws {
    let folder = try TemporaryFolder()
    let values = ["1", "0.5", "\"x\"", "1", "1.0", "\"x\"", "\"y\"", "\"y\"", "\"y\""]
    let nodes = values.enumerated().map { "{\"id\": \($0.offset), \"label\": \($0.element)}" }
    func read(_ count: Int) throws -> any ExampleDataset {
      let text = nodes[..<count].joined(separator: ",")
      try folder.write("in.json", "{\"nodes\": [\(text)], \"edges\": []}")
      return try NodeLinkDataset.read(folder.path("in.json"))
    }
    // Two numbers and a word.
    #expect(datasetError { _ = try read(3) }?.field == "label")
    let data = try #require(read(values.count) as? SingleGraphDataset)
    #expect(data.classNames == ["0.5", "1", "x", "y"])
  }

  @Test func directedMultigraphWithWords() throws {
    let data = try single("calls.json", .init(labels: ["role"]))
    #expect(data.classNames == ["lead", "staff"] && data.labels == [0, 1, 0, 1, 0, 1])
    // Ages are few integers, one of them missing.
    #expect(data.graph.nodeTypes?.values == [5, 0, 1, 2, 3, 4])
    #expect(data.graph.edgeAttributes?.columns == 1 && data.sourceDescription.contains("minutes"))
  }

  @Test func namesMayBeLists() throws {
    let data = try single("grid.json", .init())
    #expect(data.task == .regression && data.labels[..<5] == [0, 0.5, 1, 1.5, 0.5])
    #expect(data.graph.nodeAttributes?.rows([5]).values == [0.5, 0.25])
  }

  @Test func oneGraphALine() throws {
    let path = try file("rings.jsonl")
    let data = try GraphDataset.read(from: path)
    let facts = try facts("rings.jsonl")
    #expect(data.task == .classification(classCount: 2) && data.graphCount == 12)
    #expect(data.nodeVocabularies == [3] && data.edgeVocabularies == [4])
    let found = allGraphs(data).map { "\($0.nodeCount) \($0.inDegrees)" }
    #expect(found.sorted() == facts.map { "\($0.nodes) \($0.inDegrees)" }.sorted())
    for graph in allGraphs(data) {
      // Rings have as many undirected edges as nodes.
      #expect(graph.targets == [graph.edgeCount == 2 * graph.nodeCount ? 1 : 0])
    }
    // The same in a list, and in three files.
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n")
    let folder = try TemporaryFolder()
    try folder.write("all.json", "[" + lines.joined(separator: ",\n") + "]")
    #expect(try GraphDataset.read(from: folder.path("all.json")).checksum == data.checksum)
    for (name, part) in [("train", lines[..<8]), ("val", lines[8..<10]), ("test", lines[10...])] {
      try folder.write("split/\(name).jsonl", part.joined(separator: "\n"))
    }
    let split = try GraphDataset.read(from: folder.path("split"))
    #expect(split.train.map(\.nodeCount) == facts[..<8].map(\.nodes))
    #expect(split.test.map(\.nodeCount) == facts[10...].map(\.nodes))
  }

  private struct Fault: Sendable, CustomTestStringConvertible {
    var text: String
    var line: Int
    var found, expected: String
    var testDescription: String { text }
    init(_ text: String, _ line: Int, _ found: String, _ expected: String) {
      (self.text, self.line, self.found, self.expected) = (text, line, found, expected)
    }
  }

  private static let faults = [
    Fault(
      "{\"nodes\": [{\"id\": 1}],\n\"x\": 1}", 2, "a graph without “links” or “edges”", "node-link"),
    Fault("{\"nodes\": [\n{\"x\": 1}], \"edges\": []}", 2, "a node without “id”", "every node"),
    Fault(
      "{\"nodes\": [{\"id\": 1}],\n\"edges\":\n[{\"source\": 1}]}", 3, "an edge without “target”",
      "both ends"),
    Fault(
      "{\"nodes\": [{\"id\": 1},\n{\"id\": 1}], \"edges\": []}", 2, "node 1 for the second time",
      "once"),
    Fault(
      "{\"nodes\": [{\"id\": 1}],\n\"edges\": [\n{\"source\": 1, \"target\": 2}]}", 3, "node 2",
      "a node of"),
    Fault(
      "{\"nodes\": [{\"id\": 1, \"x\": 1, \"x\": 2}],\n \"edges\": []}", 1, "the field twice",
      "one value"),
    Fault(
      "{\"nodes\": [{\"id\": 1, \"x\": \"abc}],\n \"edges\": []}", 1, "an unterminated string",
      "“\"”"),
    Fault(
      "{\"nodes\": [{\"id\": 1, \"x\": [1, 2]},\n{\"id\": 2, \"x\": [1]}], \"edges\": []}", 2,
      "1 number", "2"),
    Fault(
      "{\"nodes\": [{\"id\": 1, \"x\": 1e99}], \"edges\": []}", 1, "“1e99}], \"edges\": []}”",
      "a finite number"),
    Fault(
      "{\"nodes\": [{\"id\": 1}], \"edges\": [],\n \"directed\": 1}", 2, "“1}”", "true or false"),
    Fault(
      "{\"nodes\": [], \"edges\": []}\n{\"nodes\": [],\n \"edges\": [}", 2, "the end of the line",
      "“\"”"),
    Fault(
      "{\"nodes\": [], \"edges\": [],\n \"x\": \(String(repeating: "[", count: 99))", 2,
      "deep nesting", "64"),
    Fault(
      "{\"nodes\": [], \"edges\": []}\n{\"nodes\": [], \"edges\": []}", 1,
      "no labels of the graphs", "label"),
    Fault("{\"nodes\": [{\"id\": 1}], \"edges\": []}\nx", 2, "“x”", "a JSON object, one graph"),
  ]

  /// A list that ends early would lose graphs without a word.
  @Test(arguments: ["[G,\nG", "[G,\nG,", "[G,\nG]]", "[", "[G,\nG,]"])
  func listsAreWhole(_ text: String) throws {
    let folder = try TemporaryFolder()
    let graph = "{\"nodes\": [{\"id\": 1}], \"edges\": [], \"graph\": {\"y\": 1}}"
    try folder.write("in.json", text.replacing("G", with: graph))
    let error = datasetError { _ = try NodeLinkDataset.read(folder.path("in.json")) }
    #expect(error?.line != nil, "\(text): \(String(describing: error))")
  }

  @Test func escapedNamesAreDecodedAndUnusedOnesNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "in.json",
      "{\"nodes\": [{\"id\": 1, \"gr\\u00f6\\u00dfe\": 2, \"x\": {}}], \"edges\": []}")
    let dataset = try #require(
      NodeLinkDataset.read(folder.path("in.json")) as? SingleGraphDataset)
    let text = dataset.sourceDescription
    #expect(text.contains("größe"), "\(text)")
    #expect(text.contains("columns of nodes not used: x"), "\(text)")
  }

  @Test(arguments: faults)
  private func errorsNameTheLine(fault: Fault) throws {
    let folder = try TemporaryFolder()
    try folder.write("in.json", fault.text)
    let error = datasetError { _ = try NodeLinkDataset.read(folder.path("in.json")) }
    #expect(error?.file == folder.path("in.json"))
    #expect(error?.line == fault.line || fault.found == "no labels of the graphs")
    #expect(error?.found == fault.found)
    #expect(error?.expected.contains(fault.expected) == true)
  }
}
