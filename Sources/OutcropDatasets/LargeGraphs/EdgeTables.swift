import Foundation
import OutcropCore
import OutcropGraph

/// Readers of the large files in the layout of ogbn-proteins: `edge.csv` and `edge-feat.csv`.
///
/// Lines in the common form are parsed byte by byte. `NumberParser` parses all other lines, with
/// blanks, signs and exponents, or throws.
enum EdgeTables {
  /// Both ends of every edge, in the file's order. Throws `InputError` unless there are
  /// `edgeCount` lines of two nodes in 0 ..< `nodeCount`.
  static func ends(_ file: String, nodeCount: Int, edgeCount: Int) throws -> [Adjacency.Ends] {
    let rows = RowCount(count: edgeCount, unit: "edge of num-edge-list")
    var result: [Adjacency.Ends] = []
    // The stated count is not trusted until that many lines have been read.
    result.reserveCapacity(min(edgeCount, plausibleLines(file)))
    var lines = LineCounter(file: file)
    let limit = UInt32(nodeCount)
    try forEachPiece(of: file) { piece in
      var cursor = piece.baseAddress!
      let end = cursor + piece.count
      while cursor < end {
        let start = cursor
        if result.count < edgeCount, !lines.hasBlank,
          let first = number(&cursor, end, comma), let second = number(&cursor, end, lineFeed),
          first < limit, second < limit
        {
          result.append(.init(Int32(bitPattern: first), Int32(bitPattern: second)))
          lines.count += 1
          continue
        }
        cursor = start
        guard let line = try lines.next(&cursor, end) else { continue }
        try rows.check(lines.count, file)
        var parser = NumberParser(line)
        guard let first = parser.nextInteger(), !parser.isAtEnd, let second = parser.nextInteger(),
          parser.isAtEnd
        else { throw wrongRow(file, line, lines.count, 2, .node) }
        for node in [first, second] where node < 0 || Int(node) >= nodeCount {
          throw InputError(
            file: file, line: lines.count, found: "node \(node)", expected: "0 ..< \(nodeCount)")
        }
        result.append(.init(first, second))
      }
    }
    try rows.checkEnd(lines.count, file)
    return result
  }

  /// Passes scores in thousandths to `write`, in order.
  ///
  /// Returns the number of columns, or nil if a score is not k/1000 for an integer k in 0 ...
  /// 65535. Then the file must be read as numbers. Throws `InputError` unless there are `edgeCount`
  /// lines with as many finite numbers in each as in the first.
  static func thousandths(
    _ file: String, edgeCount: Int, write: ([UInt16]) throws -> Void
  ) throws -> Int? {
    struct NotThousandths: Error {}
    var columns = 0
    do {
      try scores(file, edgeCount: edgeCount, columns: &columns, fast: thousandthsLine, write: write)
      {
        let value = $0 * 1000
        let rounded = value.rounded()
        guard rounded >= 0, rounded <= 65535, rounded / 1000 == $0 else { throw NotThousandths() }
        return UInt16(rounded)
      }
    } catch is NotThousandths {
      return nil
    }
    return columns
  }

  /// Passes scores as numbers to `write`; otherwise like `thousandths(_:edgeCount:write:)`.
  static func reals(
    _ file: String, edgeCount: Int, write: ([Float]) throws -> Void
  ) throws -> Int {
    var columns = 0
    try scores(
      file, edgeCount: edgeCount, columns: &columns, fast: { _, _, _, _ in false }, write: write
    ) { $0 }
    return columns
  }

