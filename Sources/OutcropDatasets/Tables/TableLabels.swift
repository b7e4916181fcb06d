import OutcropCore
import OutcropGraph

/// The labels of the nodes of one graph, or of graphs.
struct TableLabels {
  /// [rows × columns] NaN is a missing label.
  var values: [Float] = []
  var columns = 0
  var task = GraphDataset.Task.regression
  /// The integers that stand for classes 0, 1, ….
  var classValues: [Int]?
  /// The names of classes 0, 1, ….
  var classNames: [String]?
  var notes: [String] = []

  /// No labels.
  init() {}

  /// So many different integers are classes; more are numbers to predict.
  private static let mostClasses = 1000

  /// Labels from their columns.
  ///
  /// One column of words, or of at most 1,000 different integers, is a class (numbered in ascending
  /// order). Several columns, or vectors, of 0, 1 and missing labels are yes/no labels. Others are numbers
  /// to predict. Integers that a program wrote as 1.0 because others are missing are integers. Where there
  /// is a `dataset.json`, it says what labels are, and has the names of classes that are written as numbers.
  /// `uses` says types for a column of classes whose names are real numbers and words.
  init(
    _ table: TableColumns, metadata: DatasetMetadata? = nil, uses: [String: ColumnUse] = [:]
  ) throws {
    if let names = metadata?.classNames, table.labels.count == 1 {
      try takeClasses(table.labels[0], names, table)
      return
    }
    let labels = table.labels.filter { $0.kind != .empty }
    guard let first = labels.first else { return }
    columns = labels.reduce(0) { $0 + $1.width }
    let areClasses = metadata.map { $0.classValues != nil } ?? true
    if let metadata {
      try checkMeaning(labels, metadata, table)
    }
    if labels.count == 1, first.width == 1, areClasses {
      if first.kind == .words {
        let mixed = NumbersAmongWords(first)
        if uses[first.name] != .types { try mixed?.check(first, table) }
        let (codes, names) = TableFeatures.sorted(first)
        let count = names.count - (first.missingCount > 0 ? 1 : 0)
        values = codes.map { Int($0) < count ? Float($0) : .nan }
        task = .classification(classCount: count)
        classNames = Array(names.prefix(count))
        notes = [
          "classes " + names.prefix(min(count, 20)).joined(separator: ", ")
            + (mixed.map { " (\($0.note(table)))" } ?? "")
        ]
        return
      }
      if let integers = Self.integers(first) {
        let stated = metadata?.classValues
        let different = stated ?? Set(integers.compactMap { $0 }).sorted()
        if stated != nil || different.count <= Self.mostClasses {
          let numbers = Dictionary(
            different.enumerated().map { ($1, Float($0)) }, uniquingKeysWith: { first, _ in first })
          values = integers.map { $0.map { numbers[$0]! } ?? .nan }
          task = .classification(classCount: different.count)
          classValues = different
          classNames = different.map(String.init)
          return
        }
        notes = ["\(first.name) taken as numbers (\(different.count) different)"]
      }
    }
    if let words = labels.first(where: { $0.kind == .words }) {
      throw table.error(
        0, field: words.name, found: "words in one of several labels",
        expected: "numbers in several labels; words in one alone, which are classes")
    }
    values.reserveCapacity(table.rowCount * columns)
    let parts = labels.map { label in
      label.kind == .integers
        ? label.integers.map { $0 == MixedColumn.missingInteger ? Float.nan : Float($0) }
        : label.reals
    }
    for row in 0..<table.rowCount {
      for (label, part) in zip(labels, parts) {
        values += part[row * label.width..<(row + 1) * label.width]
      }
    }
    if let odd = values.firstIndex(where: { $0.isInfinite }) {
      throw table.error(
        odd / columns, field: labels[0].name, found: "\(values[odd])",
        expected: "a finite number, or nothing for a missing label")
    }
    let odd = values.firstIndex { !($0.isNaN || $0 == 0 || $0 == 1) }
    if let odd, metadata?.hasBinaryLabels == true {
      throw table.error(
        odd / columns, field: labels[0].name, found: "\(values[odd])",
        expected: "0, 1 or nothing, the yes/no labels that \(DatasetMetadata.fileName) states")
    }
    let isBinary = (metadata?.hasBinaryLabels ?? (columns > 1)) && odd == nil
    task = isBinary ? .binaryClassification : .regression
  }

  /// Throws for words, and for labels that are none of the classes that `dataset.json` states.
  private func checkMeaning(
    _ labels: [MixedColumn], _ metadata: DatasetMetadata, _ table: TableColumns
  ) throws {
    let expected =
      metadata.classValues.map {
        "one of \($0.prefix(20).map(String.init).joined(separator: ", "))"
          + "\($0.count > 20 ? ", …" : ""), the classes that \(DatasetMetadata.fileName) states"
      }
      ?? (metadata.hasBinaryLabels
        ? "0, 1 or nothing, the yes/no labels that \(DatasetMetadata.fileName) states"
        : "a number, since \(DatasetMetadata.fileName) states no classes")
    for label in labels {
      func fault(_ row: Int, _ found: String) -> InputError {
        table.error(row, field: label.name, found: found, expected: expected)
      }
      if label.kind == .words {
        throw fault(NumbersAmongWords(label)?.firstWord ?? 0, "a word")
      }
      guard let classes = metadata.classValues.map({ Set($0) }) else { continue }
      guard let integers = Self.integers(label) else {
        throw fault(label.firstRealRow ?? 0, "a number that is not an integer")
      }
      if let odd = integers.firstIndex(where: { $0.map { !classes.contains($0) } ?? false }) {
        throw fault(odd, "\(integers[odd]!)")
      }
    }
  }

