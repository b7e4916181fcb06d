import Foundation

/// Readers of the small files in the layout of ogbn-proteins. All throw `DatasetError`.
enum NodeTables {
  /// The one number in a file such as `num-node-list.csv`, below `limit`.
  static func count(_ file: String, of things: String, limit: Int) throws -> Int {
    var result: Int?
    _ = try forEachLine(of: file) { line, number in
      var parser = NumberParser(line)
      // A count fits in 32 bits unless it is over the limit for nodes anyway.
      guard number == 1 else {
        throw DatasetError(
          file: file, line: number, found: "another graph", expected: "one graph")
      }
      guard let value = wholeNumber(&parser, line), value >= 0, value < limit else {
        throw DatasetError(
          file: file, line: number, found: quoted(line),
          expected: "the number of \(things), 0 ..< \(limit)")
      }
      result = value
    }
    guard let result else {
      throw DatasetError(
        file: file, line: 1, found: "nothing but blank lines",
        expected: "the number of \(things)")
    }
    return result
  }

  private static func wholeNumber(
    _ parser: inout NumberParser, _ line: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    if let value = parser.nextInteger() { return parser.isAtEnd ? Int(value) : nil }
    return Int(String(decoding: line, as: UTF8.self))
  }

  /// Species of all nodes as categories, and the numbers behind them, ascending.
  static func species(_ file: String, nodeCount: Int) throws -> (
    categories: [Int32], values: [Int32]
  ) {
    let table = try readIntegerTable(
      file, rows: RowCount(count: nodeCount, unit: "node of num-node-list"))
    if table.columns != 1 {
      throw DatasetError(
        file: file, line: 1, found: "\(table.columns) columns", expected: "one species a node")
    }
    let values = Set(table.values).sorted()
    let categories = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, Int32($0)) })
    return (table.values.map { categories[$0]! }, values)
  }

  /// [nodes × targetCount] Labels as 0, 1 and `NodeDataset.missingLabel`; empty fields and `nan`
  /// are missing.
  static func labels(_ file: String, nodeCount: Int) throws -> (labels: [UInt8], targetCount: Int) {
    var labels: [UInt8] = []
    var columns = 0
    let rows = RowCount(count: nodeCount, unit: "node of num-node-list")
    let lines = try forEachLine(of: file) { line, number in
      try rows.check(number, file)
      let before = labels.count
      var start = 0
      while true {
        var end = start
        while end < line.count, line[end] != UInt8(ascii: ",") { end += 1 }
        let field = UnsafeBufferPointer(rebasing: line[start..<end])
        guard let label = label(field) else {
          throw DatasetError(
            file: file, line: number, found: quoted(field),
            expected: "labels 0, 1 or nan, separated by commas")
        }
        labels.append(label)
        if end == line.count { break }
        start = end + 1
      }
      let found = labels.count - before
      if number == 1 { columns = found }
      if found != columns {
        throw DatasetError(
          file: file, line: number, found: "\(found) labels", expected: "\(columns), as in line 1")
      }
    }
    try rows.checkEnd(lines, file)
    return (labels, columns)
  }

  private static func label(_ field: UnsafeBufferPointer<UInt8>) -> UInt8? {
    if field.isEmpty { return NodeDataset.missingLabel }
    if field.count == 1, field[0] == UInt8(ascii: "0") { return 0 }
    if field.count == 1, field[0] == UInt8(ascii: "1") { return 1 }
    let text = String(decoding: field, as: UTF8.self).trimmingCharacters(in: .whitespaces)
    if text.isEmpty { return NodeDataset.missingLabel }
    guard let value = Float(text) else { return nil }
    if value.isNaN { return NodeDataset.missingLabel }
    return value == 0 || value == 1 ? UInt8(value) : nil
  }

  /// The nodes of a split, which may have none. `seen` collects those of all splits: none may come
  /// twice.
  static func split(_ file: String, seen: inout [Bool]) throws -> [Int32] {
    if try !hasText(file) { return [] }
    var nodes: [Int32] = []
    _ = try forEachLine(of: file) { line, number in
      var parser = NumberParser(line)
      guard let node = parser.nextInteger(), parser.isAtEnd, node >= 0, Int(node) < seen.count
      else {
        throw DatasetError(
          file: file, line: number, found: quoted(line),
          expected: "one node, 0 ..< \(seen.count)")
      }
      if seen[Int(node)] {
        throw DatasetError(
          file: file, line: number, found: "node \(node) again",
          expected: "each node in one split, once")
      }
      seen[Int(node)] = true
      nodes.append(node)
    }
    return nodes
  }
}

/// Whether a file, decompressed, has any byte that isn't white space. Reads no more than it must.
func hasText(_ file: String) throws -> Bool {
  let stream = try ByteStream(path: file)
  return try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { buffer in
    if file.hasSuffix(".gz"),
      try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe).isEmpty
    {
      return false
    }
    while true {
      let count = try stream.read(into: buffer, line: 1)
      if count == 0 { return false }
      if buffer.prefix(count).contains(where: { $0 > 0x20 }) { return true }
    }
  }
}
