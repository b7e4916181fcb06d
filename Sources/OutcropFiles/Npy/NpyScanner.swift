import OutcropCore

/// Scans the Python dict literal of an npy header: exactly the keys descr, fortran_order and shape,
/// with a string, a bool and a tuple of whole numbers.
struct NpyScanner {
  let file: String
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  struct Fields {
    var descr: String
    var isFortranOrder: Bool
    var shape: [Int]
  }

  mutating func dictionary() throws -> Fields {
    var descr: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try expect("{", "'{' of the header")
    while !skip("}") {
      let key = try string("a key in quotes or '}'")
      try expect(":", "':' after the key \(quoted(key))")
      switch key {
      case "descr" where descr == nil:
        if peek() == UInt8(ascii: "[") {
          throw InputError.unread(
            file: file, found: "a structured type as descr",
            expected: "a plain type such as '<f4'")
        }
        descr = try string("the descr in quotes")
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
      case "shape" where shape == nil: shape = try tuple()
      case "descr", "fortran_order", "shape":
        throw malformed("each key once", found: "a second \(quoted(key))")
      default:
        throw malformed("descr, fortran_order or shape", found: "the key \(quoted(key))")
      }
      if !skip(",") {
        try expect("}", "',' or '}' in the header")
        break
      }
    }
    if peek() != nil { throw malformed("nothing but white space after the header's dict") }
    guard let descr, let isFortranOrder, let shape else {
      let missing = descr == nil ? "descr" : shape == nil ? "shape" : "fortran_order"
      throw malformed("descr, fortran_order and shape", found: "no \(missing)")
    }
    return Fields(descr: descr, isFortranOrder: isFortranOrder, shape: shape)
  }

  private func malformed(_ expected: String, found: String? = nil) -> InputError {
    let here =
      found
      ?? (position < bytes.count ? quoted(byte: bytes[position]) : "the end of the header")
    return InputError(
      .malformed, file: file, found: "\(here) at byte \(position) of the header",
      expected: expected)
  }

  /// The next byte that is not white space, without consuming it.
  private mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: String) throws {
    guard skip(character) else { throw malformed(what) }
  }

  /// A quoted string of printable ASCII without escapes, which is enough for plain arrays.
  private mutating func string(_ what: String) throws -> String {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw malformed(what)
    }
    position += 1
    var text = ""
    while position < bytes.count, bytes[position] != quote {
      let byte = bytes[position]
      guard (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\") else {
        throw malformed("printable ASCII in a string")
      }
      text.unicodeScalars.append(Unicode.Scalar(byte))
      position += 1
    }
    guard position < bytes.count else { throw malformed("a closing quote") }
    position += 1
    return text
  }

  private mutating func boolean() throws -> Bool {
    _ = peek()
    for (word, value) in [("True", true), ("False", false)] {
      let end = position + word.utf8.count
      if end <= bytes.count, bytes[position..<end].elementsEqual(word.utf8) {
        position = end
        return value
      }
    }
    throw malformed("True or False for fortran_order")
  }

  private mutating func tuple() throws -> [Int] {
    try expect("(", "'(' of the shape")
    var extents: [Int] = []
    var hasComma = false
    while !skip(")") {
      guard extents.count < ArrayShape.maximumRank else {
        throw malformed("at most \(ArrayShape.maximumRank) extents", found: "one more")
      }
      extents.append(try number())
      guard skip(",") else {
        try expect(")", "',' or ')' in the shape")
        break
      }
      hasComma = true
    }
    // (3) is a number in Python, not a tuple.
    if extents.count == 1 && !hasComma { throw malformed("a tuple: '(\(extents[0]),)'") }
    return extents
  }

  /// Decimal digits. Python 2 wrote an L after large numbers.
  private mutating func number() throws -> Int {
    _ = peek()
    let start = position
    var value = 0
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int(bytes[position] - 0x30))
      if overflow || carry {
        position = start
        throw malformed("an extent in digits", found: "a number above \(Int.max)")
      }
      value = sum
      position += 1
    }
    if position == start { throw malformed("an extent in digits") }
    if bytes[start] == 0x30 && position - start > 1 {
      position = start
      throw malformed("an extent in digits", found: "a number with a leading zero")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: "L") { position += 1 }
    return value
  }
}
