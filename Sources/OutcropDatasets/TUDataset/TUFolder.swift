import Foundation
import OutcropCore

/// The files of one TUDataset folder: `PREFIX_A.txt`, `PREFIX_graph_indicator.txt`, …, each plain
/// or with `.gz`.
struct TUFolder {
  let path: String
  let prefix: String
  private let names: Set<String>

  /// Finds the prefix by the file that every TUDataset has. Throws `InputError` if there is
  /// no such file or more than one prefix.
  init(path: String) throws {
    self.path = path
    names = Set(try listFolder(path))
    let prefixes = Set(
      names.compactMap { name -> String? in
        for ending in ["_graph_indicator.txt", "_graph_indicator.txt.gz"]
        where name.hasSuffix(ending) { return String(name.dropLast(ending.count)) }
        return nil
      }
    ).sorted()
    guard prefixes.count == 1 else {
      throw InputError(
        file: path,
        found: prefixes.isEmpty
          ? "no file *_graph_indicator.txt"
          : "files of several data sets (\(prefixes.joined(separator: ", ")))",
        expected: "one data set in TUDataset text")
    }
    prefix = prefixes[0]
  }

  /// The file with the given suffix, such as `A` or `node_labels`, the plain file if both exist;
  /// nil if neither exists.
  func file(_ suffix: String) -> String? {
    for name in ["\(prefix)_\(suffix).txt", "\(prefix)_\(suffix).txt.gz"]
    where names.contains(name) { return "\(path)/\(name)" }
    return nil
  }

  /// Like `file`, but throws if the file does not exist.
  func requiredFile(_ suffix: String) throws -> String {
    if let file = file(suffix) { return file }
    throw InputError(
      file: "\(path)/\(prefix)_\(suffix).txt", found: "no such file",
      expected: "\(prefix)_\(suffix).txt or \(prefix)_\(suffix).txt.gz")
  }

  /// The suffixes of all files that begin with `beginning`, sorted.
  func suffixes(beginningWith beginning: String) -> [String] {
    Set(
      names.compactMap { name -> String? in
        guard name.hasPrefix("\(prefix)_\(beginning)") else { return nil }
        for ending in [".txt", ".txt.gz"] where name.hasSuffix(ending) {
          return String(name.dropFirst(prefix.count + 1).dropLast(ending.count))
        }
        return nil
      }
    ).sorted()
  }
}

/// Throws `InputError` unless `path` is a folder; `expected` describes the expected folder.
func checkFolder(_ path: String, expected: String) throws {
  var isFolder: ObjCBool = false
  let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
  if exists, isFolder.boolValue { return }
  let isDamaged = path.unicodeScalars.contains("\u{FFFD}")
  throw InputError(
    file: path,
    found: exists ? "a file" : isDamaged ? "a name that is not UTF-8" : "no such folder",
    expected: isDamaged && !exists ? "a name in UTF-8: others cannot be opened" : expected,
    hint: InputError.datasetHint)
}

/// The names in a folder, sorted. Throws `InputError` if it is not a readable folder.
func listFolder(_ path: String) throws -> [String] {
  try checkFolder(path, expected: "the folder of a data set")
  return try SystemFiles.names(in: path)
}
