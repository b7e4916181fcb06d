import Foundation
import OutcropCore
import OutcropGraph

/// Data sets of graphs in the layout of the Open Graph Benchmark (Hu et al. 2020), graph property
/// prediction: `raw/edge.csv.gz`, `raw/graph-label.csv.gz`, … and `split/NAME/train.csv.gz`, ….
public enum OGBDataset {
  /// Whether the inverse of every edge is added after it, with the same features. An edge from a node to itself is its
  /// own inverse and stays one edge, except in OGB's files, where it is repeated as in OGB's own program.
  public enum InverseEdges: String, Sendable, CaseIterable {
    /// Added if no edge's inverse is in the files (each bond is stored once), and not added if all are.
    /// If only some are, reading throws.
    case automatic
    /// Always added, as OGB does for molecules (`add_inverse_edge` in its list of data sets).
    case add
    /// Never added: the edges are directed, or both directions are in the files.
    case keep
  }

  /// Options for reading a folder. Nil values are determined from the folder.
  public struct Options: Sendable, Equatable {
    /// The data set's name; by default the folder's.
    public var name: String?
    /// The folder below `split`; by default the only one.
    public var split: String?
    /// Whether inverse edges are added.
    public var inverseEdges: InverseEdges
    /// The meaning of the labels.
    public var labels: Labels
    /// Seeds the split of a folder that has none.
    public var splitSeed: UInt64

    /// Options with the given values.
    public init(
      name: String? = nil, split: String? = nil, inverseEdges: InverseEdges = .automatic,
      labels: Labels = .automatic, splitSeed: UInt64 = 0
    ) {
      self.name = name
      self.split = split
      self.inverseEdges = inverseEdges
      self.labels = labels
      self.splitSeed = splitSeed
    }
  }

  /// Reads a data set.
  ///
  /// Needed are `raw/edge`, `raw/num-node-list`, `raw/num-edge-list` and `raw/graph-label`, each as
  /// `.csv` or `.csv.gz` without a header (the plain file if both exist). `raw/node-feat`
  /// and `raw/edge-feat` may be missing; integers become types, anything else attributes. Without
  /// `split`, graphs are split 80/10/10 at random by `Options.splitSeed`, keeping their order.
  ///
  /// An empty field or `nan` is a missing label. Unless `Options.labels` is given, labels that are
  /// all 0, 1 or missing are yes/no labels. One column without missing labels in which all of the
  /// integers 0, 1, … C − 1 occur, for C of at least 3, holds classes, as in ogbg-ppa. Other labels are
  /// regression targets. A regression target that is a small count therefore needs `Labels.values`, and
  /// classes with unused numbers need `Labels.classes`. Vocabularies are those of OGB's encoders for 9
  /// atom and 3 bond columns that fit them; canonical features (74 and 12 columns) are shifted by 2 and
  /// share the vocabularies 6 and 2; otherwise negative features are shifted to 0 and a column's
  /// vocabulary is its largest value + 1. `GraphDataset.sourceDescription` states the changes.
  ///
  /// - Throws: `InputError` with file and line for anything missing, malformed or inconsistent.
  public static func read(_ path: String, options: Options = Options()) throws -> GraphDataset {
    _ = try listFolder(path)
    let folder = OGBFolder(path: path)
    var (flat, notes) = try readGraphs(folder, options.inverseEdges)
    var (nodes, edges) = ([flat.nodeTypes], [flat.edgeTypes])
    (flat.nodeTypes, flat.edgeTypes) = (nil, nil)
    let vocabulary = FeatureVocabulary.choose(nodes: &nodes, edges: &edges)
    (flat.nodeTypes, flat.edgeTypes) = (nodes[0], edges[0])
    (nodes, edges) = ([], [])
    notes += vocabulary.nodes.changes + vocabulary.edges.changes
    let (task, classValues, labelNote) = try encodeLabels(&flat, folder, options.labels)
    notes += [labelNote].compactMap { $0 }
    let parts: [[Graph]]
    if let name = try splitName(folder, options.split) {
      let numbers = try readSplit(folder, name, flat.count)
      let unused = flat.count - numbers.reduce(0) { $0 + $1.count }
      notes.insert("split \(name)", at: 0)
      if unused > 0 { notes.append("\(unused) graphs in no part of the split") }
      parts = numbers.map { flat.graphs($0) }
    } else {
      parts = try randomSplit(flat.graphs(), options.splitSeed, path)
      notes.insert("no split: 80/10/10 at random, seed \(options.splitSeed)", at: 0)
    }
    return GraphDataset(
      name: options.name ?? URL(fileURLWithPath: path).lastPathComponent, train: parts[0],
      validation: parts[1], test: parts[2],
      nodeTypeCount: vocabulary.nodes.counts.max() ?? 0,
      edgeTypeCount: vocabulary.edges.counts.max() ?? 0,
      nodeVocabularies: vocabulary.nodes.counts, edgeVocabularies: vocabulary.edges.counts,
      targetCount: flat.targets.columns, task: task,
      edgeTypeNames: edgeTypeNames(vocabulary.edges.counts), classValues: classValues,
      sourceDescription: "OGB files in \(path) (\(notes.joined(separator: "; ")))",
      isChecked: true)
  }

