import Foundation
import OutcropCore

/// Collects the graphs of files of node-link JSON in tables.
final class NodeLinkReader {
  private var nodes = TableColumns()
  private var edges = TableColumns()
  private var graphs = TableColumns()
  private let nodeAttributes = AttributeColumns()
  private let edgeAttributes = AttributeColumns()
  private let graphAttributes = AttributeColumns()
  private let names = IdentifierNames()
  private let splits = MixedColumn("split")
  /// Whether the graphs say that their edges are directed; nil where they do not say.
  private(set) var isDirected: Bool?
  private var file = ""
  /// The line of the text at `linePlace`.
  private var line = 1
  private var linePlace: UnsafePointer<UInt8>?

  init() {
    nodes.graphs = IdentifierColumn(names)
    nodes.names = IdentifierColumn(names)
    edges.graphs = IdentifierColumn(names)
    edges.names = IdentifierColumn(names)
    edges.destinations = IdentifierColumn(names)
  }

  /// Reads a file; `split` is the word for its graphs' split.
  func read(_ file: String, split: String?) throws {
    self.file = file
    line = 1
    if try hasOneGraphALine(file) {
      try forEachLine(of: file) { text, number in
        line = number
        try takeGraphs(text, split)
      }
    } else {
      try withWholeText(file) { try takeGraphs($0, split) }
    }
  }

  /// The tables; without the table of graphs where there is one graph.
  func tables() -> (nodes: TableColumns, edges: TableColumns, graphs: TableColumns?) {
    nodes.features = nodeAttributes.finished(nodes.rowCount)
    edges.features = edgeAttributes.finished(edges.rowCount)
    nodes.unused = nodeAttributes.droppedNames
    edges.unused = edgeAttributes.droppedNames
    guard graphs.rowCount != 1 else {
      nodes.graphs = nil
      edges.graphs = nil
      return (nodes, edges, nil)
    }
    graphs.features = graphAttributes.finished(graphs.rowCount)
    graphs.unused = graphAttributes.droppedNames
    if splits.rowCount > 0 { graphs.split = splits }
    return (nodes, edges, graphs)
  }

  /// Whether the first line is a whole value: then every line is read by itself.
  private func hasOneGraphALine(_ file: String) throws -> Bool {
    let blocks = try TextBlocks(path: file)
    guard let block = try blocks.next(line: 1), let end = block.firstIndex(of: 0x0A) else {
      return true
    }
    var cursor = JSONCursor(UnsafeBufferPointer(rebasing: block[...end]))
    return (try? cursor.skipValue()) != nil && cursor.isAtEnd()
  }

