import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// One number that is not an integer must not change the meaning of all others without a word.
@Suite struct NumberMeaningTests {
  private func line(_ edge: String, _ label: String = "1") -> String {
    "{\"edge_index\": [[0, 1], [1, 0]], \"num_nodes\": 2, \"edge_attr\": [[1], [\(edge)]], "
      + "\"y\": [\(label)]}\n"
  }

  private func lines(_ odd: String, label: String = "1") -> String {
    (0..<8).map { $0 == 4 ? line(odd, label) : line("2") }.joined()
  }

  @Test func oneEdgeAttributeOfJSONLines() throws {
    let folder = try TemporaryFolder()
    try folder.write("in.jsonl", lines("1.5"))
    let dataset = try GraphDataset.read(from: folder.path("in.jsonl"))
    #expect(dataset.train[0].edgeAttributes != nil && dataset.train[0].edgeTypes == nil)
    #expect(
      dataset.sourceDescription.contains(
        "“edge_attr” taken as real attributes: 1 of 16 numbers is not an integer, first in in.jsonl:5"
      ), "\(dataset.sourceDescription)")
    // Real attributes need no word.
    try folder.write("in.jsonl", String(repeating: line("1.5"), count: 8))
    let real = try GraphDataset.read(from: folder.path("in.jsonl"))
    #expect(!real.sourceDescription.contains("taken"))
  }

  @Test func aLabelOfJSONLines() throws {
    let folder = try TemporaryFolder()
    try folder.write("in.jsonl", lines("1", label: "1.5"))
    let dataset = try GraphDataset.read(from: folder.path("in.jsonl"))
    #expect(dataset.task == .regression)
    #expect(
      dataset.sourceDescription.contains("“y” taken as numbers to predict: 1 of 8 numbers"))
  }

  @Test func whatTheDataSetSaysOfItself() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("made")
    try JSONLinesDataset.write(SampleDataset.make(sizes: (3, 2, 2)), to: path)
    let file = URL(fileURLWithPath: path).appendingPathComponent("val.jsonl")
    let text = try String(contentsOf: file, encoding: .utf8)
    let place = text.range(of: "\"edge_attr\": [[")!
    var changed = text
    changed.insert(contentsOf: "1.5], [", at: place.upperBound)
    // One row more; the type of the number is found first.
    try changed.write(to: file, atomically: true, encoding: .utf8)
    #expect(datasetError { _ = try GraphDataset.read(from: path) } != nil)
    let digits = text[place.upperBound...].prefix { $0.isNumber }
    let replaced = text.replacingCharacters(
      in: place.upperBound..<digits.endIndex, with: "1.5")
    try replaced.write(to: file, atomically: true, encoding: .utf8)
    let error = datasetError { _ = try GraphDataset.read(from: path) }
    #expect(error?.file.hasSuffix("val.jsonl") == true && error?.line == 1)
    #expect(error?.field == "edge_attr" && error?.expected.contains("dataset.json") == true)
  }

  @Test func oneFeatureOfOGB() throws {
    var files = OGBFiles()
    files.files["raw/edge-feat"] = "1,0,1\n0,0,0\n3,1.5,1\n2,1,0\n"
    let dataset = try files.read()
    #expect(
      dataset.sourceDescription.contains(
        "edge-feat.csv taken as real attributes: 1 of 12 numbers is not an integer, first in line 3"
      ),
      "\(dataset.sourceDescription)")
  }

  @Test func oneOfTwelveBinaryLabels() throws {
    var files = OGBFiles()
    files.files["raw/graph-label"] =
      "0,1,0,0,1,1,0,0,,1,0,1\n0,1,0,0,1,1,0,0,1,1,0,1\n"
      + "0,1,0,0,1,1.5,0,0,1,1,0,1\n0,1,0,0,1,1,0,0,1,1,0,1\n"
    let error = datasetError { _ = try files.read() }
    #expect(error?.file.hasSuffix("graph-label.csv") == true && error?.line == 3)
    #expect(error?.found == "1.5" && error?.expected.contains("1 of 47 labels") == true)
    let dataset = try files.read(.init(labels: .values))
    #expect(dataset.task == .regression && dataset.targetCount == 12)
  }
}
