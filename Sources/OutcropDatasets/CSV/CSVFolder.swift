import Foundation
import OutcropCore

/// The tables at a path.
struct CSVFolder {
  let files: CSVDataset.Files

  private static let endings = ["csv", "csv.gz", "tsv", "tsv.gz"]

  /// Whether the name is that of a table.
  static func isName(_ name: String) -> Bool { stem(name) != nil }

  /// Nil where there is no table of edges.
  init?(path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    guard isFolder.boolValue else {
      guard Self.isName(path) else { return nil }
      files = CSVDataset.Files(edges: [path])
      return
    }
    var (edges, nodes): ([String], [String]) = ([], [])
    var graphs: String?
    var seen: [String: String] = [:]
    for name in try listFolder(path) {
      guard let stem = Self.stem(name) else { continue }
      let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
      if let other = seen[stem] {
        // Of a table and its compressed form the first is taken.
        if other == plain { continue }
        throw InputError(
          file: path, found: "\(other) and \(plain)", expected: "one table of the name \(stem)")
      }
      seen[stem] = plain
      if stem.hasPrefix("edges") { edges.append("\(path)/\(name)") }
      if stem.hasPrefix("nodes") { nodes.append("\(path)/\(name)") }
      if stem == "graphs" { graphs = "\(path)/\(name)" }
    }
    guard !edges.isEmpty else { return nil }
    files = CSVDataset.Files(edges: edges, nodes: nodes, graphs: graphs)
  }

  /// The name without its ending; nil for another one.
  private static func stem(_ name: String) -> String? {
    endings.first { name.hasSuffix(".\($0)") }.map { String(name.dropLast($0.count + 1)) }
  }
}
