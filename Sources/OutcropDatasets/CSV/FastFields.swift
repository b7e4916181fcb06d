// Fields of the usual form: plain numbers that the separator or the line end follows at once. The parsers return
// nil for every other field, which `CSVTable` then takes with all rules of quotes and blanks.
import OutcropCore

/// A number of a node or graph in its usual spelling, if the separator follows; moves `place` behind it.
@inline(__always)
func fastIdentifier(_ place: inout UnsafePointer<UInt8>, _ stop: UInt8) -> Int64? {
  var next = place
  var value: Int64 = 0
  while next.pointee &- zero < 10, next - place < 16 {
    value = value &* 10 &+ Int64(next.pointee &- zero)
    next += 1
  }
  // A number with zeros before it is a word.
  let isUsual = next - place == 1 || (next > place && place.pointee != zero)
  if stop == lineFeed, next.pointee == carriageReturn { next += 1 }
  guard isUsual, next.pointee == stop else { return nil }
  place = next + 1
  return value
}

/// An integer of at most 9 digits, if the separator follows; moves `place` behind it.
@inline(__always)
func fastInteger(_ place: inout UnsafePointer<UInt8>, _ stop: UInt8) -> Int32? {
  var next = place
  let isNegative = next.pointee == minus
  if isNegative { next += 1 }
  let first = next
  var value: Int32 = 0
  while next.pointee &- zero < 10, next - first < 9 {
    value = value &* 10 &+ Int32(next.pointee &- zero)
    next += 1
  }
  guard next > first else { return nil }
  if stop == lineFeed, next.pointee == carriageReturn { next += 1 }
  guard next.pointee == stop else { return nil }
  place = next + 1
  return isNegative ? -value : value
}

private let minus = UInt8(ascii: "-")
private let zero = UInt8(ascii: "0")
private let lineFeed: UInt8 = 0x0A
private let carriageReturn: UInt8 = 0x0D

/// Whether an unquoted field may be one number with a decimal comma or a list of two numbers: one comma between
/// digits, and nothing but a number on its sides.
func mayBeDecimalComma(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  guard let place = text.firstIndex(of: UInt8(ascii: ",")), place > 0, place + 1 < text.count,
    text[place - 1] &- zero < 10, text[place + 1] &- zero < 10
  else { return false }
  return parsedNumber(UnsafeBufferPointer(rebasing: text[..<place])) != nil
    && parsedNumber(UnsafeBufferPointer(rebasing: text[(place + 1)...])) != nil
}
