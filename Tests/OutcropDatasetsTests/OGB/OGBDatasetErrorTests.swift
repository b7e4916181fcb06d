import Foundation
import OutcropDatasets
import OutcropTestSupport
import Testing

private func fault(
  _ description: String, _ file: String, _ text: String?, line: Int? = nil, found: String,
  expected: String, blamed: String? = nil
) -> Fault {
  Fault(
    testDescription: description, file: file, text: text, blamed: blamed, line: line, found: found,
    expected: expected)
}

private let faults: [Fault] = [
  fault("no edges", "raw/edge", nil, found: "no such file", expected: "edge.csv.gz or edge.csv"),
  fault("no labels", "raw/graph-label", nil, found: "no such file", expected: "graph-label"),
  fault("no node counts", "raw/num-node-list", nil, found: "no such file", expected: "num-node"),
  fault("no edge counts", "raw/num-edge-list", nil, found: "no such file", expected: "num-edge"),
  fault("no test split", "split/random/test", nil, found: "no such file", expected: "test.csv"),
  fault("empty counts", "raw/num-node-list", "", line: 1, found: "an empty file", expected: "data"),
  fault("empty edges", "raw/edge", "", line: 1, found: "an empty file", expected: "data"),
  fault(
    "no graph at all", "raw/num-node-list", "\n", line: 1, found: "no graph",
    expected: "at least one"),
  fault(
    "a negative count", "raw/num-node-list", "3\n-1\n2\n2\n", line: 2, found: "-1",
    expected: "a number of nodes, 0 or more"),
  fault(
    "counts beyond 32 bits", "raw/num-node-list", "2000000000\n2000000000\n2\n2\n", line: 1,
    found: "4000000004 nodes in total", expected: "fewer than 2147483647"),
  fault(
    "too few edge counts", "raw/num-edge-list", "2\n0\n2\n", line: 4,
    found: "the end after 3 lines", expected: "4 lines, one for each graph of num-node-list"),
  fault(
    "too many edge counts", "raw/num-edge-list", "2\n0\n1\n1\n0\n", line: 5,
    found: "more than 4 lines", expected: "4 lines"),
  fault(
    "an index beyond the graph", "raw/edge", "0,1\n2,3\n1,0\n0,1\n", line: 2, found: "node 3",
    expected: "0 ... 2, the nodes of graph 0"),
  fault(
    "an index of the graph before", "raw/edge", "0,1\n2,1\n2,0\n0,1\n", line: 3, found: "node 2",
    expected: "0 ... 1, the nodes of graph 2"),
  fault(
    "a negative index", "raw/edge", "0,1\n-1,1\n1,0\n0,1\n", line: 2, found: "node -1",
    expected: "0 ... 2"),
  fault(
    "a huge index", "raw/edge", "0,1\n99999999999,1\n1,0\n0,1\n", line: 2,
    found: "“99999999999,1”", expected: "2 integers"),
  fault(
    "one column", "raw/edge", "0,1\n2\n1,0\n0,1\n", line: 2, found: "“2”", expected: "2 integers"),
  fault(
    "three columns", "raw/edge", "0,1,2\n2,1\n1,0\n0,1\n", line: 1, found: "“0,1,2”",
    expected: "2 integers"),
  fault(
    "an edge too few", "raw/edge", "0,1\n2,1\n1,0\n", line: 4, found: "the end after 3 lines",
    expected: "4 lines, one for each edge of num-edge-list"),
  fault(
    "an edge too many", "raw/edge", "0,1\n2,1\n1,0\n0,1\n0,1\n", line: 5,
    found: "more than 4 lines", expected: "4 lines"),
  fault(
    "a blank line", "raw/edge", "0,1\n\n2,1\n1,0\n0,1\n", line: 2, found: "a blank line",
    expected: "data"),
  fault(
    "a node too few", "raw/node-feat", "1\n1\n1\n1\n1\n1\n1\n", line: 8,
    found: "the end after 7 lines", expected: "8 lines, one for each node of num-node-list"),
  fault(
    "columns change", "raw/node-feat", "1,0\n1,0\n1\n1,0\n1,0\n1,0\n1,0\n1,0\n", line: 3,
    found: "“1”", expected: "2 "),
  fault(
    "words", "raw/node-feat", "1\n1\n1\n1\nabc\n1\n1\n1\n", line: 5, found: "“abc”",
    expected: "one"),
  fault(
    "an infinite feature", "raw/edge-feat", "1\n0.5\ninf\n1\n", line: 3, found: "“inf”",
    expected: "one finite number"),
  fault(
    "an empty feature", "raw/edge-feat", "1,2\n1,\n1,2\n1,2\n", line: 2, found: "“1,”",
    expected: "2 "),
  fault(
    "not UTF-8", "raw/node-feat", "1\n1\n\u{00FF}\n1\n1\n1\n1\n1\n", line: 3, found: "\\xc3\\xbf",
    expected: "one"),
  fault(
    "a label that is no number", "raw/graph-label", "0\n1\nyes\n0\n", line: 3, found: "“yes”",
    expected: "one finite number"),
  fault(
    "a label too many", "raw/graph-label", "0\n1\n1\n0\n1\n", line: 5, found: "more than 4 lines",
    expected: "4 lines, one for each graph"),
  fault(
    "columns of labels change", "raw/graph-label", "0,1\n1,1\n1,1,1\n0,0\n", line: 3,
    found: "“1,1,1”", expected: "2 finite numbers"),
  fault(
    "a graph beyond the last", "split/random/valid", "4\n", line: 1, found: "graph 4",
    expected: "0 ... 3"),
  fault(
    "a graph below 0", "split/random/valid", "-2\n", line: 1, found: "graph -2", expected: "0 ... 3"
  ),
  fault(
    "a graph in two splits", "split/random/test", "1\n3\n", line: 2,
    found: "graph 3, which is also in train", expected: "every graph at most once"),
  fault(
    "a graph twice", "split/random/train", "0\n0\n", line: 2,
    found: "graph 0, which is also in train", expected: "every graph at most once"),
]

