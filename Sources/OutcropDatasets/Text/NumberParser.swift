import Foundation

/// Whether a byte is a blank within a line of text: a space, a tab or CR. Other control characters, such as
/// NUL, are errors.
@inline(__always)
func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

/// Parses the numbers of a line one by one: separated by commas, with blanks around them.
struct NumberParser {
  private var cursor: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  /// Whether the last number of the line has been parsed.
  private(set) var isAtEnd = false

  /// `line` must stay valid; it is not empty.
  @inline(__always)
  init(_ line: UnsafeBufferPointer<UInt8>) {
    cursor = line.baseAddress!
    end = cursor + line.count
  }

  /// The next integer, or nil for other input or a number that does not fit in 32 bits.
  @inline(__always)
  mutating func nextInteger() -> Int32? {
    skipBlanks()
    var negative = false
    if cursor < end, cursor.pointee == minus || cursor.pointee == plus {
      negative = cursor.pointee == minus
      cursor += 1
    }
    let first = cursor
    var value: UInt64 = 0
    while cursor < end, cursor.pointee &- zero < 10 {
      value = value &* 10 &+ UInt64(cursor.pointee &- zero)
      cursor += 1
    }
    // 18 digits cannot overflow; longer numbers do not fit, unless they are padded with zeros.
    guard cursor > first, cursor - first <= 18, value <= UInt64(Int32.max), finishField() else {
      return nil
    }
    return negative ? -Int32(value) : Int32(value)
  }

  /// The next number, correctly rounded to `Float`, also `nan` or `inf`; nil for other input.
  @inline(__always)
  mutating func nextReal() -> Float? {
    skipBlanks()
    let start = cursor
    var negative = false
    if cursor < end, cursor.pointee == minus || cursor.pointee == plus {
      negative = cursor.pointee == minus
      cursor += 1
    }
    var mantissa: UInt64 = 0
    var digits = 0
    var exponent = 0
    while cursor < end, cursor.pointee &- zero < 10 {
      mantissa = mantissa &* 10 &+ UInt64(cursor.pointee &- zero)
      digits += 1
      cursor += 1
    }
    if cursor < end, cursor.pointee == point {
      cursor += 1
      while cursor < end, cursor.pointee &- zero < 10 {
        mantissa = mantissa &* 10 &+ UInt64(cursor.pointee &- zero)
        digits += 1
        exponent -= 1
        cursor += 1
      }
    }
    let isPlain = cursor == end || cursor.pointee == comma || isBlank(cursor.pointee)
    if isPlain, digits > 0, digits <= 18, mantissa < 1 << 53, exponent >= -22,
      let value = exactQuotient(mantissa, -exponent)
    {
      guard finishField() else { return nil }
      return Float(negative ? -value : value)
    }
    return slowReal(from: start)
  }

  /// Like `nextReal`, but an empty field, also one in quotes, is NaN: a missing value.
  mutating func nextRealOrMissing() -> Float? {
    skipBlanks()
    if end - cursor >= 2, cursor[0] == quote, cursor[1] == quote { cursor += 2 }
    let start = cursor
    if finishField() { return .nan }
    cursor = start
    return nextReal()
  }

  /// A decimal number with or without exponent, `nan` or `inf`, up to the next comma.
  @inline(never)
  private mutating func slowReal(from start: UnsafePointer<UInt8>) -> Float? {
    cursor = start
    while cursor < end, cursor.pointee != comma { cursor += 1 }
    var stop = cursor
    while stop > start, isBlank(stop[-1]) { stop -= 1 }
    guard stop > start, stop - start < 100 else { return nil }
    let text = String(
      decoding: UnsafeBufferPointer(start: start, count: stop - start), as: UTF8.self)
    // Swift's conversion does not depend on the locale, rounds correctly, and accepts nan and inf. It
    // also accepts hexadecimal numbers (0x10) and any text after a NUL byte, which are errors here.
    guard !text.utf8.contains(where: { $0 <= 0x20 || $0 | 0x20 == UInt8(ascii: "x") }),
      let value = Float(text), finishField()
    else { return nil }
    return value
  }

  /// Consumes blanks and a comma after a number, or the line's end. Returns false for other input.
  @inline(__always)
  private mutating func finishField() -> Bool {
    skipBlanks()
    if cursor == end {
      isAtEnd = true
      return true
    }
    if cursor.pointee != comma { return false }
    cursor += 1
    return true
  }

  @inline(__always)
  private mutating func skipBlanks() {
    while cursor < end, cursor.pointee == 0x20 || cursor.pointee == 0x09 { cursor += 1 }
  }
}

private let zero: UInt8 = 0x30
private let minus: UInt8 = 0x2D
private let plus: UInt8 = 0x2B
private let point: UInt8 = 0x2E
private let quote: UInt8 = 0x22
private let comma: UInt8 = 0x2C
