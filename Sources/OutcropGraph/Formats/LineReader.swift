import Foundation

/// Calls `body` with every line of a text file and its 1-based number; returns the number of lines.
///
/// Lines end in LF or CRLF; white space at a line's end is left out. Blank lines may only end the
/// file: one in the middle is an error. Reads in pieces of fixed size and keeps no more than the
/// longest line. Throws `DatasetError`, also for a file without a single byte.
func forEachLine(
  of path: String, _ body: (UnsafeBufferPointer<UInt8>, Int) throws -> Void
) throws -> Int {
  let stream = try ByteStream(path: path)
  var capacity = 1 << 18
  var buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
  defer { buffer.deallocate() }
  var kept = 0  // bytes of an unfinished line at the buffer's front
  var line = 0
  var blankLine = 0
  var total = 0

  func finish(_ start: UnsafePointer<UInt8>, _ length: Int) throws {
    line += 1
    var length = length
    while length > 0, start[length - 1] <= 0x20 { length -= 1 }
    if length == 0 {
      if blankLine == 0 { blankLine = line }
      return
    }
    if blankLine != 0 {
      throw DatasetError(
        file: path, line: blankLine, found: "a blank line in the middle",
        expected: "data (only the end of the file may be blank)")
    }
    try body(UnsafeBufferPointer(start: start, count: length), line)
  }

  while true {
    if kept == capacity {
      guard capacity < longestLine else {
        throw DatasetError(
          file: path, line: line + 1, found: "a line of more than \(capacity) bytes",
          expected: "shorter lines")
      }
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
      larger.update(from: buffer, count: kept)
      buffer.deallocate()
      buffer = larger
      capacity *= 2
    }
    let count = try stream.read(
      into: UnsafeMutableRawBufferPointer(start: buffer + kept, count: capacity - kept),
      line: line + 1)
    total += count
    if count == 0 { break }
    let end = kept + count
    var start = 0
    var searched = kept
    while let newline = memchr(buffer + searched, 0x0A, end - searched) {
      let position = UnsafeRawPointer(newline) - UnsafeRawPointer(buffer)
      try finish(buffer + start, position - start)
      start = position + 1
      searched = start
    }
    kept = end - start
    memmove(buffer, buffer + start, kept)
  }
  if total == 0 {
    throw DatasetError(file: path, line: 1, found: "an empty file", expected: "data")
  }
  if kept > 0 { try finish(buffer, kept) }
  return blankLine == 0 ? line : blankLine - 1
}

/// No sensible text has longer lines; a file that does is not text.
private let longestLine = 1 << 26