@Suite struct OGBDatasetErrorTests {
  @Test(arguments: faults, [false, true])
  func everyFaultIsNamed(fault: Fault, compressed: Bool) throws {
    var files = OGBFiles()
    #expect(files.files[fault.file] != nil)
    files.files[fault.file] = fault.text
    let error = datasetError { _ = try files.read(compressed: compressed) }
    let blamed =
      (fault.blamed ?? fault.file) + (fault.text == nil || compressed ? ".csv.gz" : ".csv")
    #expect(error?.file.hasSuffix("/\(blamed)") == true, "\(String(describing: error))")
    #expect(error?.line == fault.line)
    #expect(error?.found.contains(fault.found) == true, "\(String(describing: error))")
    #expect(error?.expected.contains(fault.expected) == true, "\(String(describing: error))")
  }

  @Test(arguments: Array(OGBFiles().files.keys).sorted())
  func damagedCompression(name: String) throws {
    let folder = try TemporaryFolder()
    try OGBFiles().write(to: folder, compressed: true)
    let whole = gzip(Array(OGBFiles().files[name]!.utf8))
    for length in [0, 1, 11, whole.count - 9, whole.count - 1] {
      try folder.write("\(name).csv.gz", Array(whole.prefix(length)))
      let error = datasetError { _ = try OGBDataset.read(folder.path) }
      #expect(error?.file.hasSuffix("\(name).csv.gz") == true)
      #expect(error?.found == "compressed data that end too early", "\(length)")
    }
    var wrongSum = whole
    wrongSum[whole.count - 6] ^= 1
    try folder.write("\(name).csv.gz", wrongSum)
    let error = datasetError { _ = try OGBDataset.read(folder.path) }
    #expect(error?.found.contains("damaged compressed data") == true)
  }

  @Test func foldersAndSplits() throws {
    let folder = try TemporaryFolder()
    #expect(datasetError { _ = try OGBDataset.read("\(folder.path)/x") }?.found == "no such folder")
    try OGBFiles().write(to: folder)
    let wish = datasetError { _ = try OGBDataset.read(folder.path, options: .init(split: "x")) }
    #expect(wish?.found == "no split x" && wish?.expected == "one of random")
    try folder.write("split/scaffold/train.csv", "1\n")
    try folder.write("split/scaffold/valid.csv", "0\n")
    try folder.write("split/scaffold/test.csv", "2\n")
    let two = datasetError { _ = try OGBDataset.read(folder.path) }
    #expect(two?.found == "the splits random, scaffold")
    let named = try OGBDataset.read(folder.path, options: .init(split: "scaffold"))
    #expect(named.train[0].nodeCount == 1)
  }

  /// A count in one file must not make room for what no other file holds.
  @Test func hugeCountsTakeNoMemory() throws {
    var files = OGBFiles()
    files.files["raw/num-node-list"] = "2000000000\n1\n2\n2\n"
    let nodes = datasetError { _ = try files.read(compressed: true) }
    #expect(nodes?.found == "the end after 8 lines")
    files = OGBFiles()
    files.files["raw/num-edge-list"] = "2000000000\n0\n1\n1\n"
    #expect(datasetError { _ = try files.read() } != nil)
  }
}
