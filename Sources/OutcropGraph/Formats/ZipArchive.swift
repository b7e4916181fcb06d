import CZlib
import Foundation

/// A zip archive (PKWARE's APPNOTE) as data sets are published in: members stored or deflated, in
/// one file of less than 4 GB. Zip64, encryption and several volumes are refused.
package struct ZipArchive {
  /// One file in the archive.
  package struct Member: Sendable {
    /// Its path with `/` between folders; never absolute, never with `..`.
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
  private let data: Data

  /// Reads the archive's directory. Throws `DatasetError` when it is damaged, truncated, no zip
  /// archive, of an unsupported kind, or has a member that would land outside the folder it is
  /// unpacked in, or that is there twice.
  package init(path: String) throws {
    self.path = path
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw DatasetError(
        file: path, found: error.localizedDescription, expected: "a readable zip archive")
    }
    let bytes = ZipBytes(data: data, path: path)
    let end = try bytes.endOfDirectory()
    var members: [Member] = []
    var names: Set<String> = []
    var place = end.offset
    for index in 0..<end.count {
      guard try bytes.number32(place) == 0x0201_4b50 else {
        throw bytes.damage("no entry \(index) in its directory")
      }
      let (nameLength, extra, comment) = (
        try bytes.number16(place + 28), try bytes.number16(place + 30),
        try bytes.number16(place + 32)
      )
      let name = try bytes.name(place + 46, nameLength)
      let member = try bytes.member(place, name)
      if !name.hasSuffix("/") {
        try check(name, names.insert(name).inserted, path)
        members.append(member)
      }
      place += 46 + nameLength + extra + comment
    }
    self.members = members
  }

  /// Unpacks a member to `file`, whose folder exists, and checks its size and CRC-32. Throws
  /// `DatasetError`; `file` may then be there in part.
  package func extract(_ member: Member, to file: String) throws {
    let bytes = ZipBytes(data: data, path: path)
    let start = try bytes.contentStart(member)
    guard FileManager.default.createFile(atPath: file, contents: nil),
      let output = FileHandle(forWritingAtPath: file)
    else {
      throw DatasetError(
        file: file, found: "a place that can't be written", expected: "a place to write to")
    }
    defer { try? output.close() }
    var sum = crc32(0, nil, 0)
    var written = 0
    func write(_ part: UnsafeBufferPointer<UInt8>) throws {
      written += part.count
      if written > member.size { throw damage(member, "more than \(member.size) bytes") }
      sum = crc32(sum, part.baseAddress, UInt32(part.count))
      do {
        try output.write(contentsOf: Data(buffer: part))
      } catch {
        throw DatasetError(
          file: file, found: error.localizedDescription, expected: "a place to write to")
      }
    }
    try data.withUnsafeBytes { raw in
      let content = UnsafeRawBufferPointer(rebasing: raw[start..<start + member.compressedSize])
        .bindMemory(to: UInt8.self)
      if member.isDeflated {
        try inflate(content, member, write)
      } else {
        for from in stride(from: 0, to: content.count, by: 1 << 20) {
          let part = content[from..<min(content.count, from + 1 << 20)]
          try write(UnsafeBufferPointer(rebasing: part))
        }
      }
    }
    if written != member.size { throw damage(member, "\(written) bytes") }
    if UInt32(truncatingIfNeeded: sum) != member.checksum {
      throw damage(member, "another CRC-32")
    }
  }

  private func damage(_ member: Member, _ found: String) -> DatasetError {
    DatasetError(
      file: path, found: "damaged content of \(member.name) (\(found))",
      expected: "\(member.size) bytes that fit their CRC-32")
  }

  private func inflate(
    _ content: UnsafeBufferPointer<UInt8>, _ member: Member,
    _ write: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    var stream = z_stream()
    // Negative: the bare deflate format.
    guard
      inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw damage(member, "no memory to unpack it") }
    defer { inflateEnd(&stream) }
    let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 18)
    defer { output.deallocate() }
    stream.next_in = UnsafeMutablePointer(mutating: content.baseAddress)
    stream.avail_in = UInt32(content.count)
    while true {
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      let status = CZlib.inflate(&stream, Z_NO_FLUSH)
      let count = output.count - Int(stream.avail_out)
      if count > 0 {
        try write(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(output)[..<count]))
      }
      if status == Z_STREAM_END { return }
      if status != Z_OK || (count == 0 && stream.avail_in == 0) {
        throw damage(member, stream.msg.map { String(cString: $0) } ?? "it ends too early")
      }
    }
  }
}

