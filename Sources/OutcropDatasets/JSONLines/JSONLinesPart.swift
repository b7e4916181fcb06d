import Foundation
import OutcropCore

/// The content of one file of JSON lines.
struct JSONLinesPart {
  let file: String
  /// Graphs; features and labels are filled in by `JSONLinesDataset.read`.
  var flat = FlatGraphs()
  var nodeFeatures = JSONFeatures("node_feat")
  var nodeAttributes = JSONFeatures("node_attributes", isReal: true)
  var edgeFeatures = JSONFeatures("edge_attr")
  var edgeAttributes = JSONFeatures("edge_attributes", isReal: true)
  var labels = JSONLabels()
  private var unbacked = UnbackedNodes()
  private var byteCount = 0
  var count: Int { flat.count }

  /// Reads the file. Throws `InputError` with line and field.
  init(file: String) throws {
    self.file = file
    var blankLine = 0
    try forEachLine(of: file) { text, line in
      byteCount += text.count
      var cursor = JSONCursor(text)
      if cursor.isAtEnd() {
        if blankLine == 0 { blankLine = line }
        return
      }
      if blankLine != 0 {
        throw InputError(
          file: file, line: blankLine, found: "a blank line between lines with data",
          expected: "a graph (only the end of the file may be blank)")
      }
      var field: String?
      do {
        try takeGraph(&cursor, line, &field)
      } catch let fault as JSONFault {
        throw InputError(
          file: file, line: line, found: fault.found,
          expected: fault.expected + (field.map { " in “\($0)”" } ?? ""))
      }
    }
  }

  /// Adds the graph of a line; `field` is set to the current field, for errors.
  private mutating func takeGraph(
    _ cursor: inout JSONCursor, _ line: Int, _ field: inout String?
  ) throws {
    let firstEdge = flat.sources.count
    var nodeCount: Int?
    var rows: [Int?] = Array(repeating: nil, count: 4)
    var (hasEdges, hasLabels) = (false, false)
    func once(_ seen: Bool) throws {
      if seen { throw JSONFault(found: "the field twice", expected: "one value") }
    }
    if cursor.peek() != UInt8.openBrace { throw cursor.fault("a JSON object, one graph per line") }
    try cursor.need(.openBrace)
    if !cursor.take(.closeBrace) {
      repeat {
        let name = try cursor.string()
        try cursor.need(.colon)
        if name.matches("edge_index") {
          field = "edge_index"
          try once(hasEdges)
          hasEdges = true
          try takeEdges(&cursor)
        } else if name.matches("node_feat") {
          field = "node_feat"
          try once(rows[0] != nil)
          rows[0] = cursor.take(word: "null") ? nil : try nodeFeatures.take(&cursor, line: line)
        } else if name.matches("edge_attr") {
          field = "edge_attr"
          try once(rows[1] != nil)
          rows[1] = cursor.take(word: "null") ? nil : try edgeFeatures.take(&cursor, line: line)
        } else if name.matches("node_attributes") {
          field = "node_attributes"
          try once(rows[2] != nil)
          rows[2] = try nodeAttributes.take(&cursor, line: line)
        } else if name.matches("edge_attributes") {
          field = "edge_attributes"
          try once(rows[3] != nil)
          rows[3] = try edgeAttributes.take(&cursor, line: line)
        } else if name.matches("y") {
          field = "y"
          try once(hasLabels)
          hasLabels = true
          try labels.take(&cursor, line: line)
        } else if name.matches("num_nodes") {
          field = "num_nodes"
          try once(nodeCount != nil)
          guard case .integer(let count) = try cursor.number(), count >= 0 else {
            throw JSONFault(found: "a value of another type", expected: "an integer, 0 or more")
          }
          nodeCount = Int(count)
        } else {
          field = quoted(name)
          try cursor.skipValue()
        }
        field = nil
      } while cursor.take(.comma)
      try cursor.need(.closeBrace)
    }
    guard cursor.isAtEnd() else { throw cursor.fault("the end of the line") }
    for (name, found) in [("edge_index", hasEdges), ("y", hasLabels)] where !found {
      throw JSONFault(found: "no field “\(name)”", expected: "the field in every line")
    }
    field = "node_feat"
    try nodeFeatures.note(present: rows[0] != nil)
    field = "edge_attr"
    try edgeFeatures.note(present: rows[1] != nil)
    field = "node_attributes"
    try nodeAttributes.note(present: rows[2] != nil)
    field = "edge_attributes"
    try edgeAttributes.note(present: rows[3] != nil)
    field = "num_nodes"
    guard let nodes = nodeCount ?? rows[0] ?? rows[2] else {
      throw JSONFault(
        found: "neither “num_nodes” nor node features", expected: "one of the two fields")
    }
    let edges = flat.sources.count - firstEdge
    for (name, found, expected, unit) in [
      ("node_feat", rows[0], nodes, "node"), ("node_attributes", rows[2], nodes, "node"),
      ("edge_attr", rows[1], edges, "edge"), ("edge_attributes", rows[3], edges, "edge"),
    ] {
      field = name
      if let found, found != expected {
        throw JSONFault(
          found: "\(found) row\(found == 1 ? "" : "s")",
          expected: "\(expected), one for each \(unit),")
      }
    }
    field = "edge_index"
    if let problem = firstEnd(from: firstEdge, notBelow: nodes) {
      throw JSONFault(
        found: "node \(problem)",
        expected: nodes == 0 ? "no edge, since there is no node," : "0 ... \(nodes - 1)")
    }
    field = "num_nodes"
    let hasRows = rows[0] != nil || rows[2] != nil
    if let expected = unbacked.add(
      nodes: nodes, hasRows: hasRows, edges: edges, byteCount: byteCount)
    {
      throw JSONFault(found: "\(nodes) nodes", expected: expected)
    }
    flat.nodeOffsets.append(flat.nodeOffsets[flat.nodeOffsets.count - 1] + nodes)
    flat.edgeOffsets.append(flat.sources.count)
  }

