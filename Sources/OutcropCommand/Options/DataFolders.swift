import Foundation
import Outcrop

/// The folders in which data sets are searched by name.
enum DataFolders {
  /// The default folders: `OUTCROP_DATA`, `data` and `../shared/data`. Throws if `OUTCROP_DATA` is no folder.
  static func usual() throws -> [String] {
    let asked = ProcessInfo.processInfo.environment["OUTCROP_DATA"].flatMap {
      $0.isEmpty ? nil : $0
    }
    if let asked, !isFolder(asked) {
      throw InputError(
        .missing, file: "OUTCROP_DATA", found: quoted(asked), expected: "a folder with data sets")
    }
    return [asked, "data", "../shared/data"].compactMap { $0 }
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// The folder of the data set `name` in one of `folders`, or the first of `folders` that has that name.
  static func find(_ name: String, in folders: [String]) -> String? {
    for folder in folders {
      if isFolder("\(folder)/\(name)") { return "\(folder)/\(name)" }
      if URL(fileURLWithPath: folder).lastPathComponent == name, isFolder(folder) { return folder }
    }
    return nil
  }
}
