import Foundation
import OutcropCore

/// Writes a folder with a data set at `path`, completely or not at all: `fill` writes to a
/// temporary folder next to it, which is renamed or, with `overwrite`, exchanged with the old one.
///
/// Throws the error of `checkReplaceable` for an existing folder, and `InputError` after an error
/// of the file system.
func writeDatasetFolder(
  _ path: String, overwrite: Bool,
  checkReplaceable: (String, Bool) throws -> Void = checkGraphsReplaceable,
  _ fill: (URL) throws -> Void
) throws {
  let manager = FileManager.default
  let target = URL(fileURLWithPath: path).standardizedFileURL
  let parent = target.deletingLastPathComponent().path
  // A killed process may have left an old data set that gets its name again.
  FileRemains.remove(in: parent)
  let exists = manager.fileExists(atPath: target.path)
  if exists { try checkReplaceable(target.path, overwrite) }
  var content: String?
  do {
    if !manager.fileExists(atPath: parent) { try SystemFiles.createFolder(parent) }
    let folder = try AtomicFolder(path: target.path)
    content = folder.content
    try fill(URL(fileURLWithPath: folder.content))
    try folder.commit(replaces: overwrite)
  } catch let error as InputError
    where error.file == target.path || content.map(error.file.hasPrefix) == true
  {
    // The caller knows neither the temporary folder nor the absolute path.
    throw InputError(
      error.kind, file: path, found: error.found, expected: error.expected, hint: error.hint)
  }
}

/// Throws `InputError` if `path` exists, unless `overwrite` is set and this program wrote its
/// graphs.
func checkGraphsReplaceable(_ path: String, _ overwrite: Bool) throws {
  try checkGraphsReplaceable(
    path, overwrite,
    names: [
      "train", "val", "test", "train.jsonl", "val.jsonl", "test.jsonl", DatasetMetadata.fileName,
    ])
}

/// The same for a folder of files with these names.
func checkGraphsReplaceable(_ path: String, _ overwrite: Bool, names ours: Set<String>) throws {
  guard overwrite else {
    throw InputError(
      file: path, found: "a file or folder that already exists", expected: "a new path",
      hint: "choose another folder, or replace this one with --overwrite")
  }
  let names = try listFolder(path)
  if let odd = names.first(where: { !ours.contains($0) }) {
    throw InputError(
      file: path, found: "a folder that also contains \(odd)",
      expected: "a data set written by this program: other folders are not replaced")
  }
  if !names.isEmpty, !names.contains(DatasetMetadata.fileName) {
    throw InputError(
      file: path,
      found: "a data set that this program did not write (no \(DatasetMetadata.fileName))",
      expected: "a data set written by this program: other folders are not replaced")
  }
}
