import OutcropCore

/// Whether the text of a field says that there is no value: nothing, or a word that programs write for it.
func isMissingValue(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  if text.isEmpty { return true }
  // Exact spellings: “none” may be a class, and “Na” is sodium.
  return text.count <= 4 && missingWords.contains { $0.elementsEqual(text) }
}

private let missingWords = ["NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "None"].map {
  Array($0.utf8)
}

/// An integer of at most nine digits as it is usually written.
func smallInteger(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
  let isNegative = text.first == 0x2D
  let digits = text.dropFirst(isNegative ? 1 : 0)
  guard (1...9).contains(digits.count) else { return nil }
  var value: Int32 = 0
  for byte in digits {
    guard byte &- 0x30 < 10 else { return nil }
    value = 10 * value + Int32(byte &- 0x30)
  }
  return isNegative ? -value : value
}

/// Whether the text is `word`, in small or capital letters.
func matches(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
  guard text.count == word.utf8CodeUnitCount else { return false }
  for index in 0..<text.count {
    let byte = text[index]
    let small = byte &- 0x41 < 26 ? byte | 0x20 : byte
    if small != word.utf8Start[index] { return false }
  }
  return true
}

/// A number, and whether it is an integer that a Float holds.
func parsedNumber(_ text: UnsafeBufferPointer<UInt8>) -> (value: Float, isInteger: Bool)? {
  guard (1..<100).contains(text.count) else { return nil }
  var isInteger = true
  for (index, byte) in text.enumerated() {
    switch byte {
    case 0x30...0x39: continue
    case 0x2B, 0x2D:  // + -
      if index > 0 { isInteger = false }
    case 0x2E, 0x45, 0x65: isInteger = false  // . E e
    default: return nil
    }
  }
  // Not `+5.`, `.`, or `-`.
  let value = String(decoding: text, as: UTF8.self)
  guard let number = Float(value), number.isFinite else { return nil }
  return (number, isInteger && number.magnitude <= 0x1p24)
}

/// The numbers that `text` is: two or more separated by commas, semicolons or blanks, or any number of them
/// in brackets. A number may be `nan` or, between commas, missing. Nil for other text.
func parsedVector(
  _ text: UnsafeBufferPointer<UInt8>
) -> (values: [Float], areIntegers: Bool)? {
  guard var place = text.baseAddress else { return nil }
  var end = place + text.count
  let isBracketed =
    text.count >= 2
    && ((place.pointee == 0x5B && end[-1] == 0x5D) || (place.pointee == 0x28 && end[-1] == 0x29))
  if isBracketed {
    place += 1
    end -= 1
  }
  func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2C || byte == 0x3B || isBlank(byte) }
  func skipBlanks() { while place < end, isBlank(place.pointee) { place += 1 } }
  var values: [Float] = []
  var areIntegers = true
  var hasNumber = false
  skipBlanks()
  while true {
    let start = place
    if let value = fastNumber(&place, end), place == end || isSeparator(place.pointee) {
      values.append(value.value)
      areIntegers = areIntegers && value.isInteger
      hasNumber = true
    } else {
      place = start
      while place < end, !isSeparator(place.pointee) { place += 1 }
      let token = UnsafeBufferPointer(start: start, count: place - start)
      if let number = parsedNumber(token) {
        values.append(number.value)
        areIntegers = areIntegers && number.isInteger
        hasNumber = true
      } else if token.isEmpty || matches(token, "nan") {
        values.append(.nan)
        areIntegers = false
        hasNumber = hasNumber || !token.isEmpty
      } else {
        return nil
      }
    }
    skipBlanks()
    if place == end { break }
    if place.pointee == 0x2C || place.pointee == 0x3B {
      place += 1
      skipBlanks()
    }
  }
  return hasNumber && (isBracketed || values.count > 1) ? (values, areIntegers) : nil
}

/// A plain decimal number of at most 15 digits that ends before `end`; else nil.
@inline(__always)
private func fastNumber(
  _ place: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> (value: Float, isInteger: Bool)? {
  let start = place
  guard place < end, let value = fastReal(&place), place <= end else { return nil }
  var isInteger = value.magnitude <= 0x1p24
  if isInteger {
    for byte in UnsafeBufferPointer(start: start, count: place - start) where byte == 0x2E {
      isInteger = false
    }
  }
  return (value, isInteger)
}
