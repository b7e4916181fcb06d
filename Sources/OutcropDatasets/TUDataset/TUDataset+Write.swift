import Foundation
import OutcropCore
import OutcropGraph

extension TUDataset {
  /// Writes a data set as TUDataset text: folders `train`, `val` and `test` in `path`, files named
  /// `NAME_train_A.txt` and so on, and `dataset.json` with the properties that the text cannot
  /// store (synthetic or not, vocabularies, edge names, source). `read` returns an equal data set;
  /// positional encodings are not written.
  ///
  /// The files are written to a temporary folder next to `path`, which is renamed when complete, so
  /// `path` is written completely or not at all.
  ///
  /// - Parameters:
  ///   - dataset: The graphs.
  ///   - path: The folder to write.
  ///   - overwrite: Whether to replace an existing folder. Only a folder that this function has written is
  ///     replaced.
  /// - Throws: `InputError` when `path` exists and must not be replaced, a split has no graph or no node, a
  ///   regression label is missing, or after an error of the file system.
  public static func write(
    _ dataset: GraphDataset, to path: String, overwrite: Bool = false
  ) throws {
    try checkWritable(dataset, path)
    try writeDatasetFolder(path, overwrite: overwrite) { folder in
      for (split, name) in zip(GraphDataset.Split.allCases, ["train", "val", "test"]) {
        let place = folder.appendingPathComponent(name)
        try SystemFiles.createFolder(place.path)
        for (suffix, text) in texts(dataset, dataset[split]) {
          let file = place.appendingPathComponent("\(dataset.name)_\(name)_\(suffix).txt")
          try AtomicFile.write(text, to: file.path)
        }
      }
      try AtomicFile.write(
        DatasetMetadata(dataset).json(),
        to: folder.appendingPathComponent(DatasetMetadata.fileName).path)
    }
  }

  private static func checkWritable(_ dataset: GraphDataset, _ path: String) throws {
    let odd = dataset.name.unicodeScalars.contains { $0 == "/" || $0.value < 0x20 }
    if dataset.name.isEmpty || odd {
      throw InputError(
        file: path, found: "the name \(dataset.name.debugDescription)",
        expected: "a name that can begin a file name")
    }
    for split in GraphDataset.Split.allCases {
      if dataset[split].isEmpty {
        throw InputError(
          file: path, found: "no graph in the \(split.rawValue) split",
          expected: "at least one graph: TUDataset text cannot represent an empty split")
      }
      if dataset[split].allSatisfy({ $0.nodeCount == 0 }) {
        throw InputError(
          file: path, found: "no node in the \(split.rawValue) split",
          expected: "at least one node: TUDataset text cannot represent a split without nodes")
      }
      for (index, graph) in dataset[split].enumerated() {
        let missing = graph.targets.contains { !$0.isFinite }
        let mayMiss = dataset.task == .binaryClassification
        if graph.targets.isEmpty || (missing && !mayMiss) {
          throw InputError(
            file: path, found: "\(split.rawValue) graph \(index) without a label",
            expected: "a finite label")
        }
      }
    }
  }

  /// Suffix and content of every file of a split.
  private static func texts(
    _ dataset: GraphDataset, _ graphs: [Graph]
  ) -> [(suffix: String, text: [UInt8])] {
    var adjacency = TextBuilder()
    var indicator = TextBuilder()
    var first = 1
    for (index, graph) in graphs.enumerated() {
      for (source, destination) in zip(graph.sources, graph.destinations) {
        adjacency.add(Int(source) + first)
        adjacency.comma()
        adjacency.add(Int(destination) + first)
        adjacency.endLine()
      }
      for _ in 0..<graph.nodeCount {
        indicator.add(index + 1)
        indicator.endLine()
      }
      first += graph.nodeCount
    }
    var texts = [("A", adjacency.bytes), ("graph_indicator", indicator.bytes)]
    func add(_ suffix: String, integers: (Graph) -> IntegerFeatures?) {
      guard let first = graphs.first, integers(first) != nil else { return }
      var text = TextBuilder()
      for graph in graphs {
        if let features = integers(graph) { text.add(rowsOf: features) { $0.add(Int($1)) } }
      }
      texts.append((suffix, text.bytes))
    }
    func add(_ suffix: String, reals: (Graph) -> RealFeatures?) {
      guard let first = graphs.first, reals(first) != nil else { return }
      var text = TextBuilder()
      for graph in graphs {
        if let features = reals(graph) { text.add(rowsOf: features) { $0.add($1) } }
      }
      texts.append((suffix, text.bytes))
    }
    add("node_labels", integers: \.nodeTypes)
    add("node_attributes", reals: \.nodeAttributes)
    add("edge_labels", integers: \.edgeTypes)
    add("edge_attributes", reals: \.edgeAttributes)
    switch dataset.task {
    case .classification:
      add(
        "graph_labels",
        integers: { graph in
          IntegerFeatures(
            values: graph.targets.map { label in
              Int32(dataset.classValues.map { $0[Int(label)] } ?? Int(label))
            }, columns: graph.targets.count)
        })
    case .binaryClassification:
      add("graph_labels", reals: { RealFeatures(values: $0.targets, columns: $0.targets.count) })
    case .regression:
      add(
        "graph_attributes", reals: { RealFeatures(values: $0.targets, columns: $0.targets.count) })
    }
    // An empty file is an error for the reader; a blank line means no edges.
    return texts.map { ($0.0, $0.1.isEmpty ? [0x0A] : $0.1) }
  }
}

/// Lines of numbers separated by ", ".
private struct TextBuilder {
  var bytes: [UInt8] = []

  mutating func add(_ number: Int) { bytes.append(contentsOf: String(number).utf8) }

  /// The shortest decimal that reads back as the same `Float`; integers without a point.
  mutating func add(_ number: Float) {
    let text = "\(number)"
    bytes.append(contentsOf: (text.hasSuffix(".0") ? String(text.dropLast(2)) : text).utf8)
  }

  mutating func comma() { bytes.append(contentsOf: [0x2C, 0x20]) }

  mutating func endLine() { bytes.append(0x0A) }

  mutating func add<Features: FeatureTable>(
    rowsOf features: Features, _ add: (inout TextBuilder, Features.Value) -> Void
  ) {
    for (index, value) in features.values.enumerated() {
      add(&self, value)
      if (index + 1) % features.columns == 0 { endLine() } else { comma() }
    }
  }
}
