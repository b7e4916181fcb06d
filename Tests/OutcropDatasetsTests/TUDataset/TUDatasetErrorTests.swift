import Foundation
import OutcropCore
import OutcropDatasets
import OutcropTestSupport
import Testing

/// One thing wrong with the files of `SmallFiles`, and the error it must give.
struct Fault: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var file: String
  /// The new content; nil takes the file away.
  var text: String?
  /// The file that the error must name, when not the same.
  var blamed: String?
  var line: Int?
  var found: String
  var expected: String
}

private let faults: [Fault] = [
  // Missing
  Fault(
    testDescription: "no A", file: "S_A", text: nil, line: nil, found: "no such file",
    expected: "S_A.txt or S_A.txt.gz"),
  Fault(
    testDescription: "no indicator", file: "S_graph_indicator", text: nil, blamed: "", line: nil,
    found: "no file *_graph_indicator.txt", expected: "TUDataset"),
  // Empty
  Fault(
    testDescription: "empty indicator", file: "S_graph_indicator", text: "", line: 1,
    found: "an empty file", expected: "data"),
  Fault(
    testDescription: "blank indicator", file: "S_graph_indicator", text: "\n\n", line: 1,
    found: "no graph", expected: "at least one"),
  Fault(
    testDescription: "empty A", file: "S_A", text: "", line: 1, found: "an empty file",
    expected: "data"),
  Fault(
    testDescription: "empty node labels", file: "S_node_labels", text: "", line: 1,
    found: "an empty file", expected: "data"),
  // Lines that are not what they should be
  Fault(
    testDescription: "truncated line", file: "S_A", text: "1, 2\n2, 1\n6,", line: 3,
    found: "“6,”", expected: "2 integers"),
  Fault(
    testDescription: "one number in A", file: "S_A", text: "1, 2\n2\n", line: 2, found: "“2”",
    expected: "2 integers"),
  Fault(
    testDescription: "three numbers in A", file: "S_A", text: "1, 2, 3\n", line: 1,
    found: "“1, 2, 3”", expected: "2 integers"),
  Fault(
    testDescription: "words in A", file: "S_A", text: "1, 2\n1, two\n", line: 2,
    found: "“1, two”", expected: "2 integers"),
  Fault(
    testDescription: "blanks for a comma", file: "S_A", text: "1 2\n", line: 1, found: "“1 2”",
    expected: "2 integers"),
  Fault(
    testDescription: "a fraction in A", file: "S_A", text: "1, 2.5\n", line: 1,
    found: "“1, 2.5”", expected: "2 integers"),
  Fault(
    testDescription: "a number beyond 32 bits", file: "S_A", text: "1, 4294967298\n", line: 1,
    found: "“1, 4294967298”", expected: "2 integers"),
  Fault(
    testDescription: "a number beyond 64 bits", file: "S_A", text: "18446744073709551617, 2\n",
    line: 1, found: "“18446744073709551617, 2”", expected: "2 integers"),
  Fault(
    testDescription: "not UTF-8", file: "S_node_labels", text: "0\n\u{00FF}\n1\n0\n0\n1\n", line: 2,
    found: "\\xc3\\xbf", expected: "one integer"),
  Fault(
    testDescription: "a blank line in the middle", file: "S_node_labels",
    text: "0\n2\n\n1\n0\n0\n1\n", line: 3, found: "a blank line", expected: "data"),
  Fault(
    testDescription: "columns change", file: "S_node_attributes",
    text: "1,2\n1,2\n1,2,3\n1,2\n1,2\n1,2\n", line: 3, found: "“1,2,3”",
    expected: "2 finite numbers"),
  Fault(
    testDescription: "an attribute is not a number", file: "S_edge_attributes",
    text: "1\n2\n3\nx\n5\n6\n", line: 4, found: "“x”", expected: "one finite number"),
  Fault(
    testDescription: "an attribute is infinite", file: "S_node_attributes",
    text: "1\n1e999\n1\n1\n1\n1\n", line: 2, found: "“1e999”", expected: "one finite number"),
  Fault(
    testDescription: "non-numeric indicator", file: "S_graph_indicator",
    text: "1\n1\none\n2\n3\n3\n", line: 3, found: "“one”", expected: "one integer"),
  Fault(
    testDescription: "two columns of indicator", file: "S_graph_indicator",
    text: "1\n1, 1\n", line: 2, found: "“1, 1”", expected: "one integer"),
  // Numbers that do not fit together
  Fault(
    testDescription: "edge to node 7", file: "S_A", text: "1, 2\n7, 1\n", line: 2,
    found: "node 7", expected: "1 ... 6, the nodes of S_graph_indicator.txt"),
  Fault(
    testDescription: "edge from node 0", file: "S_A", text: "1, 2\n2, 1\n1, 0\n", line: 3,
    found: "node 0", expected: "1 ... 6"),
  Fault(
    testDescription: "edge from node -1", file: "S_A", text: "-1, 2\n", line: 1, found: "node -1",
    expected: "1 ... 6"),
  Fault(
    testDescription: "edge between graphs", file: "S_A", text: "1, 2\n2, 4\n", line: 2,
    found: "an edge from node 2 of graph 1 to node 4 of graph 2",
    expected: "an edge inside one graph"),
  Fault(
    testDescription: "graph ids start at 0", file: "S_graph_indicator", text: "0\n0\n1\n",
    line: 1, found: "graph 0", expected: "graph 1 or a later one"),
  Fault(
    testDescription: "a graph beyond the labels", file: "S_graph_indicator",
    text: "1\n1\n1\n2\n4\n4\n", blamed: "", line: 4, found: "the end after 3 lines",
    expected: "4 lines, one for each graph of S_graph_indicator.txt"),
  Fault(
    testDescription: "graph id goes back", file: "S_graph_indicator",
    text: "1\n1\n1\n2\n1\n3\n", line: 5, found: "graph 1", expected: "graph 2 or a later one"),
  Fault(
    testDescription: "too few node labels", file: "S_node_labels", text: "0\n2\n1\n0\n0\n",
    line: 6, found: "the end after 5 lines",
    expected: "6 lines, one for each node of S_graph_indicator.txt"),
  Fault(
    testDescription: "too many node labels", file: "S_node_labels",
    text: "0\n2\n1\n0\n0\n1\n1\n1\n", line: 7, found: "more than 6 lines",
    expected: "6 lines, one for each node of S_graph_indicator.txt"),
  Fault(
    testDescription: "too few edge labels", file: "S_edge_labels", text: "1\n", line: 2,
    found: "the end after 1 lines", expected: "6 lines, one for each edge of S_A.txt"),
  Fault(
    testDescription: "too many edge attributes", file: "S_edge_attributes",
    text: "1\n2\n3\n4\n5\n6\n7\n", line: 7, found: "more than 6 lines",
    expected: "one for each edge of S_A.txt"),
  Fault(
    testDescription: "too few graph labels", file: "S_graph_labels", text: "7\n-1\n", line: 3,
    found: "the end after 2 lines", expected: "one for each graph of S_graph_indicator.txt"),
  Fault(
    testDescription: "NaN class", file: "S_graph_labels", text: "7\n-1\nnan\n", line: 3,
    found: "nan", expected: "an integer"),
  Fault(
    testDescription: "fractional class", file: "S_graph_labels", text: "7\n0.5\n7\n", line: 2,
    found: "0.5", expected: "an integer"),
  Fault(
    testDescription: "a binary label of 2", file: "S_graph_labels", text: "1,0\n0,1\n0,2\n",
    line: 3, found: "2.0", expected: "0, 1 or nan"),
]

