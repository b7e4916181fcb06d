import Foundation
import OutcropCore
import OutcropGraph

/// Data sets of JSON lines, one graph per line, as the Hugging Face hub publishes ZINC and others:
/// `{"num_nodes": 2, "edge_index": [[0, 1], [1, 0]], "node_feat": [[5], [0]], "edge_attr": [[1],
/// [1]], "y": [0.5]}`.
public enum JSONLinesDataset {
  /// Options for reading a file or folder. Nil values are determined from the files.
  public struct Options: Sendable, Equatable {
    /// The data set's name; by default that of the folder or file.
    public var name: String?
    /// Seeds the split of a single file.
    public var splitSeed: UInt64
    /// Whether `train.index`, `val.index` and `test.index` in the folder, if they exist, select the
    /// graphs of each split, as published for ZINC-12k: 0-based numbers separated by commas.
    public var usesIndexFiles: Bool

    /// Options with the given values.
    public init(name: String? = nil, splitSeed: UInt64 = 0, usesIndexFiles: Bool = true) {
      self.name = name
      self.splitSeed = splitSeed
      self.usesIndexFiles = usesIndexFiles
    }
  }

  /// Reads a data set: a folder with `train`, `val` (`valid`, `validation`) and `test`, each
  /// `.jsonl`, `.ndjson` or `.json` with or without `.gz`; or one file, also as the only `.jsonl` of
  /// a folder, which is split 80/10/10 at random by `Options.splitSeed`.
  ///
  /// Every line has `edge_index` (two rows), `y`, and `num_nodes` or `node_feat`. `node_feat` and
  /// `edge_attr`, rows of numbers or plain numbers, are types if every number in all files is
  /// written as an integer, otherwise real attributes; `node_attributes` and `edge_attributes` are
  /// always real. Other fields are ignored. A label that is `null` or `NaN` is missing. A single label
  /// that is always written as an integer is a class (numbered ascending, `GraphDataset.classValues`);
  /// several labels that are all 0, 1 or missing are yes/no labels; others are regression targets. The
  /// file `dataset.json` of `write` adds the other properties. Without it, vocabularies are chosen as in
  /// `OGBDataset.read`; data sets named ZINC have their published vocabularies.
  ///
  /// - Throws: `InputError` with file, line and field for anything missing, malformed or
  ///   inconsistent.
  public static func read(_ path: String, options: Options = Options()) throws -> GraphDataset {
    guard let place = try JSONLinesFolder(path: path) else {
      throw InputError.noDataset(
        at: path,
        expected: "a file of JSON lines, or a folder with train.jsonl, val.jsonl and test.jsonl")
    }
    let metadata = try place.folder.flatMap { try DatasetMetadata.read(folder: $0) }
    let name = options.name ?? metadata?.name ?? datasetName(path)
    var parts = try place.files.map { try JSONLinesPart(file: $0) }
    if parts.allSatisfy({ $0.count == 0 }) {
      throw InputError(file: path, found: "no graph", expected: "at least one")
    }
    let notes = metadata == nil ? numberNotes(parts) : []
    try unify(&parts)
    let (task, classValues) = try encodeLabels(&parts, metadata, place.folder)
    let features = try Features(&parts, metadata, place.folder, name)
    var source = metadata?.sourceDescription ?? "JSON lines in \(path)"
    source += (notes + features.changes).map { "; \($0)" }.joined()
    let targetCount = parts.lazy.map(\.labels.columns).first { $0 > 0 } ?? 1
    var graphs = parts.map { $0.flat.graphs() }
    parts = []
    if graphs.count == 1 {
      graphs = try randomSplit(graphs[0], options.splitSeed, path)
    } else if options.usesIndexFiles, let folder = place.folder {
      source += try indexSubset(&graphs, folder) ?? ""
    }
    return GraphDataset(
      name: name, train: graphs[0], validation: graphs[1], test: graphs[2],
      isSynthetic: metadata?.isSynthetic ?? false,
      nodeTypeCount: features.nodes.max() ?? 0, edgeTypeCount: features.edges.max() ?? 0,
      nodeVocabularies: features.nodes, edgeVocabularies: features.edges,
      targetCount: targetCount, task: task, edgeTypeNames: features.edgeTypeNames,
      classValues: classValues, sourceDescription: source)
  }

  /// What is said about fields whose numbers are nearly all integers: a few others decide that none is
  /// a category or class.
  private static func numberNotes(_ parts: [JSONLinesPart]) -> [String] {
    func note(
      _ field: String, _ meaning: String, _ count: (JSONLinesPart) -> Int,
      _ others: (JSONLinesPart) -> (count: Int, line: Int)
    ) -> String? {
      let (all, odd) = (parts.map(count).reduce(0, +), parts.map { others($0).count }.reduce(0, +))
      guard odd > 0, 2 * odd < all, let first = parts.first(where: { others($0).count > 0 }) else {
        return nil
      }
      let name = (first.file as NSString).lastPathComponent
      return "“\(field)” taken as \(meaning): \(odd) of \(all) numbers "
        + "\(odd == 1 ? "is not an integer" : "are not integers"), first in \(name):\(others(first).line)"
    }
    return [
      note("node_feat", "real attributes", \.nodeFeatures.count, \.nodeFeatures.nonIntegers),
      note("edge_attr", "real attributes", \.edgeFeatures.count, \.edgeFeatures.nonIntegers),
      note("y", "numbers to predict", \.labels.values.count, \.labels.nonIntegers),
    ].compactMap { $0 }
  }

