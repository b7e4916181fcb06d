import CZlib
import Foundation
import OutcropCore

/// A zip archive (PKWARE's APPNOTE, with zip64) for data sets and npz files: stored or deflated
/// members in one file. Encrypted archives and archives of several volumes are unsupported.
package struct ZipArchive: Sendable {
  /// One file in the archive.
  package struct Member: Sendable {
    /// The member's path with `/` between folders.
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
  /// The archive's files in the order of its directory, without folders.
  package let members: [Member]
  let file: MappedFile

  /// Reads the archive's directory. Throws `InputError` if the file is damaged, truncated, unsupported
  /// or not a zip archive, or if it contains a member twice.
  package init(path: String) throws {
    try self.init(MappedFile(path: path, keepsOpen: true), path: path)
  }

  init(_ file: MappedFile, path: String) throws {
    self.path = path
    self.file = file
    members = try file.withBytes(0..<file.count) {
      try ZipDirectory(bytes: $0, path: path).members()
    }
  }

  /// The position of the member's bytes in the archive, as stored (compressed or not).
  func content(_ member: Member) throws -> Range<Int> {
    try file.withBytes(0..<file.count) {
      try ZipDirectory(bytes: $0, path: path).content(member)
    }
  }

  /// Unpacks a member to `output`, whose folder must exist, and checks its size and CRC-32. Throws
  /// `InputError`, also if the member's path leads out of the folder in which the archive is
  /// unpacked. After an error the file may be incomplete.
  package func extract(_ member: Member, to output: String) throws {
    try checkPath(member)
    let descriptor = SystemCall.open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError.system(output, "open") }
    defer { close(descriptor) }
    try forEachPart(of: member) { part in
      var written = 0
      while written < part.count {
        let count = SystemCall.write(
          descriptor, part.baseAddress! + written, part.count - written, output)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw InputError.system(output, "write") }
        written += count
      }
    }
  }

  /// Calls `body` with consecutive parts of a member's content, and checks its size and CRC-32.
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

  /// Throws if a member's path leads out of the folder in which it is unpacked.
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

/// The content of one member as a stream. Memory use does not depend on the member's size.
///
/// Size and CRC-32 are checked at the end of the content; the bytes of a caller that stops earlier
/// are not checked.
final class ZipMemberStream {
  private let archive: ZipArchive
  private let member: ZipArchive.Member
  private var content: Range<Int>
  private let inflater: Inflater?
  private var sum = crc32(0, nil, 0)
  private var written = 0
  private var isAtEnd = false

  init(_ archive: ZipArchive, _ member: ZipArchive.Member) throws {
    self.archive = archive
    self.member = member
    content = try archive.content(member)
    inflater = member.isDeflated ? Inflater(.deflate) : nil
  }

  /// Fills `output` and returns the number of bytes, which is smaller than the buffer only at the
  /// end.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < output.count && !isAtEnd {
      let count = try part(into: UnsafeMutableRawBufferPointer(rebasing: output[filled...]))
      filled += count
      if !isAtEnd && count == 0 { throw damage("it ends too early") }
    }
    return filled
  }

  private func part(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    let count: Int
    if let inflater {
      count = try inflate(inflater, output)
    } else {
      // The size argument of `crc32` has 32 bits.
      count = try stored(UnsafeMutableRawBufferPointer(rebasing: output.prefix(1 << 30)))
      isAtEnd = content.isEmpty
    }
    written += count
    if written > member.size { throw damage("more than \(member.size) bytes") }
    sum = crc32(sum, output.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(count))
    if isAtEnd {
      if written != member.size { throw damage("\(written) bytes") }
      if UInt32(truncatingIfNeeded: sum) != member.checksum { throw damage("a different CRC-32") }
    }
    return count
  }

  /// Copies the next stored bytes of the member and returns their number: 0 at their end.
  private func stored(_ output: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(content.count, output.count)
    let part = UnsafeMutableRawBufferPointer(rebasing: output[..<count])
    try archive.file.read(at: content.lowerBound, into: part, file: archive.path)
    content = content.lowerBound + count..<content.upperBound
    return count
  }

  private func inflate(
    _ inflater: Inflater, _ output: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    do {
      let count = try inflater.read(into: output) { try stored($0) }
      isAtEnd = inflater.isAtEnd
      return count
    } catch let damage as Inflater.Damage {
      switch damage {
      case .endsTooEarly: throw self.damage("it ends too early")
      case .corrupt(let reason): throw self.damage(reason)
      }
    }
  }

  private func damage(_ found: String) -> InputError {
    InputError(
      .layout, file: archive.path, found: "damaged content of \(member.name) (\(found))",
      expected: "\(member.size) bytes with the stored CRC-32")
  }
}