  /// Calls `body` with all bytes of a file and a LF behind them.
  private func withWholeText(
    _ file: String, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let stream = try ByteStream(path: file)
    var capacity = 1 << 18
    var memory = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + TextBlocks.padding)
    defer { memory.deallocate() }
    var count = 0
    while true {
      if count == capacity {
        let larger = UnsafeMutablePointer<UInt8>.allocate(
          capacity: 2 * capacity + TextBlocks.padding)
        larger.update(from: memory, count: count)
        memory.deallocate()
        memory = larger
        capacity *= 2
      }
      let read = try stream.read(
        into: UnsafeMutableRawBufferPointer(start: memory + count, count: capacity - count),
        line: line)
      if read == 0 { break }
      count += read
    }
    (memory + count).initialize(repeating: 0, count: TextBlocks.padding)
    memory[count] = 0x0A
    try body(UnsafeBufferPointer(start: memory, count: count + 1))
  }

  // MARK: Graphs

  /// The graphs of a text: one after the other, or in a list.
  private func takeGraphs(_ text: UnsafeBufferPointer<UInt8>, _ split: String?) throws {
    linePlace = text.baseAddress
    var cursor = JSONCursor(text)
    var field: String?
    do {
      func takeOne() throws {
        try takeGraph(&cursor, &field)
        if var split { try split.withUTF8 { try splits.append(word: $0) } }
      }
      if !cursor.isAtEnd(), cursor.take(.openBracket) {
        if !cursor.take(.closeBracket) {
          repeat { try takeOne() } while cursor.take(.comma)
          try cursor.need(.closeBracket)
        }
      } else {
        while !cursor.isAtEnd() { try takeOne() }
      }
      if !cursor.isAtEnd() { throw cursor.fault("the end of the text") }
    } catch let fault as JSONFault {
      throw InputError(
        file: file, line: lineNumber(cursor.place), field: field, found: fault.found,
        expected: fault.expected)
    } catch let fault as ColumnFault {
      throw InputError(
        file: file, line: lineNumber(cursor.place), field: field, found: fault.found,
        expected: fault.expected)
    }
  }

  /// The line of a place that is not before the last one asked for.
  private func lineNumber(_ place: UnsafePointer<UInt8>) -> Int {
    while let last = linePlace, last < place {
      if last.pointee == 0x0A { line += 1 }
      linePlace = last + 1
    }
    return line
  }

  private func note(_ table: inout TableColumns, _ cursor: JSONCursor) {
    let line = lineNumber(cursor.place)
    if let last = table.places.last, last.line == line, last.file == file { return }
    table.places.append(.init(firstRow: table.rowCount, file: file, line: line, step: 0))
  }

  private func takeGraph(_ cursor: inout JSONCursor, _ field: inout String?) throws {
    if cursor.peek() != UInt8.openBrace { throw cursor.fault("a JSON object, one graph") }
    note(&graphs, cursor)
    let graph = Int64(graphs.rowCount)
    var seen: Set<String> = []
    try forEachField(of: &cursor) { name, cursor in
      field = name
      let key = name == "links" ? "edges" : name
      if ["nodes", "edges", "graph", "directed"].contains(key), !seen.insert(key).inserted {
        throw JSONFault(found: "the field twice", expected: "one value")
      }
      switch key {
      case "nodes":
        try forEachElement(of: &cursor) { cursor in
          note(&nodes, cursor)
          try takeNode(&cursor, graph, &field)
        }
      case "edges":
        try forEachElement(of: &cursor) { cursor in
          note(&edges, cursor)
          try takeEdge(&cursor, graph, &field)
        }
      case "graph":
        if cursor.peek() == UInt8.openBrace {
          try takeAttributes(&cursor, graphAttributes, graphs.rowCount, &field) { _, _ in false }
        } else {
          try cursor.skipValue()
        }
      case "directed": try takeDirected(&cursor)
      default: try cursor.skipValue()
      }
      field = nil
    }
    for name in ["nodes", "edges"] where !seen.contains(name) {
      throw JSONFault(
        found: "a graph without “\(name == "edges" ? "links” or “edges" : name)”",
        expected: "node-link JSON")
    }
    graphs.rowCount += 1
  }

  private func takeDirected(_ cursor: inout JSONCursor) throws {
    let value: Bool
    if cursor.take(word: "true") {
      value = true
    } else if cursor.take(word: "false") {
      value = false
    } else {
      throw cursor.fault("true or false")
    }
    if let isDirected, isDirected != value {
      throw JSONFault(found: "\(value)", expected: "\(isDirected), as in the first graph,")
    }
    isDirected = value
  }

  private func takeNode(
    _ cursor: inout JSONCursor, _ graph: Int64, _ field: inout String?
  ) throws {
    var hasName = false
    let column = nodes.names!
    // Without `id`, a node's name is its `name`.
    var other: (JSONCursor)?
    try takeAttributes(&cursor, nodeAttributes, nodes.rowCount, &field) { name, cursor in
      if name == "name", !hasName { other = cursor }
      guard name == "id" else { return false }
      if hasName { throw JSONFault(found: "the field twice", expected: "one value") }
      hasName = true
      try takeIdentifier(&cursor, column)
      return true
    }
    if !hasName {
      guard var other else {
        throw JSONFault(found: "a node without “id”", expected: "the name or number of every node")
      }
      try takeIdentifier(&other, column)
    }
    nodes.graphs!.append(graph)
    nodes.rowCount += 1
  }

  private func takeEdge(
    _ cursor: inout JSONCursor, _ graph: Int64, _ field: inout String?
  ) throws {
    var (hasSource, hasTarget) = (false, false)
    let (sources, targets) = (edges.names!, edges.destinations!)
    try takeAttributes(&cursor, edgeAttributes, edges.rowCount, &field) { name, cursor in
      // The key of an edge among those of the same ends says nothing about it.
      if name == "key" {
        try cursor.skipValue()
        return true
      }
      let isSource = name == "source"
      guard isSource || name == "target" else { return false }
      if isSource ? hasSource : hasTarget {
        throw JSONFault(found: "the field twice", expected: "one value")
      }
      if isSource { hasSource = true } else { hasTarget = true }
      try takeIdentifier(&cursor, isSource ? sources : targets)
      return true
    }
    for (name, isPresent) in [("source", hasSource), ("target", hasTarget)] where !isPresent {
      throw JSONFault(found: "an edge without “\(name)”", expected: "both ends of every edge")
    }
    edges.graphs!.append(graph)
    edges.rowCount += 1
  }

  /// A name of a node: a number, a string, or any other value as it is written.
  private func takeIdentifier(_ cursor: inout JSONCursor, _ column: IdentifierColumn) throws {
    if cursor.peek() == UInt8.quote {
      let text = try cursor.string()
      if text.contains(UInt8(ascii: "\\")) {
        var decoded = try unescaped(text)
        return decoded.withUTF8 { column.append(word: $0) }
      }
      return column.append(word: text)
    }
    let start = cursor.place
    try cursor.skipValue()
    column.append(text: UnsafeBufferPointer(start: start, count: cursor.place - start))
  }

  // MARK: Values

  private func forEachField(
    of cursor: inout JSONCursor, _ body: (String, inout JSONCursor) throws -> Void
  ) throws {
    try cursor.need(.openBrace)
    if cursor.take(.closeBrace) { return }
    repeat {
      let name = try cursor.string()
      try cursor.need(.colon)
      let isEscaped = name.contains(UInt8(ascii: "\\"))
      try body(isEscaped ? unescaped(name) : String(decoding: name, as: UTF8.self), &cursor)
    } while cursor.take(.comma)
    try cursor.need(.closeBrace)
  }

  private func forEachElement(
    of cursor: inout JSONCursor, _ body: (inout JSONCursor) throws -> Void
  ) throws {
    try cursor.need(.openBracket)
    if cursor.take(.closeBracket) { return }
    repeat {
      if cursor.peek() != UInt8.openBrace { throw cursor.fault("a JSON object") }
      try body(&cursor)
    } while cursor.take(.comma)
    try cursor.need(.closeBracket)
  }

  /// The fields of an object as values of row `row`, but for those that `take` takes.
  private func takeAttributes(
    _ cursor: inout JSONCursor, _ columns: AttributeColumns, _ row: Int, _ field: inout String?,
    _ take: (String, inout JSONCursor) throws -> Bool
  ) throws {
    columns.begin()
    try forEachField(of: &cursor) { name, cursor in
      field = name
      if try take(name, &cursor) { return }
      guard let column = columns.column(name) else { return try cursor.skipValue() }
      column.fill(to: row)
      if column.rowCount > row {
        throw JSONFault(found: "the field twice", expected: "one value")
      }
      if try !takeValue(&cursor, column) {
        try cursor.skipValue()
        columns.drop(name)
      }
    }
  }

  /// Takes a value. Returns false for one that is no number, word or list of numbers.
  private func takeValue(_ cursor: inout JSONCursor, _ column: MixedColumn) throws -> Bool {
    switch cursor.peek() {
    case .quote:
      let text = try cursor.string()
      if text.isEmpty {
        column.appendMissing()
      } else if text.contains(UInt8(ascii: "\\")) {
        var decoded = try unescaped(text)
        try decoded.withUTF8 { try column.append(word: $0) }
      } else {
        try column.append(word: text)
      }
    case .openBrace: return false
    case .openBracket:
      var copy = cursor
      guard let (values, areIntegers) = try numbers(&copy) else { return false }
      // A list that says nothing.
      if values.isEmpty { return false }
      try column.append(vector: values, areIntegers: areIntegers)
      cursor = copy
    default:
      if cursor.take(word: "null") || cursor.take(word: "NaN") {
        column.appendMissing()
      } else if cursor.take(word: "true") || cursor.take(word: "false") {
        let isTrue = cursor.place[-2] == UInt8(ascii: "u")
        var text = isTrue ? "true" : "false"
        try text.withUTF8 { try column.append(word: $0) }
      } else {
        let before = cursor
        switch try cursor.number() {
        case .integer(let value): try column.append(value)
        case .real(let value, _):
          guard value.isFinite else { throw before.fault("a finite number") }
          try column.append(value)
        }
      }
    }
    return true
  }

  /// The numbers of a list, NaN where one is missing; nil for a list of anything else. Throws for a number that
  /// is infinite.
  private func numbers(
    _ cursor: inout JSONCursor
  ) throws -> (values: [Float], areIntegers: Bool)? {
    guard cursor.take(.openBracket) else { return nil }
    var values: [Float] = []
    var areIntegers = true
    if cursor.take(.closeBracket) { return (values, areIntegers) }
    repeat {
      let before = cursor
      if cursor.take(word: "null") || cursor.take(word: "NaN") {
        values.append(.nan)
        areIntegers = false
        continue
      }
      if cursor.take(word: "Infinity") || cursor.take(word: "-Infinity") {
        throw before.fault("finite numbers")
      }
      guard let number = try? cursor.number() else { return nil }
      switch number {
      case .integer(let value):
        values.append(Float(value))
        areIntegers = areIntegers && value.magnitude <= 1 << 24
      case .real(let value, _):
        guard value.isFinite else { throw before.fault("finite numbers") }
        values.append(value)
        areIntegers = false
      }
    } while cursor.take(.comma)
    return cursor.take(.closeBracket) ? (values, areIntegers) : nil
  }

  private func unescaped(_ text: UnsafeBufferPointer<UInt8>) throws -> String {
    let data = Data([UInt8.quote]) + Data(text) + Data([UInt8.quote])
    guard let result = try? JSON.decode(String.self, from: data, file: file) else {
      throw JSONFault(found: quoted(text), expected: "a string with JSON's escapes")
    }
    return result
  }
}
