/// Different words, numbered 0, 1, … in the order in which they first occur.
///
/// Open addressing over the words' bytes, which are stored one after the other.
struct WordTable {
  private var bytes: [UInt8] = []
  /// [words + 1] Where each word begins in `bytes`.
  private var starts = [0]
  /// Numbers of words, or -1; a power of two, at most half full.
  private var places = [Int32](repeating: -1, count: 16)

  /// The number of different words.
  var count: Int { starts.count - 1 }

  /// The word with a number.
  subscript(number: Int) -> String { String(decoding: bytes(of: number), as: UTF8.self) }

  /// The bytes of the word with a number, which may not be UTF-8.
  func bytes(of number: Int) -> ArraySlice<UInt8> { bytes[starts[number]..<starts[number + 1]] }

  /// All words in the order of their numbers.
  var words: [String] { (0..<count).map { self[$0] } }

  /// The number of a word, which is added if it is new.
  mutating func number(of word: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = places.count - 1
    var place = hash(word) & mask
    while true {
      let number = Int(places[place])
      if number < 0 { break }
      if isWord(number, word) { return number }
      place = (place + 1) & mask
    }
    let number = count
    places[place] = Int32(number)
    bytes.append(contentsOf: word)
    starts.append(bytes.count)
    if 2 * count > places.count { grow() }
    return number
  }

  private func isWord(_ number: Int, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    let (start, end) = (starts[number], starts[number + 1])
    guard end - start == word.count else { return false }
    for index in 0..<word.count where bytes[start + index] != word[index] { return false }
    return true
  }

  private mutating func grow() {
    places = [Int32](repeating: -1, count: 4 * places.count)
    let mask = places.count - 1
    for number in 0..<count {
      var place = bytes.withUnsafeBufferPointer {
        hash(UnsafeBufferPointer(rebasing: $0[starts[number]..<starts[number + 1]]))
      }
      place &= mask
      while places[place] >= 0 { place = (place + 1) & mask }
      places[place] = Int32(number)
    }
  }

  /// FNV-1a with a final mix, since only the low bits are used.
  private func hash(_ word: UnsafeBufferPointer<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash ^= hash >> 29
    return Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 20)
  }
}
