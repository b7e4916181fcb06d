import OutcropCore

/// An error in a line of JSON, before file and line are known.
struct JSONFault: Error {
  let found: String
  let expected: String
}

/// A position in JSON: in one line, or in a text of several. The text ends with LF, which no string
/// contains, and at least `TextBlocks.padding` bytes after it can be read.
struct JSONCursor {
  private(set) var place: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>

  /// `line` includes its LF.
  init(_ line: UnsafeBufferPointer<UInt8>) {
    place = line.baseAddress!
    end = place + line.count - 1
  }

  /// The next byte that is no blank (space, tab, CR, or LF between lines); LF at the end.
  @inline(__always)
  mutating func peek() -> UInt8 {
    while isBlank(place.pointee) || place.pointee == 0x0A, place < end { place += 1 }
    return place.pointee
  }

  /// Whether only blanks are left.
  mutating func isAtEnd() -> Bool {
    _ = peek()
    return place == end
  }

  /// Consumes `byte` if it is next.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    place += 1
    return true
  }

  /// Consumes `byte`, or throws if it is not next.
  @inline(__always)
  mutating func need(_ byte: UInt8) throws {
    if !take(byte) { throw fault("“\(Character(Unicode.Scalar(byte)))”") }
  }

  /// The error for input other than `expected` at the current position.
  func fault(_ expected: String) -> JSONFault {
    var copy = self
    if copy.isAtEnd() { return JSONFault(found: "the end of the line", expected: expected) }
    return JSONFault(
      found: quoted(UnsafeBufferPointer(start: copy.place, count: min(24, end - copy.place))),
      expected: expected)
  }

  /// The bytes of a string between its quotes, without resolving escapes.
  mutating func string() throws -> UnsafeBufferPointer<UInt8> {
    try need(.quote)
    let start = place
    while place < end, place.pointee != .quote, place.pointee != 0x0A {
      // An escaped quote does not end the string.
      place += place.pointee == backslash && place + 1 < end ? 2 : 1
    }
    guard place < end, place.pointee == .quote else {
      throw JSONFault(found: "an unterminated string", expected: "“\"”")
    }
    place += 1
    return UnsafeBufferPointer(start: start, count: place - 1 - start)
  }

  /// Consumes a word such as `null` if it is next.
  mutating func take(word: StaticString) -> Bool {
    _ = peek()
    let count = word.utf8CodeUnitCount
    guard end - place >= count else { return false }
    for index in 0..<count where place[index] != word.utf8Start[index] { return false }
    place += count
    return true
  }

  /// Skips a value of any type. Throws if it is not JSON or nested deeper than 64.
  mutating func skipValue(depth: Int = 0) throws {
    guard depth < 64 else { throw JSONFault(found: "deep nesting", expected: "at most 64 levels") }
    switch peek() {
    case .quote: _ = try string()
    case .openBrace:
      place += 1
      if take(.closeBrace) { return }
      repeat {
        _ = try string()
        try need(.colon)
        try skipValue(depth: depth + 1)
      } while take(.comma)
      try need(.closeBrace)
    case .openBracket:
      place += 1
      if take(.closeBracket) { return }
      repeat { try skipValue(depth: depth + 1) } while take(.comma)
      try need(.closeBracket)
    default:
      // The last three are not JSON, but Python writes them.
      for word in ["null", "true", "false", "NaN", "Infinity", "-Infinity"] as [StaticString]
      where take(word: word) { return }
      _ = try number()
    }
  }

  /// An integer token of 32 bits or a real one.
  enum Number {
    case integer(Int32)
    /// Written with a point, an exponent, or too long for 32 bits.
    case real(Float, isInteger: Bool)
  }

  /// Consumes a number.
  @inline(__always)
  mutating func number() throws -> Number {
    _ = peek()
    if let value = integer() { return .integer(value) }
    return try slowNumber()
  }

  /// Consumes an integer of at most 9 digits if it is next, without blanks before it.
  @inline(__always)
  mutating func integer() -> Int32? {
    var byte = place
    let negative = byte.pointee == minus
    if negative { byte += 1 }
    let first = byte
    var digit = byte.pointee &- zero
    var value: UInt32 = 0
    while digit < 10 {
      value = value &* 10 &+ UInt32(digit)
      byte += 1
      digit = byte.pointee &- zero
    }
    let next = byte.pointee
    guard byte > first, byte - first <= 9, next != point, next | 0x20 != UInt8(ascii: "e") else {
      return nil
    }
    place = byte
    return negative ? -Int32(bitPattern: value) : Int32(bitPattern: value)
  }

  @inline(never)
  private mutating func slowNumber() throws -> Number {
    let start = place
    var byte = start
    if let value = fastReal(&byte), byte.pointee | 0x20 != UInt8(ascii: "e") {
      let text = UnsafeBufferPointer(start: start, count: byte - start)
      // Without a point it is a long integer, which is handled below.
      if text.contains(point), byte[-1] != point, start[start[0] == minus ? 1 : 0] != point {
        place = byte
        return .real(value, isInteger: false)
      }
    }
    var stop = start
    while stop < end, numberBytes.contains(stop.pointee) { stop += 1 }
    let text = String(
      decoding: UnsafeBufferPointer(start: start, count: min(stop - start, 400)), as: UTF8.self)
    guard stop - start < 400, let first = text.utf8.first(where: { $0 != minus }),
      first &- zero < 10, let value = Float(text)
    else { throw fault("a number") }
    place = stop
    let isInteger = text.utf8.allSatisfy { $0 == minus || $0 &- zero < 10 }
    if isInteger, let small = Int32(text) { return .integer(small) }
    return .real(value, isInteger: isInteger)
  }
}

extension UInt8 {
  static var openBracket: UInt8 { 0x5B }
  static var closeBracket: UInt8 { 0x5D }
  static var openBrace: UInt8 { 0x7B }
  static var closeBrace: UInt8 { 0x7D }
  static var comma: UInt8 { 0x2C }
  static var colon: UInt8 { 0x3A }
  static var quote: UInt8 { 0x22 }
}

private let backslash = UInt8(ascii: "\\")
private let minus = UInt8(ascii: "-")
private let zero = UInt8(ascii: "0")
private let point = UInt8(ascii: ".")
private let numberBytes = Set("+-.0123456789eE".utf8)