  /// Checks that all parts have the same features, and converts integers to real numbers if another
  /// part has real numbers.
  private static func unify(_ parts: inout [JSONLinesPart]) throws {
    let filled = parts.indices.filter { parts[$0].count > 0 }
    let first = filled[0]
    for field in [
      \JSONLinesPart.nodeFeatures, \.nodeAttributes, \.edgeFeatures, \.edgeAttributes,
    ] {
      let isReal = filled.contains { parts[$0][keyPath: field].isReal }
      let columns = filled.map { parts[$0][keyPath: field].columns }.first { $0 > 0 }
      for part in filled {
        let found = parts[part][keyPath: field]
        if found.isPresent != parts[first][keyPath: field].isPresent {
          throw InputError(
            file: parts[part].file, line: 1,
            found: "\(found.isPresent == true ? "" : "no ")“\(found.field)”",
            expected: "the fields of \(parts[first].file)")
        }
        if let columns, found.columns != columns, found.columns > 0 {
          throw InputError(
            file: parts[part].file, found: "rows of \(found.columns) values in “\(found.field)”",
            expected: "\(columns), as in \(parts[first].file)")
        }
        if isReal { parts[part][keyPath: field].becomeReal() }
      }
    }
    for part in filled where parts[part].labels.columns != parts[first].labels.columns {
      throw InputError(
        file: parts[part].file, found: "\(parts[part].labels.columns) labels in “y”",
        expected: "\(parts[first].labels.columns), as in \(parts[first].file)")
    }
  }

  private static func encodeLabels(
    _ parts: inout [JSONLinesPart], _ metadata: DatasetMetadata?, _ folder: String?
  ) throws -> (GraphDataset.Task, classValues: [Int]?) {
    let columns = parts.lazy.map(\.labels.columns).first { $0 > 0 } ?? 1
    if let folder { try metadata?.checkLabels(ofGraphs: columns, folder: folder) }
    var tables = parts.map {
      LabelTable(values: RealFeatures(values: $0.labels.values, columns: columns), file: $0.file)
    }
    defer { for part in parts.indices { parts[part].flat.targets = tables[part].values } }
    if metadata?.hasBinaryLabels == true {
      try tables.forEach { try $0.checkBinary() }
      return (.binaryClassification, nil)
    }
    let areIntegers = parts.allSatisfy(\.labels.areIntegers)
    let areMissing = tables.contains { $0.values.values.contains { $0.isNaN } }
    if metadata?.classValues != nil
      || (metadata == nil && areIntegers && columns == 1 && !areMissing)
    {
      let classes = try encodeClasses(&tables, values: metadata?.classValues)
      return (.classification(classCount: classes.count), classes)
    }
    let areBinary =
      metadata == nil
      && tables.allSatisfy { $0.values.values.allSatisfy { $0 == 0 || $0 == 1 || $0.isNaN } }
    return (areBinary ? .binaryClassification : .regression, nil)
  }

  /// The features of all parts, before they are moved into the graphs.
  private struct Features {
    var nodes: [Int]
    var edges: [Int]
    var edgeTypeNames: [String]?
    var changes: [String] = []

