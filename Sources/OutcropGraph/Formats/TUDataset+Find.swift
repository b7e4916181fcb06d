import CZlib

extension TUDataset {
  /// A data set that lies in some folder, with no more read than its number of graphs.
  public struct Listing: Sendable, Equatable {
    /// The folder.
    public let path: String
    /// Graphs of the whole, or of training, validation and test where the folder is split; empty
    /// when `problem` isn't nil.
    public let graphCounts: [Int]
    /// Why the graphs cannot be counted.
    public let problem: String?
  }

  /// The data sets in TUDataset text among the folders in `path`, by name. Empty when `path` is no
  /// folder; a folder with the beginnings of a data set is listed with its problem.
  ///
  /// Not guaranteed: that `read` accepts what is listed; only the graph indicators are looked at.
  public static func find(in path: String) -> [Listing] {
    guard let names = try? listFolder(path) else { return [] }
    return names.compactMap { listing("\(path)/\($0)") }
  }

  /// Nil when there is no sign of a data set in the folder.
  private static func listing(_ path: String) -> Listing? {
    guard let folders = try? splitFolders(path) ?? [path],
      folders.contains(where: hasIndicator)
    else { return nil }
    do {
      let counts = try folders.map { folder in
        let indicator = try TUFolder(path: folder).requiredFile("graph_indicator")
        return try lastInteger(of: indicator)
      }
      return Listing(path: path, graphCounts: counts, problem: nil)
    } catch {
      return Listing(path: path, graphCounts: [], problem: "\(error)")
    }
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
}

/// Facts about the system's zlib, which reads `.gz` files.
public enum Zlib {
  /// The version in use, such as `1.3.1`.
  public static let version = String(cString: zlibVersion())
}
