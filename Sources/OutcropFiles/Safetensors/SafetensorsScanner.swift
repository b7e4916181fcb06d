import OutcropCore

/// Scans the JSON of a safetensors header, which consists of objects, strings and whole numbers.
///
/// A general parser would hide duplicate keys, round large numbers and recurse into nested arrays.
/// This scanner has no recursion and copies nothing larger than the string that it returns.
struct SafetensorsScanner {
  let file: String
  /// The tensor being read, named in errors.
  var tensor: String?
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// The error for input other than `expected` at the current position.
  func malformed(_ expected: String, found: String? = nil) -> InputError {
    let here =
      found
      ?? (position < bytes.count ? quoted(byte: bytes[position]) : "the end of the header")
    return InputError(
      .malformed, file: file, field: tensor,
      found: "\(here) at byte \(position) of the header", expected: expected)
  }

  /// The next byte that is not JSON white space, without consuming it.
  private mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  /// Consumes `byte` after white space.
  mutating func expect(_ byte: UInt8, _ what: @autoclosure () -> String) throws {
    guard peek() == byte else { throw malformed(what()) }
    position += 1
  }

  /// Consumes `byte` if it comes next after white space.
  mutating func skip(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  /// Throws unless only white space is left.
  mutating func expectEnd() throws {
    if peek() != nil { throw malformed("nothing but spaces after the header's object") }
  }

  /// Calls `member` for each key of an object, after the colon. `member` consumes the value.
  mutating func object(
    _ what: String, member: (inout SafetensorsScanner, String) throws -> Void
  ) throws {
    try expect(UInt8(ascii: "{"), "'{' of \(what)")
    if skip(UInt8(ascii: "}")) { return }
    while true {
      let key = try string("a key of \(what) in quotes")
      try expect(UInt8(ascii: ":"), "':' after the key \(quoted(key))")
      try member(&self, key)
      if skip(UInt8(ascii: "}")) { return }
      try expect(UInt8(ascii: ","), "',' or '}' in \(what)")
    }
  }

  /// An array of whole numbers, at most `limit` long.
  mutating func numbers(_ what: @autoclosure () -> String, limit: Int) throws -> [Int] {
    try expect(UInt8(ascii: "["), "'[' of \(what())")
    var result: [Int] = []
    if skip(UInt8(ascii: "]")) { return result }
    while true {
      guard result.count < limit else {
        throw malformed("at most \(limit) numbers in \(what())", found: "one more number")
      }
      result.append(try number("a whole number ≥ 0 in \(what())"))
      if skip(UInt8(ascii: "]")) { return result }
      try expect(UInt8(ascii: ","), "',' or ']' in \(what())")
    }
  }

  /// A whole number that consists of digits: no sign, leading zero, fraction or exponent.
  private mutating func number(_ what: @autoclosure () -> String) throws -> Int {
    guard let first = peek(), isDigit(first) else { throw malformed(what()) }
    let start = position
    var value = 0
    while position < bytes.count, isDigit(bytes[position]) {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int(bytes[position] - 0x30))
      if overflow || carry {
        position = start
        throw malformed(what(), found: "a number above \(Int.max)")
      }
      value = sum
      position += 1
    }
    if first == 0x30 && position - start > 1 {
      position = start
      throw malformed(what(), found: "a number with a leading zero")
    }
    if position < bytes.count, [0x2e, 0x45, 0x65].contains(bytes[position]) {
      throw malformed(what())
    }
    return value
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// A JSON string with escapes replaced. Throws if it is not UTF-8.
  mutating func string(_ what: @autoclosure () -> String) throws -> String {
    try expect(UInt8(ascii: "\""), what())
    let start = position
    var hasEscape = false
    scan: while true {
      guard position < bytes.count else { throw malformed("'\"' at the end of \(what())") }
      switch bytes[position] {
      case UInt8(ascii: "\""): break scan
      case UInt8(ascii: "\\"):
        hasEscape = true
        position += 2
      case 0..<0x20: throw malformed("no bare control character in \(what())")
      default: position += 1
      }
    }
    let content = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    let text: String?
    if hasEscape {
      text = String(validating: try unescaped(start..<position, what()), as: UTF8.self)
    } else {
      text = String(validating: content, as: UTF8.self)
    }
    guard let text else {
      position = start
      throw malformed("UTF-8", found: "a string that is not UTF-8")
    }
    position += 1
    return text
  }

  private mutating func unescaped(_ range: Range<Int>, _ what: @autoclosure () -> String) throws
    -> [UInt8]
  {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    let end = range.upperBound
    position = range.lowerBound
    while position < end {
      guard bytes[position] == UInt8(ascii: "\\") else {
        result.append(bytes[position])
        position += 1
        continue
      }
      position += 2
      switch bytes[position - 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
        result.append(bytes[position - 1])
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0c)
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "r"): result.append(0x0d)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "u"):
        var code = UInt32(try hexUnit(end))
        if (0xd800..<0xdc00).contains(code), position + 1 < end,
          bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        {
          position += 2
          let low = UInt32(try hexUnit(end))
          guard (0xdc00..<0xe000).contains(low) else {
            throw malformed("a low surrogate after a high one in \(what())")
          }
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else {
          throw malformed("no lone surrogate in \(what())")
        }
        result.append(contentsOf: UTF8.encode(scalar)!)
      default:
        position -= 1
        throw malformed("a JSON escape after '\\' in \(what())")
      }
    }
    return result
  }

  /// The four hexadecimal digits of a \u escape.
  private mutating func hexUnit(_ end: Int) throws -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard position < end, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw malformed("four hexadecimal digits after '\\u'") }
      value = (value << 4) | UInt16(digit)
      position += 1
    }
    return value
  }
}
