import OutcropCore

/// Reads a zip archive's directory and the positions of its members.
struct ZipDirectory {
  let bytes: UnsafeRawBufferPointer
  let path: String

  /// The files of the archive, without folders. Throws if a name occurs twice.
  func members() throws -> [ZipArchive.Member] {
    let directory = try directory()
    var members: [ZipArchive.Member] = []
    var names: Set<String> = []
    var place = directory.offset
    for index in 0..<directory.count {
      guard try number(place, 4) == 0x0201_4b50 else {
        throw damage("no entry \(index) in its directory")
      }
      let (nameLength, extra, comment) = (
        try number(place + 28, 2), try number(place + 30, 2), try number(place + 32, 2)
      )
      let name = try name(place + 46, nameLength)
      let member = try member(place, name, extra: place + 46 + nameLength, extra)
      if !name.hasSuffix("/") {
        guard names.insert(name).inserted else {
          throw InputError(
            .name, file: path, found: "\(name) twice", expected: "each member once")
        }
        members.append(member)
      }
      place += 46 + nameLength + extra + comment
    }
    return members
  }

  /// The position of a member's content in the archive.
  func content(_ member: ZipArchive.Member) throws -> Range<Int> {
    let place = member.headerOffset
    guard try number(place, 4) == 0x0403_4b50 else {
      throw damage("no member where \(member.name) should be")
    }
    let start = try place + 30 + number(place + 26, 2) + number(place + 28, 2)
    guard start <= bytes.count, member.compressedSize <= bytes.count - start else {
      throw damage("the end inside \(member.name)")
    }
    return start..<start + member.compressedSize
  }

  private func damage(_ found: String) -> InputError {
    InputError(.layout, file: path, found: found, expected: "a complete zip archive")
  }

  /// The little-endian number of `size` bytes (2, 4 or 8) at `place`.
  private func number(_ place: Int, _ size: Int) throws -> Int {
    guard place >= 0, place <= bytes.count - size else { throw damage("an early end") }
    var value: UInt64 = 0
    for index in 0..<size { value |= UInt64(bytes[place + index]) << (8 * index) }
    guard let number = Int(exactly: value) else { throw damage("the number \(value)") }
    return number
  }

  private func name(_ place: Int, _ length: Int) throws -> String {
    guard place + length <= bytes.count else { throw damage("an early end") }
    guard let name = String(validating: bytes[place..<place + length], as: UTF8.self) else {
      throw damage("a member's name that is not UTF-8")
    }
    return name
  }

  private func member(
    _ place: Int, _ name: String, extra: Int, _ extraLength: Int
  ) throws -> ZipArchive.Member {
    let (flags, method) = (try number(place + 8, 2), try number(place + 10, 2))
    var sizes = [
      try number(place + 24, 4), try number(place + 20, 4), try number(place + 42, 4),
    ]
    let large = sizes.indices.filter { sizes[$0] == 0xFFFF_FFFF }
    if !large.isEmpty {
      // Numbers that do not fit in 32 bits are in the zip64 field, in this order.
      var field = try zip64(name, extra..<extra + extraLength)
      for index in large {
        guard field.count >= 8 else { throw damage("no zip64 sizes of \(name)") }
        sizes[index] = try number(field.lowerBound, 8)
        field = field.lowerBound + 8..<field.upperBound
      }
    }
    if flags & 1 != 0 { throw unsupported("an encrypted member \(name)") }
    if method != 0, method != 8 {
      throw unsupported("\(name) compressed by method \(method), not stored or deflated")
    }
    if method == 0, sizes[0] != sizes[1] {
      throw damage("\(name) stored, of \(sizes[0]) bytes in \(sizes[1])")
    }
    // Deflate expands one byte to at most 1032 bytes, so a larger size is invalid.
    if method == 8, sizes[0] / 1032 > sizes[1] {
      throw damage("\(name) of \(sizes[0]) bytes, deflated to \(sizes[1])")
    }
    return ZipArchive.Member(
      name: name, size: sizes[0], compressedSize: sizes[1],
      checksum: UInt32(try number(place + 16, 4)), isDeflated: method == 8, headerOffset: sizes[2])
  }

  private func unsupported(_ found: String) -> InputError {
    InputError(
      .unsupported, file: path, found: found, expected: "members stored or deflated",
      hint: "write the archive again in one file, without encryption")
  }

  /// The content of the zip64 field among a member's extra fields.
  private func zip64(_ name: String, _ extra: Range<Int>) throws -> Range<Int> {
    var place = extra.lowerBound
    while place + 4 <= extra.upperBound {
      let (kind, length) = (try number(place, 2), try number(place + 2, 2))
      let field = place + 4..<place + 4 + length
      guard field.upperBound <= extra.upperBound else { break }
      if kind == 1 { return field }
      place = field.upperBound
    }
    throw damage("no zip64 sizes of \(name)")
  }

  /// The position and the number of entries of the directory, from the records at the archive's
  /// end.
  private func directory() throws -> (offset: Int, count: Int) {
    guard bytes.count >= 22 else {
      throw damage(bytes.isEmpty ? "an empty file" : "\(bytes.count) bytes")
    }
    // A comment of up to 65535 bytes may follow the record.
    var place = bytes.count - 22
    while try number(place, 4) != 0x0605_4b50 {
      place -= 1
      if place < 0 || place < bytes.count - 22 - 65535 {
        let begins = bytes.prefix(2).elementsEqual([0x50, 0x4B])
        throw damage(
          begins
            ? "a zip archive without its end"
            : "no zip archive (it begins \(beginning()))")
      }
    }
    var (disk, count, size, offset) = (
      try number(place + 4, 2), try number(place + 10, 2), try number(place + 12, 4),
      try number(place + 16, 4)
    )
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      guard place >= 20, try number(place - 20, 4) == 0x0706_4b50 else {
        throw damage("no zip64 record")
      }
      place = try number(place - 12, 8)
      guard try number(place, 4) == 0x0606_4b50 else { throw damage("no zip64 record") }
      (disk, count, size, offset) = (
        try number(place + 16, 4), try number(place + 32, 8), try number(place + 40, 8),
        try number(place + 48, 8)
      )
    }
    if disk != 0 { throw unsupported("one volume of several") }
    guard offset <= place, size <= place - offset else {
      throw damage("a directory beyond its end")
    }
    return (offset, count)
  }

  /// The archive's first bytes as they appear in a message.
  private func beginning() -> String {
    var text = ""
    for byte in bytes.prefix(30) {
      if (0x20..<0x7f).contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16)
        text += "\\x" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return "“" + text + "”"
  }
}
