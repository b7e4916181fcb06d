import Foundation

/// A data set in a folder: its format and size, without its content.
public struct DatasetListing: Sendable, Equatable {
  /// The size of a data set.
  public enum Size: Sendable, Equatable {
    /// The number of all graphs, or of those of training, validation and test if the files are
    /// split.
    case graphs([Int])
    /// One large graph.
    case graph(nodes: Int, edges: Int)
    /// The size in bytes of files whose graphs would take long to count.
    case bytes(Int)
    /// The size is unknown because of `problem`.
    case unknown(problem: String)
  }

  /// The folder or file.
  public let path: String
  /// The format.
  public let format: DatasetFormat
  /// The size.
  public let size: Size

  /// The data sets of any format at `place`: `place` if it is a data set, otherwise the folders and
  /// the files of JSON lines in it, sorted by name. Empty when `place` is not a folder. A folder
  /// with an incomplete data set is listed with its problem.
  ///
  /// Not guaranteed: that a reader accepts a listed data set. Only TUDataset's graph indicators,
  /// OGB's lists of counts and splits, and the line ends of JSON lines are read.
  public static func find(in place: String) -> [DatasetListing] {
    guard let names = try? listFolder(place) else { return [] }
    // A folder with a single file of JSON lines is not itself the data set.
    let isLone = (try? JSONLinesFolder(path: place))?.files.count == 1
    if !isLone, let whole = listing(place), !whole.hasProblem { return [whole] }
    return names.compactMap { listing("\(place)/\($0)") }
  }

  private var hasProblem: Bool {
    if case .unknown = size { true } else { false }
  }

  /// Nil when the path is not a data set.
  private static func listing(_ path: String) -> DatasetListing? {
    do {
      if let lines = try JSONLinesFolder(path: path) {
        // A single JSON file is usually not a data set.
        if lines.folder == nil, path.hasSuffix(".json") || path.hasSuffix(".json.gz") { return nil }
        let isNodeLink = (try? NodeLinkDataset.isPresent(in: lines.files[0])) ?? false
        return DatasetListing(path, isNodeLink ? .nodeLink : .jsonLines) { try size(lines.files) }
      }
    } catch {
      return DatasetListing(path, .jsonLines) { throw error }
    }
    switch try? DatasetFormat.detect(path) {
    case .tuDataset:
      guard let folders = try? splitFolders(path) ?? [path],
        folders.contains(where: hasIndicator)
      else { return nil }
      return DatasetListing(path, .tuDataset) {
        .graphs(
          try folders.map {
            try lastInteger(of: TUFolder(path: $0).requiredFile("graph_indicator"))
          })
      }
    case .ogbGraphs: return DatasetListing(path, .ogbGraphs) { try size(OGBFolder(path: path)) }
    case .ogbNodes:
      return DatasetListing(path, .ogbNodes) {
        let (nodes, edges) = try NodeTables.counts(NodeFolder(path, split: "species"))
        return .graph(nodes: nodes, edges: edges)
      }
    // A single table is usually not a data set.
    case .csv where CSVFolder.isName(path): return nil
    case .csv:
      return DatasetListing(path, .csv) {
        let files = try CSVFolder(path: path)?.files
        let tables = (files?.nodes ?? []) + (files?.edges ?? [])
        return .bytes(tables.reduce(0) { $0 + fileSize($1) })
      }
    case .jsonLines, .nodeLink, nil: return nil
    }
  }

  private init(_ path: String, _ format: DatasetFormat, _ count: () throws -> Size) {
    self.path = path
    self.format = format
    do { size = try count() } catch { size = .unknown(problem: "\(error)") }
  }

  private static func hasIndicator(_ folder: String) -> Bool {
    let names = (try? listFolder(folder)) ?? []
    return names.contains { name in
      name.hasSuffix("_graph_indicator.txt") || name.hasSuffix("_graph_indicator.txt.gz")
    }
  }

  /// The number on a file's last line: graphs are numbered 1, 2, ….
  private static func lastInteger(of file: String) throws -> Int {
    var last = 0
    var scanner = RowScanner(file, columns: 1)
    _ = try scanner.integers { part, _, _ in last = Int(part[part.count - 1]) }
    return last
  }

  /// The number of OGB's graphs, or of each part of the split if there is exactly one split.
  private static func size(_ folder: OGBFolder) throws -> Size {
    let count = try folder.offsets("raw/num-node-list", of: "node").offsets.count - 1
    let splits = try folder.splits
    guard splits.count == 1 else { return .graphs([count]) }
    return .graphs(
      try ["train", "valid", "test"].map {
        try folder.split(splits[0], $0, below: count).1.count
      })
  }

  /// Files of JSON lines.
  private static func size(_ files: [String]) throws -> Size {
    let byteCount = files.reduce(0) { total, file in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      return total + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
    }
    return byteCount > 1 << 28 ? .bytes(byteCount) : .graphs(try files.map(lineCount))
  }

  /// The number of lines that are not blank.
  private static func lineCount(_ file: String) throws -> Int {
    var count = 0
    try forEachLine(of: file, mayBeEmpty: true) { text, _ in
      if text.contains(where: { $0 != 0x0A && !isBlank($0) }) { count += 1 }
    }
    return count
  }
}
