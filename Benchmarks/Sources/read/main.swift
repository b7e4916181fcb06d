import Foundation
import OutcropDatasets
import OutcropGraph

let usage = """
  Measures how fast data sets are read; prints JSON lines.

  usage: read [--runs N] PATH…          read each data set N times (5)
         read --generate N DIR          make N synthetic molecules below DIR: TUDataset text in
                                        DIR/molecules, JSON lines in DIR/molecules-jsonl, CSV in
                                        DIR/molecules-csv and DIR/vectors-csv (rows of 32 real numbers),
                                        and a list of edges with weights in DIR/edges.csv

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
      case .jsonLines, .nodeLink: name.contains(".jsonl")
      case .csv: ["nodes", "edges", "graphs"].contains { name.hasPrefix($0) }
      default:
        name.contains(".csv") && (file.path.contains("/raw/") || file.path.contains("/split/"))
      }
    return isRead ? total + (try textBytes(file)) : total
  }
}

/// Writes tables of the molecules as users have them: a column for a type, names of nodes that begin anew in
/// each graph.
func writeTables(_ dataset: GraphDataset, _ folder: String) throws {
  var random = SystemRandomNumberGenerator()
  for (name, hasVectors) in [("molecules-csv", false), ("vectors-csv", true)] {
    var nodes = "graph_id,node_id,\(hasVectors ? "feat" : "atom")\n"
    var edges = "graph_id,src_id,dst_id,bond\n"
    var graphs = "graph_id,label\n"
    let all = dataset.train + dataset.validation + dataset.test
    for (number, graph) in all.enumerated() {
      for node in 0..<graph.nodeCount {
        let vector = (0..<32).map { _ in "\(Float.random(in: -1...1, using: &random))" }
        nodes += "\(number),\(node),"
        nodes +=
          hasVectors
          ? "\"\(vector.joined(separator: ","))\"\n" : "\(graph.nodeTypes!.values[node])\n"
      }
      for edge in 0..<graph.edgeCount {
        edges += "\(number),\(graph.sources[edge]),\(graph.destinations[edge]),"
        edges += "\(graph.edgeTypes!.values[edge])\n"
      }
      graphs += "\(number),\(graph.targets[0])\n"
    }
    let place = URL(fileURLWithPath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for (file, text) in [("nodes", nodes), ("edges", edges), ("graphs", graphs)] {
      try Data(text.utf8).write(to: place.appendingPathComponent("\(file).csv"))
    }
  }
  var list = "source,target,weight\n"
  for _ in 0..<1_000_000 {
    let ends = (
      Int.random(in: 0..<100_000, using: &random), Int.random(in: 0..<100_000, using: &random)
    )
    list += "\(ends.0),\(ends.1),\(Float(Int.random(in: 0..<10_000, using: &random)) / 10_000)\n"
  }
  try Data(list.utf8).write(to: URL(fileURLWithPath: "\(folder)/edges.csv"))
}

func run(_ words: [String]) throws {
  if words.first == "--generate", words.count == 3, let count = Int(words[1]), count > 10 {
    let dataset = SampleDataset.make(
      seed: 1, sizes: (train: count - count / 10 * 2, validation: count / 10, test: count / 10))
    try TUDataset.write(dataset, to: words[2] + "/molecules", overwrite: true)
    try JSONLinesDataset.write(dataset, to: words[2] + "/molecules-jsonl", overwrite: true)
    try writeTables(dataset, words[2])
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
      let dataset = try GraphDataset.readExamples(from: path)
      // The data set is released after the end of the measurement.
      times.append((clock.now - start) / .milliseconds(1))
      graphs = (dataset as? GraphDataset)?.graphCount ?? 1
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