@Suite struct TUDatasetErrorTests {
  @Test(arguments: faults, [false, true])
  func everyFaultIsNamed(fault: Fault, compressed: Bool) throws {
    var files = SmallFiles()
    #expect(files.files[fault.file] != nil)
    files.files[fault.file] = fault.text
    do {
      _ = try files.read(compressed: compressed)
      Issue.record("read without an error")
    } catch let error as InputError {
      let blamed =
        fault.blamed ?? fault.file + (fault.text == nil || !compressed ? ".txt" : ".txt.gz")
      if !blamed.isEmpty { #expect(error.file.hasSuffix("/\(blamed)")) }
      #expect(error.line == fault.line)
      #expect(error.found.contains(fault.found), "\(error.found)")
      let expected =
        compressed
        ? fault.expected.replacingOccurrences(of: "indicator.txt", with: "indicator.txt.gz")
          .replacingOccurrences(of: "S_A.txt", with: "S_A.txt.gz")
          .replacingOccurrences(of: "S_A.txt.gz or S_A.txt.gz.gz", with: "S_A.txt or S_A.txt.gz")
        : fault.expected
      #expect(error.expected.contains(expected), "\(error.expected)")
      if let line = fault.line { #expect(error.description.contains(":\(line): found ")) }
    }
  }

  private func failure(_ body: () throws -> Void) -> InputError? {
    do {
      try body()
      return nil
    } catch { return error as? InputError }
  }

  @Test func regressionTargetsMustBeNumbers() {
    var files = SmallFiles()
    files.files["S_graph_attributes"] = "0.25\nnan\n2\n"
    let error = failure { _ = try files.read(.init(targetFile: "graph_attributes")) }
    #expect(error?.line == 2 && error?.found == "“nan”")
    #expect(error?.expected == "one finite number")
    files.files["S_graph_attributes"] = nil
    let missing = failure { _ = try files.read(.init(targetFile: "graph_attributes_x")) }
    #expect(missing?.file.hasSuffix("S_graph_attributes_x.txt") == true)
    files.files["S_graph_labels"] = nil
    #expect(failure { _ = try files.read() }?.found == "no labels")
  }

  @Test func typesOutsideTheVocabulary() {
    let error = failure { _ = try SmallFiles().read(.init(nodeTypeCount: 2)) }
    #expect(error?.file.hasSuffix("S_node_labels.txt") == true)
    #expect(error?.line == 2 && error?.found == "2" && error?.expected == "0 ... 1")
    let edges = failure { _ = try SmallFiles().read(.init(edgeTypeCount: 3)) }
    #expect(edges?.line == 3 && edges?.expected == "0 ... 2")
  }

  @Test func folders() throws {
    let folder = try TemporaryFolder()
    #expect(failure { _ = try TUDataset.read("\(folder.path)/none") }?.found == "no such folder")
    try folder.write("a.txt", "1")
    #expect(failure { _ = try TUDataset.read("\(folder.path)/a.txt") }?.found == "a file")
    #expect(failure { _ = try TUDataset.read(folder.path) }?.expected.contains("TUDataset") == true)
    try folder.write("A_graph_indicator.txt", "1\n")
    try folder.write("B_graph_indicator.txt", "1\n")
    let two = failure { _ = try TUDataset.read(folder.path) }
    #expect(two?.found.contains("(A, B)") == true)
    try folder.write("train/A_graph_indicator.txt", "1\n")
    #expect(failure { _ = try TUDataset.read(folder.path) }?.found == "no folder val")
    let few = try TemporaryFolder()
    try few.write("A_graph_indicator.txt", "1\n2\n")
    try few.write("A_A.txt", "\n")
    try few.write("A_graph_labels.txt", "1\n2\n")
    #expect(failure { _ = try TUDataset.read(few.path) }?.found == "2 graphs")
  }

  @Test func splitsMustAgree() throws {
    let folder = try TemporaryFolder()
    for split in ["train", "val", "test"] {
      try folder.write("\(split)/A_graph_indicator.txt", "1\n")
      try folder.write("\(split)/A_A.txt", "\n")
      try folder.write("\(split)/A_graph_labels.txt", "1\n")
      try folder.write("\(split)/A_node_labels.txt", split == "test" ? "1,1\n" : "1\n")
    }
    let columns = failure { _ = try TUDataset.read(folder.path) }
    #expect(columns?.file.hasSuffix("test/A_node_labels.txt") == true)
    #expect(columns?.found == "2 columns for node_labels")
    try FileManager.default.removeItem(atPath: "\(folder.path)/test/A_node_labels.txt")
    #expect(failure { _ = try TUDataset.read(folder.path) }?.found == "no file for node_labels")
  }

  @Test func damagedCompression() throws {
    let text = (0..<60000).map { "\($0 / 3 + 1)\n" }.joined()
    let whole = gzip(Array(text.utf8))
    func error(_ bytes: [UInt8]) throws -> InputError? {
      let folder = try TemporaryFolder()
      try folder.write("Z_graph_indicator.txt.gz", bytes)
      try folder.write("Z_A.txt", "\n")
      try folder.write("Z_graph_labels.txt", (1...20000).map { "\($0)\n" }.joined())
      return failure { _ = try TUDataset.read(folder.path) }
    }
    #expect(try error(whole) == nil)
    for length in [1, 9, 10, 40, whole.count / 2, whole.count - 9, whole.count - 1] {
      let error = try error(Array(whole.prefix(length)))
      #expect(error?.file.hasSuffix("Z_graph_indicator.txt.gz") == true)
      #expect(error?.found == "compressed data that end too early", "\(length)")
      #expect(error?.expected == "a complete gzip file")
      // Half of the data hold a good part of the lines.
      if length == whole.count / 2 { #expect((error?.line ?? 0) > 1) }
    }
    #expect(try error([])?.found.contains("end too early") == true)
    #expect(try error(Array("not gzip at all".utf8))?.found.contains("damaged") == true)
    var flipped = whole
    flipped[whole.count / 2] ^= 0x55
    #expect(try error(flipped) != nil)
    var wrongSum = whole
    wrongSum[whole.count - 6] ^= 1
    #expect(try error(wrongSum)?.found.contains("damaged") == true)
  }

  @Test func descriptionNamesFileAndLine() {
    let error = InputError(file: "a/b.txt", line: 3, found: "x", expected: "y")
    #expect(error.description == "a/b.txt:3: found x, expected y")
    #expect(
      InputError(file: "f", found: "x", expected: "y").description == "f: found x, expected y")
  }
}
