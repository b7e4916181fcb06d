import Foundation
import OutcropDatasets
import OutcropGraph

let usage = """
  Measures how fast data sets are read; prints JSON lines.

  usage: read [--runs N] PATH…          read each data set N times (5)
         read --generate N DIR          make N synthetic molecules below DIR: TUDataset text in
                                        DIR/molecules, JSON lines in DIR/molecules-jsonl

  Each line has the path, the bytes of decompressed text that were read, the graphs, and the median,
  smallest and largest time in ms of the whole way to a checked data set with its checksum.
  """

/// The times for one data set.
struct Reading: Codable {
  var path: String
  var textBytes: Int
  var graphs: Int
  var medianMilliseconds: Double
  var minimumMilliseconds: Double
  var maximumMilliseconds: Double
}

/// The size of a file's text: for a gzip file its last four bytes, otherwise the size of the file.
func textBytes(_ file: URL) throws -> Int {
  let data = try Data(contentsOf: file, options: .mappedIfSafe)
  guard file.pathExtension == "gz" else { return data.count }
  return data.suffix(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
}

/// The size of the text that a reader parses.
func textBytes(in path: String) throws -> Int {
  let format = try DatasetFormat.detect(path)
  let root = URL(fileURLWithPath: path)
  var isFolder: ObjCBool = false
  _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
  guard isFolder.boolValue else { return try textBytes(root) }
  let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)!
  return try files.compactMap { $0 as? URL }.reduce(0) { total, file in
    let name = file.lastPathComponent
    let isRead =
      switch format {
      case .tuDataset:
        [
          "A", "graph_indicator", "node_labels", "edge_labels", "node_attributes",
          "edge_attributes",
          "graph_labels", "graph_attributes",
        ].contains { name.hasSuffix("_\($0).txt") }
      case .jsonLines: name.contains(".jsonl")
      default:
        name.contains(".csv") && (file.path.contains("/raw/") || file.path.contains("/split/"))
      }
    return isRead ? total + (try textBytes(file)) : total
  }
}

func run(_ words: [String]) throws {
  if words.first == "--generate", words.count == 3, let count = Int(words[1]), count > 10 {
    let dataset = SampleDataset.make(
      seed: 1, sizes: (train: count - count / 10 * 2, validation: count / 10, test: count / 10))
    try TUDataset.write(dataset, to: words[2] + "/molecules", overwrite: true)
    try JSONLinesDataset.write(dataset, to: words[2] + "/molecules-jsonl", overwrite: true)
    return
  }
  var (paths, runs) = (words[...], 5)
  if paths.first == "--runs", paths.count > 1, let count = Int(paths[paths.startIndex + 1]) {
    runs = max(1, count)
    paths = paths.dropFirst(2)
  }
  guard !paths.isEmpty else {
    print(usage)
    return
  }
  let clock = ContinuousClock()
  for path in paths {
    var times: [Double] = []
    var graphs = 0
    for _ in 0..<runs {
      let start = clock.now
      let dataset = try GraphDataset.read(from: path)
      // The data set is released after the end of the measurement.
      times.append((clock.now - start) / .milliseconds(1))
      graphs = dataset.graphCount
    }
    times.sort()
    let reading = Reading(
      path: path, textBytes: try textBytes(in: path), graphs: graphs,
      medianMilliseconds: times[times.count / 2], minimumMilliseconds: times[0],
      maximumMilliseconds: times[times.count - 1])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(reading), as: UTF8.self))
  }
}

do {
  try run(Array(CommandLine.arguments.dropFirst()))
} catch {
  FileHandle.standardError.write(Data("read: \(error)\n".utf8))
  exit(1)
}
