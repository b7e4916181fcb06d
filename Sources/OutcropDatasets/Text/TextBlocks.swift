import Foundation
import OutcropCore

/// A text file in pieces of whole lines, decompressed while it is read if its name ends in `.gz`.
///
/// Memory use is that of one piece, or of the longest line if that is longer.
final class TextBlocks {
  let path: String
  private let stream: ByteStream
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity = 1 << 18
  /// The bytes after the last whole line are `rest ..< end` of the buffer.
  private var rest = 0
  private var end = 0
  private var isEmpty = true
  private var isFinished = false

  /// The number of bytes after the text of a piece that may be read, so that loops can load words.
  static let padding = 16

  /// Opens the file. Throws `InputError` if it cannot be opened.
  init(path: String) throws {
    self.path = path
    stream = try ByteStream(path: path)
    buffer = Self.memory(capacity)
    buffer.initialize(repeating: 0, count: capacity + TextBlocks.padding)
  }

  deinit { free(buffer) }

  private static func memory(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
    OutOfMemory.allocate(UInt8.self, count: capacity + padding, for: "the text of a file")
  }

  /// The next whole lines, each with its LF (the last line of a file gets one if it has none), or
  /// nil at the end. The bytes are valid until the next call.
  ///
  /// Throws `InputError` with the line number `line` for damage, and for an empty file unless
  /// `mayBeEmpty`.
  func next(line: Int, mayBeEmpty: Bool = false) throws -> UnsafeBufferPointer<UInt8>? {
    if isFinished { return nil }
    memmove(buffer, buffer + rest, end - rest)
    end -= rest
    rest = 0
    while true {
      if end == capacity { try grow(line) }
      let count = try stream.read(
        into: UnsafeMutableRawBufferPointer(start: buffer + end, count: capacity - end),
        line: line)
      if count == 0 { return try finish(line, mayBeEmpty) }
      isEmpty = false
      let searched = end
      end += count
      var last = end - 1
      while last >= searched, buffer[last] != 0x0A { last -= 1 }
      if last >= searched {
        rest = last + 1
        return UnsafeBufferPointer(start: buffer, count: rest)
      }
    }
  }

  private func finish(_ line: Int, _ mayBeEmpty: Bool) throws -> UnsafeBufferPointer<UInt8>? {
    isFinished = true
    if isEmpty, !mayBeEmpty {
      throw InputError(file: path, line: 1, found: "an empty file", expected: "data")
    }
    if end == 0 { return nil }
    buffer[end] = 0x0A
    return UnsafeBufferPointer(start: buffer, count: end + 1)
  }

  private func grow(_ line: Int) throws {
    guard capacity < longestLine else {
      throw InputError(
        file: path, line: line, found: "a line of more than \(capacity) bytes",
        expected: "shorter lines")
    }
    let larger = Self.memory(capacity * 2)
    larger.initialize(repeating: 0, count: capacity * 2 + TextBlocks.padding)
    larger.update(from: buffer, count: end)
    free(buffer)
    buffer = larger
    capacity *= 2
  }
}

/// Calls `body` with each line of a text file, with its LF, and the line's number from 1. The bytes are valid until
/// `body` returns, and `TextBlocks.padding` bytes after them can be read.
///
/// Throws `InputError` as `TextBlocks` does, and the errors of `body`.
func forEachLine(
  of file: String, mayBeEmpty: Bool = false,
  _ body: (UnsafeBufferPointer<UInt8>, Int) throws -> Void
) throws {
  let blocks = try TextBlocks(path: file)
  var line = 0
  while let block = try blocks.next(line: line + 1, mayBeEmpty: mayBeEmpty) {
    var start = block.baseAddress!
    let end = start + block.count
    while start < end {
      let newline = memchr(start, 0x0A, end - start)!.assumingMemoryBound(to: UInt8.self)
      let text = UnsafeBufferPointer(start: start, count: UnsafePointer(newline) + 1 - start)
      start += text.count
      line += 1
      try body(text, line)
    }
  }
}

/// A file with longer lines is not considered text.
private let longestLine = 1 << 26

/// An upper bound of the number of values in a text file, from the file's size. It limits the memory that
/// is reserved before the values are read, so that a wrong count in another file cannot reserve too much.
func largestValueCount(_ file: String) -> Int {
  let size = fileSize(file)
  // A value takes a byte and a separator; deflate shrinks by a factor of 1032 at most.
  return file.hasSuffix(".gz") ? size * 516 : size / 2 + 1
}

/// The size of a file in bytes; 0 if it cannot be determined.
func fileSize(_ file: String) -> Int {
  var status = stat()
  return stat(file, &status) == 0 ? Int(status.st_size) : 0
}
