import OutcropGraph

/// The vocabulary of each column of integer features, and the changes of the values.
struct FeatureVocabulary {
  /// A value v of column c has 0 ≤ v < counts[c].
  var counts: [Int] = []
  /// A description of the changes of the values; empty without changes.
  var changes: [String] = []

  /// The largest value that is used as a row number of a table without a change.
  private static let largestRow: Int32 = 65535

  /// Chooses the vocabularies of node and edge features over all `tables`. Values that cannot be
  /// row numbers of a table are shifted or renumbered:
  ///
  /// - 9 node and 3 edge columns that fit: those of OGB's encoders.
  /// - 74 node and 12 edge columns (canonical features): nodes −2 ... 3 are shifted by 2 and share
  ///   the vocabulary 6, edges 0 and 1 share 2.
  /// - Otherwise, with negative values, all columns are shifted by the overall minimum. A column's vocabulary
  ///   is its largest value + 1, and a column with values above 65535 is renumbered, ascending.
  static func choose(
    nodes: inout [IntegerFeatures?], edges: inout [IntegerFeatures?]
  ) -> (nodes: FeatureVocabulary, edges: FeatureVocabulary) {
    let (nodeRanges, edgeRanges) = (ColumnRanges(nodes), ColumnRanges(edges))
    if nodeRanges.fit(OGBVocabulary.atoms), edgeRanges.fit(OGBVocabulary.bonds) {
      return (
        FeatureVocabulary(counts: OGBVocabulary.atoms),
        FeatureVocabulary(counts: OGBVocabulary.bonds)
      )
    }
    if nodeRanges.columns == 74, edgeRanges.columns == 12 {
      var common: (FeatureVocabulary, FeatureVocabulary)
      let isCanonical =
        nodeRanges.minimum >= -2 && nodeRanges.maximum <= 3
        && edgeRanges.minimum >= 0 && edgeRanges.maximum <= 1
      common.0 = FeatureVocabulary("node", &nodes, nodeRanges, shift: isCanonical ? 2 : nil)
      common.1 = FeatureVocabulary("edge", &edges, edgeRanges, shift: nil)
      let counts =
        isCanonical
        ? (6, 2) : (common.0.counts.max() ?? 0, common.1.counts.max() ?? 0)
      common.0.counts = Array(repeating: counts.0, count: 74)
      common.1.counts = Array(repeating: counts.1, count: 12)
      return common
    }
    return (
      FeatureVocabulary("node", &nodes, nodeRanges, shift: nil),
      FeatureVocabulary("edge", &edges, edgeRanges, shift: nil)
    )
  }

  private init(counts: [Int]) { self.counts = counts }

  private init(
    _ name: String, _ tables: inout [IntegerFeatures?], _ ranges: ColumnRanges, shift: Int32?
  ) {
    guard ranges.columns > 0 else { return }
    // A column that spans all 32-bit numbers cannot be shifted, so it is renumbered without a
    // shift.
    let down = ranges.isEmpty ? 0 : Int(shift ?? 0) > 0 ? -Int(shift!) : min(0, Int(ranges.minimum))
    let renumbered = (0..<ranges.columns).filter {
      !ranges.isEmpty && Int(ranges.highest[$0]) - down > Int(Self.largestRow)
    }
    counts = ranges.highest.map { ranges.isEmpty ? 1 : Int($0) - down + 1 }
    if down != 0 {
      let amount = Int32(truncatingIfNeeded: -down)
      if -down <= Int(Self.largestRow) {
        for index in tables.indices {
          guard var table = tables[index] else { continue }
          tables[index] = nil
          for position in table.values.indices { table.values[position] &+= amount }
          tables[index] = table
        }
        changes.append("\(name) features shifted by +\(-down)")
      }
    }
    // If the shift itself is too large, every column is renumbered.
    let columns = -down > Int(Self.largestRow) ? Array(0..<ranges.columns) : renumbered
    for column in columns { counts[column] = Self.renumber(&tables, column) }
    if !columns.isEmpty {
      let names = columns.prefix(8).map(String.init).joined(separator: ", ")
      changes.append(
        "values of \(name) column\(columns.count == 1 ? "" : "s") \(names)"
          + "\(columns.count > 8 ? ", …" : "") numbered anew")
    }
  }

  /// Renumbers the distinct values of a column, ascending. Returns the number of distinct values.
  private static func renumber(_ tables: inout [IntegerFeatures?], _ column: Int) -> Int {
    var distinct: Set<Int32> = []
    for table in tables {
      guard let table else { continue }
      for row in 0..<table.rows { distinct.insert(table[row, column]) }
    }
    let numbers = Dictionary(
      uniqueKeysWithValues: distinct.sorted().enumerated().map { ($1, Int32($0)) })
    for index in tables.indices {
      guard var table = tables[index] else { continue }
      tables[index] = nil
      for row in 0..<table.rows { table[row, column] = numbers[table[row, column]]! }
      tables[index] = table
    }
    return max(1, distinct.count)
  }
}

/// The smallest and largest value of each column over several tables.
private struct ColumnRanges {
  let columns: Int
  var lowest: [Int32]
  var highest: [Int32]

  init(_ tables: [IntegerFeatures?]) {
    columns = tables.lazy.compactMap { $0 }.first?.columns ?? 0
    lowest = Array(repeating: .max, count: columns)
    highest = Array(repeating: .min, count: columns)
    for table in tables {
      guard let table else { continue }
      table.values.withUnsafeBufferPointer { add($0) }
    }
  }

  private mutating func add(_ values: UnsafeBufferPointer<Int32>) {
    let columns = self.columns
    guard var row = values.baseAddress, columns > 0 else { return }
    let end = row + values.count
    if columns <= 16 {
      // Loads sixteen numbers from the start of each row, of which only the first belong to the
      // row. The last rows have fewer numbers after them.
      var low = SIMD16<Int32>(repeating: .max)
      var high = SIMD16<Int32>(repeating: .min)
      while end - row >= 16 {
        let next = UnsafeRawPointer(row).loadUnaligned(as: SIMD16<Int32>.self)
        low.replace(with: next, where: next .< low)
        high.replace(with: next, where: next .> high)
        row += columns
      }
      for column in 0..<columns {
        lowest[column] = min(lowest[column], low[column])
        highest[column] = max(highest[column], high[column])
      }
    }
    lowest.withUnsafeMutableBufferPointer { lowest in
      highest.withUnsafeMutableBufferPointer { highest in
        while row < end {
          for column in 0..<columns {
            lowest[column] = min(lowest[column], row[column])
            highest[column] = max(highest[column], row[column])
          }
          row += columns
        }
      }
    }
  }

  var minimum: Int32 { lowest.min() ?? 0 }
  var maximum: Int32 { highest.max() ?? 0 }
  var isEmpty: Bool { minimum > maximum }

  func fit(_ vocabulary: [Int]) -> Bool {
    columns == vocabulary.count
      && (0..<columns).allSatisfy {
        isEmpty || (lowest[$0] >= 0 && Int(highest[$0]) < vocabulary[$0])
      }
  }
}