  /// Takes the classes of a column of their numbers, whose names `dataset.json` has.
  private mutating func takeClasses(
    _ column: MixedColumn, _ names: [String], _ table: TableColumns
  ) throws {
    let expected =
      "a number of 0 ..< \(names.count), the classes of \(DatasetMetadata.fileName), or nothing"
    func fault(_ row: Int, _ found: String) -> InputError {
      table.error(row, field: column.name, found: found, expected: expected)
    }
    (columns, classNames) = (1, names)
    task = .classification(classCount: names.count)
    if column.kind == .empty {
      values = [Float](repeating: .nan, count: table.rowCount)
      return
    }
    if column.width > 1 { throw fault(0, "\(column.width) numbers") }
    guard let integers = Self.integers(column) else {
      throw fault(
        NumbersAmongWords(column)?.firstWord ?? column.firstRealRow ?? 0, "another value")
    }
    values = try integers.enumerated().map { row, value in
      guard let value else { return .nan }
      guard names.indices.contains(value) else { throw fault(row, "\(value)") }
      return Float(value)
    }
  }

  /// The integers of a column, nil where missing; nil for a column of other numbers.
  private static func integers(_ column: MixedColumn) -> [Int?]? {
    switch column.kind {
    case .integers:
      return column.integers.map { $0 == MixedColumn.missingInteger ? nil : Int($0) }
    case .reals where column.missingCount > 0:
      let areWhole = column.reals.allSatisfy {
        $0.isNaN || ($0 == $0.rounded() && $0.magnitude <= 0x1p24)
      }
      return areWhole ? column.reals.map { $0.isNaN ? nil : Int($0) } : nil
    default: return nil
    }
  }
}

/// Which rows of a table are for training, validation and test.
struct TableSplits {
  /// Row numbers of each split, ascending; nil where the table does not say.
  let rows: [[Int]]?

  private static let names = ["train", "val", "test"]

  init(_ table: TableColumns) throws {
    if let split = table.split {
      rows = try Self.rows(named: split, table)
      return
    }
    guard table.masks.contains(where: { $0 != nil }) else {
      rows = nil
      return
    }
    var owner = [Int8](repeating: -1, count: table.rowCount)
    var result: [[Int]] = [[], [], []]
    for (number, mask) in table.masks.enumerated() {
      guard let mask else { continue }
      for (row, isIn) in try Self.flags(mask, table).enumerated() where isIn {
        if owner[row] >= 0 {
          throw table.error(
            row, field: mask.name,
            found: "a row that is also in \(Self.names[Int(owner[row])])_mask",
            expected: "every row in one mask at most")
        }
        owner[row] = Int8(number)
        result[number].append(row)
      }
    }
    rows = result
  }

  private static func flags(_ mask: MixedColumn, _ table: TableColumns) throws -> [Bool] {
    func fault(_ row: Int, _ found: String) -> InputError {
      table.error(row, field: mask.name, found: found, expected: "True or False, or 1 or 0")
    }
    if mask.width > 1 { throw fault(0, "\(mask.width) numbers") }
    switch mask.kind {
    case .empty: return Array(repeating: false, count: table.rowCount)
    case .integers:
      return try mask.integers.enumerated().map { row, value in
        if value == MixedColumn.missingInteger { return false }
        guard value == 0 || value == 1 else { throw fault(row, "\(value)") }
        return value == 1
      }
    case .reals:
      return try mask.reals.enumerated().map { row, value in
        if value.isNaN { return false }
        guard value == 0 || value == 1 else { throw fault(row, "\(value)") }
        return value == 1
      }
    case .words:
      let meanings = mask.words.words.map { word -> Bool? in
        switch word.lowercased() {
        case "true", "t", "yes", "1": true
        case "false", "f", "no", "0": false
        default: nil
        }
      }
      return try mask.codes.enumerated().map { row, code in
        if code < 0 { return false }
        guard let meaning = meanings[Int(code)] else {
          throw fault(row, quoted(mask.words[Int(code)]))
        }
        return meaning
      }
    }
  }

  private static func rows(named split: MixedColumn, _ table: TableColumns) throws -> [[Int]] {
    var result: [[Int]] = [[], [], []]
    func fault(_ row: Int, _ found: String) -> InputError {
      table.error(
        row, field: split.name, found: found, expected: "train, val or test, or nothing")
    }
    guard split.kind == .words else {
      if split.kind == .empty { return result }
      throw fault(0, "a number")
    }
    let numbers = split.words.words.map { word -> Int? in
      switch word.lowercased() {
      case "train", "training": 0
      case "val", "valid", "validation", "dev": 1
      case "test", "testing": 2
      default: nil
      }
    }
    for (row, code) in split.codes.enumerated() where code >= 0 {
      guard let number = numbers[Int(code)] else {
        throw fault(row, quoted(split.words[Int(code)]))
      }
      result[number].append(row)
    }
    return result
  }
}
