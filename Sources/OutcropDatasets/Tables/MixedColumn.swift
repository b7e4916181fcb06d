import OutcropCore

/// A value that does not fit its column, before file and line are known.
struct ColumnFault: Error {
  let found: String
  let expected: String
}

/// The values of one column, collected row by row: integers until the first other number, numbers until
/// the first word; each row one value, or a vector of as many as in the first row.
///
/// A missing row is `missingInteger`, NaN, or the code -1 in each of its values.
final class MixedColumn {
  enum Kind { case empty, integers, reals, words }

  static let missingInteger = Int32.min

  let name: String
  private(set) var kind = Kind.empty
  /// The values of a row; 0 before the first value.
  private(set) var width = 0
  private(set) var rowCount = 0
  private(set) var missingCount = 0
  private(set) var firstMissingRow: Int?
  /// The row of the first number that is not an integer.
  private(set) var firstRealRow: Int?
  private(set) var integers: [Int32] = []
  private(set) var reals: [Float] = []
  /// Numbers of the words.
  private(set) var codes: [Int32] = []
  private(set) var words = WordTable()
  /// Whether numbers became words, which may have been spelled in another way.
  private(set) var hasLostSpellings = false
  /// Whether every value is a word as it is spelled, also one that is a number; then only `append(word:)` and
  /// `appendMissing` are called.
  let hasWordsOnly: Bool

  init(_ name: String, hasWordsOnly: Bool = false) {
    (self.name, self.hasWordsOnly) = (name, hasWordsOnly)
  }

  // MARK: One value

  /// Appends rows of one integer each to a column of such rows; none is `missingInteger`.
  func append(integers values: UnsafeBufferPointer<Int32>) {
    integers.append(contentsOf: values)
    rowCount += values.count
  }

  /// Appends rows of one number each to a column of such rows.
  func append(reals values: UnsafeBufferPointer<Float>) {
    reals.append(contentsOf: values)
    rowCount += values.count
  }

  /// Appends an integer.
  func append(_ value: Int32) throws {
    if value == Self.missingInteger { return try append(Float(value)) }
    switch kind {
    case .words:
      var text = "\(value)"
      text.withUTF8 { append(code: $0) }
    case .reals:
      try begin(1, "\(value)")
      reals.append(Float(value))
      rowCount += 1
    case .empty, .integers:
      try begin(1, "\(value)")
      kind = .integers
      integers.append(value)
      rowCount += 1
    }
  }

  /// Appends a finite number.
  func append(_ value: Float) throws {
    if kind == .words {
      var text = Self.word(value)
      return text.withUTF8 { append(code: $0) }
    }
    try begin(1, "\(value)")
    becomeReals()
    reals.append(value)
    rowCount += 1
  }

  /// Appends a word.
  func append(word: UnsafeBufferPointer<UInt8>) throws {
    if kind != .words {
      if width > 1 {
        throw ColumnFault(
          found: quoted(word), expected: "\(width) numbers, as in the first row,")
      }
      width = 1
      becomeWords()
    }
    append(code: word)
  }

  private func append(code word: UnsafeBufferPointer<UInt8>) {
    codes.append(Int32(words.number(of: word)))
    rowCount += 1
  }

  /// Appends a row without a value.
  func appendMissing() {
    if missingCount == 0 { firstMissingRow = rowCount }
    missingCount += 1
    rowCount += 1
    switch kind {
    case .empty: break
    case .integers: for _ in 0..<width { integers.append(Self.missingInteger) }
    case .reals: for _ in 0..<width { reals.append(.nan) }
    case .words: codes.append(-1)
    }
  }

  /// Makes all rows before `row` that are not there missing ones.
  func fill(to row: Int) { while rowCount < row { appendMissing() } }

  // MARK: Vectors

  /// Appends the numbers that `text` is (see `parsedVector`). Returns false, with nothing appended, for other
  /// text.
  func append(vector text: UnsafeBufferPointer<UInt8>) throws -> Bool {
    if kind == .words { return false }
    if appendIntegers(text) || appendReals(text) { return true }
    guard let (values, areIntegers) = parsedVector(text) else { return false }
    try append(vector: values, areIntegers: areIntegers)
    return true
  }