  /// The names of the labels from the header of `mapping/mol.csv.gz`, nil where there is no such
  /// file or it has fewer columns.
  public static func labelNames(_ path: String, count: Int) -> [String]? {
    guard let file = OGBFolder(path: path).file("mapping/mol"),
      let blocks = try? TextBlocks(path: file),
      let text = try? blocks.next(line: 1), let end = text.firstIndex(of: 0x0A),
      let line = String(validating: text[..<end], as: UTF8.self)
    else { return nil }
    let names = line.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return names.count >= count ? Array(names.prefix(count)) : nil
  }

  /// The numbers of nodes and of stored edges, from `raw/num-node-list` and `raw/num-edge-list`; also
  /// for one large graph. Throws `InputError`.
  public static func counts(_ path: String) throws -> (nodes: Int, edges: Int) {
    let folder = OGBFolder(path: path)
    let nodes = try folder.offsets("raw/num-node-list", of: "node").offsets
    let edges = try folder.offsets("raw/num-edge-list", of: "edge").offsets
    return (nodes[nodes.count - 1], edges[edges.count - 1])
  }

  /// Names for the first column of OGB's bond features.
  private static func edgeTypeNames(_ vocabularies: [Int]) -> [String]? {
    vocabularies == OGBVocabulary.bonds
      ? ["single", "double", "triple", "aromatic", "other", "type 5"] : nil
  }
}

private func readGraphs(
  _ folder: OGBFolder, _ inverse: OGBDataset.InverseEdges
) throws -> (FlatGraphs, notes: [String]) {
  var flat = FlatGraphs()
  let nodes = try folder.offsets("raw/num-node-list", of: "node")
  let bonds = try folder.offsets("raw/num-edge-list", of: "edge")
  flat.nodeOffsets = nodes.offsets
  if flat.count == 0 {
    throw InputError(file: nodes.file, line: 1, found: "no graph", expected: "at least one")
  }
  let graphRows = RowCount(count: flat.count, unit: "graph of \(last(nodes.file))")
  try graphRows.check(bonds.offsets.count - 1, bonds.file)
  try graphRows.checkEnd(bonds.offsets.count - 1, bonds.file)
  flat.edgeOffsets = bonds.offsets
  let nodeRows = RowCount(count: nodes.offsets.last!, unit: "node of \(last(nodes.file))")
  let edgeRows = RowCount(count: bonds.offsets.last!, unit: "edge of \(last(bonds.file))")
  let edgeFile = try folder.requiredFile("raw/edge")
  var unbacked = UnbackedNodes()
  if let expected = unbacked.add(
    nodes: nodeRows.count, hasRows: folder.file("raw/node-feat") != nil,
    edges: min(edgeRows.count, largestValueCount(edgeFile) / 2), byteCount: fileSize(nodes.file))
  {
    throw InputError(
      file: nodes.file, line: nodes.largestLine, found: "\(nodeRows.count) nodes in total",
      expected: expected)
  }
  let labelFile = try folder.requiredFile("raw/graph-label")
  let (nodeFile, featureFile) = (folder.file("raw/node-feat"), folder.file("raw/edge-feat"))
  // The files are read in parallel, the largest first.
  let (nodeOffsets, edgeOffsets) = (nodes.offsets, bonds.offsets)
  let (nodeFeatures, edges, edgeFeatures, labels) = try concurrentResults(
    { try nodeFile.map { try readFeatures($0, rows: nodeRows) } },
    { try readEdges(edgeFile, nodeOffsets, edgeOffsets, edgeRows) },
    { try featureFile.map { try readFeatures($0, rows: edgeRows) } },
    { try readRealTable(labelFile, rows: graphRows, missing: .nanOrEmpty) })
  (flat.sources, flat.destinations) = edges
  (flat.nodeTypes, flat.nodeAttributes) = (nodeFeatures?.types, nodeFeatures?.attributes)
  (flat.edgeTypes, flat.edgeAttributes) = (edgeFeatures?.types, edgeFeatures?.attributes)
  flat.targets = labels
  let adds = try addsInverse(flat, inverse, folder)
  flat.addsInverseEdges = adds
  // As in OGB's own program, which repeats every edge.
  flat.repeatsLoops = true
  var notes = [adds ? "inverse edges added" : "edges as stored"]
  for (file, table) in [(nodeFile, flat.nodeAttributes), (featureFile, flat.edgeAttributes)] {
    if let file,
      let note = table.flatMap({ numberNote("\(last(file)) taken as real attributes", $0) })
    {
      notes.append(note)
    }
  }
  return (flat, notes)
}