/// Throws when a member's path leads out of the folder it is unpacked in, or is there twice.
private func check(_ name: String, _ isNew: Bool, _ path: String) throws {
  let parts = name.split(separator: "/", omittingEmptySubsequences: false)
  let isOdd =
    parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
    || name.unicodeScalars.contains { $0.value < 0x20 || $0 == "\\" || $0 == ":" }
  if isOdd || !isNew {
    throw DatasetError(
      file: path,
      found: isOdd ? "a member named \(name.debugDescription)" : "\(name) twice",
      expected: "members with paths below one folder, each once")
  }
}

/// Little-endian numbers in an archive.
private struct ZipBytes {
  let data: Data
  let path: String

  func damage(_ found: String) -> DatasetError {
    DatasetError(file: path, found: found, expected: "a complete zip archive")
  }

  func number16(_ place: Int) throws -> Int {
    guard place >= 0, place + 2 <= data.count else { throw damage("an end in the middle") }
    return Int(data[place]) | Int(data[place + 1]) << 8
  }

  func number32(_ place: Int) throws -> Int {
    try number16(place) | number16(place + 2) << 16
  }

  func name(_ place: Int, _ length: Int) throws -> String {
    guard place + length <= data.count else { throw damage("an end in the middle") }
    guard let name = String(validating: data[place..<place + length], as: UTF8.self) else {
      throw damage("a member's name that is not UTF-8")
    }
    return name
  }

  /// Where the directory begins and how many entries it has, from the record at the archive's end.
  func endOfDirectory() throws -> (offset: Int, count: Int) {
    guard data.count >= 22 else {
      throw damage(data.isEmpty ? "an empty file" : "\(data.count) bytes")
    }
    // A comment of up to 65535 bytes may follow the record.
    var place = data.count - 22
    while try number32(place) != 0x0605_4b50 {
      place -= 1
      if place < 0 || place < data.count - 22 - 65535 {
        let begins = data.prefix(2).elementsEqual([0x50, 0x4B])
        let start = Array(data.prefix(30))
        throw damage(
          begins
            ? "a zip archive without its end"
            : "no zip archive (it begins \(start.withUnsafeBufferPointer { quoted($0) }))")
      }
    }
    let (disk, count, size, offset) = (
      try number16(place + 4), try number16(place + 10), try number32(place + 12),
      try number32(place + 16)
    )
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      throw damage("a zip64 archive, which this program doesn't read")
    }
    if disk != 0 { throw damage("one volume of several") }
    if offset + size > place { throw damage("a directory beyond its end") }
    return (offset, count)
  }

  func member(_ place: Int, _ name: String) throws -> ZipArchive.Member {
    let (flags, method) = (try number16(place + 8), try number16(place + 10))
    let (compressed, size, offset) = (
      try number32(place + 20), try number32(place + 24), try number32(place + 42)
    )
    if [compressed, size, offset].contains(0xFFFF_FFFF) {
      throw damage("a zip64 archive, which this program doesn't read")
    }
    if flags & 1 != 0 { throw damage("an encrypted member \(name)") }
    if method != 0, method != 8 {
      throw damage("\(name) compressed by method \(method), not stored or deflated")
    }
    return ZipArchive.Member(
      name: name, size: size, compressedSize: compressed,
      checksum: UInt32(try number32(place + 16)), isDeflated: method == 8, headerOffset: offset)
  }

  /// Where a member's content begins; it lies inside the archive.
  func contentStart(_ member: ZipArchive.Member) throws -> Int {
    let place = member.headerOffset
    guard try number32(place) == 0x0403_4b50 else {
      throw damage("no member where \(member.name) should be")
    }
    let start = try place + 30 + number16(place + 26) + number16(place + 28)
    guard start + member.compressedSize <= data.count else {
      throw damage("the end inside \(member.name)")
    }
    return start
  }
}
