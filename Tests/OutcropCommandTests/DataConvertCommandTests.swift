import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct DataConvertCommandTests {
  private func checksum(_ path: String, _ options: String...) throws -> String {
    let run = try CommandRun(["data", "info", path, "--json"] + options)
    try #require(run.status == 0, "\(run.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    return try #require(object?["checksum"] as? String)
  }

  private func writeOGB(_ folder: TemporaryFolder) throws {
    for (name, text) in [
      "raw/num-node-list": "2\n2\n1\n3\n", "raw/num-edge-list": "1\n1\n0\n2\n",
      "raw/edge": "0,1\n1,0\n0,1\n1,2\n",
      "raw/node-feat": "1,0\n0,1\n2,0\n0,0\n5,1\n1,1\n0,0\n2,1\n",
      "raw/graph-label": "0.0,\n1.0,0.0\n,1.0\n0.0,0.0\n", "split/s/train": "0\n3\n",
      "split/s/valid": "1\n", "split/s/test": "2\n",
    ] { try folder.write("ogb/\(name).csv", text) }
    try folder.write("ogb/mapping/mol.csv", "first,second,smiles\n")
  }

  @Test(arguments: ["tu", "jsonl"])
  func ogbDataBecomeText(format: String) throws {
    let folder = try TemporaryFolder()
    try writeOGB(folder)
    let target = folder.path("out")
    let run = try CommandRun(["data", "convert", folder.path("ogb"), target, "--format", format])
    try #require(run.status == 0, "\(run.errors)")
    let expected = try checksum(folder.path("ogb"))
    #expect(run.output == "\(target): 2 + 1 + 1 graphs, checksum \(expected)\n")
    #expect(try checksum(target) == expected)
    // And on to the other format and back.
    let other = format == "tu" ? "jsonl" : "tu"
    #expect(
      try CommandRun(["data", "convert", target, folder.path("b"), "--format", other]).status == 0)
    #expect(try checksum(folder.path("b")) == expected)
    expectFailure(
      try CommandRun(["data", "convert", folder.path("ogb"), target, "--format", format]),
      status: 1, saying: "already exists", "--overwrite")
    let again = ["data", "convert", folder.path("ogb"), target, "--format", format, "--overwrite"]
    #expect(try CommandRun(again).status == 0)
  }

  @Test func informationAboutEveryFormat() throws {
    let folder = try TemporaryFolder()
    try writeOGB(folder)
    let info = try CommandRun(["data", "info", folder.path("ogb")])
    for text in [
      "binary classification, 2 labels", "2 types with vocabularies 6, 2", "split s",
      "inverse edges added", "first", "second",
    ] { #expect(info.output.contains(text), "\(text)") }
    #expect(
      try checksum(folder.path("ogb"), "--inverse-edges", "keep") != checksum(folder.path("ogb")))
    expectFailure(
      try CommandRun(["data", "info", folder.path("ogb"), "--data-split", "x"]), status: 1,
      saying: "no split x")
    expectFailure(
      try CommandRun(["data", "info", folder.path("ogb"), "--target", "graph_labels"]), status: 2,
      saying: "--target: found OGB files")
    let line = "{\"num_nodes\": 2, \"edge_index\": [[0, 1], [1, 0]], \"y\": [0.5]}\n"
    try folder.write("graphs.jsonl", String(repeating: line, count: 10))
    let lines = try CommandRun(["data", "info", folder.path("graphs.jsonl")])
    #expect(lines.output.contains("graphs: JSON lines in"))
    // The commands that train read it too.
    try folder.write("bad.jsonl", line + line.replacingOccurrences(of: "0, 1", with: "0, 7"))
    expectFailure(
      try CommandRun(["train", "--dataset", folder.path("bad.jsonl")], in: folder.url), status: 1,
      saying: "bad.jsonl:2: found node 7, expected 0 ... 1 in “edge_index”")
    try folder.write("big/raw/node-label.csv", "0\n")
    try folder.write("big/raw/num-node-list.csv", "1\n")
    expectFailure(
      try CommandRun(["data", "info", folder.path("big")]), status: 1, saying: "one large graph")
  }

  @Test func whatTextCannotHoldIsRefused() throws {
    let folder = try TemporaryFolder()
    let line = "{\"num_nodes\": 0, \"edge_index\": [[], []], \"y\": [0.5]}\n"
    try folder.write("graphs.jsonl", String(repeating: line, count: 10))
    expectFailure(
      try CommandRun(
        ["data", "convert", folder.path("graphs.jsonl"), folder.path("o"), "--format", "tu"]),
      status: 1, saying: "without nodes", "cannot represent")
    #expect(!FileManager.default.fileExists(atPath: folder.path("o")))
  }
}
