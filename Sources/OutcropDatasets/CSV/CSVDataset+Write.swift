import Foundation
import OutcropCore
import OutcropGraph

extension CSVDataset {
  /// Writes graphs as `nodes.csv`, `edges.csv` and `graphs.csv` in the folder `path`, with `dataset.json`
  /// for the properties that tables cannot store. `read` returns an equal data set. Types and attributes
  /// are vectors in the columns `types` and `attributes`; missing labels are empty. Positional encodings
  /// are not written.
  ///
  /// The folder is written completely or not at all, as with `TUDataset.write`.
  ///
  /// - Throws: `InputError` when `path` exists and may not be replaced, a number isn't finite, or the file
  ///   system refuses.
  public static func write(
    _ dataset: GraphDataset, to path: String, overwrite: Bool = false
  ) throws {
    try writeDatasetFolder(path, overwrite: overwrite, checkReplaceable: checkTablesReplaceable) {
      folder in
      let first = GraphDataset.Split.allCases.lazy.compactMap { dataset[$0].first }.first
      let tables = try TableWriter(folder, first, hasGraphs: true)
      let graphs = try CSVFile(folder, "graphs.csv")
      graphs.add("graph_id,split,label\n")
      var number = 0
      for split in GraphDataset.Split.allCases {
        for graph in dataset[split] {
          try tables.add(graph, number: number, path) { _ in }
          graphs.add("\(number),\(split == .validation ? "val" : split.rawValue),")
          let text = graph.targets.map { label in
            labelText(label, dataset.task, dataset.classValues.map { $0.map(String.init) })
          }
          graphs.add(fieldText(text))
          graphs.add("\n")
          try graphs.flush()
          number += 1
        }
      }
      try tables.finish()
      try graphs.finish()
      try AtomicFile.write(
        DatasetMetadata(dataset).json(),
        to: folder.appendingPathComponent(DatasetMetadata.fileName).path)
    }
  }

  /// Writes one graph with the labels of its nodes as `nodes.csv` and `edges.csv`; otherwise as
  /// `write(_:to:overwrite:)` of graphs. Classes are written as their numbers, and their names, which may be any
  /// text, to `dataset.json`.
  public static func write(
    _ dataset: SingleGraphDataset, to path: String, overwrite: Bool = false
  ) throws {
    try writeDatasetFolder(path, overwrite: overwrite, checkReplaceable: checkTablesReplaceable) {
      folder in
      var splits = [String](repeating: "", count: dataset.graph.nodeCount)
      for split in GraphDataset.Split.allCases {
        for node in dataset[split] {
          splits[Int(node)] = split == .validation ? "val" : split.rawValue
        }
      }
      let tables = try TableWriter(
        folder, dataset.graph, hasGraphs: false,
        nodeColumns: dataset.targetCount > 0 ? ",split,label" : "")
      let columns = dataset.targetCount
      try tables.add(dataset.graph, number: 0, path) { node in
        if columns == 0 { return }
        let labels = dataset.labels[node * columns..<(node + 1) * columns].map {
          labelText($0, dataset.task, nil)
        }
        tables.nodes.add(",\(splits[node]),")
        tables.nodes.add(fieldText(labels))
      }
      try tables.finish()
      try AtomicFile.write(
        DatasetMetadata(dataset).json(),
        to: folder.appendingPathComponent(DatasetMetadata.fileName).path)
    }
  }

  /// One label, or a vector of labels, in which a missing one is nan.
  private static func fieldText(_ labels: [String]) -> String {
    if labels.count == 1 { return labels[0] }
    return "\"" + labels.map { $0.isEmpty ? "nan" : $0 }.joined(separator: ",") + "\""
  }

  private static func labelText(
    _ label: Float, _ task: GraphDataset.Task, _ classes: [String]?
  ) -> String {
    if label.isNaN { return "" }
    switch task {
    case .classification: return classes?[Int(label)] ?? "\(Int(label))"
    case .binaryClassification: return label == 0 ? "0" : "1"
    case .regression: return "\(label)"
    }
  }
}

/// Throws `InputError` when `path` exists, unless `overwrite` is set and this program wrote its tables.
private func checkTablesReplaceable(_ path: String, _ overwrite: Bool) throws {
  try checkGraphsReplaceable(
    path, overwrite, names: ["nodes.csv", "edges.csv", "graphs.csv", DatasetMetadata.fileName])
}

/// The tables of nodes and edges.
private struct TableWriter {
  let nodes, edges: CSVFile
  private let hasGraphs: Bool

  init(_ folder: URL, _ first: Graph?, hasGraphs: Bool, nodeColumns: String = "") throws {
    self.hasGraphs = hasGraphs
    nodes = try CSVFile(folder, "nodes.csv")
    edges = try CSVFile(folder, "edges.csv")
    let graph = hasGraphs ? "graph_id," : ""
    func names(_ hasTypes: Bool, _ hasAttributes: Bool) -> String {
      (hasTypes ? ",types" : "") + (hasAttributes ? ",attributes" : "")
    }
    let nodeNames = names(first?.nodeTypes != nil, first?.nodeAttributes != nil)
    let edgeNames = names(first?.edgeTypes != nil, first?.edgeAttributes != nil)
    nodes.add("\(graph)node_id\(nodeNames)\(nodeColumns)\n")
    edges.add("\(graph)src_id,dst_id\(edgeNames)\n")
  }

  /// Adds a graph; `body` adds the other columns of a node.
  func add(
    _ graph: Graph, number: Int, _ path: String, _ body: (Int) -> Void
  ) throws {
    for node in 0..<graph.nodeCount {
      if hasGraphs { nodes.add("\(number),") }
      nodes.add("\(node)")
      nodes.add(graph.nodeTypes, row: node)
      try nodes.add(graph.nodeAttributes, row: node, path)
      body(node)
      nodes.add("\n")
      try nodes.flush()
    }
    for edge in 0..<graph.edgeCount {
      if hasGraphs { edges.add("\(number),") }
      edges.add("\(graph.sources[edge]),\(graph.destinations[edge])")
      edges.add(graph.edgeTypes, row: edge)
      try edges.add(graph.edgeAttributes, row: edge, path)
      edges.add("\n")
      try edges.flush()
    }
  }

  func finish() throws {
    try nodes.finish()
    try edges.finish()
  }
}

/// A file that grows.
private final class CSVFile {
  private var file: AtomicFile?
  private var bytes: [UInt8] = []
  private var offset = 0

  init(_ folder: URL, _ name: String) throws {
    file = try AtomicFile(path: folder.appendingPathComponent(name).path)
  }

  func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  func add(_ types: IntegerFeatures?, row: Int) {
    guard let types else { return }
    add(",\"")
    for column in 0..<types.columns {
      add(column == 0 ? "\(types[row, 0])" : ",\(types[row, column])")
    }
    add("\"")
  }

  func add(_ attributes: RealFeatures?, row: Int, _ path: String) throws {
    guard let attributes else { return }
    add(",\"")
    for column in 0..<attributes.columns {
      let number = attributes[row, column]
      guard number.isFinite else {
        throw InputError(file: path, found: "the attribute \(number)", expected: "finite numbers")
      }
      add(column == 0 ? "\(number)" : ",\(number)")
    }
    add("\"")
  }

  /// Writes what has been added, once it is much.
  func flush() throws {
    if bytes.count > 1 << 20 { try write() }
  }

  private func write() throws {
    try bytes.withUnsafeBytes { try file?.write($0, at: offset) }
    offset += bytes.count
    bytes.removeAll(keepingCapacity: true)
  }

  func finish() throws {
    try write()
    try file.take()?.commit()
  }
}