  private static func scores<Score>(
    _ file: String, edgeCount: Int, columns: inout Int,
    fast: (inout UnsafePointer<UInt8>, UnsafePointer<UInt8>, Int, inout [Score]) -> Bool,
    write: ([Score]) throws -> Void, convert: (Float) throws -> Score
  ) throws {
    let rows = RowCount(count: edgeCount, unit: "edge of num-edge-list")
    var lines = LineCounter(file: file)
    var batch: [Score] = []
    try forEachPiece(of: file) { piece in
      batch.removeAll(keepingCapacity: true)
      var cursor = piece.baseAddress!
      let end = cursor + piece.count
      while cursor < end {
        let start = cursor
        if columns > 0, lines.count < edgeCount, !lines.hasBlank,
          fast(&cursor, end, columns, &batch)
        {
          lines.count += 1
          continue
        }
        cursor = start
        guard let line = try lines.next(&cursor, end) else { continue }
        try rows.check(lines.count, file)
        var parser = NumberParser(line)
        var found = 0
        repeat {
          guard let value = parser.nextReal(), value.isFinite else {
            throw wrongRow(file, line, lines.count, columns, .finiteNumber)
          }
          batch.append(try convert(value))
          found += 1
        } while !parser.isAtEnd
        if lines.count == 1 { columns = found }
        if found != columns {
          throw wrongRow(file, line, lines.count, columns, .finiteNumber)
        }
      }
      try write(batch)
    }
    try rows.checkEnd(lines.count, file)
  }

  /// A line of numbers with at most three decimals, ended by LF. False, with nothing appended, for
  /// any other line.
  private static func thousandthsLine(
    _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ columns: Int,
    _ scores: inout [UInt16]
  ) -> Bool {
    let before = scores.count
    var position = cursor
    for column in 0..<columns {
      var value: UInt32 = 0
      let start = position
      while position < end, position.pointee &- zero < 10, position - start < 3 {
        value = value * 10 + UInt32(position.pointee &- zero)
        position += 1
      }
      var isNumber = position > start
      value *= 1000
      if position < end, position.pointee == point {
        position += 1
        var unit: UInt32 = 100
        while position < end, position.pointee &- zero < 10, unit > 0 {
          value += UInt32(position.pointee &- zero) * unit
          unit /= 10
          position += 1
          isNumber = true
        }
      }
      let stop = column == columns - 1 ? lineFeed : comma
      guard isNumber, value <= 65535, position < end, position.pointee == stop else {
        scores.removeLast(scores.count - before)
        return false
      }
      position += 1
      scores.append(UInt16(truncatingIfNeeded: value))
    }
    cursor = position
    return true
  }

  /// Up to nine digits and the byte after them. Nil for other input; then the position of the
  /// cursor is undefined.
  @inline(__always)
  private static func number(
    _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ stop: UInt8
  ) -> UInt32? {
    let start = cursor
    var value: UInt32 = 0
    while cursor < end, cursor.pointee &- zero < 10 {
      value = value &* 10 &+ UInt32(cursor.pointee &- zero)
      cursor += 1
    }
    guard cursor > start, cursor - start <= 9, cursor < end, cursor.pointee == stop else {
      return nil
    }
    cursor += 1
    return value
  }

  /// An upper bound of the number of lines in the file: gzip expands a byte to at most 1032, and a line
  /// has at least two bytes.
  private static func plausibleLines(_ file: String) -> Int {
    let size = fileSize(file)
    return file.hasSuffix(".gz") ? size * 516 : size / 2
  }
}

/// Counts lines, and ignores blank lines at the end of the file as `RowScanner` does.
private struct LineCounter {
  let file: String
  /// The number of lines that are not blank.
  var count = 0
  var hasBlank = false

  init(file: String) { self.file = file }

  /// Takes the line at the cursor; nil if it is blank. A line after a blank one is an error.
  mutating func next(
    _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) throws -> UnsafeBufferPointer<UInt8>? {
    let start = cursor
    let found = memchr(start, Int32(lineFeed), end - start).map {
      UnsafePointer($0.assumingMemoryBound(to: UInt8.self))
    }
    var length = (found ?? end) - start
    cursor = found.map { $0 + 1 } ?? end
    while length > 0, isBlank(start[length - 1]) { length -= 1 }
    if length == 0 {
      hasBlank = true
      return nil
    }
    if hasBlank {
      throw InputError(
        file: file, line: count + 1, found: "a blank line between lines with data",
        expected: "data (only the end of the file may be blank)")
    }
    count += 1
    return UnsafeBufferPointer(start: start, count: length)
  }
}

private let zero = UInt8(ascii: "0")
private let point = UInt8(ascii: ".")
private let comma = UInt8(ascii: ",")
private let lineFeed = UInt8(ascii: "\n")
