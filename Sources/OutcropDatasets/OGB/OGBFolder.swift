import Foundation
import OutcropCore

/// The files of one folder in OGB's layout: `raw/edge.csv.gz` and so on, each with or without
/// `.gz`.
struct OGBFolder {
  let path: String

  /// The file with the given name without `.csv`, such as `raw/edge`, the plain file if both exist;
  /// nil if neither exists.
  func file(_ name: String) -> String? {
    for file in ["\(path)/\(name).csv", "\(path)/\(name).csv.gz"] {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue {
        return file
      }
    }
    return nil
  }

  /// Like `file`, but throws if the file does not exist.
  func requiredFile(_ name: String) throws -> String {
    if let file = file(name) { return file }
    let last = (name as NSString).lastPathComponent
    throw InputError(
      file: "\(path)/\(name).csv.gz", found: "no such file",
      expected: "\(last).csv.gz or \(last).csv")
  }

  /// The names of the splits, sorted.
  var splits: [String] {
    get throws {
      let folder = "\(path)/split"
      // Data may have no split; a folder that cannot be read is an error.
      guard FileManager.default.fileExists(atPath: folder) else { return [] }
      return try listFolder(folder).filter { file("split/\($0)/train") != nil }
    }
  }

  /// The start of each group and the total, from a list of nonnegative counts, one on each line.
  ///
  /// `largestLine` is the line of the largest count.
  func offsets(
    _ name: String, of unit: String
  ) throws -> (file: String, offsets: [Int], largestLine: Int) {
    let file = try requiredFile(name)
    var offsets = [0]
    var total = 0
    var largest = (line: 1, count: Int32(-1))
    var scanner = RowScanner(file, columns: 1)
    _ = try scanner.integers { part, _, first in
      for (index, count) in part.enumerated() {
        guard count >= 0 else {
          throw InputError(
            file: file, line: first + index, found: "\(count)",
            expected: "a number of \(unit)s, 0 or more")
        }
        if count > largest.count { largest = (first + index, count) }
        total += Int(count)
        offsets.append(total)
      }
    }
    guard total < Int(Int32.max) else {
      throw InputError(
        file: file, line: largest.line, found: "\(total) \(unit)s in total",
        expected: "fewer than \(Int32.max)")
    }
    return (file, offsets, largest.line)
  }

  /// The graph numbers of one split, each below `count`.
  func split(_ name: String, _ part: String, below count: Int) throws -> (String, [Int]) {
    let file = try requiredFile("split/\(name)/\(part)")
    var graphs: [Int] = []
    var scanner = RowScanner(file, columns: 1)
    _ = try scanner.integers(mayBeEmpty: true) { part, _, first in
      for (index, graph) in part.enumerated() {
        guard graph >= 0, Int(graph) < count else {
          throw InputError(
            file: file, line: first + index, found: "graph \(graph)",
            expected: "0 ... \(count - 1)")
        }
        graphs.append(Int(graph))
      }
    }
    return (file, graphs)
  }
}
