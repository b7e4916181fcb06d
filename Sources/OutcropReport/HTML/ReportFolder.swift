import Foundation
import OutcropCore

/// A folder whose files a report or an export replaces. It contains a list of the files that a report wrote, so that only
/// files of an earlier report are removed.
package struct ReportFolder {
  let path: String
  private var list: String { path + "/.report-files" }

  package init(_ path: String) { self.path = path }

  /// Throws when files cannot be written into the folder, where there is one already.
  package func check() throws {
    if access(path, F_OK) != 0 { return }
    try SystemFiles.createFolder(path)
    FileRemains.remove(in: path)
    _ = try AtomicFile(path: list)
  }

  /// Writes the files and returns their paths.
  package func replace(with files: [(name: String, content: String)]) throws -> [String] {
    let old = String(decoding: try SystemFiles.readIfPresent(list) ?? Data(), as: UTF8.self)
    if files.isEmpty, old.isEmpty { return [] }
    try SystemFiles.createFolder(path)
    let names = Set(files.map(\.name))
    // List both old and new files until all are written, so that an interruption leaves no unlisted file.
    let known = Set(old.split(separator: "\n").map(String.init)).filter {
      !$0.contains("/") && !$0.hasPrefix(".") && ($0.hasSuffix(".svg") || $0.hasSuffix(".csv"))
    }
    try write(known.union(names))
    let paths = try files.map { name, content in
      let file = "\(path)/\(name)"
      try AtomicFile.write(Data(content.utf8), to: file)
      return file
    }
    for name in known.subtracting(names) {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    try write(names)
    return paths
  }

  private func write(_ names: Set<String>) throws {
    let text = names.sorted().map { $0 + "\n" }.joined()
    try AtomicFile.write(Data(text.utf8), to: list)
  }
}
