import Foundation
import OutcropCore
import OutcropDatasets
import OutcropFiles
import OutcropGraph

/// A reader of external files, with small inputs that it accepts.
struct FuzzReader: Sendable {
  /// A folder's files by name, with the form of each.
  typealias Seed = [String: (bytes: [UInt8], form: Mutation.Form)]

  let name: String
  let seeds: [Seed]
  /// Whether text files may also be compressed, with `.gz` at the end of their names.
  var mayBeCompressed = false
  /// The only file that is changed, if the other files belong to another reader.
  var target: String?
  /// How places beside the folder begin that errors may name.
  var places: [String] = []
  /// Changes that keep checksums right, where a format has them; nil leaves the input to `Mutation`.
  var change: (@Sendable (inout Mutation, [UInt8]) -> [UInt8]?)?
  /// Reads the folder, uses what it read, and returns a digest of it.
  let read: @Sendable (String) throws -> String

  static let all: [FuzzReader] = [
    tuDataset, ogb, jsonLines, csv, edgeList, nodeLink, nodes, cache, safetensors, npy, npz, gzip,
    metadata, summary, configuration, setting, checkpoint, training, results, sweep,
  ]

  static func text(_ files: [String: String], _ form: Mutation.Form = .table) -> Seed {
    var seed: Seed = [:]
    for (name, text) in files { seed[name] = (Array(text.utf8), form) }
    return seed
  }

  static func one(_ name: String, _ bytes: [UInt8], _ form: Mutation.Form) -> Seed {
    [name: (bytes, form)]
  }

  // MARK: Data sets

  static let tuDataset = FuzzReader(
    name: "tu",
    seeds: [
      text([
        "S_graph_indicator.txt": "1\n1\n1\n2\n3\n3\n4\n6\n",
        "S_A.txt": "1, 2\n2, 1\n6, 5\n2, 3\n3, 2\n5, 6\n",
        "S_node_labels.txt": "0\n2\n1\n0\n0\n1\n0\n0\n", "S_edge_labels.txt": "1\n1\n3\n2\n2\n3\n",
        "S_node_attributes.txt": "0.5, -1\n1e-3,2\n3.25,4\n5,6\n7,8\n9,10\n1,1\n0,0\n",
        "S_edge_attributes.txt": "1\n2\n3\n4\n5\n6\n", "S_graph_labels.txt": "7\n-1\n7\n7\n-1\n7\n",
      ]),
      text([
        "train/R_graph_indicator.txt": "1\n1\n2\n", "train/R_A.txt": "1, 2\n2, 1\n",
        "train/R_graph_attributes.txt": "0.25\n-1.5\n", "val/R_graph_indicator.txt": "1\n",
        "val/R_A.txt": "\n", "val/R_graph_attributes.txt": "2\n",
        "test/R_graph_indicator.txt": "1\n", "test/R_A.txt": "1, 1\n",
        "test/R_graph_attributes.txt": "3\n", "train.index": "1,0\n",
      ]),
    ] + shared("tu-indicator-holes/in", .table), mayBeCompressed: true, read: readGraphs)

  static let ogb = FuzzReader(
    name: "ogb",
    seeds: [
      text([
        "raw/num-node-list.csv": "3\n1\n2\n2\n", "raw/num-edge-list.csv": "2\n0\n1\n1\n",
        "raw/edge.csv": "0,1\n2,1\n1,0\n0,1\n",
        "raw/node-feat.csv": "5,0\n6,0\n7,1\n0,0\n1,1\n2,0\n3,0\n5,1\n",
        "raw/edge-feat.csv": "1,0,1\n0,0,0\n3,2,1\n2,1,0\n",
        "raw/graph-label.csv": "0.0,1.0\n1.0,\nnan,0.0\n,\n", "split/random/train.csv": "0\n3\n",
        "split/random/valid.csv": "2\n", "split/random/test.csv": "1\n",
      ]),
      text([
        "raw/num-node-list.csv": "2\n1\n1\n", "raw/num-edge-list.csv": "2\n0\n0\n",
        "raw/edge.csv": "0,1\n1,0\n", "raw/graph-label.csv": "1.5\n2\n-3\n",
        "mapping/mol.csv": "a,b\n",
      ]),
    ], mayBeCompressed: true, read: readGraphs)

