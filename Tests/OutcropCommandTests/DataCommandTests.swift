import Foundation
import OutcropCore
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct DataCommandTests {
  private struct Info: Decodable, Equatable {
    struct Split: Decodable, Equatable {
      var name: String
      var graphs: Int
      var nodes: Int
      var directedEdges: Int
    }
    var name: String
    var isSynthetic: Bool
    var checksum: String
    var task: String
    var targetCount: Int
    var splits: [Split]
  }

  private func info(_ path: String, _ options: String...) throws -> Info {
    let run = try CommandRun(["data", "info", path, "--json"] + options)
    try #require(run.status == 0, "\(run.errors)")
    #expect(run.errors == "")
    return try JSONDecoder().decode(Info.self, from: Data(run.output.utf8))
  }

  @Test func generatedMoleculesReadBack() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("molecules")
    let sizes = ["--train", "40", "--validation", "11", "--test", "7"]
    let run = try CommandRun(["data", "generate", target, "--seed", "3"] + sizes)
    #expect(run.status == 0)
    #expect(run.lines.count == 1)
    #expect(run.output.contains("synthetic"))
    #expect(run.errors.contains("seed 3"))
    let read = try info(target)
    #expect(read.isSynthetic)
    #expect(read.splits.map(\.name) == ["train", "validation", "test"])
    #expect(read.splits.map(\.graphs) == [40, 11, 7])
    #expect(read.splits.allSatisfy { $0.nodes > $0.graphs && $0.directedEdges > $0.graphs })
    #expect(run.output.contains("checksum \(read.checksum)"))

    // The same seed gives the same molecules, another one others.
    let again = folder.path("again")
    _ = try CommandRun(["data", "generate", "molecules", again, "--seed", "3"] + sizes)
    #expect(try info(again) == read)
    let other = folder.path("other")
    _ = try CommandRun(["data", "generate", other, "--seed", "4"] + sizes)
    #expect(try info(other).checksum != read.checksum)
  }

  @Test func generatedBarbellsAreStudied() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("barbells")
    let run = try CommandRun(
      ["data", "generate", "barbell", target, "--train", "40", "--validation", "8", "--test", "8"])
    #expect(run.status == 0 && run.output.contains("synthetic barbell graphs"), "\(run.errors)")
    let read = try info(target)
    #expect(read.isSynthetic && read.splits.map(\.graphs) == [40, 8, 8])
    #expect(run.output.contains("checksum \(read.checksum)"))
    let study = try CommandRun(
      [
        "study", "--dataset", target, "--epochs", "2", "--layers", "1", "--width", "16", "--heads",
        "4",
        "--batch-size", "16", "--looks", "1", "--distributions", "--attribution", "--output", "out",
      ], in: folder.url)
    #expect(study.status == 0, "\(study.errors)")
    let page = try String(contentsOfFile: folder.path("out/report.html"), encoding: .utf8)
    // The types by name, and the new sections.
    #expect(page.contains("clique") && page.contains("generalized extreme value"))
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("out/results.json")))
    let results = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect((results["dynamics"] as? [Any])?.isEmpty == false)
    #expect((results["distributions"] as? [Any])?.count == 6)
    expectFailure(
      try CommandRun(["study", "--looks", "0"]), status: 2, saying: "--looks")
    expectFailure(
      try CommandRun(["attack", "--looks", "2"]), status: 2, saying: "--looks")
    expectFailure(
      try CommandRun(["data", "generate", "barbell", target, "--train", "0"]), status: 2,
      saying: "--train")
  }

  @Test func onlyItsOwnDataSetsAreReplaced() throws {
    let folder = try TemporaryFolder()
    let target = folder.path("molecules")
    func generate(_ options: String...) throws -> CommandRun {
      try CommandRun(
        ["data", "generate", target, "--train", "5", "--validation", "3", "--test", "3"] + options)
    }
    #expect(try generate().status == 0)
    let first = try info(target)
    expectFailure(
      try generate("--seed", "9"), status: 1, saying: target, "--overwrite")
    #expect(try info(target) == first)
    #expect(try generate("--seed", "9", "--overwrite").status == 0)
    #expect(try info(target) != first)

    try folder.write("molecules/thesis.tex", "years of work")
    expectFailure(try generate("--overwrite"), status: 1, saying: "thesis.tex")
    #expect(FileManager.default.fileExists(atPath: folder.path("molecules/thesis.tex")))
  }

  @Test func generatedProteinsReadBack() throws {
    struct Graph: Decodable, Equatable {
      struct Split: Decodable, Equatable { var nodes: Int }
      var nodes: Int
      var undirectedEdges: Int
      var isSynthetic: Bool
      var checksum: String
      var splits: [Split]
    }
    let folder = try TemporaryFolder()
    let target = folder.path("proteins")
    func generate(_ options: String...) throws -> CommandRun {
      try CommandRun(
        ["data", "generate", "proteins", target, "--nodes", "200", "--edges", "3000"] + options)
    }
    func info() throws -> (graph: Graph, notes: String) {
      let run = try CommandRun(["data", "info", target, "--json"])
      try #require(run.status == 0, "\(run.errors)")
      return (try JSONDecoder().decode(Graph.self, from: Data(run.output.utf8)), run.errors)
    }
    let run = try generate("--seed", "4")
    #expect(run.status == 0 && run.output.contains("synthetic"), "\(run.errors)")
    let (first, notes) = try info()
    #expect(first.nodes == 200 && first.undirectedEdges == 3000 && first.isSynthetic)
    #expect(first.splits.reduce(0) { $0 + $1.nodes } == 200)
    #expect(notes.contains("no cache yet") && notes.contains(".outcrop-cache"))
    let again = try info()
    #expect(again.graph == first && !again.notes.contains("no cache yet"))
    let table = try CommandRun(["data", "info", target])
    #expect(table.status == 0 && table.lines[0].contains("synthetic"))
    #expect(table.output.contains(first.checksum) && table.output.contains("511145"))

    let sample = try CommandRun(
      ["data", "sample", target, "--batch", "9", "--fan-outs", "2,all", "--batches", "3"])
    #expect(sample.status == 0, "\(sample.errors)")
    #expect(sample.lines.count == 3 && sample.lines[1].contains(" 9 out"))
    expectFailure(
      try CommandRun(["data", "sample", target, "--fan-outs", "2,0"]), status: 2, saying: "2,0")

    expectFailure(try generate(), status: 1, saying: target, "--overwrite")
    #expect(try generate("--seed", "5", "--overwrite").status == 0)
    #expect(try info().graph.checksum != first.checksum)
    for options in [
      ["--edges", "20000"], ["--edges", "-1"], ["--nodes", "15"], ["--nodes", "x"],
    ] {
      expectFailure(
        try CommandRun(["data", "generate", "proteins", target, "--nodes", "200"] + options),
        status: 2, saying: options[0])
    }
  }

  @Test func theEmbeddedDataSetSaysThatItIsSynthetic() throws {
    let run = try CommandRun(["data", "info", "sample"])
    #expect(run.status == 0)
    #expect(run.lines.first?.hasPrefix("sample (synthetic)") == true)
    #expect(try info("sample").splits.map(\.graphs) == [2000, 250, 250])
  }

  @Test(.enabled(if: SharedFolder.has("data/ZINC"), "the reference data are not there"))
  func publishedDataSets() throws {
    let data = SharedFolder.url.appendingPathComponent("data").path
    // Counts as published with the data.
    let zinc = try info(data + "/ZINC", "--target", "graph_attributes_gcpn")
    #expect(!zinc.isSynthetic)
    #expect(zinc.task == "regression")
    #expect(zinc.splits.map(\.graphs) == [10000, 1000, 1000])
    #expect(zinc.splits.map(\.nodes) == [231664, 23083, 23117])
    #expect(zinc.splits.map(\.directedEdges) == [498558, 49692, 49720])
    #expect(try info(data + "/MUTAG").splits.map(\.graphs).reduce(0, +) == 188)
  }

  /// Every kind of damage is reported with its file and line.
  @Test(arguments: [
    ("A", "1, 2\n2, x\n", 2), ("A", "1, 2\n2, 1\n1, 9\n", 3), ("A", "1, 3\n", 1),
    ("graph_indicator", "1\n1\n2\n0\n3\n3\n", 4), ("graph_indicator", "one\n", 1),
    ("node_labels", "0\n0\n0\n", 4), ("graph_attributes", "0.5\nnan?\n0.5\n", 2),
  ])
  func damagedFiles(_ suffix: String, _ content: String, _ line: Int) throws {
    let folder = try TemporaryFolder()
    let good = [
      "A": "1, 2\n2, 1\n", "graph_indicator": "1\n1\n2\n2\n3\n3\n",
      "node_labels": "0\n0\n0\n0\n0\n0\n", "graph_attributes": "0.5\n1.5\n2.5\n",
    ]
    for (name, text) in good { try folder.write("T/T_\(name).txt", text) }
    let healthy = try CommandRun(["data", "info", folder.path("T")])
    #expect(healthy.status == 0, "\(healthy.errors)")
    try folder.write("T/T_\(suffix).txt", content)
    expectFailure(
      try CommandRun(["data", "info", folder.path("T")]), status: 1,
      saying: "T/T_\(suffix).txt:\(line): found", "expected")
    // The commands that train say the same.
    expectFailure(
      try CommandRun(["train", "--dataset", folder.path("T")], in: folder.url), status: 1,
      saying: "T/T_\(suffix).txt:\(line): found")
  }

  @Test func foldersThatAreNoDataSet() throws {
    let folder = try TemporaryFolder()
    expectFailure(
      try CommandRun(["data", "info", folder.url.path]), status: 1, saying: "_graph_indicator.txt")
    try folder.write("file", "text")
    expectFailure(
      try CommandRun(["data", "info", folder.path("file")]), status: 1, saying: "found a file",
      "outcrop doctor")
    try folder.write("half/train/T_train_graph_indicator.txt", "1\n")
    expectFailure(
      try CommandRun(["data", "info", folder.path("half")]), status: 1, saying: "no folder val")
  }
}
