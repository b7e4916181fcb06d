import OutcropCore
import OutcropGraph

/// The features of the nodes or edges of a table.
struct TableFeatures {
  var types: IntegerFeatures?
  var attributes: RealFeatures?
  /// The name of the table's column that each column of types is from.
  private(set) var typeColumns: [String] = []
  /// The words of the only column of types, in the order of their numbers.
  var typeNames: [String]?
  /// What each column was taken as, for readers.
  var notes: [String] = []

  /// So many different integers are categories; more are numbers.
  private static let mostTypes = 256
  /// So many columns of a vector of integers are categories; more are numbers.
  private static let mostTypeColumns = 128
  /// Columns whose integers are numbers.
  private static let numberNames: Set = ["weight", "weights", "score", "scores", "distance"]

  /// Chooses what each column is: `uses`, or
  ///
  /// - words: types, numbered in alphabetical order; a missing one is a type of its own. A column in which
  ///   no word occurs twice describes nothing and is left out. A word in a column of real numbers is an error
  ///   unless `uses` says types: it would turn all numbers into categories.
  /// - integers: types, where there are at most 256 different ones and the column is not called weight,
  ///   score or distance; else numbers. Vectors of zeros and ones are numbers, those of other integers types
  ///   up to 128 columns.
  /// - other numbers: attributes.
  ///
  /// With `keepsNumbers`, integers that are types are not numbered anew, since their vocabularies are stated.
  init(_ table: TableColumns, uses: [String: ColumnUse], keepsNumbers: Bool = false) throws {
    var types: [(values: [Int32], width: Int, names: [String]?)] = []
    var attributes: [(values: [Float], width: Int)] = []
    for column in table.features {
      let use = uses[column.name]
      if use == .ignore { continue }
      if column.kind == .empty {
        notes.append("\(column.name) left out (no values)")
        continue
      }
      let name = column.name
      if column.kind == .words {
        if use == .numbers {
          let row = try Self.firstWord(column)
          throw table.error(
            row, field: name, found: "a word",
            expected: "numbers, as column \(name) was said to hold")
        }
        let mixed = use == nil ? NumbersAmongWords(column) : nil
        try mixed?.check(column, table)
        let (values, names) = Self.sorted(column)
        if use == nil, names.count == table.rowCount, table.rowCount > 8 {
          notes.append(
            "\(name) left out (no word occurs twice\(mixed.map { "; \($0.note(table))" } ?? ""))")
          continue
        }
        types.append((values, 1, names))
        typeColumns.append(name)
        notes.append(
          "\(name): \(names.count) types" + (mixed.map { " (\($0.note(table)))" } ?? ""))
        continue
      }
      if column.kind == .integers, use != .numbers {
        let chosen = use == .types ? Int.max : Self.mostTypes
        if use == .types || Self.areTypes(column),
          let values = Self.numbered(column, most: chosen)
        {
          types.append((keepsNumbers ? column.integers : values, column.width, nil))
          typeColumns += Array(repeating: name, count: column.width)
          notes.append("\(name): types" + (column.width > 1 ? " in \(column.width) columns" : ""))
          continue
        }
      }
      if use == .types {
        throw table.error(
          column.firstRealRow ?? 0, field: name, found: "a number that is not an integer",
          expected: "integers or words, the types that column \(name) was said to hold")
      }
      attributes.append((try Self.numbers(column, table), column.width))
      notes.append("\(name): \(column.width) number\(column.width == 1 ? "" : "s")")
    }
    if types.count == 1 { typeNames = types[0].names }
    if let joined = Self.joined(types.map { ($0.values, $0.width) }, table.rowCount) {
      self.types = IntegerFeatures(values: joined.values, columns: joined.columns)
    }
    if let joined = Self.joined(attributes, table.rowCount) {
      self.attributes = RealFeatures(values: joined.values, columns: joined.columns)
    }
  }

  private static func firstWord(_ column: MixedColumn) throws -> Int {
    // A number among words is kept as its text.
    column.codes.firstIndex { code in
      guard code >= 0 else { return false }
      let text = Array(column.words[Int(code)].utf8)
      return text.withUnsafeBufferPointer { parsedNumber($0) } == nil
    } ?? 0
  }

