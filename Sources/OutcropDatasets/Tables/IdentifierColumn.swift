import OutcropCore

/// The names of nodes or graphs in one column: numbers, words or both.
///
/// A name is kept as a key of 64 bits: an integer is its own key, a word has the key of its number in a
/// table of words that all columns of a data set share.
final class IdentifierColumn {
  /// The keys, row after row.
  private(set) var keys: [Int64] = []
  private let names: IdentifierNames

  init(_ names: IdentifierNames) { self.names = names }

  func append(_ number: Int64) { keys.append(number) }

  func append(_ numbers: UnsafeBufferPointer<Int64>) { keys.append(contentsOf: numbers) }

  /// Appends the name that `text` is: a number, if it is written as one without leading zeros.
  func append(text: UnsafeBufferPointer<UInt8>) {
    keys.append(integer(text) ?? names.key(of: text))
  }

  /// Appends a name that is a word also where it is written as a number.
  func append(word: UnsafeBufferPointer<UInt8>) { keys.append(names.key(of: word)) }

  /// A name as it appears in a message.
  func description(of key: Int64) -> String { names.description(of: key) }
}

/// The words among the names of nodes and graphs.
final class IdentifierNames {
  private var words = WordTable()
  /// Below all integers that are their own keys.
  private static let firstWord = Int64.min

  func key(of word: UnsafeBufferPointer<UInt8>) -> Int64 {
    Self.firstWord + Int64(words.number(of: word))
  }

  func description(of key: Int64) -> String {
    guard key < -largestIdentifier else { return "\(key)" }
    return words.bytes(of: Int(key - Self.firstWord)).withUnsafeBufferPointer { quoted($0) }
  }
}

/// Numbers beyond it are taken as words.
let largestIdentifier: Int64 = 1 << 60

/// The integer that `text` is, in its usual spelling; nil for other text.
private func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
  let isNegative = text.first == 0x2D
  let digits = isNegative ? UnsafeBufferPointer(rebasing: text[1...]) : text
  guard (1...18).contains(digits.count), digits[0] != 0x30 || text.count == 1 else { return nil }
  var value: Int64 = 0
  for byte in digits {
    let digit = byte &- 0x30
    guard digit < 10 else { return nil }
    value = value * 10 + Int64(digit)
  }
  return value > largestIdentifier ? nil : isNegative ? -value : value
}

/// Numbers from 0 for keys, by (group, key).
struct KeyNumbers {
  private struct Entry {
    var group: Int32
    /// -1 where the place is free.
    var number: Int32
    var key: Int64
  }

  private var places: [Entry]
  private var count = 0

  init(capacity: Int) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    places = Array(repeating: Entry(group: 0, number: -1, key: 0), count: size)
  }

  /// The number of a key in a group; nil where it has none.
  func number(of key: Int64, in group: Int32) -> Int32? {
    let entry = places[place(of: key, group)]
    return entry.number < 0 ? nil : entry.number
  }

  /// Gives a key its number. Returns the number that it has already, if any.
  mutating func set(_ key: Int64, in group: Int32, to number: Int32) -> Int32? {
    let place = place(of: key, group)
    if places[place].number >= 0 { return places[place].number }
    places[place] = Entry(group: group, number: number, key: key)
    count += 1
    if 2 * count > places.count { grow() }
    return nil
  }

  private func place(of key: Int64, _ group: Int32) -> Int {
    let mask = places.count - 1
    var hash = (UInt64(bitPattern: key) ^ UInt64(UInt32(bitPattern: group)) << 40)
    hash = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
    var place = Int(truncatingIfNeeded: hash >> 24) & mask
    while places[place].number >= 0, places[place].key != key || places[place].group != group {
      place = (place + 1) & mask
    }
    return place
  }

  private mutating func grow() {
    let old = places
    places = Array(repeating: Entry(group: 0, number: -1, key: 0), count: 2 * old.count)
    for entry in old where entry.number >= 0 { places[place(of: entry.key, entry.group)] = entry }
  }
}
