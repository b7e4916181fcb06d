/// Parses rows of integers from `cursor` while they have the common form (`12,-3, 4` and a line
/// end), stores them in `values`, and returns the number of rows. Leaves `cursor` at the first line
/// of another form.
///
/// The byte before `end` is LF, and 8 bytes from `end` can be read.
func fastIntegerRows(
  _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ columns: Int,
  _ values: UnsafeMutablePointer<Int32>
) -> Int {
  if columns == 1 { return fastIntegerColumn(&cursor, end, values) }
  var rows = 0
  var start = cursor
  var output = values
  rows: while start < end {
    var byte = start
    var column = 0
    while column < columns {
      // Four fields of one digit at a time, except the last fields of a row.
      while column + 4 < columns, let digits = fourDigits(byte, between: 0x2C) {
        store(digits, output + column)
        column += 4
        byte += 8
      }
      guard let value = fastInteger(&byte) else { break rows }
      output[column] = value
      column += 1
      if column < columns {
        guard byte.pointee == comma else { break rows }
        byte += 1
        if byte.pointee == blank { byte += 1 }
      }
    }
    if byte.pointee == carriageReturn { byte += 1 }
    guard byte.pointee == newline else { break }
    start = byte + 1
    output += columns
    rows += 1
  }
  cursor = start
  return rows
}

private func fastIntegerColumn(
  _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>,
  _ values: UnsafeMutablePointer<Int32>
) -> Int {
  var rows = 0
  var start = cursor
  while start < end {
    if end - start >= 8, let digits = fourDigits(start, between: newline) {
      store(digits, values + rows)
      rows += 4
      start += 8
      continue
    }
    var byte = start
    guard let value = fastInteger(&byte) else { break }
    if byte.pointee == carriageReturn { byte += 1 }
    guard byte.pointee == newline else { break }
    values[rows] = value
    rows += 1
    start = byte + 1
  }
  cursor = start
  return rows
}

/// Like `fastIntegerRows` for decimal numbers of at most 15 digits without exponent; an empty field
/// is NaN if `mayBeMissing`.
func fastRealRows(
  _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, columns: Int,
  _ values: UnsafeMutablePointer<Float>, _ mayBeMissing: Bool
) -> Int {
  var rows = 0
  var start = cursor
  var output = values
  rows: while start < end {
    var byte = start
    var column = 0
    while column < columns {
      if let value = fastReal(&byte) {
        output[column] = value
      } else if mayBeMissing, columns > 1,
        byte.pointee == (column + 1 < columns ? comma : newline)
      {
        output[column] = .nan
      } else {
        break rows
      }
      column += 1
      if column < columns {
        guard byte.pointee == comma else { break rows }
        byte += 1
        if byte.pointee == blank { byte += 1 }
      }
    }
    if byte.pointee == carriageReturn { byte += 1 }
    guard byte.pointee == newline, byte > start else { break }
    start = byte + 1
    output += columns
    rows += 1
  }
  cursor = start
  return rows
}

/// An integer of at most 9 digits, or nil. The caller checks the byte after it. The text must end
/// with a byte that is not a digit.
@inline(__always)
private func fastInteger(_ byte: inout UnsafePointer<UInt8>) -> Int32? {
  var digit = byte.pointee &- zero
  let negative = digit == minus &- zero
  if negative {
    byte += 1
    digit = byte.pointee &- zero
  }
  guard digit < 10 else { return nil }
  let first = byte
  var value: UInt32 = 0
  repeat {
    value = value &* 10 &+ UInt32(digit)
    byte += 1
    digit = byte.pointee &- zero
  } while digit < 10
  guard byte - first <= 9 else { return nil }
  return negative ? -Int32(bitPattern: value) : Int32(bitPattern: value)
}

/// A number without exponent, or nil; then `byte` is unchanged.
@inline(__always)
func fastReal(_ byte: inout UnsafePointer<UInt8>) -> Float? {
  var place = byte
  let negative = place.pointee == minus
  if negative { place += 1 }
  var mantissa: UInt64 = 0
  var digit = place.pointee &- zero
  let first = place
  while digit < 10 {
    mantissa = mantissa &* 10 &+ UInt64(digit)
    place += 1
    digit = place.pointee &- zero
  }
  var digits = place - first
  var decimals = 0
  if place.pointee == point {
    place += 1
    let fraction = place
    digit = place.pointee &- zero
    while digit < 10 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      place += 1
      digit = place.pointee &- zero
    }
    decimals = place - fraction
    digits += decimals
  }
  guard digits > 0, digits <= 15, let value = exactQuotient(mantissa, decimals) else { return nil }
  byte = place
  return Float(negative ? -value : value)
}

/// mantissa / 10^decimals as a Double that rounds to the correct Float, or nil if that is not
/// certain.
@inline(__always)
func exactQuotient(_ mantissa: UInt64, _ decimals: Int) -> Double? {
  // Both factors are exact, so the quotient is the correctly rounded Double.
  let value = Double(mantissa) / powersOfTen[decimals]
  // Rounding twice is wrong only from a Double halfway between two Floats.
  let rest = value.bitPattern & 0x1FFF_FFFF
  return value == 0 || (value > 1e-30 && value < 1e30 && rest != 0x1000_0000) ? value : nil
}

/// The digits of four one-digit fields in 8 bytes, each followed by `separator`; nil for other
/// input. The digits are in the lowest byte of each 16 bits.
@inline(__always)
func fourDigits(_ bytes: UnsafePointer<UInt8>, between separator: UInt8) -> UInt64? {
  let word = UInt64(
    littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
  let separators = UInt64(separator) &* 0x0100_0100_0100_0100
  let digits = (word & 0x00FF_00FF_00FF_00FF) ^ 0x0030_0030_0030_0030
  // Adding 0x76 carries 10 ... 0x7F into bit 7, where larger bytes have a bit already.
  let odd = ((digits &+ 0x0076_0076_0076_0076) | digits) & 0x0080_0080_0080_0080
  return word & 0xFF00_FF00_FF00_FF00 == separators && odd == 0 ? digits : nil
}

@inline(__always)
private func store(_ digits: UInt64, _ values: UnsafeMutablePointer<Int32>) {
  values[0] = Int32(truncatingIfNeeded: digits & 0xFF)
  values[1] = Int32(truncatingIfNeeded: (digits >> 16) & 0xFF)
  values[2] = Int32(truncatingIfNeeded: (digits >> 32) & 0xFF)
  values[3] = Int32(truncatingIfNeeded: digits >> 48)
}

private let zero: UInt8 = 0x30
private let minus: UInt8 = 0x2D
private let point: UInt8 = 0x2E
private let comma: UInt8 = 0x2C
private let blank: UInt8 = 0x20
private let newline: UInt8 = 0x0A
private let carriageReturn: UInt8 = 0x0D

/// 10⁰ ... 10²², all exact.
let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]
