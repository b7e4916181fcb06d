import Foundation
import OutcropCore
import OutcropGraph

/// Data sets in TUDataset text (Morris et al. 2020): one folder of `PREFIX_A.txt`,
/// `PREFIX_graph_indicator.txt` and optional files, or three such folders `train`, `val` and
/// `test`.
public enum TUDataset {
  /// Options for reading a folder. Nil values are determined from the folder.
  public struct Options: Sendable, Equatable {
    /// The data set's name; by default the files' prefix without its split.
    public var name: String?
    /// The file with the labels, without prefix and `.txt`: `graph_labels` (classes),
    /// `graph_attributes` or a name that begins with it (regression). By default the first that exists.
    public var targetFile: String?
    /// The vocabulary of node types; by default the largest + 1.
    public var nodeTypeCount: Int?
    /// The vocabulary of edge types; by default the largest + 1.
    public var edgeTypeCount: Int?
    /// Names of the edge types.
    public var edgeTypeNames: [String]?
    /// Seeds the split of a folder that has none.
    public var splitSeed: UInt64
    /// Whether `train.index`, `val.index` and `test.index` next to the folders of the splits, if
    /// they exist, select the graphs of each split.
    public var usesIndexFiles: Bool

    /// Options with the given values.
    public init(
      name: String? = nil, targetFile: String? = nil, nodeTypeCount: Int? = nil,
      edgeTypeCount: Int? = nil, edgeTypeNames: [String]? = nil, splitSeed: UInt64 = 0,
      usesIndexFiles: Bool = true
    ) {
      self.usesIndexFiles = usesIndexFiles
      self.name = name
      self.targetFile = targetFile
      self.nodeTypeCount = nodeTypeCount
      self.edgeTypeCount = edgeTypeCount
      self.edgeTypeNames = edgeTypeNames
      self.splitSeed = splitSeed
    }
  }

  /// Reads a data set.
  ///
  /// A folder with subfolders for training (`train`), validation (`val`, `valid` or `validation`)
  /// and `test` gives these splits. A folder without them is split 80/10/10 at random by
  /// `splitSeed`; graphs keep their order inside a split.
  ///
  /// The labels determine the number of graphs. A graph whose number is not in the graph indicator has no
  /// nodes; `GraphDataset.sourceDescription` states how many such graphs there are.
  ///
  /// Files may be plain or end in `.gz`; if both exist, the plain file is read. Class labels are
  /// numbered 0, 1, … in ascending order of their values (`GraphDataset.classValues`); a label file
  /// of several columns holds yes/no labels 0 and 1, where `nan` is a missing one. Node and edge
  /// labels keep their values; if one is negative or above 65535, all distinct values are numbered
  /// ascending instead. Folders named ZINC or MUTAG get their published vocabularies and edge
  /// names.
  ///
  /// Labels of nodes (edges) become `Graph.nodeTypes` (`edgeTypes`), attributes become
  /// `nodeAttributes` (`edgeAttributes`). If both exist, as in PROTEINS, both are read and
  /// written, but a model uses only one of them: the types, unless its configuration asks for
  /// the attributes (`"node_features": {"linear": 1}` for one column).
  ///
  /// - Throws: `InputError` with file and line for anything missing, malformed or inconsistent.
  public static func read(_ path: String, options: Options = Options()) throws -> GraphDataset {
    let metadata = try DatasetMetadata.read(folder: path)
    let subfolders = try splitFolders(path)
    let folders = try (subfolders ?? [path]).map { try TUFolder(path: $0) }
    var options = options
    let name = options.name ?? metadata?.name ?? commonName(folders.map(\.prefix))
    let stated = options
    options.adoptPublished(name)
    let suffix = try options.targetFile ?? targetSuffix(folders[0])
    var splits = try folders.map { try TUSplit(folder: $0, targetSuffix: suffix) }
    adoptEdgeColumns(&splits, metadata)
    for split in splits {
      if let odd = difference(split, splits[0]) { throw odd }
    }
    if let metadata {
      // An option of the caller names labels that the description may not be about.
      if stated.targetFile == nil { try metadata.checkLabels(of: splits, suffix, path) }
      try metadata.checkAttributes(of: splits, path)
    }
    let (task, classValues) = try encodeTargets(&splits, suffix, metadata)
    let (nodeTypeCount, nodeVocabularies) = try encodeTypes(
      &splits, \.nodeTypes, file: "node_labels", vocabulary: options.nodeTypeCount,
      stated: stated.nodeTypeCount == nil
        ? metadata?.vocabularies(.nodes, \.nodeTypes, of: splits, path) : nil)
    let (edgeTypeCount, edgeVocabularies) = try encodeTypes(
      &splits, \.edgeTypes, file: "edge_labels", vocabulary: options.edgeTypeCount,
      stated: stated.edgeTypeCount == nil
        ? metadata?.vocabularies(.edges, \.edgeTypes, of: splits, path) : nil)
    var source = metadata?.sourceDescription ?? "TUDataset text in \(path)"
    let empty = splits.reduce(0) { $0 + $1.emptyGraphCount }
    if empty > 0, metadata == nil {
      source += "; \(empty) graph\(empty == 1 ? "" : "s") without nodes"
    }
    let vocabularies = edgeVocabularies ?? (edgeTypeCount > 0 ? [edgeTypeCount] : [])
    if let names = stated.edgeTypeNames?.count,
      !EdgeKinds.canHaveNames(names, vocabularies: vocabularies)
    {
      throw InputError(
        file: path, field: "edgeTypeNames", found: "\(names) name\(names == 1 ? "" : "s")",
        expected: "\(EdgeKinds(vocabularies: vocabularies).count), one for each kind of edges")
    }
    var parts = splits.map { $0.graphs() }
    if subfolders == nil {
      parts = try randomSplit(parts[0], options.splitSeed, path)
    } else if options.usesIndexFiles, let subset = try indexSubset(&parts, path) {
      source += subset
    }
    return GraphDataset(
      name: name, train: parts[0], validation: parts[1], test: parts[2],
      isSynthetic: metadata?.isSynthetic ?? false, nodeTypeCount: nodeTypeCount,
      edgeTypeCount: edgeTypeCount, nodeVocabularies: nodeVocabularies,
      edgeVocabularies: edgeVocabularies, targetCount: splits[0].targets.columns, task: task,
      edgeTypeNames: EdgeKinds.names(
        stated.edgeTypeNames ?? metadata?.edgeTypeNames ?? options.edgeTypeNames,
        vocabularies: vocabularies),
      classValues: classValues,
      sourceDescription: source)
  }
}

