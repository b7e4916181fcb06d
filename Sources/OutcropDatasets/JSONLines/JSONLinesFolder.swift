import Foundation
import OutcropCore

/// The files of JSON lines of a data set.
struct JSONLinesFolder {
  /// The folder of `dataset.json` and index files; nil for a single file.
  let folder: String?
  /// One file, or those of training, validation and test.
  let files: [String]

  private static let endings = ["jsonl", "jsonl.gz", "ndjson", "ndjson.gz", "json", "json.gz"]
  private static let splits = [["train"], ["val", "valid", "validation"], ["test"]]

  /// Whether the name is that of a file of JSON lines.
  static func isName(_ name: String) -> Bool {
    name != DatasetMetadata.fileName && endings.contains { name.hasSuffix(".\($0)") }
  }

  /// Nil when `path` has no files of JSON lines. Throws `InputError` if a split is missing.
  init?(path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    guard isFolder.boolValue else {
      guard Self.isName(path) else { return nil }
      (folder, files) = (nil, [path])
      return
    }
    let names = Set(try listFolder(path))
    let found = Self.splits.map { choices in
      choices.lazy.flatMap { choice in Self.endings.lazy.map { "\(choice).\($0)" } }
        .first(where: names.contains)
    }
    if found.contains(where: { $0 != nil }) {
      for (name, choices) in zip(found, Self.splits) where name == nil {
        throw InputError(
          file: path, found: "no file \(choices[0]).jsonl",
          expected: "files train.jsonl, val.jsonl and test.jsonl, each with or without .gz")
      }
      (folder, files) = (path, found.map { "\(path)/\($0!)" })
      return
    }
    let single = names.filter { Self.isName($0) && !$0.contains(".json") || $0.contains(".jsonl") }
    guard single.count == 1 else { return nil }
    (folder, files) = (path, ["\(path)/\(single.first!)"])
  }
}
