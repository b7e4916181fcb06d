import Foundation

/// The bytes of a text file in order, one block at a time, without a byte-order mark. A file whose name
/// ends in `.gz` is decompressed while it is read. Memory use does not grow with the file.
package final class ByteStream {
  package let path: String
  private let descriptor: Int32
  private var inflater: Inflater?
  private var isAtStart = true

  /// Opens the file. Throws `InputError` if it cannot be opened.
  package init(path: String) throws {
    self.path = path
    descriptor = SystemCall.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    if path.hasSuffix(".gz") { inflater = Inflater(.gzip) }
  }

  deinit { close(descriptor) }

  /// Fills the front of `buffer` and returns how many bytes it wrote: 0 only at the end of the
  /// file.
  ///
  /// Throws `InputError` with the line number `line` if reading fails, or if compressed data are damaged
  /// or end too early.
  package func read(into buffer: UnsafeMutableRawBufferPointer, line: Int) throws -> Int {
    guard isAtStart, buffer.count >= byteOrderMark.count else {
      return try readBytes(into: buffer, line: line)
    }
    isAtStart = false
    var filled = 0
    while filled < byteOrderMark.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try readBytes(into: rest, line: line)
      if count == 0 { return filled }
      filled += count
    }
    guard buffer.prefix(byteOrderMark.count).elementsEqual(byteOrderMark) else { return filled }
    filled -= byteOrderMark.count
    memmove(buffer.baseAddress!, buffer.baseAddress! + byteOrderMark.count, filled)
    return filled > 0 ? filled : try readBytes(into: buffer, line: line)
  }

  private func readBytes(into buffer: UnsafeMutableRawBufferPointer, line: Int) throws -> Int {
    guard let inflater else { return try readFile(into: buffer, line: line) }
    do {
      return try inflater.read(into: buffer) { try readFile(into: $0, line: line) }
    } catch let damage as Inflater.Damage {
      let found =
        switch damage {
        case .endsTooEarly: "compressed data that end too early"
        case .corrupt(let reason): "damaged compressed data (\(reason))"
        }
      throw InputError(file: path, line: line, found: found, expected: "a complete gzip file")
    }
  }

  private func readFile(into buffer: UnsafeMutableRawBufferPointer, line: Int) throws -> Int {
    while true {
      let count = SystemCall.read(descriptor, buffer.baseAddress!, buffer.count, path)
      if count >= 0 { return count }
      if errno != EINTR { throw InputError.system(path, "read") }
    }
  }
}

/// The mark with which some editors begin UTF-8, U+FEFF.
package let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