/// The ends of the edges, each checked to be a node of its graph.
private func readEdges(
  _ file: String, _ nodeOffsets: [Int], _ edgeOffsets: [Int], _ rows: RowCount
) throws -> ([Int32], [Int32]) {
  // At most as many as the file's text can contain; the counts are checked at the end.
  let capacity = min(rows.count, largestValueCount(file))
  var ends = ([Int32](repeating: 0, count: capacity), [Int32](repeating: 0, count: capacity))
  var graph = 0
  var scanner = RowScanner(file, columns: 2)
  let lines = try ends.0.withUnsafeMutableBufferPointer { sources in
    try ends.1.withUnsafeMutableBufferPointer { destinations in
      try scanner.integers(mayBeEmpty: rows.count == 0) { part, _, first in
        let count = part.count / 2
        try rows.check(first - 1 + count, file)
        guard first - 1 + count <= sources.count else {
          throw InputError(
            file: file, found: "a file that grows during the reading",
            expected: "files that do not change")
        }
        var row = 0
        while row < count {
          let edge = first - 1 + row
          while edge >= edgeOffsets[graph + 1] { graph += 1 }
          let nodeCount = UInt32(nodeOffsets[graph + 1] - nodeOffsets[graph])
          let stop = min(count, edgeOffsets[graph + 1] - (first - 1))
          while row < stop {
            let (source, destination) = (part[2 * row], part[2 * row + 1])
            // Negative numbers are large when read as unsigned.
            guard UInt32(bitPattern: source) < nodeCount,
              UInt32(bitPattern: destination) < nodeCount
            else {
              let odd = UInt32(bitPattern: source) < nodeCount ? destination : source
              throw InputError(
                file: file, line: first + row, found: "node \(odd)",
                expected: nodeCount == 0
                  ? "no edge: graph \(graph) has no node"
                  : "0 ... \(nodeCount - 1), the nodes of graph \(graph)")
            }
            sources[first - 1 + row] = source
            destinations[first - 1 + row] = destination
            row += 1
          }
        }
      }
    }
  }
  try rows.checkEnd(lines, file)
  return ends
}

/// Whether to add inverse edges, according to the option or to the stored edges.
private func addsInverse(
  _ flat: FlatGraphs, _ wish: OGBDataset.InverseEdges, _ folder: OGBFolder
) throws -> Bool {
  switch wish {
  case .add: return true
  case .keep: return false
  case .automatic: break
  }
  let (with, without) = flat.inverseCounts()
  if with > 0, without > 0 {
    throw InputError(
      file: folder.file("raw/edge") ?? folder.path,
      found: "\(with) edges with an inverse and \(without) edges without one",
      expected: "an inverse for all edges or for none, or the option inverse-edges: add or keep")
  }
  return with == 0
}

private func splitName(_ folder: OGBFolder, _ wish: String?) throws -> String? {
  let names = try folder.splits
  if let wish {
    if names.contains(wish) { return wish }
    throw InputError(
      file: "\(folder.path)/split", found: "no split \(wish)",
      expected: names.isEmpty ? "a folder \(wish)" : "one of \(names.joined(separator: ", "))")
  }
  if names.count > 1 {
    throw InputError(
      file: "\(folder.path)/split", found: "the splits \(names.joined(separator: ", "))",
      expected: "a single split, or the option data-split with a name")
  }
  return names.first
}

/// The graphs of training, validation and test. Throws if a graph occurs twice.
private func readSplit(_ folder: OGBFolder, _ name: String, _ count: Int) throws -> [[Int]] {
  var owner = [String?](repeating: nil, count: count)
  return try ["train", "valid", "test"].map { part in
    let (file, graphs) = try folder.split(name, part, below: count)
    for (index, graph) in graphs.enumerated() {
      if let other = owner[graph] {
        throw InputError(
          file: file, line: index + 1, found: "graph \(graph), which is also in \(other)",
          expected: "every graph at most once")
      }
      owner[graph] = part
    }
    return graphs
  }
}

/// A note about a table whose known numbers are nearly all integers: because of the few others, all of them mean
/// `meaning` instead of categories or classes.
func numberNote(_ meaning: String, _ table: RealFeatures) -> String? {
  var (known, others, first) = (0, 0, 0)
  for (place, value) in table.values.enumerated() where !value.isNaN {
    known += 1
    guard value != value.rounded() else { continue }
    if others == 0 { first = place }
    others += 1
  }
  guard others > 0, 2 * others < known else { return nil }
  return "\(meaning): \(others) of \(known) numbers "
    + "\(others == 1 ? "is not an integer" : "are not integers"), first in line "
    + "\(first / table.columns + 1)"
}

private func last(_ path: String) -> String { (path as NSString).lastPathComponent }