/// The three subfolders of a folder with splits; nil for a folder without splits.
func splitFolders(_ path: String) throws -> [String]? {
  let names = try listFolder(path)
  let wanted = [["train"], ["val", "valid", "validation"], ["test"]]
  let found = wanted.map { choices in choices.first { names.contains($0) } }
  if found.allSatisfy({ $0 == nil }) { return nil }
  for (name, choices) in zip(found, wanted) where name == nil {
    throw InputError(
      file: path, found: "no folder \(choices[0])", expected: "folders train, val and test")
  }
  return found.map { "\(path)/\($0!)" }
}

/// `ZINC` of `ZINC_train`, `ZINC_val` and `ZINC_test`.
private func commonName(_ prefixes: [String]) -> String {
  let name = prefixes[0]
  for ending in ["_train", "-train"] where prefixes.count > 1 && name.hasSuffix(ending) {
    return String(name.dropLast(ending.count))
  }
  return name
}

private func targetSuffix(_ folder: TUFolder) throws -> String {
  if folder.file("graph_labels") != nil { return "graph_labels" }
  if let first = folder.suffixes(beginningWith: "graph_attributes").first { return first }
  throw InputError(
    file: folder.path, found: "no labels",
    expected: "\(folder.prefix)_graph_labels.txt or \(folder.prefix)_graph_attributes.txt")
}

/// Gives splits without edges, whose files do not show the number of columns, the edge feature
/// columns of the other splits.
private func adoptEdgeColumns(_ splits: inout [TUSplit], _ metadata: DatasetMetadata?) {
  let types = splits.lazy.compactMap { $0.edgeTypes }.first { $0.rows > 0 }?.columns
  let attributes = splits.lazy.compactMap { $0.edgeAttributes }.first { $0.rows > 0 }?.columns
  for split in splits.indices where splits[split].sources.isEmpty {
    if let columns = types ?? metadata?.edgeVocabularies?.count {
      splits[split].edgeTypes?.columns = max(1, columns)
    }
    if let columns = attributes ?? metadata?.edgeAttributeColumns {
      splits[split].edgeAttributes?.columns = max(1, columns)
    }
  }
}

/// Selects the graphs that the folder's index files list, in their order. Returns a note about the
/// selection, or nil without index files.
func indexSubset(_ parts: inout [[Graph]], _ path: String) throws -> String? {
  var picked: [String] = []
  for (part, name) in ["train", "val", "test"].enumerated() {
    let all = parts[part]
    guard let numbers = try IndexFile.read(folder: path, split: name, below: all.count) else {
      continue
    }
    parts[part] = numbers.map { all[$0] }
    picked.append("\(numbers.count) of \(all.count) \(name)")
  }
  return picked.isEmpty ? nil : " (by index files: \(picked.joined(separator: ", ")) graphs)"
}

/// An error when two splits carry different kinds of features.
private func difference(_ split: TUSplit, _ first: TUSplit) -> InputError? {
  func columns(_ split: TUSplit) -> [(String, Int?)] {
    [
      ("node_labels", split.nodeTypes?.columns),
      ("node_attributes", split.nodeAttributes?.columns),
      ("edge_labels", split.edgeTypes?.columns),
      ("edge_attributes", split.edgeAttributes?.columns),
      ((split.targetFile as NSString).lastPathComponent, split.targets.columns),
    ]
  }
  for (found, expected) in zip(columns(split), columns(first)) where found.1 != expected.1 {
    func text(_ count: Int?) -> String {
      count.map { "\($0) column\($0 == 1 ? "" : "s")" } ?? "no file"
    }
    return InputError(
      file: split.folder.file(found.0) ?? split.folder.path,
      found: "\(text(found.1)) for \(found.0)",
      expected: "\(text(expected.1)), as in \(first.folder.path)")
  }
  return nil
}

func randomSplit(_ graphs: [Graph], _ seed: UInt64, _ path: String) throws -> [[Graph]] {
  guard graphs.count >= 3 else {
    throw InputError(
      file: path, found: "\(graphs.count) graph\(graphs.count == 1 ? "" : "s")",
      expected: "at least 3, one for each of training, validation and test")
  }
  return randomSplit(of: graphs.count, seed: seed).map { $0.map { graphs[$0] } }
}
