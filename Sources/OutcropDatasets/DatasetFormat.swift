import Foundation
import OutcropCore
import OutcropGraph

/// The formats of published data sets, recognized by their files.
public enum DatasetFormat: String, Sendable, CaseIterable {
  /// TUDataset text: `*_A.txt`, `*_graph_indicator.txt`, …, see `TUDataset`.
  case tuDataset
  /// OGB graph property prediction: `raw/edge.csv.gz`, `raw/graph-label.csv.gz`, see `OGBDataset`.
  case ogbGraphs
  /// OGB node property prediction: `raw/edge.csv.gz`, `raw/node-label.csv.gz`: one large graph.
  case ogbNodes
  /// JSON lines: `train.jsonl`, `val.jsonl`, `test.jsonl`, or one file, see `JSONLinesDataset`.
  case jsonLines
  /// Node-link JSON, as NetworkX writes it, see `NodeLinkDataset`.
  case nodeLink
  /// Tables of comma-separated values: `edges.csv`, `nodes.csv`, …, see `CSVDataset`.
  case csv

  /// The format's display name.
  public var title: String {
    switch self {
    case .tuDataset: "TUDataset text"
    case .ogbGraphs: "OGB files"
    case .ogbNodes: "OGB files of one large graph"
    case .jsonLines: "JSON lines"
    case .nodeLink: "node-link JSON"
    case .csv: "CSV"
    }
  }

  /// Whether a reader's option can name what is predicted.
  package var takesTarget: Bool {
    switch self {
    case .tuDataset, .csv, .nodeLink: true
    case .ogbGraphs, .ogbNodes, .jsonLines: false
    }
  }

  /// What a folder with a data set contains, for help and errors.
  package static let folderContents = "TUDataset text, OGB files, CSV or JSON lines"

  /// What a single file with a data set contains, for help and errors.
  package static let fileContents = "CSV or JSON"

  /// The format at `path`, a folder or (JSON and CSV) a file.
  ///
  /// Throws `InputError` with the expected files for other paths. Not guaranteed: that the data set
  /// is complete or valid.
  public static func detect(_ path: String) throws -> DatasetFormat {
    if let lines = try JSONLinesFolder(path: path) {
      return try NodeLinkDataset.isPresent(in: lines.files[0]) ? .nodeLink : .jsonLines
    }
    if CSVFolder.isName(path), !isFolder(path) { return .csv }
    let names = try listFolder(path)
    let folder = OGBFolder(path: path)
    if NodeDataset.isPresent(at: path) { return .ogbNodes }
    if ["raw/node-label", "raw/node_species"].contains(where: { folder.file($0) != nil }) {
      return .ogbNodes
    }
    let ogbFiles = ["raw/edge", "raw/graph-label", "raw/num-node-list", "raw/num-edge-list"]
    if ogbFiles.contains(where: { folder.file($0) != nil }) { return .ogbGraphs }
    if try CSVFolder(path: path) != nil { return .csv }
    let isTU = names.contains {
      $0.hasSuffix("_graph_indicator.txt") || $0.hasSuffix("_graph_indicator.txt.gz")
        || ["train", "val", "valid", "validation", "test"].contains($0)
    }
    if isTU { return .tuDataset }
    throw InputError(
      file: path,
      found: names.isEmpty
        ? "an empty folder"
        : "none of the known formats (it holds "
          + names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "") + ")",
      expected: "TUDataset text (*_graph_indicator.txt, or folders train, val and test with it), "
        + "OGB files (raw/edge.csv.gz), CSV (edges.csv, nodes.csv), or JSON lines (train.jsonl, "
        + "val.jsonl, test.jsonl)")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

extension GraphDataset {
  /// Options for reading a data set of any format. Options of other formats are ignored.
  public struct ReadOptions: Sendable, Equatable {
    /// The data set's name; by default from the files.
    public var name: String?
    /// TUDataset: the file with the labels, see `TUDataset.Options.targetFile`. CSV and node-link JSON: the
    /// columns with the labels, separated by commas.
    public var targetFile: String?
    /// OGB: the folder below `split`.
    public var split: String?
    /// OGB, CSV and node-link JSON: whether the inverse of every edge is added.
    public var inverseEdges: OGBDataset.InverseEdges
    /// OGB: the meaning of the labels.
    public var labels: OGBDataset.Labels
    /// TUDataset and JSON lines: whether `train.index` and so on select the graphs of each split.
    public var usesIndexFiles: Bool
    /// Seeds the split of data that have none.
    public var splitSeed: UInt64
    /// CSV and node-link JSON: what columns hold, see `TableOptions.columns`.
    public var columns: [String: ColumnUse]

