import Foundation
import OutcropCore
import OutcropGraph

/// Data sets in tables of comma-separated values: the layout of DGL's `CSVDataset`, and lists of edges.
///
/// `edges.csv` has the columns `src_id` and `dst_id` (or `source` and `target`), `nodes.csv` the column
/// `node_id`; `graph_id` in both says which graph a row belongs to, where there are several, and
/// `graphs.csv` has the column `graph_id` and the labels of the graphs. All other columns are features,
/// labels (`label`) or splits (`train_mask`, `val_mask`, `test_mask`, or `split` with the words train, val
/// and test). Nodes and graphs may have numbers or words as names. A field may hold a vector: `"0.5,1,2"`.
public enum CSVDataset {
  public typealias Options = TableOptions

  /// The files of a data set.
  public struct Files: Sendable, Equatable {
    /// Tables of edges with the same columns; at least one.
    public var edges: [String]
    /// Tables of nodes with the same columns. Without any, each name in the tables of edges is a node.
    public var nodes: [String]
    /// The table of graphs.
    public var graphs: String?
    /// A word for each table of edges, which becomes a type of its edges; nil for none.
    public var edgeTypes: [String]?
    /// A word for each table of nodes, which becomes a type of its nodes; nil for none.
    public var nodeTypes: [String]?
    /// What separates fields; nil for the comma, or the tab or semicolon where the first line has those
    /// and no comma.
    public var separator: Character?

    /// The given files.
    public init(
      edges: [String], nodes: [String] = [], graphs: String? = nil, edgeTypes: [String]? = nil,
      nodeTypes: [String]? = nil, separator: Character? = nil
    ) {
      self.edges = edges
      self.nodes = nodes
      self.graphs = graphs
      self.edgeTypes = edgeTypes
      self.nodeTypes = nodeTypes
      self.separator = separator
    }

    /// The files at `path`: in a folder `edges*.csv`, `nodes*.csv` and `graphs.csv`, or one file, which is
    /// a table of edges; each also `.tsv` and with `.gz`. Nil where there are none.
    public init?(at path: String) throws {
      guard let folder = try CSVFolder(path: path) else { return nil }
      self = folder.files
    }
  }

  /// Reads the data set at `path`, see `Files.init(at:)` and `read(_:options:)`.
  public static func read(
    _ path: String, options: Options = Options()
  ) throws -> any ExampleDataset {
    guard let files = try Files(at: path) else {
      throw InputError.noDataset(
        at: path, expected: "a folder with edges.csv, or a table of edges (.csv, .tsv)")
    }
    return try read(files, in: path, options: options)
  }

  /// Reads a data set.
  ///
  /// - Parameters:
  ///   - files: the tables.
  ///   - place: what errors about the whole call the data set, and where its name comes from.
  ///   - options: how the tables become a data set.
  /// - Returns: a `GraphDataset` of the graphs that the tables name, which have labels; or, of tables
  ///   without a column `graph_id`, a `SingleGraphDataset` of one graph whose nodes may have labels.
  /// - Throws: `InputError` with file, line and column for anything missing, malformed or inconsistent.
  public static func read(
    _ files: Files, in place: String, options: Options = Options()
  ) throws -> any ExampleDataset {
    if files.edges.isEmpty {
      throw InputError(file: place, found: "no table of edges", expected: "at least one")
    }
    for (count, types, what) in [
      (files.edges.count, files.edgeTypes, "edges"), (files.nodes.count, files.nodeTypes, "nodes"),
    ] {
      if let types, types.count != count {
        throw InputError(
          file: place, found: "\(types.count) types for \(count) tables of \(what)",
          expected: "one for each")
      }
    }
    if let separator = files.separator, separator.asciiValue == nil || separator == "\"" {
      throw InputError(
        file: place, field: "separator", found: quoted(String(separator)),
        expected: "one ASCII character")
    }
    let separator = files.separator?.asciiValue
    let names = IdentifierNames()
    let nodes =
      files.nodes.isEmpty
      ? nil
      : try CSVTable(files.nodes, .nodes, names, separator: separator, types: files.nodeTypes)
        .columns
    let edges = try CSVTable(
      files.edges, .edges, names, separator: separator, types: files.edgeTypes
    ).columns
    let graphs = try files.graphs.map {
      try CSVTable([$0], .graphs, names, separator: separator).columns
    }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: place, isDirectory: &isFolder)
    let metadata =
      exists && isFolder.boolValue ? try DatasetMetadata.read(folder: place) : nil
    let dataset = TableDataset(
      nodes: nodes, edges: edges, graphs: graphs, source: place,
      name: options.name ?? metadata?.name ?? datasetName(place), format: "CSV",
      isDirected: metadata.map { _ in true }, metadata: metadata, options: options)
    return try dataset.make()
  }
}

/// The last component of a path without its endings.
func datasetName(_ path: String) -> String {
  let last = URL(fileURLWithPath: path).lastPathComponent
  return last.firstIndex(of: ".").map { String(last[..<$0]) } ?? last
}
