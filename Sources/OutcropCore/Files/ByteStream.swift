import Foundation

/// The bytes of a file in order, a piece at a time; a name that ends in `.gz` is decompressed on
/// the way. Memory doesn't grow with the file.
package final class ByteStream {
  package let path: String
  private let descriptor: Int32
  private var inflater: Inflater?

  /// Opens the file. Throws `InputError` when it can't be opened.
  package init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    if path.hasSuffix(".gz") { inflater = Inflater(.gzip) }
  }

  deinit { close(descriptor) }

  /// Fills the front of `buffer` and returns how many bytes it wrote: 0 only at the end of the
  /// file.
  ///
  /// Throws `InputError`, naming `line` as the place reached, when reading fails or compressed
  /// data are damaged or end too early.
  package func read(into buffer: UnsafeMutableRawBufferPointer, line: Int) throws -> Int {
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
      let count = Foundation.read(descriptor, buffer.baseAddress!, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw InputError.system(path, "read") }
    }
  }
}