  /// Words as numbers in alphabetical order of their bytes, and the words; missing ones come last.
  static func sorted(_ column: MixedColumn) -> (values: [Int32], names: [String]) {
    let words = column.words.words
    // Only the words that a row has: numbers that became words may have left others.
    var isUsed = [Bool](repeating: false, count: words.count)
    for code in column.codes where code >= 0 { isUsed[Int(code)] = true }
    let order = words.indices.filter { isUsed[$0] }.sorted { Self.isBefore(words[$0], words[$1]) }
    var ranks = [Int32](repeating: 0, count: words.count)
    for (rank, number) in order.enumerated() { ranks[number] = Int32(rank) }
    let hasMissing = column.missingCount > 0
    let values = column.codes.map { $0 < 0 ? Int32(order.count) : ranks[Int($0)] }
    return (values, order.map { words[$0] } + (hasMissing ? ["(missing)"] : []))
  }

  /// Not the order of strings, which takes different spellings of a character as one.
  private static func isBefore(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }

  private static func areTypes(_ column: MixedColumn) -> Bool {
    if numberNames.contains(column.name.lowercased()) { return false }
    if column.width == 1 { return true }
    if column.width > mostTypeColumns { return false }
    return column.integers.contains { $0 < 0 || $0 > 1 }
  }

  /// Integers as they are, or numbered in ascending order where they are negative, large or missing; nil for
  /// more than `most` different ones in a column.
  private static func numbered(_ column: MixedColumn, most: Int) -> [Int32]? {
    let width = column.width
    var values = column.integers
    for place in 0..<width {
      if let isFew = areFewSmall(values, place, width, most) {
        if isFew { continue }
        return nil
      }
      var different: Set<Int32> = []
      var (lowest, highest) = (Int32.max, Int32.min)
      var last: Int32?
      for index in stride(from: place, to: values.count, by: width) {
        let value = values[index]
        if value == last { continue }
        last = value
        if different.insert(value).inserted, different.count > most { return nil }
        if value == MixedColumn.missingInteger { continue }
        (lowest, highest) = (min(lowest, value), max(highest, value))
      }
      let hasMissing = different.remove(MixedColumn.missingInteger) != nil
      if !hasMissing, lowest >= 0, highest <= 65535 { continue }
      var numbers = Dictionary(
        uniqueKeysWithValues: different.sorted().enumerated().map { ($1, Int32($0)) })
      numbers[MixedColumn.missingInteger] = Int32(different.count)
      for index in stride(from: place, to: values.count, by: width) {
        values[index] = numbers[values[index]]!
      }
    }
    return values
  }

  /// Whether the values of a column from 0 to 65535 are at most `most` different ones; nil for a column with
  /// others.
  private static func areFewSmall(
    _ values: [Int32], _ place: Int, _ width: Int, _ most: Int
  ) -> Bool? {
    var isSeen = [Bool](repeating: false, count: 1 << 16)
    return values.withUnsafeBufferPointer { values -> Bool? in
      isSeen.withUnsafeMutableBufferPointer { isSeen -> Bool? in
        for index in stride(from: place, to: values.count, by: width) {
          guard values[index] &>> 16 == 0 else { return nil }
          isSeen[Int(values[index])] = true
        }
        return isSeen.count { $0 } <= most
      }
    }
  }

  /// Finite numbers. Throws where one is missing.
  private static func numbers(_ column: MixedColumn, _ table: TableColumns) throws -> [Float] {
    let values: [Float]
    var odd: Int?
    if column.kind == .integers {
      values = column.integers.map { Float($0) }
      odd = column.firstMissingRow
    } else {
      values = column.reals
      odd = values.firstIndex { !$0.isFinite }.map { $0 / column.width }
    }
    if let odd {
      throw table.error(
        odd, field: column.name, found: "no number",
        expected: "a finite number in every row, or the column left out")
    }
    return values
  }

  /// Columns side by side; nil without any.
  private static func joined<Value>(
    _ parts: [(values: [Value], width: Int)], _ rows: Int
  ) -> (values: [Value], columns: Int)? {
    let columns = parts.reduce(0) { $0 + $1.width }
    if columns == 0 { return nil }
    if parts.count == 1 { return (parts[0].values, columns) }
    var values: [Value] = []
    values.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for part in parts { values += part.values[row * part.width..<(row + 1) * part.width] }
    }
    return (values, columns)
  }
}