  /// Appends a vector of numbers; integers are such that a Float holds them.
  func append(vector values: [Float], areIntegers: Bool) throws {
    if kind == .words {
      throw ColumnFault(found: "a list of numbers", expected: "a word, as in other rows,")
    }
    // A list of one missing number is a missing value.
    if values.count == 1, width <= 1, values[0].isNaN { return appendMissing() }
    try begin(values.count, "\(values.count) number\(values.count == 1 ? "" : "s")")
    if areIntegers, kind != .reals {
      kind = .integers
      for value in values { integers.append(Int32(value)) }
    } else {
      becomeReals()
      reals.append(contentsOf: values)
    }
    rowCount += 1
  }

  /// The usual case of a vector: a row as long as the one before, of small integers and single commas.
  private func appendIntegers(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard kind == .integers, width > 1, let start = text.baseAddress else { return false }
    let before = integers.count
    var place = start
    let end = start + text.count
    while end - place >= 8, integers.count - before + 4 <= width,
      let digits = fourDigits(place, between: 0x2C)
    {
      integers.append(Int32(truncatingIfNeeded: digits & 0xFF))
      integers.append(Int32(truncatingIfNeeded: (digits >> 16) & 0xFF))
      integers.append(Int32(truncatingIfNeeded: (digits >> 32) & 0xFF))
      integers.append(Int32(truncatingIfNeeded: digits >> 48))
      place += 8
    }
    while place < end, integers.count - before < width {
      let isNegative = place.pointee == 0x2D
      if isNegative { place += 1 }
      let first = place
      var value: Int32 = 0
      while place < end, place.pointee &- 0x30 < 10, place - first < 9 {
        value = value * 10 + Int32(place.pointee &- 0x30)
        place += 1
      }
      if place == first { break }
      integers.append(isNegative ? -value : value)
      if place == end { break }
      if place.pointee != 0x2C { break }
      place += 1
      if place == end { break }
    }
    if place == end, integers.count - before == width, end[-1] != 0x2C {
      rowCount += 1
      return true
    }
    integers.removeLast(integers.count - before)
    return false
  }

  /// The same for real numbers.
  private func appendReals(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard kind == .reals, width > 1, var place = text.baseAddress else { return false }
    let (end, width) = (place + text.count, width)
    // A number takes a byte and a comma.
    guard 2 * width - 1 <= text.count else { return false }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { values in
      var count = 0
      while count < width, let value = fastReal(&place), place <= end {
        values.initializeElement(at: count, to: value)
        count += 1
        if place == end || place.pointee != 0x2C { break }
        place += 1
        if place < end, place.pointee == 0x20 { place += 1 }
      }
      guard place == end, count == width, end[-1] != 0x2C else { return false }
      reals.append(contentsOf: UnsafeBufferPointer(values))
      rowCount += 1
      return true
    }
  }

  // MARK: Kinds

  /// Notes that a row of `count` values begins.
  private func begin(_ count: Int, _ found: @autoclosure () -> String) throws {
    if width == 0 { width = count }
    if count != width {
      throw ColumnFault(
        found: found(),
        expected: width == 1 ? "one value, as in the first row," : "\(width), as in the first row,")
    }
    // Rows that were missing before the width was known.
    if kind == .empty, missingCount > 0 {
      kind = .integers
      integers = [Int32](repeating: Self.missingInteger, count: missingCount * width)
    }
  }

  private func becomeReals() {
    if kind == .reals { return }
    if firstRealRow == nil { firstRealRow = rowCount }
    kind = .reals
    reals = integers.map { $0 == Self.missingInteger ? .nan : Float($0) }
    integers = []
  }

  /// A number as a word, whole ones as an integer would be: 1 is one word, whatever other numbers there are.
  private static func word(_ value: Float) -> String {
    value == value.rounded() && value.magnitude <= 0x1p24 ? "\(Int(value))" : "\(value)"
  }

  private func becomeWords() {
    func code(_ text: String) -> Int32 {
      var text = text
      return text.withUTF8 { Int32(words.number(of: $0)) }
    }
    switch kind {
    case .words: return
    case .empty: codes = [Int32](repeating: -1, count: missingCount)
    case .integers: codes = integers.map { $0 == Self.missingInteger ? -1 : code("\($0)") }
    case .reals: codes = reals.map { $0.isNaN ? -1 : code(Self.word($0)) }
    }
    hasLostSpellings = kind == .integers || kind == .reals
    kind = .words
    (integers, reals) = ([], [])
  }

  func reserve(_ rows: Int) {
    switch kind {
    case .empty: break
    case .integers: integers.reserveCapacity(rows * width)
    case .reals: reals.reserveCapacity(rows * width)
    case .words: codes.reserveCapacity(rows)
    }
  }
}