    /// Options with the given values.
    public init(
      name: String? = nil, targetFile: String? = nil, split: String? = nil,
      inverseEdges: OGBDataset.InverseEdges = .automatic,
      labels: OGBDataset.Labels = .automatic, usesIndexFiles: Bool = true,
      splitSeed: UInt64 = 0, columns: [String: ColumnUse] = [:]
    ) {
      self.name = name
      self.targetFile = targetFile
      self.split = split
      self.inverseEdges = inverseEdges
      self.labels = labels
      self.usesIndexFiles = usesIndexFiles
      self.splitSeed = splitSeed
      self.columns = columns
    }

    /// Those for tables.
    public var tables: TableOptions {
      TableOptions(
        name: name,
        labels: targetFile?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
        columns: columns, inverseEdges: inverseEdges, splitSeed: splitSeed)
    }
  }

  /// Reads the data set at `path`, whose format is detected (see `DatasetFormat.detect`).
  ///
  /// - Throws: `InputError` when the format is unknown or is that of one large graph, or with file
  ///   and line for anything missing, malformed or inconsistent.
  public static func read(
    from path: String, options: ReadOptions = ReadOptions()
  ) throws -> GraphDataset {
    let format = try DatasetFormat.detect(path)
    if let target = options.targetFile, !format.takesTarget {
      let others = DatasetFormat.allCases.filter(\.takesTarget).map(\.title)
      throw InputError(
        file: path, found: "the target \(target) for \(format.title)",
        expected: "no target: only \(others.joined(separator: ", ")) take one")
    }
    switch format {
    case .tuDataset:
      return try TUDataset.read(
        path,
        options: TUDataset.Options(
          name: options.name, targetFile: options.targetFile, splitSeed: options.splitSeed,
          usesIndexFiles: options.usesIndexFiles))
    case .ogbGraphs:
      return try OGBDataset.read(
        path,
        options: OGBDataset.Options(
          name: options.name, split: options.split, inverseEdges: options.inverseEdges,
          labels: options.labels, splitSeed: options.splitSeed))
    case .jsonLines:
      return try JSONLinesDataset.read(
        path,
        options: JSONLinesDataset.Options(
          name: options.name, splitSeed: options.splitSeed,
          usesIndexFiles: options.usesIndexFiles))
    case .csv, .nodeLink:
      let dataset = try readTables(from: path, format: format, options: options)
      if let graphs = dataset as? GraphDataset { return graphs }
      throw InputError(
        file: path, found: "one graph, whose nodes may have labels",
        expected: "a data set of graphs")
    case .ogbNodes:
      throw InputError(
        file: path, found: "one large graph with labels of its nodes",
        expected: "a data set of graphs")
    }
  }

  private static func readTables(
    from path: String, format: DatasetFormat, options: ReadOptions
  ) throws -> any ExampleDataset {
    format == .csv
      ? try CSVDataset.read(path, options: options.tables)
      : try NodeLinkDataset.read(path, options: options.tables)
  }

  /// Reads the data set at `path` in whichever format it is: a `GraphDataset`, or a `SingleGraphDataset`
  /// where tables or node-link JSON hold one graph. Throws as `read(from:options:)`.
  public static func readExamples(
    from path: String, options: ReadOptions = ReadOptions()
  ) throws -> any ExampleDataset {
    let format = try DatasetFormat.detect(path)
    if format == .csv || format == .nodeLink {
      return try readTables(from: path, format: format, options: options)
    }
    return try read(from: path, options: options)
  }
}
