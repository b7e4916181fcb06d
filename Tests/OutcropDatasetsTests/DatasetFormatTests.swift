import Foundation
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct DatasetFormatTests {
  @Test func formatsAreToldApart() throws {
    let tu = try TemporaryFolder()
    for (name, text) in SmallFiles().files { try tu.write("\(name).txt", text) }
    #expect(try DatasetFormat.detect(tu.path) == .tuDataset)
    #expect(try GraphDataset.read(from: tu.path).classValues == [-1, 7])
    let regression = try GraphDataset.read(
      from: tu.path, options: .init(targetFile: "graph_attributes"))
    #expect(regression.task == .regression)

    let ogb = try TemporaryFolder()
    try OGBFiles().write(to: ogb, compressed: true)
    #expect(try DatasetFormat.detect(ogb.path) == .ogbGraphs)
    #expect(try GraphDataset.read(from: ogb.path).train[0].edgeCount == 4)
    let kept = try GraphDataset.read(from: ogb.path, options: .init(inverseEdges: .keep))
    #expect(kept.train[0].edgeCount == 2)
    try ogb.write("raw/node-label.csv", "0\n")
    #expect(try DatasetFormat.detect(ogb.path) == .ogbNodes)
    #expect(
      datasetError { _ = try GraphDataset.read(from: ogb.path) }?.found.contains("one large graph")
        == true)

    let lines = try TemporaryFolder()
    for split in ["train", "val", "test"] {
      try lines.write(
        "\(split).jsonl", "{\"num_nodes\": 1, \"edge_index\": [[], []], \"y\": [0.5]}\n")
    }
    #expect(try DatasetFormat.detect(lines.path) == .jsonLines)
    #expect(try DatasetFormat.detect("\(lines.path)/train.jsonl") == .jsonLines)
    #expect(try GraphDataset.read(from: lines.path).graphCount == 3)
    let target = datasetError {
      _ = try GraphDataset.read(from: lines.path, options: .init(targetFile: "graph_labels"))
    }
    #expect(target?.found == "the target graph_labels for JSON lines")
  }

  @Test func whatIsNoDataSetSaysWhatWasLookedFor() throws {
    let folder = try TemporaryFolder()
    let empty = datasetError { _ = try GraphDataset.read(from: folder.path) }
    #expect(empty?.found == "an empty folder")
    for format in ["_graph_indicator.txt", "raw/edge.csv.gz", "train.jsonl"] {
      #expect(empty?.expected.contains(format) == true)
    }
    try folder.write("thesis.tex", "x")
    #expect(
      datasetError { _ = try DatasetFormat.detect(folder.path) }?.found.contains("thesis.tex")
        == true)
    #expect(
      datasetError { _ = try DatasetFormat.detect("\(folder.path)/thesis.tex") }?.found == "a file")
    #expect(
      datasetError { _ = try DatasetFormat.detect("\(folder.path)/none") }?.found
        == "no such folder")
    // A part of a data set is taken for one, so that its reader says what is missing.
    try folder.write("raw/edge.csv", "0,1\n")
    #expect(
      datasetError { _ = try GraphDataset.read(from: folder.path) }?.file
        .hasSuffix("raw/num-node-list.csv.gz") == true)
    try folder.write("train.jsonl", "{}\n")
    #expect(
      datasetError { _ = try GraphDataset.read(from: folder.path) }?.found
        == "no file val.jsonl")
  }
}
