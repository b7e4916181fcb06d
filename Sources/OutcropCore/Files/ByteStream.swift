import CZlib
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
    descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else {
      throw InputError(
        file: path, found: String(cString: strerror(errno)).lowercased(),
        expected: "a readable file")
    }
    if path.hasSuffix(".gz") { inflater = Inflater() }
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
      throw InputError(
        file: path, line: line, found: damage.description, expected: "a complete gzip file")
    }
  }

  private func readFile(into buffer: UnsafeMutableRawBufferPointer, line: Int) throws -> Int {
    while true {
      let count = Foundation.read(descriptor, buffer.baseAddress!, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR {
        throw InputError(
          file: path, line: line, found: String(cString: strerror(errno)).lowercased(),
          expected: "readable data")
      }
    }
  }
}

/// Decompression of gzip data (any number of members) through zlib.
private final class Inflater {
  struct Damage: Error, CustomStringConvertible { let description: String }

  private let stream: UnsafeMutablePointer<z_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var insideMember = false
  private var readAnything = false

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 is the largest window, + 16 asks for a gzip header.
    let status = inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer,
    refill: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> Int {
    stream.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(buffer.count)
    while stream.pointee.avail_out == UInt32(buffer.count) {
      if stream.pointee.avail_in == 0 {
        let count = try refill(input)
        if count == 0 {
          if insideMember || !readAnything {
            throw Damage(description: "compressed data that end too early")
          }
          return 0
        }
        stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
        readAnything = true
      }
      insideMember = true
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        insideMember = false
        inflateReset(stream)
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "unknown damage"
        throw Damage(description: "damaged compressed data (\(reason))")
      }
    }
    return buffer.count - Int(stream.pointee.avail_out)
  }
}

/// Facts about the system's zlib, which reads `.gz` files.
public enum Zlib {
  /// The version in use, such as `1.3.1`.
  public static let version = String(cString: zlibVersion())
}
