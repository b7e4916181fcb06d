import CZlib

/// Decompression through zlib, one block at a time: the members of a gzip file, or one raw deflate
/// stream, as in zip archives. Memory use does not grow with the data. For one thread at a time.
package final class Inflater {
  package enum Format: Sendable {
    /// Any number of gzip members. As `gzip` does, zeros after the last member are ignored.
    case gzip
    /// The bare deflate format (RFC 1951).
    case deflate
  }

  /// The reason why data cannot be decompressed.
  package enum Damage: Error {
    /// The input ends inside a member or stream.
    case endsTooEarly
    /// The input breaks the format; zlib's reason.
    case corrupt(String)
  }

  /// Whether all data have been returned.
  package private(set) var isAtEnd = false

  private let format: Format
  private let stream: UnsafeMutablePointer<z_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  private var inputHasEnded = false
  private var isInsideMember = false
  private var finishedMembers = 0
  private var isInPadding = false

  package init(_ format: Format) {
    self.format = format
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 is the largest window; + 16 asks for a gzip header, a negative number for none.
    let window: Int32 = format == .gzip ? 15 + 16 : -15
    let status = inflateInit2_(
      stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    require(status == Z_OK, "Inflater: no memory for zlib")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Writes decompressed bytes to the front of `output` and returns their number, which is 0 only at
  /// the end of the data.
  ///
  /// - Parameter refill: Fills the front of a buffer with compressed bytes and returns their number,
  ///   which is 0 only at their end.
  /// - Throws: `Damage`, and what `refill` throws.
  package func read(
    into output: UnsafeMutableRawBufferPointer,
    refill: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> Int {
    // zlib counts in 32 bits.
    let room = UInt32(min(output.count, 1 << 30))
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = room
    while stream.pointee.avail_out == room, room > 0, !isAtEnd {
      if stream.pointee.avail_in == 0, !inputHasEnded {
        let count = try refill(input)
        inputHasEnded = count == 0
        stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
      }
      if format == .gzip, !isInsideMember, finishedMembers > 0 {
        try skipPadding()
        if stream.pointee.avail_in == 0 {
          isAtEnd = inputHasEnded
          continue
        }
      }
      isInsideMember = true
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK: break
      case Z_BUF_ERROR:
        // No progress although the output has room: input is missing.
        if inputHasEnded { throw Damage.endsTooEarly }
      case Z_STREAM_END:
        isInsideMember = false
        finishedMembers += 1
        if format == .gzip { inflateReset(stream) } else { isAtEnd = true }
      case let status:
        throw Damage.corrupt(
          stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
      }
    }
    return Int(room - stream.pointee.avail_out)
  }

  /// Skips the zeros after a gzip member, after which only zeros may follow.
  private func skipPadding() throws {
    while stream.pointee.avail_in > 0 {
      if stream.pointee.next_in.pointee != 0 {
        if isInPadding { throw Damage.corrupt("data after zeros behind the last member") }
        return
      }
      isInPadding = true
      stream.pointee.next_in += 1
      stream.pointee.avail_in -= 1
    }
  }
}

/// Facts about the system's zlib, which reads `.gz` files.
public enum Zlib {
  /// The version in use, such as `1.3.1`.
  public static let version = String(cString: zlibVersion())
}
