import OutcropCore

/// Lists of 0-based graph numbers that select a subset of a split, as published for ZINC-12k:
/// `train.index`, `val.index` and `test.index`, numbers separated by commas or one a line.
enum IndexFile {
  /// The list of a split in a folder, nil if there is none. Every number is below `count` and
  /// occurs once.
  static func read(folder: String, split: String, below count: Int) throws -> [Int]? {
    let names = try listFolder(folder)
    let wanted = [split, split == "val" ? "valid" : split].map { "\($0).index" }
    guard let name = wanted.first(where: names.contains) else { return nil }
    let file = "\(folder)/\(name)"
    var numbers: [Int] = []
    var seen = [Bool](repeating: false, count: count)
    var scanner = RowScanner(file, columns: 0)
    _ = try scanner.integers { part, columns, first in
      for (position, number) in part.enumerated() {
        guard number >= 0, Int(number) < count, !seen[Int(number)] else {
          throw InputError(
            file: file, line: first + position / columns,
            found: number >= 0 && Int(number) < count ? "graph \(number) again" : "graph \(number)",
            expected: "each of 0 ... \(count - 1) at most once")
        }
        seen[Int(number)] = true
        numbers.append(Int(number))
      }
    }
    return numbers
  }

  /// The names of the files.
  static let names = ["train.index", "val.index", "valid.index", "test.index"]
}
