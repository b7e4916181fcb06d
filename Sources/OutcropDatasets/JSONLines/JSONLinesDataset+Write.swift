import Foundation
import OutcropCore
import OutcropGraph

extension JSONLinesDataset {
  /// Writes a data set as JSON lines: `train.jsonl`, `val.jsonl` and `test.jsonl` in the folder
  /// `path`, and `dataset.json` with the properties that the lines cannot store. `read` returns an
  /// equal data set: real numbers are the shortest decimals that read back the same, always with a
  /// point or an exponent, and a missing label is `null`. Positional encodings are not written.
  ///
  /// `node_feat` and `edge_attr` hold types, or attributes of graphs without types.
  /// `node_attributes` and `edge_attributes` hold attributes of graphs that also have types.
  ///
  /// The folder is written completely or not at all, as with `TUDataset.write`.
  ///
  /// - Throws: `InputError` if `path` exists and may not be replaced, a number is not finite, a
  ///   graph has no labels, or the file system fails.
  public static func write(
    _ dataset: GraphDataset, to path: String, overwrite: Bool = false
  ) throws {
    try writeDatasetFolder(path, overwrite: overwrite) { folder in
      for (split, name) in zip(GraphDataset.Split.allCases, ["train", "val", "test"]) {
        let file = try AtomicFile(path: folder.appendingPathComponent("\(name).jsonl").path)
        var written = 0
        var text = JSONLine()
        for (index, graph) in dataset[split].enumerated() {
          do {
            try text.add(graph, dataset)
          } catch let fault as JSONFault {
            throw InputError(
              file: path, found: "\(fault.found) in \(split.rawValue) graph \(index)",
              expected: fault.expected)
          }
          if text.bytes.count > 1 << 20 { try text.flush(to: file, at: &written) }
        }
        // An empty file is an error for the reader; a blank line means no graphs.
        if dataset[split].isEmpty { text.bytes = [0x0A] }
        try text.flush(to: file, at: &written)
        try file.commit()
      }
      try AtomicFile.write(
        DatasetMetadata(dataset).json(),
        to: folder.appendingPathComponent(DatasetMetadata.fileName).path)
    }
  }
}

/// Text of graphs as JSON lines.
private struct JSONLine {
  var bytes: [UInt8] = []

  /// Writes the bytes to `file` at `offset`, advances `offset`, and clears the bytes.
  mutating func flush(to file: borrowing AtomicFile, at offset: inout Int) throws {
    let copy = offset
    try bytes.withUnsafeBytes { try file.write($0, at: copy) }
    offset += bytes.count
    bytes.removeAll(keepingCapacity: true)
  }

  mutating func add(_ graph: Graph, _ dataset: GraphDataset) throws {
    add("{\"num_nodes\": \(graph.nodeCount), \"edge_index\": [[")
    add(graph.sources)
    add("], [")
    add(graph.destinations)
    add("]]")
    try add("node_feat", graph.nodeTypes)
    try add(graph.nodeTypes == nil ? "node_feat" : "node_attributes", graph.nodeAttributes)
    try add("edge_attr", graph.edgeTypes)
    try add(graph.edgeTypes == nil ? "edge_attr" : "edge_attributes", graph.edgeAttributes)
    if graph.targets.isEmpty { throw JSONFault(found: "no label", expected: "at least one") }
    add(", \"y\": [")
    for (index, label) in graph.targets.enumerated() {
      if index > 0 { add(", ") }
      if label.isNaN {
        if case .classification = dataset.task {
          throw JSONFault(
            found: "no class", expected: "a class: JSON lines cannot represent a missing class")
        }
        add("null")
      } else if case .classification = dataset.task {
        add("\(dataset.classValues.map { $0[Int(label)] } ?? Int(label))")
      } else if dataset.task == .binaryClassification, label == 0 || label == 1 {
        add(label == 0 ? "0" : "1")
      } else {
        try add(real: label)
      }
    }
    add("]}\n")
  }

  private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func add(_ numbers: [Int32]) {
    for (index, number) in numbers.enumerated() {
      if index > 0 { add(", ") }
      add("\(number)")
    }
  }

  private mutating func add(real number: Float) throws {
    guard number.isFinite else { throw JSONFault(found: "\(number)", expected: "finite numbers") }
    add("\(number)")
  }

  private mutating func add(_ name: String, _ features: IntegerFeatures?) throws {
    try add(name, features) { $0.add("\($1)") }
  }

  private mutating func add(_ name: String, _ features: RealFeatures?) throws {
    try add(name, features) { try $0.add(real: $1) }
  }

  private mutating func add<Features: FeatureTable>(
    _ name: String, _ features: Features?, _ add: (inout JSONLine, Features.Value) throws -> Void
  ) throws {
    guard let features else { return }
    self.add(", \"\(name)\": [")
    for (index, value) in features.values.enumerated() {
      let column = index % features.columns
      self.add(column > 0 ? ", " : index > 0 ? "], [" : "[")
      try add(&self, value)
    }
    self.add(features.values.isEmpty ? "]" : "]]")
  }
}
