import CZlib
import Foundation
import OutcropCore

/// A zip archive (PKWARE's APPNOTE, with zip64) as data sets and npz files are published in:
/// members stored or deflated, in one file. Encryption and several volumes are refused.
package struct ZipArchive: Sendable {
  /// One file in the archive.
  package struct Member: Sendable {
    /// Its path with `/` between folders.
    package let name: String
    /// Bytes before compression.
    package let size: Int
    let compressedSize: Int
    let checksum: UInt32
    let isDeflated: Bool
    let headerOffset: Int
  }

  /// The archive's path.
  package let path: String
  /// Its files in the order of its directory; folders are left out.
  package let members: [Member]
  let file: FileBytes

  /// Reads the archive's directory. Throws `InputError` when it is damaged, truncated, no zip
  /// archive, of an unsupported kind, or has a member twice.
  package init(path: String) throws {
    try self.init(FileBytes(path: path, keepsOpen: true), path: path)
  }

  init(_ file: FileBytes, path: String) throws {
    self.path = path
    self.file = file
    members = try file.withBytes(0..<file.count) {
      try ZipDirectory(bytes: $0, path: path).members()
    }
  }

  /// The member's bytes in the archive, compressed or not.
  func content(_ member: Member) throws -> Range<Int> {
    try file.withBytes(0..<file.count) {
      try ZipDirectory(bytes: $0, path: path).content(member)
    }
  }

  /// Unpacks a member to `output`, whose folder exists, and checks its size and CRC-32. Throws
  /// `InputError`, also when the member's path leads out of the folder that the archive is
  /// unpacked in; the file may then be there in part.
  package func extract(_ member: Member, to output: String) throws {
    try checkPath(member)
    guard FileManager.default.createFile(atPath: output, contents: nil),
      let handle = FileHandle(forWritingAtPath: output)
    else {
      throw InputError(
        .system, file: output, found: "a place that can't be written",
        expected: "a place to write to")
    }
    defer { try? handle.close() }
    try forEachPart(of: member) { part in
      do {
        try handle.write(contentsOf: part)
      } catch {
        throw InputError(
          .system, file: output, found: error.localizedDescription,
          expected: "a place to write to")
      }
    }
  }

  /// Hands out a member's content in order, a part at a time, and checks its size and CRC-32.
  func forEachPart(of member: Member, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let stream = try ZipMemberStream(self, member)
    let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { part.deallocate() }
    while true {
      let count = try stream.read(into: part)
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: part[..<count]))
    }
  }

  /// Throws when a member's path leads out of the folder it is unpacked in.
  private func checkPath(_ member: Member) throws {
    let isOdd =
      member.name.split(separator: "/", omittingEmptySubsequences: false)
      .contains { $0.isEmpty || $0 == "." || $0 == ".." }
      || member.name.unicodeScalars.contains { $0.value < 0x20 || $0 == "\\" || $0 == ":" }
    if isOdd {
      throw InputError(
        .name, file: path, found: "a member named \(member.name.debugDescription)",
        expected: "members with paths below one folder")
    }
  }
}

/// The content of one member in order. Memory doesn't grow with the member.
///
/// The end of the content is where size and CRC-32 are checked: whoever stops earlier has unchecked
/// bytes.
final class ZipMemberStream {
  private let archive: ZipArchive
  private let member: ZipArchive.Member
  private var content: Range<Int>
  private let stream: UnsafeMutablePointer<z_stream>?
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  private var sum = crc32(0, nil, 0)
  private var written = 0
  private var isAtEnd = false

  init(_ archive: ZipArchive, _ member: ZipArchive.Member) throws {
    self.archive = archive
    self.member = member
    content = try archive.content(member)
    guard member.isDeflated else {
      stream = nil
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    self.stream = stream
    // Negative: the bare deflate format.
    let status = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    require(status == Z_OK, "ZipMemberStream: no memory for zlib")
  }

  deinit {
    if let stream {
      inflateEnd(stream)
      stream.deallocate()
    }
    input.deallocate()
  }

  /// Fills `output` and returns the number of bytes written: fewer than it holds only at the end.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < output.count && !isAtEnd {
      // zlib counts in 32 bits.
      let rest = output[filled..<min(output.count, filled + 1 << 30)]
      let count = try part(into: UnsafeMutableRawBufferPointer(rebasing: rest))
      filled += count
      if !isAtEnd && count == 0 { throw damage("it ends too early") }
    }
    return filled
  }

  private func part(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    let count: Int
    if let stream {
      count = try inflate(stream, output)
    } else {
      count = min(content.count, output.count)
      let part = UnsafeMutableRawBufferPointer(rebasing: output[..<count])
      try archive.file.read(at: content.lowerBound, into: part, file: archive.path)
      content = content.lowerBound + count..<content.upperBound
      isAtEnd = content.isEmpty
    }
    written += count
    if written > member.size { throw damage("more than \(member.size) bytes") }
    sum = crc32(sum, output.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(count))
    if isAtEnd {
      if written != member.size { throw damage("\(written) bytes") }
      if UInt32(truncatingIfNeeded: sum) != member.checksum { throw damage("another CRC-32") }
    }
    return count
  }

  private func inflate(
    _ stream: UnsafeMutablePointer<z_stream>, _ output: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(output.count)
    while stream.pointee.avail_out > 0 {
      if stream.pointee.avail_in == 0 && !content.isEmpty {
        let count = min(content.count, input.count)
        let part = UnsafeMutableRawBufferPointer(rebasing: input[..<count])
        try archive.file.read(at: content.lowerBound, into: part, file: archive.path)
        content = content.lowerBound + count..<content.upperBound
        stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
      }
      let status = CZlib.inflate(stream, Z_NO_FLUSH)
      if status == Z_STREAM_END {
        isAtEnd = true
        break
      }
      if status == Z_BUF_ERROR && content.isEmpty { throw damage("it ends too early") }
      if status != Z_OK && status != Z_BUF_ERROR {
        throw damage(stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
      }
    }
    return output.count - Int(stream.pointee.avail_out)
  }

  private func damage(_ found: String) -> InputError {
    InputError(
      .layout, file: archive.path, found: "damaged content of \(member.name) (\(found))",
      expected: "\(member.size) bytes that fit their CRC-32")
  }
}