  private static let line =
    "{\"num_nodes\": 2, \"edge_index\": [[0, 1], [1, 0]], \"node_feat\": [[5], [0]], "
    + "\"edge_attr\": [[1], [1]], \"y\": [0.5], \"name\": \"x\"}\n"
  private static let plainLine =
    "{\"edge_index\": [[0], [1]], \"num_nodes\": 3, \"edge_attr\": [2.5], \"y\": 1}\n"

  static let jsonLines = FuzzReader(
    name: "jsonl",
    seeds: [
      text(["train.jsonl": line + line, "val.jsonl": line, "test.jsonl": line], .json),
      text(["in.jsonl": String(repeating: plainLine, count: 4)], .json),
    ]
      + ["json-bom", "json-infinity-ignored-field", "json-huge-node-count"].flatMap {
        shared($0, .json)
      }, mayBeCompressed: true, read: readGraphs)

  static let csv = FuzzReader(
    name: "csv",
    seeds: [
      text([
        "nodes.csv":
          "graph_id,node_id,kind,feat,\"size, m\"\n7,0,C,\"1,0,2\",0.5\n7,1,N,\"0,1,5\",1e-3\n"
          + "9,0,,\"[0, 0, 0]\",2\n9,5,C,\"3,0,1\",-1\n4,0,\"a \"\"b\"\"\",\"0,0,0\",3\n",
        "edges.csv": "graph_id,src_id,dst_id,weight\n7,0,1,0.25\n9,5,0,1\n9,0,0,\"2\"\n",
        "graphs.csv": "graph_id,label,train_mask,val_mask,test_mask\n7,yes,True,False,False\n"
          + "9,no,False,True,False\n4,,False,False,True\n",
      ]),
      text([
        "nodes.csv": "node_id,label,split\nx,1,train\ny,0,val\nz,,\n10,1,test\n",
        "edges.tsv": "src\tdst\ttype\nx\ty\t3\ny\tz\t-5\nz\t10\t3\n",
      ]),
      text([
        "nodes_a.csv": "node_id,label\n3,\"0,1\"\n2,\"1,\"\n",
        "nodes_b.csv": "node_id,label\n1,\"1,1\"\n",
        "edges.csv": "source,target\n1,2\n2,1\n",
        "dataset.json": "{\"name\": \"m\", \"isSynthetic\": false, \"nodeTypeCount\": 0, "
          + "\"edgeTypeCount\": 0, \"sourceDescription\": \"s\", \"hasBinaryLabels\": true}",
      ]),
      text([
        "nodes.csv": "node_id,code,split,label\n0,7,train,1\n1,007,val,0\n2,x,test,\n",
        "edges.csv": "src_id,dst_id\n0,1\n1,1\n",
        "dataset.json": "{\"name\": \"m\", \"isSynthetic\": false, \"nodeTypeCount\": 3, "
          + "\"edgeTypeCount\": 0, \"sourceDescription\": \"s\", \"hasBinaryLabels\": false, "
          + "\"classNames\": [\"10\", \"None\"]}",
      ]),
    ], mayBeCompressed: true, read: readTables)

  static let edgeList = FuzzReader(
    name: "edges",
    seeds: [
      text(["in.csv": "0,1,5,0.5\n1,2,6,1\n2,0,5,1.5\n"]),
      text(["in.csv": "# a list\nsource;target;type\na;b;x\nb;\"c;d\";y\n"]),
    ], mayBeCompressed: true, read: readTables)

  private static let linked =
    "{\"directed\": false, \"multigraph\": true, \"graph\": {\"label\": 1, \"x\": {}}, \"nodes\": [{\"kind\": "
    + "\"C\", \"pos\": [0.5, 1], \"id\": 0}, {\"id\": \"a\\u00e9\", \"kind\": null, \"pos\": [0, 2]}, "
    + "{\"id\": [1, 2], \"pos\": [1, 1]}], "
    + "\"links\": [{\"source\": 0, \"target\": \"a\\u00e9\", \"key\": 0, \"weight\": 2.5}]}\n"