  /// `[[sources], [destinations]]`, or `[]` for no edges.
  private mutating func takeEdges(_ cursor: inout JSONCursor) throws {
    let first = flat.sources.count
    try cursor.need(.openBracket)
    if cursor.take(.closeBracket) { return }
    try takeEnds(&cursor, &flat.sources)
    try cursor.need(.comma)
    try takeEnds(&cursor, &flat.destinations)
    guard cursor.take(.closeBracket) else { throw cursor.fault("“]” after two rows") }
    let (sources, destinations) = (flat.sources.count - first, flat.destinations.count - first)
    if sources != destinations {
      throw JSONFault(
        found: "\(sources) sources and \(destinations) destinations",
        expected: "the same number of both")
    }
  }

  private func takeEnds(_ cursor: inout JSONCursor, _ ends: inout [Int32]) throws {
    try cursor.need(.openBracket)
    if cursor.take(.closeBracket) { return }
    repeat {
      _ = cursor.peek()
      if let node = cursor.integer() {
        ends.append(node)
      } else {
        guard case .integer(let node) = try cursor.number() else {
          throw JSONFault(
            found: "a number that is not a 32-bit integer", expected: "a node's number")
        }
        ends.append(node)
      }
    } while cursor.take(.comma)
    try cursor.need(.closeBracket)
  }

  /// The first end of an edge, starting at `first`, that is not a node.
  private func firstEnd(from first: Int, notBelow count: Int) -> Int32? {
    for ends in [flat.sources, flat.destinations] {
      for index in first..<ends.count where UInt32(bitPattern: ends[index]) >= UInt32(count) {
        return ends[index]
      }
    }
    return nil
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether these are the bytes of `text`.
  fileprivate func matches(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && memcmp(baseAddress!, text.utf8Start, count) == 0
  }
}
