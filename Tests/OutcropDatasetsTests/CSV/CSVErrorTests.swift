import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Tables that are wrong, where, and what must be said about it.
struct TableFault: Sendable, CustomTestStringConvertible {
  var files: [String: String]
  var file: String
  var line: Int?
  var found: String
  var expected: String
  var testDescription: String { "\(found): \(files[file] ?? "")" }

  init(
    _ file: String, _ line: Int?, _ found: String, _ expected: String, nodes: String? = nil,
    edges: String = "src_id,dst_id\n0,1\n", graphs: String? = nil
  ) {
    files = ["edges.csv": edges]
    files["nodes.csv"] = nodes
    files["graphs.csv"] = graphs
    (self.file, self.line, self.found, self.expected) = (file, line, found, expected)
  }
}

private let two = "node_id,label\n0,1\n1,0\n"

@Suite struct CSVErrorTests {
  @Test func twoTablesOfOneNameAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write("edges.csv", "0,1\n")
    try folder.write("edges.tsv", "1\t2\n")
    let error = datasetError { _ = try GraphDataset.readExamples(from: folder.url.path) }
    #expect(error?.found == "edges.csv and edges.tsv")
  }

  /// “none” is a class and “Na” a type; NA and None are missing. Columns that are not used are named.
  @Test func wordsForMissingValuesAreExact() throws {
    let folder = try TemporaryFolder()
    try folder.write("edges.csv", "src_id,dst_id\n0,1\n1,2\n2,3\n3,4\n")
    try folder.write(
      "nodes.csv",
      "node_id,atom,label,class\n0,Na,none,1\n1,NA,mild,2\n2,C,None,1\n3,Na,severe,2\n4,C,none,1\n")
    let dataset = try #require(
      GraphDataset.readExamples(from: folder.url.path) as? SingleGraphDataset)
    #expect(dataset.classNames == ["mild", "none", "severe"])
    #expect(dataset.labels.map(\.isNaN) == [false, false, true, false, false])
    #expect(dataset.nodeVocabularies == [3])
    #expect(
      dataset.sourceDescription.contains("columns of nodes not used: class"),
      "\(dataset.sourceDescription)")
  }

  @Test(arguments: [
    TableFault("edges.csv", 1, "the columns 'a', 'b'", "src_id and dst_id", edges: "a,b\n1,2\n"),
    TableFault(
      "edges.csv", 1, "the column 'w' twice", "every name once", edges: "src_id,dst_id,w,w\n"),
    TableFault(
      "edges.csv", 1, "'source' beside another column of the same meaning", "one of them",
      edges: "src_id,source,dst_id\n"),
    TableFault(
      "edges.csv", 3, "1 field", "2, one for each column", edges: "src_id,dst_id\n0,1\n1\n"),
    TableFault(
      "edges.csv", 2, "more than 2 fields", "2, one for each column",
      edges: "src_id,dst_id\n0,1,2\n"),
    TableFault(
      "edges.csv", 2, "no name", "the name or number of a node", edges: "src_id,dst_id\n,1\n"),
    TableFault(
      "edges.csv", 3, "a blank line between lines with data", "data",
      edges: "src_id,dst_id\n0,1\n \n1,0\n"),
    TableFault(
      "edges.csv", 2, "a quote that does not close on its line", "“\"” at the end",
      edges: "src_id,dst_id\n0,\"1\n\"2\"\n"),
    TableFault(
      "edges.csv", 2, "text behind a closing quote", "a separator or the end of the line",
      edges: "src_id,dst_id\n0,\"1\"2\n"),
    TableFault("edges.csv", 1, "an empty file", "data", edges: ""),
    TableFault(
      "edges.csv", 4, "2 numbers", "3, as in the first row,",
      edges: "src_id,dst_id,v\n0,1,\"1,2,3\"\n0,1,\n1,0,\"1,2\"\n"),
    TableFault(
      "edges.csv", 3, "“x”", "3 numbers", edges: "src_id,dst_id,v\n0,1,\"1,2,3\"\n1,0,x\n"),
    TableFault(
      "edges.csv", 3, "3 numbers", "one value", edges: "src_id,dst_id,v\n0,1,1\n1,0,\"1,2,3\"\n"),
    TableFault(
      "edges.csv", 3, "no number", "a finite number in every row",
      edges: "src_id,dst_id,v\n0,1,0.5\n1,0,\n"),
    TableFault(
      "edges.csv", 2, "node 7", "a node of nodes.csv", nodes: two, edges: "src,dst\n0,7\n"),
    TableFault(
      "edges.csv", 2, "node “x\\xff”", "a node of nodes.csv", nodes: two,
      edges: "src,dst\n0,x\u{ff}\n"),
    TableFault(
      "nodes.csv", 3, "node 5 for the second time", "every node once", nodes: "id\n5\n5\n"),
    TableFault(
      "nodes.csv", 2, "a row that is also in train_mask", "every row in one mask",
      nodes: "node_id,train_mask,val_mask\n0,True,1\n1,0,0\n"),
    TableFault(
      "nodes.csv", 3, "'maybe'", "True or False", nodes: "node_id,train_mask\n0,True\n1,maybe\n"),
    TableFault("nodes.csv", 2, "2", "True or False", nodes: "node_id,test_mask\n0,2\n1,0\n"),
    TableFault(
      "nodes.csv", 3, "'some'", "train, val or test", nodes: "node_id,split\n0,train\n1,some\n"),
    TableFault(
      "nodes.csv", 1, "no column graph_id", "the graph of every node", nodes: two,
      edges: "graph_id,src,dst\n0,0,1\n", graphs: "graph_id,label\n0,1\n"),
    TableFault(
      "nodes.csv", 3, "graph 2", "a graph of graphs.csv", nodes: "graph_id,node_id\n0,0\n2,0\n",
      edges: "graph_id,src,dst\n", graphs: "graph_id,label\n0,1\n1,1\n"),
    TableFault(
      "graphs.csv", 3, "graph 4 for the second time", "every graph once", nodes: "graph_id\n4\n",
      edges: "graph_id,src,dst\n", graphs: "graph_id,label\n4,1\n4,1\n"),
    TableFault(
      "edges.csv", 2, "node 1", "a node of nodes.csv in graph 0",
      nodes: "graph_id,node_id\n0,0\n1,1\n",
      edges: "graph_id,src,dst\n0,0,1\n", graphs: "graph_id,label\n0,1\n1,1\n"),
    TableFault(
      "graphs.csv", 2, "no labels of the graphs", "a column label", nodes: "graph_id\n0\n",
      edges: "graph_id,src,dst\n", graphs: "graph_id,size\n0,1\n"),
  ])
  func errorsNameFileAndLine(fault: TableFault) throws {
    let folder = try TemporaryFolder()
    for (name, text) in fault.files {
      try folder.write(name, Data(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }))
    }
    let error = datasetError { _ = try CSVDataset.read(folder.path) }
    #expect(error?.file == folder.path(fault.file))
    if fault.found != "no labels of the graphs" { #expect(error?.line == fault.line) }
    #expect(error?.found == fault.found)
    #expect(error?.expected.contains(fault.expected) == true)
  }

  @Test func nullBytesAreNoText() throws {
    let folder = try TemporaryFolder()
    try folder.write("edges.csv", "source,target,type\n0,1,a\n1,2,b\u{0}\n")
    let error = datasetError { _ = try GraphDataset.readExamples(from: folder.url.path) }
    #expect(error?.line == 3 && error?.found == "a NUL byte")
  }

  @Test func hugeFieldsAreNoProblem() throws {
    let folder = try TemporaryFolder()
    let word = String(repeating: "x", count: 3_000_000)
    try folder.write("edges.csv", "source,target,w\n0,1,\"\(word)\"\n1,2,\"\(word)\"\n2,0,y\n")
    #expect(try readSingle(folder.path).edgeVocabularies == [2])
    let vector = Array(repeating: "1", count: 400_000).joined(separator: ",")
    try folder.write("edges.csv", "source,target,w\n0,1,\"\(vector)\"\n1,2,\"\(vector),1\"\n")
    let error = datasetError { _ = try readSingle(folder.path) }
    #expect(error?.found == "400001 numbers" && error?.line == 3)
    try folder.write("edges.csv", "source,target\n" + String(repeating: "9", count: 70_000_000))
    #expect(
      datasetError { _ = try readSingle(folder.path) }?.found.contains("a line of more than")
        == true)
  }
}