    init(
      _ parts: inout [JSONLinesPart], _ metadata: DatasetMetadata?, _ folder: String?,
      _ name: String
    ) throws {
      let columns = (
        parts.lazy.map(\.nodeFeatures.columns).first { $0 > 0 },
        parts.lazy.map(\.edgeFeatures.columns).first { $0 > 0 }
      )
      func real(_ own: JSONFeatures, _ other: JSONFeatures, _ columns: Int?) -> RealFeatures? {
        other.attributes(columns: columns) ?? own.attributes(columns: columns)
      }
      for part in parts.indices where parts[part].count > 0 {
        let (node, edge) = (parts[part].nodeFeatures, parts[part].edgeFeatures)
        // The data set's own description takes precedence over its numbers.
        for (features, vocabularies) in [
          (node, metadata?.nodeVocabularies), (edge, metadata?.edgeVocabularies),
        ] where vocabularies != nil && features.nonIntegers.count > 0 {
          throw InputError(
            file: parts[part].file, line: features.nonIntegers.line, field: features.field,
            found: "a number that is not an integer",
            expected: "integers, the types that \(DatasetMetadata.fileName) states")
        }
        // A field without rows has the type that was written.
        let writtenAsReal = (
          columns.0 == nil && metadata?.nodeAttributeColumns != nil
            && metadata?.nodeVocabularies == nil,
          columns.1 == nil && metadata?.edgeAttributeColumns != nil
            && metadata?.edgeVocabularies == nil
        )
        if writtenAsReal.0 { parts[part].nodeFeatures.becomeReal() }
        if writtenAsReal.1 { parts[part].edgeFeatures.becomeReal() }
        if (node.isReal && parts[part].nodeAttributes.isPresent == true)
          || (edge.isReal && parts[part].edgeAttributes.isPresent == true)
        {
          throw InputError(
            file: parts[part].file, found: "real numbers in two fields",
            expected:
              "integers in “node_feat” and “edge_attr” where there are attributes beside them")
        }
        parts[part].flat.nodeAttributes = real(
          parts[part].nodeFeatures, parts[part].nodeAttributes, metadata?.nodeAttributeColumns)
        parts[part].flat.edgeAttributes = real(
          parts[part].edgeFeatures, parts[part].edgeAttributes, metadata?.edgeAttributeColumns)
      }
      var nodeTables = parts.map {
        $0.count > 0
          ? $0.nodeFeatures.types(columns: columns.0 ?? metadata?.typeColumns(of: .nodes)) : nil
      }
      var edgeTables = parts.map {
        $0.count > 0
          ? $0.edgeFeatures.types(columns: columns.1 ?? metadata?.typeColumns(of: .edges)) : nil
      }
      for part in parts.indices {
        parts[part].nodeFeatures = JSONFeatures("node_feat")
        parts[part].edgeFeatures = JSONFeatures("edge_attr")
      }
      let isZINC = name.uppercased() == "ZINC" || name.uppercased().hasPrefix("ZINC_")
      func stated(
        _ rows: DatasetMetadata.Rows, _ tables: [IntegerFeatures?],
        _ offsets: (FlatGraphs) -> [Int], _ attributes: (FlatGraphs) -> RealFeatures?
      ) throws -> [Int]? {
        guard let metadata, let folder else { return nil }
        let count = parts.reduce(0) { $0 + (offsets($1.flat).last ?? 0) }
        try metadata.checkAttributes(
          of: rows, columns: parts.compactMap { attributes($0.flat)?.columns }.first ?? 0,
          count: count, folder: folder)
        return try metadata.vocabularies(
          of: rows, columns: tables.lazy.compactMap { $0?.columns }.first ?? 0, count: count,
          folder: folder)
      }
      let known = (
        try Self.known(
          stated(.nodes, nodeTables, \.nodeOffsets, \.nodeAttributes),
          isZINC ? [ZINCEncoding.nodeTypeCount] : nil, nodeTables, parts, .nodes),
        try Self.known(
          stated(.edges, edgeTables, \.edgeOffsets, \.edgeAttributes),
          isZINC ? [ZINCEncoding.edgeTypeNames.count] : nil, edgeTables, parts, .edges)
      )
      if known.0 != nil, known.1 != nil {
        (nodes, edges) = (known.0!, known.1!)
      } else {
        var none = [IntegerFeatures?](repeating: nil, count: parts.count)
        let chosen: (nodes: FeatureVocabulary, edges: FeatureVocabulary)
        if known.0 != nil {
          chosen = FeatureVocabulary.choose(nodes: &none, edges: &edgeTables)
        } else if known.1 != nil {
          chosen = FeatureVocabulary.choose(nodes: &nodeTables, edges: &none)
        } else {
          chosen = FeatureVocabulary.choose(nodes: &nodeTables, edges: &edgeTables)
        }
        nodes = known.0 ?? chosen.nodes.counts
        edges = known.1 ?? chosen.edges.counts
        changes = chosen.nodes.changes + chosen.edges.changes
      }
      for part in parts.indices {
        parts[part].flat.nodeTypes = nodeTables[part]
        parts[part].flat.edgeTypes = edgeTables[part]
      }
      edgeTypeNames = EdgeKinds.names(
        metadata?.edgeTypeNames ?? (isZINC ? ZINCEncoding.edgeTypeNames : nil),
        vocabularies: edges)
    }

    /// The vocabularies that `dataset.json` states, or the published ones if their number matches the columns.
    /// Throws for a value outside.
    private static func known(
      _ stated: [Int]?, _ published: [Int]?, _ tables: [IntegerFeatures?],
      _ parts: [JSONLinesPart], _ rows: DatasetMetadata.Rows
    ) throws -> [Int]? {
      guard let columns = tables.lazy.compactMap({ $0 }).first?.columns else { return [] }
      guard let wanted = stated ?? published, wanted.count == columns else { return nil }
      for (table, part) in zip(tables, parts) {
        guard let table, let (row, column) = table.firstOutside(wanted) else { continue }
        let offsets = rows == .nodes ? part.flat.nodeOffsets : part.flat.edgeOffsets
        throw InputError(
          file: part.file, line: offsets.firstIndex { $0 > row } ?? 1,
          field: rows == .nodes ? "node_feat" : "edge_attr", found: "\(table[row, column])",
          expected: stated == nil
            ? "0 ... \(wanted[column] - 1)" : DatasetMetadata.expected(wanted[column], of: rows))
      }
      return wanted
    }
  }
}
