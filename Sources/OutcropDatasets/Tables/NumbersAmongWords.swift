import OutcropCore

/// The numbers in a column that has words too.
struct NumbersAmongWords {
  /// How many rows are numbers.
  let numbers: Int
  /// How many rows are words.
  let words: Int
  /// The first row that is a word.
  let firstWord: Int
  /// Whether one of the numbers is written with a point or an exponent.
  private let hasReals: Bool

  /// Nil for a column without words, or without numbers.
  init?(_ column: MixedColumn) {
    guard column.kind == .words else { return nil }
    let values = (0..<column.words.count).map { number in
      column.words.bytes(of: number).withUnsafeBufferPointer { parsedNumber($0) != nil }
    }
    var (numbers, words, firstWord, hasReals) = (0, 0, 0, false)
    for (row, code) in column.codes.enumerated() where code >= 0 {
      if values[Int(code)] {
        numbers += 1
        hasReals =
          hasReals
          || column.words.bytes(of: Int(code)).contains { [0x2E, 0x45, 0x65].contains($0) }
      } else {
        if words == 0 { firstWord = row }
        words += 1
      }
    }
    if numbers == 0 || words == 0 { return nil }
    (self.numbers, self.words, self.firstWord, self.hasReals) = (
      numbers, words, firstWord, hasReals
    )
  }

  /// Throws if the column has real numbers in half of its rows or more: then a word is a mistake rather than a
  /// category, and as categories the numbers would lose their meaning.
  func check(_ column: MixedColumn, _ table: TableColumns) throws {
    guard hasReals, numbers >= words else { return }
    throw table.error(
      firstWord, field: column.name,
      found: "\(quoted(column.words[Int(column.codes[firstWord])])) in a column of numbers",
      expected: "a number or nothing in every row, or the option column with "
        + "\(column.name)=types")
  }

  /// For readers of the data set's description.
  func note(_ table: TableColumns) -> String {
    "words in \(words) of \(numbers + words) rows, the first in line \(table.place(of: firstWord).line)"
  }
}
