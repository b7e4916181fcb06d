import Foundation
import OutcropCore
import OutcropDatasets
import OutcropTestSupport
import Testing

/// A second line that is wrong, and what must be said about it.
private struct LineFault: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var line: String
  var found: String
  var expected: String
}

private func fault(_ line: String, _ found: String, _ expected: String) -> LineFault {
  LineFault(testDescription: line, line: line, found: found, expected: expected)
}

private let good = "\"edge_index\": [[0], [1]], \"node_feat\": [[1], [2]], \"edge_attr\": [[1]]"

private let faults: [LineFault] = [
  fault("[1, 2]", "“[1, 2]”", "a JSON object, one graph per line"),
  fault("{\(good), \"y\": [1.5]", "the end of the line", "“}”"),
  fault("{\(good), \"y\": [1.5]}}", "“}”", "the end of the line"),
  fault("{\(good), \"y\": [1.5]} {}", "“{}”", "the end of the line"),
  fault("{\(good)}", "no field “y”", "the field in every line"),
  fault("{\"y\": [1.5], \"num_nodes\": 1}", "no field “edge_index”", "the field in every line"),
  fault("{\(good), \"y\": [1.5], \"y\": [1.5]}", "the field twice", "one value in “y”"),
  fault("{\(good), \"y\": []}", "0 labels", "1, as in the first line in “y”"),
  fault("{\(good), \"y\": [1.5, 2]}", "2 labels", "1, as in the first line in “y”"),
  fault("{\(good), \"y\": [[1.5], [2]]}", "“, [2]]}”", "one row of labels"),
  fault("{\(good), \"y\": [\"1.5\"]}", "“\"1.5\"]}”", "a number in “y”"),
  fault("{\(good), \"y\": [Infinity]}", "“Infinity]}”", "a number in “y”"),
  fault("{\(good), \"y\": [1e99]}", "“1e99]}”", "a finite number or null in “y”"),
  fault("{\(good), \"y\": [1.5.5]}", "“.5]}”", "“]” in “y”"),
  fault("{\(good), \"y\": [.5]}", "“.5]}”", "a number in “y”"),
  fault("{\(good), \"y\": [- 5]}", "“- 5]}”", "a number in “y”"),
  fault(
    "{\(good), \"y\": [1.5], \"num_nodes\": 3}", "2 rows", "3, one for each node, in “node_feat”"),
  fault(
    "{\(good), \"y\": [1.5], \"num_nodes\": -1}", "a value of another type", "an integer, 0 or more"
  ),
  fault("{\(good), \"y\": [1.5], \"num_nodes\": 2.0}", "a value of another type", "in “num_nodes”"),
  fault("{\(good), \"y\": [1.5], \"x\": nul}", "“nul}”", "a number in “\u{201C}x\u{201D}”"),
  fault("{\(good), \"y\": [1.5], \"x\": \"abc}", "an unterminated string", "“\"”"),
  fault(
    "{\(good), \"y\": [1.5], \"x\": \(String(repeating: "[", count: 99))", "deep nesting", "64"),
  fault("{\(good), \"y\": [1.5],}", "“}”", "“\"”"),
  fault("{\(good) \"y\": [1.5]}", "“\"y\": [1.5]}”", "“}”"),
  fault(
    "{\"edge_index\": [[0], [2]], \"node_feat\": [[1], [2]], \"edge_attr\": [[1]], \"y\": [1.5]}",
    "node 2", "0 ... 1 in “edge_index”"),
  fault(
    "{\"edge_index\": [[-1], [1]], \"node_feat\": [[1], [2]], \"edge_attr\": [[1]], \"y\": [1.5]}",
    "node -1", "0 ... 1 in “edge_index”"),
  fault(
    "{\"edge_index\": [[0], [99999999999]], \"node_feat\": [[1], [2]], \"edge_attr\": [[1]], "
      + "\"y\": [1.5]}", "a number that is not a 32-bit integer", "a node's number in “edge_index”"),
  fault(
    "{\"edge_index\": [[0, 1], [1]], \"node_feat\": [[1], [2]], \"edge_attr\": [[1]], \"y\": [1.5]}",
    "2 sources and 1 destinations", "the same number of both in “edge_index”"),
  fault(
    "{\"edge_index\": [[0], [1], [0]], \"node_feat\": [[1], [2]], \"edge_attr\": [[1]], "
      + "\"y\": [1.5]}", "“, [0]], \"node_feat\": [[1”", "“]” after two rows in “edge_index”"),
  fault(
    "{\"edge_index\": [[0], [1]], \"node_feat\": [[1], [2, 3]], \"edge_attr\": [[1]], \"y\": [1.5]}",
    "a row of 2 values", "1, as in the first row in “node_feat”"),
  fault(
    "{\"edge_index\": [[0], [1]], \"node_feat\": [[1], []], \"edge_attr\": [[1]], \"y\": [1.5]}",
    "“]], \"edge_attr\": [[1]], ”", "a number in “node_feat”"),
  fault(
    "{\"edge_index\": [[0], [1]], \"node_feat\": [[1], [null]], \"edge_attr\": [[1]], \"y\": [1.5]}",
    "“null]], \"edge_attr\": [[1”", "a number in “node_feat”"),
  fault(
    "{\"edge_index\": [[0], [1]], \"node_feat\": [[1], [3000000000]], \"edge_attr\": [[1]], "
      + "\"y\": [1.5]}", "“3000000000]]", "an integer of 32 bits in “node_feat”"),
  fault(
    "{\"edge_index\": [[0], [1]], \"node_feat\": [[1], [2]], \"edge_attr\": [[1], [2]], \"y\": [1.5]}",
    "2 rows", "1, one for each edge, in “edge_attr”"),
  fault(
    "{\"edge_index\": [[0], [1]], \"num_nodes\": 2, \"edge_attr\": [[1]], \"y\": [1.5]}",
    "no “node_feat”", "the field in every line, as in the first line in “node_feat”"),
  fault(
    "{\"edge_index\": [[0], [1]], \"edge_attr\": [[1]], \"y\": [1.5]}",
    "no “node_feat”", "the field in every line"),
]

@Suite struct JSONLinesErrorTests {
  @Test(arguments: faults)
  private func everyFaultIsNamed(fault: LineFault) {
    let text = "{\(good), \"y\": [0.5]}\n\(fault.line)\n{\(good), \"y\": [0.5]}\n"
    let error = datasetError { _ = try LineFiles(text).read() }
    #expect(error?.file.hasSuffix("/train.jsonl") == true, "\(String(describing: error))")
    #expect(error?.line == 2)
    #expect(error?.found.contains(fault.found) == true, "\(String(describing: error))")
    #expect(error?.expected.contains(fault.expected) == true, "\(String(describing: error))")
  }

  @Test func filesThatAreMissingOrDisagree() throws {
    var files = LineFiles(hubLines)
    files.files["val"] = nil
    #expect(datasetError { _ = try files.read() }?.found == "no file val.jsonl")
    func error(val: String) -> InputError? {
      datasetError { _ = try LineFiles(hubLines, val: val).read() }
    }
    #expect(error(val: "")?.found == "an empty file")
    #expect(error(val: "\n") == nil)
    let noFeatures =
      "{\"num_nodes\": 1, \"edge_index\": [[], []], \"edge_attr\": [], \"y\": [1.5]}\n"
    #expect(error(val: noFeatures)?.found == "no “node_feat”")
    #expect(error(val: noFeatures)?.file.hasSuffix("val.jsonl") == true)
    let wide =
      "{\"node_feat\": [[1, 2]], \"edge_index\": [[], []], \"edge_attr\": [], \"y\": [1.5]}\n"
    #expect(error(val: wide)?.found == "rows of 2 values in “node_feat”")
    let labels =
      "{\"node_feat\": [[1]], \"edge_index\": [[], []], \"edge_attr\": [], \"y\": [1, 2]}\n"
    #expect(error(val: labels)?.found == "2 labels in “y”")
    let blank = hubLines.replacingOccurrences(of: "}\n{", with: "}\n\n{")
    #expect(error(val: blank)?.found == "a blank line between lines with data")
    #expect(error(val: blank)?.line == 2)
    let all = datasetError { _ = try LineFiles("\n").read() }
    #expect(all?.found == "no graph")
  }

  @Test func bytesThatAreNotUTF8() throws {
    let folder = try TemporaryFolder()
    func error(_ bytes: [UInt8]) throws -> InputError? {
      for split in ["train", "val", "test"] { try folder.write("\(split).jsonl", bytes) }
      return datasetError { _ = try JSONLinesDataset.read(folder.path) }
    }
    let line = Array(
      "{\"num_nodes\": 1, \"edge_index\": [[], []], \"y\": [0.5], \"n\": \"?\"}\n".utf8)
    // Inside a string that is passed over they don't matter.
    #expect(try error(line.map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }) == nil)
    let odd = try error(line.map { $0 == UInt8(ascii: "5") ? 0xFF : $0 })
    #expect(odd?.line == 1 && odd?.found.contains("\\xff") == true)
  }

  @Test func damagedCompression() throws {
    let whole = gzip(Array(hubLines.utf8))
    for length in [0, 1, 11, whole.count / 2, whole.count - 1] {
      let folder = try TemporaryFolder()
      for split in ["train", "val", "test"] {
        try folder.write("\(split).jsonl.gz", Array(whole.prefix(length)))
      }
      let error = datasetError { _ = try JSONLinesDataset.read(folder.path) }
      #expect(error?.file.hasSuffix("train.jsonl.gz") == true)
      #expect(error?.found == "compressed data that end too early")
    }
  }

  /// A line longer than the pieces in which files are read, and one longer than any line may be.
  @Test func longLines() throws {
    let nodes = 300_000
    let types = (0..<nodes).map { "[\($0 % 7)]" }.joined(separator: ",")
    let line = "{\"node_feat\": [\(types)], \"edge_index\": [[],[]], \"y\": [0.5]}\n"
    let dataset = try LineFiles(line + line).read(compressed: true)
    #expect(dataset.train.map(\.nodeCount) == [nodes, nodes])
    #expect(dataset.train[1].nodeTypes!.values == (0..<Int32(nodes)).map { $0 % 7 })
    let endless = String(repeating: " ", count: 70 << 20)
    let folder = try TemporaryFolder()
    for split in ["train", "val", "test"] {
      try folder.write("\(split).jsonl.gz", gzip(Array(endless.utf8)))
    }
    let error = datasetError { _ = try JSONLinesDataset.read(folder.path) }
    #expect(error?.found == "a line of more than 67108864 bytes")
  }
}
