import Foundation

/// Where data sets are looked for by name.
enum DataFolders {
  /// The folders that usually hold data sets: `OUTCROP_DATA`, `data` here, and `data` of a folder
  /// `shared` beside this one.
  static var usual: [String] {
    let asked = ProcessInfo.processInfo.environment["OUTCROP_DATA"].flatMap {
      $0.isEmpty ? nil : $0
    }
    return [asked, "data", "../shared/data"].compactMap { $0 }
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// The folder of the data set `name` in one of `places`, or a place itself that has that name.
  static func find(_ name: String, in places: [String]) -> String? {
    for place in places {
      if isFolder("\(place)/\(name)") { return "\(place)/\(name)" }
      if URL(fileURLWithPath: place).lastPathComponent == name, isFolder(place) { return place }
    }
    return nil
  }
}