  static let nodeLink = FuzzReader(
    name: "nodelink",
    seeds: [
      text(["in.json": linked.replacingOccurrences(of: "}, {", with: "},\n {")], .json),
      text(["in.jsonl": linked + linked + linked], .json),
      text(
        [
          "in.json":
            "[{\"nodes\": [{\"id\": 1, \"q\": 2}], \"edges\": [], \"graph\": {\"y\": 3}},\n"
            + "{\"nodes\": [{\"id\": 1, \"q\": 1}], \"edges\": [], \"graph\": {\"y\": 2}},\n"
            + "{\"nodes\": [], \"edges\": [], \"graph\": {\"y\": 1.5}}]\n"
        ], .json),
    ], mayBeCompressed: true, read: readTables)

  static let metadata = FuzzReader(
    name: "metadata",
    seeds: [
      text(
        [
          "train.jsonl": line, "val.jsonl": line, "test.jsonl": line,
          "dataset.json": "{\"name\": \"m\", \"isSynthetic\": false, \"nodeTypeCount\": 6, "
            + "\"edgeTypeCount\": 2, \"edgeTypeNames\": [\"a\", \"b\"], \"sourceDescription\": \"s\", "
            + "\"hasBinaryLabels\": false, \"nodeVocabularies\": [6], \"edgeVocabularies\": [2]}",
        ], .json)
    ], target: "dataset.json", read: readGraphs)

  private static let nodeFiles = [
    "raw/edge.csv": "0,1\n1,2\n3,0\n2,2\n",
    "raw/edge-feat.csv": "0.001,0.5\n1,0.25\n0,0.75\n0.999,0\n", "raw/num-node-list.csv": "4\n",
    "raw/num-edge-list.csv": "4\n", "raw/node_species.csv": "7\n3\n7\n9\n",
    "raw/node-label.csv": "0,1\n1,nan\n0,0\n1,1\n", "split/species/train.csv": "0\n2\n",
    "split/species/valid.csv": "1\n", "split/species/test.csv": "3\n",
  ]

  static let nodes = FuzzReader(
    name: "nodes", seeds: [text(nodeFiles)], mayBeCompressed: true, read: readNodes)

  /// The cache of `nodes`, which is read without other checks if its checksums are correct.
  static let cache = FuzzReader(
    name: "cache", seeds: [cacheSeed()], target: ".outcrop-cache", change: changeCache,
    read: readNodes)

  private static func cacheSeed() -> Seed {
    let folder = NSTemporaryDirectory() + "/outcrop-fuzz-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var seed = text(nodeFiles)
    do {
      try write(seed.mapValues { $0.bytes }, to: folder)
      _ = try NodeDataset.read(folder)
      seed[".outcrop-cache"] = (Array(try SystemFiles.read(folder + "/.outcrop-cache")), .binary)
    } catch {
      fatalError("no cache to change: \(error)")
    }
    return seed
  }

  /// The files of a folder in `shared/cases`, if it exists.
  static func shared(_ name: String, _ form: Mutation.Form) -> [Seed] {
    let root = ProcessInfo.processInfo.environment["OUTCROP_SHARED"] ?? "../shared"
    let folder = "\(root)/cases/\(name)"
    guard let names = try? SystemFiles.names(in: folder), !names.isEmpty else { return [] }
    var seed: Seed = [:]
    for name in names {
      guard let bytes = try? SystemFiles.read("\(folder)/\(name)"), bytes.count < 1 << 16 else {
        return []
      }
      seed[name] = (Array(bytes), form)
    }
    return [seed]
  }
}

// MARK: - Reading

@Sendable private func readGraphs(_ folder: String) throws -> String {
  let names = try SystemFiles.names(in: folder)
  let path = names == ["in.jsonl"] || names == ["in.jsonl.gz"] ? "\(folder)/\(names[0])" : folder
  let dataset = try GraphDataset.read(from: path)
  _ = OGBDataset.labelNames(folder, count: 1)
  return try check(dataset, path)
}

private func check(_ dataset: GraphDataset, _ path: String) throws -> String {
  // What follows uses what was read: it must fit together.
  for split in GraphDataset.Split.allCases {
    for graph in dataset[split] {
      if let problem = graph.inconsistency { fatalError("\(path): \(problem)") }
    }
  }
  _ = DatasetDescription(dataset).table
  let some = Array(dataset.train.filter { $0.nodeCount < 1000 }.prefix(3))
  if !some.isEmpty { _ = GraphBatch(some) }
  if let small = some.first(where: { $0.nodeCount > 0 && $0.nodeCount < 50 }) {
    _ = try? small.laplacianEigenvectors(columns: 2)
  }
  return dataset.checksum
}

