import Foundation
import OutcropCore

/// Readers of the small files in the layout of ogbn-proteins. All throw `InputError`.
enum NodeTables {
  /// The numbers of nodes and of edges.
  static func counts(_ files: NodeFolder) throws -> (nodes: Int, edges: Int) {
    (
      try count(files.nodeCount, of: "nodes", limit: Int(Int32.max)),
      try count(files.edgeCount, of: "edges", limit: Int(UInt32.max))
    )
  }

  /// The one number in a file such as `num-node-list.csv`, below `limit`. It may not fit in 32
  /// bits.
  private static func count(_ file: String, of things: String, limit: Int) throws -> Int {
    let blocks = try TextBlocks(path: file)
    var result: Int?
    var line = 0
    while let block = try blocks.next(line: line + 1) {
      let lines = block.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
      for bytes in lines {
        line += 1
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces)
        if text.isEmpty { continue }
        guard result == nil else {
          throw InputError(
            file: file, line: line, found: "a second graph", expected: "a single graph")
        }
        guard let value = Int(text), value >= 0, value < limit else {
          throw InputError(
            file: file, line: line, found: quoted(UnsafeBufferPointer(rebasing: bytes)),
            expected: "the number of \(things), 0 ..< \(limit)")
        }
        result = value
      }
    }
    guard let result else {
      throw InputError(
        file: file, line: 1, found: "only blank lines",
        expected: "the number of \(things)")
    }
    return result
  }

  /// The species of all nodes as categories, and the number of each category, ascending.
  static func species(_ file: String, nodeCount: Int) throws -> (
    categories: [Int32], values: [Int32]
  ) {
    let table = try readIntegerTable(
      file, rows: RowCount(count: nodeCount, unit: "node of num-node-list"))
    if table.columns != 1 {
      throw InputError(
        file: file, line: 1, found: "\(table.columns) columns",
        expected: "one column, the species of the node")
    }
    let values = Set(table.values).sorted()
    let categories = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, Int32($0)) })
    return (table.values.map { categories[$0]! }, values)
  }

  /// [nodes × targetCount] Labels as 0, 1 and `NodeDataset.missingLabel`; empty fields and `nan`
  /// are missing.
  static func labels(_ file: String, nodeCount: Int) throws -> (labels: [UInt8], targetCount: Int) {
    var labels: [UInt8] = []
    let rows = RowCount(count: nodeCount, unit: "node of num-node-list")
    var scanner = RowScanner(file, columns: 0)
    let lines = try scanner.reals(missing: .nanOrEmpty) { part, columns, first in
      try rows.check(first - 1 + part.count / columns, file)
      for (place, label) in part.enumerated() {
        guard label == 0 || label == 1 || label.isNaN else {
          throw InputError(
            file: file, line: first + place / columns, found: "\(label)",
            expected: "labels 0, 1 or nan, separated by commas")
        }
        labels.append(label.isNaN ? NodeDataset.missingLabel : UInt8(label))
      }
    }
    try rows.checkEnd(lines, file)
    return (labels, scanner.columns)
  }

  /// The nodes of a split, which may be empty. `seen` collects the nodes of all splits; a node must
  /// not occur twice.
  static func split(_ file: String, seen: inout [Bool]) throws -> [Int32] {
    var nodes: [Int32] = []
    var scanner = RowScanner(file, columns: 1)
    _ = try scanner.integers(mayBeEmpty: true) { part, _, first in
      for (index, node) in part.enumerated() {
        guard node >= 0, Int(node) < seen.count else {
          throw InputError(
            file: file, line: first + index, found: "node \(node)",
            expected: "one node, 0 ..< \(seen.count)")
        }
        if seen[Int(node)] {
          throw InputError(
            file: file, line: first + index, found: "node \(node) for the second time",
            expected: "every node at most once in all splits")
        }
        seen[Int(node)] = true
      }
      nodes.append(contentsOf: part)
    }
    return nodes
  }

  /// Throws unless a file that describes edges has no line, because num-edge-list states 0 edges.
  static func expectNoLines(_ file: String) throws {
    var scanner = RowScanner(file, columns: 0)
    _ = try scanner.reals(mayBeEmpty: true) { _, _, first in
      throw InputError(
        file: file, line: first, found: "a line",
        expected: "an empty file, because num-edge-list says 0 edges")
    }
  }
}
