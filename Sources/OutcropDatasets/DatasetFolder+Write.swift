import Foundation
import OutcropCore

/// Makes a folder with a data set at `path`, complete or not at all: `fill` writes into a temporary
/// folder beside it, which is renamed.
///
/// Throws what `checkReplaceable` throws of a folder that is there, and `InputError` when the file
/// system refuses.
func writeDatasetFolder(
  _ path: String, overwrite: Bool,
  checkReplaceable: (String, Bool) throws -> Void = checkGraphsReplaceable,
  _ fill: (URL) throws -> Void
) throws {
  let manager = FileManager.default
  let target = URL(fileURLWithPath: path).standardizedFileURL
  let exists = manager.fileExists(atPath: target.path)
  if exists { try checkReplaceable(target.path, overwrite) }
  let temporary = target.deletingLastPathComponent().appendingPathComponent(
    ".\(target.lastPathComponent).\(UUID().uuidString)")
  do {
    defer { try? manager.removeItem(at: temporary) }
    let new = temporary.appendingPathComponent("new")
    try manager.createDirectory(at: new, withIntermediateDirectories: true)
    try fill(new)
    if exists {
      try manager.moveItem(at: target, to: temporary.appendingPathComponent("old"))
    }
    do {
      try manager.moveItem(at: new, to: target)
    } catch {
      if exists {
        try manager.moveItem(at: temporary.appendingPathComponent("old"), to: target)
      }
      throw error
    }
  } catch let error as InputError {
    throw error
  } catch {
    throw InputError(
      file: path, found: error.localizedDescription, expected: "a place to write to")
  }
}

/// Throws `InputError` unless `overwrite` is set and this program wrote the graphs at `path`.
func checkGraphsReplaceable(_ path: String, _ overwrite: Bool) throws {
  guard overwrite else {
    throw InputError(
      file: path, found: "a file or folder that already exists", expected: "a new path",
      hint: "choose another folder, or give --overwrite")
  }
  let ours: Set = [
    "train", "val", "test", "train.jsonl", "val.jsonl", "test.jsonl", DatasetMetadata.fileName,
  ]
  let names = try listFolder(path)
  if let odd = names.first(where: { !ours.contains($0) }) {
    throw InputError(
      file: path, found: "a folder that also holds \(odd)",
      expected: "a data set written by this program: nothing else is overwritten")
  }
  if !names.isEmpty, !names.contains(DatasetMetadata.fileName) {
    throw InputError(
      file: path, found: "a data set from elsewhere (no \(DatasetMetadata.fileName))",
      expected: "a data set written by this program: nothing else is overwritten")
  }
}
