import Foundation
import Outcrop

/// Checks the paths that a command writes at its end, so that a path that cannot be written is an error
/// before work starts instead of after hours.
enum Outputs {
  /// Throws if no file can be written at `path`. An existing file is not changed.
  static func check(_ path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    FileRemains.remove(in: folder)
    _ = try AtomicFile(path: path)
  }

  /// Throws if no folder can be made at `path`, whose parent folder exists. Removes temporary folders that
  /// killed processes left in the parent folder.
  static func checkFolder(_ path: String) throws {
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: parent) else { return }
    FileRemains.remove(in: parent)
    _ = try AtomicFolder(path: path)
  }

  /// Throws if no line can be appended to a file at `path`.
  static func checkAppending(to path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { return try check(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw InputError(
        .system, file: path,
        found: status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or device",
        expected: "a regular file to append to, or none")
    }
    if access(path, R_OK | W_OK) != 0 { throw InputError.system(path, "append to") }
    if SafetensorsFile.isPresent(at: path) {
      throw InputError(
        file: path, found: "a safetensors file",
        expected: "a file of lines or a new file, since a line "
          + "would make the tensors unreadable")
    }
  }

  /// Throws if two of the paths are the same file, which need not exist.
  static func checkDifferent(_ paths: [(option: String, path: String)]) throws {
    for (index, one) in paths.enumerated() {
      for other in paths[..<index] where identity(one.path) == identity(other.path) {
        throw InputError(
          file: one.path, field: one.option, found: "the same file as for \(other.option)",
          expected: "another file")
      }
    }
  }

  private static func identity(_ path: String, links: Int = 0) -> String {
    var status = stat()
    if stat(path, &status) == 0 { return "\(status.st_dev) \(status.st_ino)" }
    let url = URL(fileURLWithPath: path).standardizedFileURL
    // A link to a file that does not exist yet.
    if links < 40, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
      let folder = url.deletingLastPathComponent()
      return identity(URL(fileURLWithPath: target, relativeTo: folder).path, links: links + 1)
    }
    return identityOfFolder(url.deletingLastPathComponent().path) + "/" + url.lastPathComponent
  }

  private static func identityOfFolder(_ path: String) -> String {
    var status = stat()
    return stat(path, &status) == 0 ? "\(status.st_dev) \(status.st_ino)" : path
  }
}

extension SafetensorsFile {
  /// Whether the file at `path` can be opened as safetensors.
  static func isPresent(at path: String) -> Bool { (try? SafetensorsFile(path: path)) != nil }
}
