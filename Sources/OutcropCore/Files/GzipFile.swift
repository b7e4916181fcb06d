import CZlib
import Foundation

/// A gzip file that is written member by member. It appears under its name when
/// `finish` returns.
package final class GzipFile {
  private var file: AtomicFile?
  private var byteCount = 0

  /// Starts the file. Throws `InputError`.
  package init(_ path: String) throws { file = try AtomicFile(path: path) }

  /// Appends a member made by `gzipMember`.
  package func append(_ member: [UInt8]) throws {
    try member.withUnsafeBytes { try file?.write($0, at: byteCount) }
    byteCount += member.count
  }

  /// Makes the file durable and visible. No member may follow.
  package func finish() throws { try file.take()?.commit() }
}

/// The bytes as one gzip member. A file may contain several members: they decompress to their
/// contents in order. Level 1 is zlib's fastest.
package func gzipMember(_ bytes: [UInt8], level: Int32 = 1) throws -> [UInt8] {
  var stream = z_stream()
  // 15 is the largest window, + 16 asks for a gzip header.
  let status = deflateInit2_(
    &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  guard status == Z_OK else {
    throw InputError(file: "gzip", found: "zlib's status \(status)", expected: "enough memory")
  }
  defer { deflateEnd(&stream) }
  var input = bytes
  let bound = Int(deflateBound(&stream, UInt(bytes.count))) + 32
  return input.withUnsafeMutableBufferPointer { input in
    [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(bound)
      let status = deflate(&stream, Z_FINISH)
      precondition(status == Z_STREAM_END, "gzipMember: deflateBound was too small")
      count = bound - Int(stream.avail_out)
    }
  }
}
