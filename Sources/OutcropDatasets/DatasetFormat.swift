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

  /// The format's display name.
  public var title: String {
    switch self {
    case .tuDataset: "TUDataset text"
    case .ogbGraphs: "OGB files"
    case .ogbNodes: "OGB files of one large graph"
    case .jsonLines: "JSON lines"
    }
  }

  /// The format at `path`, a folder or (JSON lines only) a file.
  ///
  /// Throws `InputError` with the expected files for other paths. Not guaranteed: that the data set
  /// is complete or valid.
  public static func detect(_ path: String) throws -> DatasetFormat {
    if try JSONLinesFolder(path: path) != nil { return .jsonLines }
    let names = try listFolder(path)
    let folder = OGBFolder(path: path)
    if NodeDataset.isPresent(at: path) { return .ogbNodes }
    if ["raw/node-label", "raw/node_species"].contains(where: { folder.file($0) != nil }) {
      return .ogbNodes
    }
    let ogbFiles = ["raw/edge", "raw/graph-label", "raw/num-node-list", "raw/num-edge-list"]
    if ogbFiles.contains(where: { folder.file($0) != nil }) { return .ogbGraphs }
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
        + "OGB files (raw/edge.csv.gz), or JSON lines (train.jsonl, val.jsonl, test.jsonl)")
  }
}

extension GraphDataset {
  /// Options for reading a data set of any format. Options of other formats are ignored.
  public struct ReadOptions: Sendable, Equatable {
    /// The data set's name; by default from the files.
    public var name: String?
    /// TUDataset: the file with the labels, see `TUDataset.Options.targetFile`.
    public var targetFile: String?
    /// OGB: the folder below `split`.
    public var split: String?
    /// OGB: whether the inverse of every edge is added.
    public var inverseEdges: OGBDataset.InverseEdges
    /// OGB: the meaning of the labels.
    public var labels: OGBDataset.Labels
    /// TUDataset and JSON lines: whether `train.index` and so on select the graphs of each split.
    public var usesIndexFiles: Bool
    /// Seeds the split of data that have none.
    public var splitSeed: UInt64

    /// Options with the given values.
    public init(
      name: String? = nil, targetFile: String? = nil, split: String? = nil,
      inverseEdges: OGBDataset.InverseEdges = .automatic,
      labels: OGBDataset.Labels = .automatic, usesIndexFiles: Bool = true,
      splitSeed: UInt64 = 0
    ) {
      self.name = name
      self.targetFile = targetFile
      self.split = split
      self.inverseEdges = inverseEdges
      self.labels = labels
      self.usesIndexFiles = usesIndexFiles
      self.splitSeed = splitSeed
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
    if let target = options.targetFile, format != .tuDataset {
      throw InputError(
        file: path, found: "a target \(target) for a data set that is not TUDataset text",
        expected: "no target: only TUDataset text has several label files")
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
    case .ogbNodes:
      throw InputError(
        file: path, found: "one large graph with labels of its nodes",
        expected: "a data set of graphs")
    }
  }
}
