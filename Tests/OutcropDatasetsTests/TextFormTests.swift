import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// What editors and other programs put around text: a byte-order mark, zeros behind compressed data.
/// Every reader of text takes them as the same data.
@Suite struct TextFormTests {
  enum Form: CaseIterable { case byteOrderMark, paddedGzip, markInGzip }

  private func bytes(_ text: String, _ form: Form) -> [UInt8] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    switch form {
    case .byteOrderMark: return mark + text.utf8
    case .paddedGzip: return gzip(Array(text.utf8)) + [UInt8](repeating: 0, count: 700)
    case .markInGzip: return gzip(mark + Array(text.utf8))
    }
  }

  /// The checksums of the files as they are and in the form.
  private func checksums(
    _ files: [String: String], _ ending: String, _ form: Form, _ read: (String) throws -> String
  ) throws -> (String, String) {
    let (plain, changed) = (try TemporaryFolder(), try TemporaryFolder())
    for (name, text) in files {
      try plain.write(name + ending, text)
      try changed.write(name + ending + (form == .byteOrderMark ? "" : ".gz"), bytes(text, form))
    }
    return (try read(plain.path), try read(changed.path))
  }

  @Test(arguments: Form.allCases) func everyReaderTakesThem(form: Form) throws {
    let line = #"{"num_nodes": 2, "edge_index": [[0, 1], [1, 0]], "y": [0.5]}"# + "\n"
    let lines = ["train": line, "val": line + line, "test": line]
    let graphs: (String) throws -> String = { try GraphDataset.read(from: $0).checksum }
    let nodes: (String) throws -> String = { try NodeDataset.read($0).checksum }
    let nodeFiles = Dictionary(
      uniqueKeysWithValues: NodeFolderFixture.files.map { (String($0.dropLast(4)), $1) })
    for (files, ending, read) in [
      (SmallFiles().files, ".txt", graphs), (OGBFiles().files, ".csv", graphs),
      (lines, ".jsonl", graphs), (nodeFiles, ".csv", nodes),
    ] {
      let (expected, found) = try checksums(files, ending, form, read)
      #expect(found == expected, "\(ending)")
    }
  }

  @Test func marksInDescriptionsAndIndexFiles() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("made")
    let dataset = SampleDataset.make(sizes: (4, 2, 2))
    try JSONLinesDataset.write(dataset, to: path)
    let file = "\(path)/dataset.json"
    let text = try Data(contentsOf: URL(fileURLWithPath: file))
    try folder.write("made/dataset.json", Data([0xEF, 0xBB, 0xBF]) + text)
    #expect(try GraphDataset.read(from: path).name == dataset.name)
    try folder.write("made/train.index", [0xEF, 0xBB, 0xBF] + Array("2,0\n".utf8))
    #expect(try GraphDataset.read(from: path).train == [dataset.train[2], dataset.train[0]])
  }

  @Test func aFileOfAMarkAlone() throws {
    var files = OGBFiles()
    files.files["split/random/test"] = "\u{FEFF}"
    #expect(try files.read().test.isEmpty)
    files.files["raw/edge"] = "\u{FEFF}"
    #expect(datasetError { _ = try files.read() }?.line == 1)
  }

  /// Python writes these words, which are no JSON.
  @Test(arguments: ["Infinity", "-Infinity", "NaN"])
  func numbersThatJSONDoesNotHave(word: String) throws {
    let folder = try TemporaryFolder()
    let line =
      #"{"num_nodes": 2, "edge_index": [[0, 1], [1, 0]], "y": [0.5], "score": WORD, "#
      + #""more": [1, {"x": WORD}]}"# + "\n"
    try folder.write(
      "in.jsonl", String(repeating: line.replacingOccurrences(of: "WORD", with: word), count: 4))
    #expect(try GraphDataset.read(from: folder.path("in.jsonl")).graphCount == 4)
    // Where a number is used it must be one.
    let used = line.replacingOccurrences(
      of: "\"num_nodes\": 2", with: "\"node_feat\": [1, \(word)]")
    try folder.write("in.jsonl", used.replacingOccurrences(of: "WORD", with: "1"))
    let error = datasetError { _ = try GraphDataset.read(from: folder.path("in.jsonl")) }
    #expect(error?.line == 1 && error?.expected.contains("node_feat") == true)
  }

  @Test(arguments: ["1\0\n", "\0001\n", "0x10\n", "1\u{0C}\n", "1\u{0B}\n", "0x1p3\n"])
  func bytesThatAreNoBlanksAndNoNumbers(text: String) throws {
    for name in ["S_edge_attributes", "S_edge_labels"] {
      var files = SmallFiles()
      files.files[name] = text + "2\n3\n1\n2\n1\n"
      let error = datasetError { _ = try files.read() }
      #expect(error?.line == 1, "\(name): \(error?.description ?? "read")")
    }
  }

  @Test func controlBytesInJSON() throws {
    let folder = try TemporaryFolder()
    let line = #"{"num_nodes": 2, "edge_index": [[0, 1], [1, 0]], "y": [0.5]}"#
    for odd in ["\0", "\u{01}", "\u{0C}"] {
      for place in [line.index(line.startIndex, offsetBy: 12), line.endIndex] {
        var text = line
        text.insert(contentsOf: odd, at: place)
        try folder.write("in.jsonl", "\(line)\n\(text)\n\(line)\n\(line)\n")
        #expect(
          datasetError { _ = try GraphDataset.read(from: folder.path("in.jsonl")) }?.line == 2)
      }
    }
  }
}
