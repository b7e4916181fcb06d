import OutcropCore

/// Random changes of a file's bytes, which depend on the form of the file.
struct Mutation {
  enum Form { case table, json, safetensors, npy, binary }

  var random: RandomGenerator

  private static let numbers = [
    "-1", "0", "1", "2", "7", "1.5", "1e39", "-1e-46", "nan", "inf", "-Infinity", "NaN", "0x10",
    "1e999",
    "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "1000000000000", "00", "+1", "1.", ".5", "1e5", "99999999999999999999",
    "null", "true", "\"1\"", "[]", "{}", "", " ", "\t", "\0", "\u{FEFF}", "é", "1\r",
  ].map { Array($0.utf8) }
  private static let usual = Array("0123456789,.-+ \n\r\t[]{}\"eEna:()'L\\/".utf8)
  private static let powers: [UInt64] = [
    0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x1_0000_0000, 0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 1_000_000_000_000,
  ]

  mutating func below(_ count: Int) -> Int { random.below(count) }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// One change, or sometimes two or three.
  mutating func change(_ bytes: [UInt8], _ form: Form) -> [UInt8] {
    var bytes = bytes
    for _ in 0...(below(4) == 0 ? 1 + below(2) : 0) {
      if below(3) == 0 || bytes.isEmpty {
        changeByte(&bytes)
        continue
      }
      switch form {
      case .table: changeField(&bytes)
      case .json: changeToken(&bytes)
      case .safetensors: changeSafetensors(&bytes)
      case .npy: changeNpy(&bytes)
      case .binary: changeWord(&bytes)
      }
    }
    return bytes
  }

  private mutating func changeByte(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = [pick(Self.usual)]
      return
    }
    let place = below(bytes.count)
    switch below(7) {
    case 0: bytes[place] ^= 1 << UInt8(below(8))
    case 1: bytes[place] = UInt8(below(256))
    case 2: bytes[place] = pick(Self.usual)
    case 3: bytes.insert(pick(Self.usual), at: place)
    case 4: bytes.remove(at: place)
    case 5: bytes.removeLast(bytes.count - place)
    default:
      let end = min(bytes.count, place + 1 + below(40))
      bytes.insert(contentsOf: bytes[place..<end], at: place)
    }
  }

  /// Replaces a random number of 1, 2, 4 or 8 bytes.
  private mutating func changeWord(_ bytes: inout [UInt8], below limit: Int? = nil) {
    let size = 1 << below(4)
    let room = min(limit ?? bytes.count, bytes.count) - size
    guard room >= 0 else { return changeByte(&bytes) }
    let (place, value) = (below(room + 1), pick(Self.powers))
    for index in 0..<size { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
  }

  /// The ranges of text between separators, and those of the separators.
  private func pieces(_ bytes: [UInt8], _ separators: [UInt8]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for (place, byte) in bytes.enumerated() where separators.contains(byte) {
      if place > start { result.append(start..<place) }
      result.append(place..<place + 1)
      start = place + 1
    }
    if start < bytes.count { result.append(start..<bytes.count) }
    return result
  }

  private mutating func change(_ bytes: inout [UInt8], at pieces: [Range<Int>]) {
    guard !pieces.isEmpty else { return changeByte(&bytes) }
    let piece = pick(pieces)
    switch below(8) {
    case 0: bytes.removeSubrange(piece)
    case 1: bytes.insert(contentsOf: bytes[piece], at: piece.lowerBound)
    case 2...4:
      let other = Array(bytes[pick(pieces)])
      bytes.replaceSubrange(piece, with: other)
    default: bytes.replaceSubrange(piece, with: pick(Self.numbers))
    }
  }

  private mutating func changeField(_ bytes: inout [UInt8]) {
    // Whole lines now and then.
    let separators: [UInt8] = below(4) == 0 ? [0x0A] : [0x0A, 0x2C, 0x3D]
    change(&bytes, at: pieces(bytes, separators))
  }

  private mutating func changeToken(_ bytes: inout [UInt8]) {
    change(&bytes, at: pieces(bytes, Array("[]{},:\" \n".utf8)))
  }

  /// Changes the header as JSON, and usually corrects its length.
  private mutating func changeSafetensors(_ bytes: inout [UInt8]) {
    guard bytes.count > 8, below(4) > 0 else { return changeWord(&bytes, below: 16) }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * $1) }
    guard length <= UInt64(bytes.count - 8) else { return changeByte(&bytes) }
    var header = Array(bytes[8..<8 + Int(length)])
    changeToken(&header)
    bytes.replaceSubrange(8..<8 + Int(length), with: header)
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: header.count >> (8 * index)) }
  }

  private mutating func changeNpy(_ bytes: inout [UInt8]) {
    guard bytes.count > 10, below(4) > 0 else { return changeWord(&bytes, below: 12) }
    let length = Int(bytes[8]) | Int(bytes[9]) << 8
    guard length <= bytes.count - 10 else { return changeByte(&bytes) }
    var header = Array(bytes[10..<10 + length])
    change(&header, at: pieces(header, Array("(){},:' ".utf8)))
    guard header.count < 1 << 16 else { return }
    bytes.replaceSubrange(10..<10 + length, with: header)
    bytes[8] = UInt8(header.count & 0xff)
    bytes[9] = UInt8(header.count >> 8)
  }
}