@Sendable private func readTables(_ folder: String) throws -> String {
  let names = try SystemFiles.names(in: folder)
  let path = names.first { $0.hasPrefix("in.") }.map { "\(folder)/\($0)" } ?? folder
  let isNodeLink = names.contains { $0.hasPrefix("in.json") }
  let read =
    isNodeLink ? try NodeLinkDataset.read(path) : try GraphDataset.readExamples(from: path)
  guard let dataset = read as? SingleGraphDataset else {
    return try check(read as! GraphDataset, path)
  }
  if let problem = dataset.graph.inconsistency { fatalError("\(path): \(problem)") }
  _ = SingleGraphDescription(dataset).table
  var sampled = dataset
  sampled.fanOuts = [2]
  for split in GraphDataset.Split.allCases where !dataset[split].isEmpty {
    let batch = dataset.examples(split).batch([0], seed: 1)
    if batch.labeledCount != dataset[split].count { fatalError("\(path): other labeled nodes") }
    _ = sampled.examples(split).batch([0], seed: 1)
  }
  return dataset.checksum
}

@Sendable private func readNodes(_ folder: String) throws -> String {
  let dataset = try NodeDataset.read(folder)
  let graph = dataset.graph
  for node in 0..<min(dataset.nodeCount, 100) {
    for (neighbor, edge) in zip(graph.neighbors(of: node), graph.edges(at: node)) {
      if Int(neighbor) >= dataset.nodeCount || neighbor < 0 || edge >= graph.edgeCount {
        fatalError("\(folder): node \(node) has the neighbor \(neighbor) by edge \(edge)")
      }
    }
  }
  _ = dataset.labels(of: dataset.train)
  if !dataset.train.isEmpty {
    let examples = SampledNodes(dataset, .train, fanOuts: [2])
    _ = examples.batch([0], seed: 1)
  }
  return dataset.checksum
}

// MARK: - Making inputs

/// Writes files below a folder.
func write(_ files: [String: [UInt8]], to folder: String) throws {
  for (name, bytes) in files {
    let path = "\(folder)/\(name)"
    try SystemFiles.createFolder(SystemFiles.parent(of: path))
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    defer { close(descriptor) }
    guard bytes.isEmpty || Foundation.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw InputError.system(path, "write")
    }
  }
}

/// Changes the header's JSON or a section of a cache file, and mostly corrects the checksums.
@Sendable private func changeCache(_ mutation: inout Mutation, _ bytes: [UInt8]) -> [UInt8]? {
  guard mutation.below(5) > 0, bytes.count > 1 << 16 else { return nil }
  let length = (0..<4).reduce(0) { $0 | Int(bytes[16 + $1]) << (8 * $1) }
  // An earlier change may have damaged the length.
  guard length <= bytes.count - 32 else { return nil }
  var text = Array(bytes[32..<32 + length])
  var result = bytes
  if mutation.below(2) == 0 {
    text = mutation.change(text, .json)
  } else if let object = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any],
    var sections = object["sections"] as? [[String: Any]], !sections.isEmpty
  {
    let index = mutation.below(sections.count)
    guard let offset = sections[index]["offset"] as? Int,
      let count = sections[index]["byteCount"] as? Int, count > 0, offset >= 0,
      offset <= bytes.count, count <= bytes.count - offset
    else { return nil }
    let section = mutation.change(Array(bytes[offset..<offset + count]), .binary)
    let changed = Array((section + [UInt8](repeating: 0, count: count)).prefix(count))
    result.replaceSubrange(offset..<offset + count, with: changed)
    sections[index]["checksum"] = XXHash64.hexadecimal(
      XXHash64.digest([XXHash64.digest(changed)]))
    var copy = object
    copy["sections"] = sections
    text = (try? JSONSerialization.data(withJSONObject: copy, options: .sortedKeys)).map(
      Array.init)!
  }
  guard text.count <= (1 << 16) - 32 else { return nil }
  let sum = XXHash64.digest(text)
  for index in 0..<8 {
    result[16 + index] = UInt8(truncatingIfNeeded: text.count >> (8 * index))
    result[24 + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index))
  }
  result.replaceSubrange(32..<32 + text.count, with: text)
  return result
}
