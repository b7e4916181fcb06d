import Foundation
import OutcropCore
import OutcropStatistics
import Testing

@Suite(.serialized) struct ActivationSummaryTests {
  private static let options = ActivationSummary.Options(
    threshold: 40, thresholds: [5, 500, 40, 2e4], topCount: 9)

  /// Everything counted once more, entry by entry.
  @Test(
    arguments: [
      (1, 400, 7), (2, 500, 3), (7, 900, 40), (64, 3000, 60), (300, 500, 2), (5, 60_000, 2),
    ])
  func agreesWithPlainCounting(_ width: Int, _ rows: Int, _ batches: Int) throws {
    let data = SummaryData(
      seed: UInt64(width + rows), rows: rows, width: width, batches: batches)
    for convention in MedianConvention.allCases {
      let options = ActivationSummary.Options(
        threshold: 40, thresholds: [5, 500, 40, 2e4], convention: convention, topCount: 9)
      let summary = try data.summary(data.batches, options)
      #expect(summary.options.thresholds == [5, 40, 500, 2e4])
      #expect(summary.rowCount == rows && summary.batchCount == batches)
      #expect(summary.width == width && summary.valueCount == rows * width)
      for kind in MedianKind.allCases { try check(data, summary, kind) }
    }
  }

  private func check(_ data: SummaryData, _ summary: ActivationSummary, _ kind: MedianKind) throws {
    let (width, rows) = (data.width, data.rows)
    var ratios: [Float] = []
    var medians: [Float] = []
    var graphOfRow: [Int] = []
    for graph in data.batches {
      let part = data.offsets[graph]..<data.offsets[graph + 1]
      let values = Array(data.values[part.lowerBound * width..<part.upperBound * width])
      graphOfRow += part.map { _ in graph }
      if part.isEmpty { continue }
      try values.withUnsafeBufferPointer {
        let array = try ActivationArray($0, rowCount: part.count, width: width)
        ratios += Ratios.values(
          of: array, median: kind, convention: summary.options.convention)
        medians +=
          kind == .row
          ? Median.rowMagnitudes(of: array, convention: summary.options.convention)
          : Median.batchMagnitudes(of: array, convention: summary.options.convention)
      }
    }
    let found = summary[kind]
    #expect(found.zeroMedians == medians.count { $0 == 0 })
    #expect(found.nanMedians == medians.count { $0.isNaN })
    #expect(found.nanRatios == ratios.count { $0.isNaN })
    #expect(found.infiniteRatios == ratios.count { $0 == .infinity })
    for counts in summary.counts(kind) {
      let over = ratios.indices.filter { ratios[$0] > counts.threshold }
      #expect(counts.entries == over.count)
      #expect(counts.finiteEntries == over.count { ratios[$0].isFinite })
      #expect(counts.rows == Set(over.map { $0 / width }).count)
    }
    #expect(found.types.map(\.type) == Set(data.types).sorted().map(Int.init))
    for type in found.types {
      let own = data.types.indices.filter { data.types[$0] == Int32(type.type) }
      #expect(type.rowCount == own.count)
      for counts in summary.counts(ofType: type.type, kind) {
        let over = own.flatMap { row in
          (row * width..<(row + 1) * width).filter { ratios[$0] > counts.threshold }
        }
        #expect(counts.entries == over.count)
        #expect(counts.rows == Set(over.map { $0 / width }).count)
      }
    }
    // The largest entries, by sorting all.
    let order = ratios.indices.filter { ratios[$0].isFinite }.sorted {
      ratios[$0] != ratios[$1]
        ? ratios[$0] > ratios[$1]
        : abs(data.values[$0]) != abs(data.values[$1])
          ? abs(data.values[$0]) > abs(data.values[$1]) : $0 < $1
    }
    #expect(found.largest.count == min(9, order.count))
    for (entry, index) in zip(found.largest, order) {
      let row = index / width
      #expect(entry.ratio == ratios[index] && entry.value == data.values[index])
      #expect(entry.batch == graphOfRow[row] && entry.channel == index % width)
      #expect(entry.row == row - data.offsets[entry.batch])
      #expect(entry.source == data.sources[row] && entry.edgeType == data.types[row])
      #expect(entry.destination == data.destinations[row])
    }
    #expect(found.largestInfinite.count == min(9, found.infiniteRatios))
    #expect(found.largestInfinite.allSatisfy { $0.ratio == .infinity })
    // y: the very numbers, whatever the order.
    var expected = FineHistogram()
    for ratio in ratios {
      expected.add(Float(log(Double(ratio + 2.220446e-16)) * -0.43429448190325182765))
    }
    #expect(found.logarithms == expected)
    // Batch maxima and sums over graphs.
    let tops = (0..<rows).map { row in
      ratios[row * width..<(row + 1) * width].filter { !$0.isNaN }.max()
    }
    var sums = EnrichmentSums()
    for graph in data.batches {
      let part = data.offsets[graph]..<data.offsets[graph + 1]
      let entry = try #require(found.batchMaxima.entries?[graph])
      #expect(entry.batch == graph)
      // Rows with an infinite median have a NaN top although zeros over it are defined.
      let maximum = part.compactMap { tops[$0] }.max()
      #expect(entry.maximum == maximum || (entry.maximum == nil && maximum == 0))
      let massive = part.filter { tops[$0] ?? 0 > summary.options.threshold }
      sums.add(
        graph: found.types.map { type in
          EdgeTypeCounts(
            type: type.type, massive: massive.count { data.types[$0] == Int32(type.type) },
            edges: part.count { data.types[$0] == Int32(type.type) })
        })
    }
    #expect(found.enrichment == sums)
  }

  /// Against the exact statistics of an array that is one batch.
  @Test func agreesWithExactStatistics() throws {
    let data = SummaryData(seed: 4, rows: 5000, width: 16, batches: 1)
    let summary = try data.summary(data.batches)
    let exact = try ReferenceStatistics(
      data.values, rowCount: data.rows, width: data.width, edgeTypes: data.types,
      options: .init(furtherThresholds: summary.options.thresholds))
    for (kind, statistics) in [(MedianKind.row, exact.row), (.batch, exact.batch)] {
      #expect(summary.counts(kind) == Array(statistics.ratios.counts.dropFirst()))
      #expect(summary.massive(kind) == statistics.ratios.counts[0])
      #expect(summary.edgeTypeShares(kind) == statistics.ratios.edgeTypes)
      let found = summary[kind]
      #expect(found.zeroMedians == statistics.ratios.zeroMedians)
      #expect(found.nanMedians == statistics.ratios.nanMedians)
      #expect(found.largest.first?.ratio == statistics.ratios.largest?.ratio)
      #expect(found.batchMaxima.entries?.map(\.maximum) == statistics.ratios.batchMaxima.values)
      guard let distribution = statistics.distribution else { continue }
      #expect(found.logarithms.count == distribution.count)
      #expect(found.logarithms.minimum.map(Double.init) == distribution.minimum)
      #expect(found.logarithms.maximum.map(Double.init) == distribution.maximum)
      #expect(abs(try #require(found.logarithms.mean) - distribution.mean) < 0x1p-25)
      #expect(
        abs(try #require(found.logarithms.standardDeviation) - distribution.standardDeviation)
          < 0x1p-24)
      #expect(abs(try #require(found.logarithms.median) - distribution.median) < 0x1p-13)
    }
  }

  /// Halves, thirds, single batches in any order, on one thread or two: the same bits, in JSON too.
  @Test(arguments: [(3, 700, 50), (64, 4000, 30), (2, 150_000, 5)])
  func mergingIsExact(_ width: Int, _ rows: Int, _ batches: Int) throws {
    let data = SummaryData(seed: 77, rows: rows, width: width, batches: batches)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    var random = SplitMix(5)
    for limit in [65_536, batches, batches - 1, 3, 0] {
      let options = ActivationSummary.Options(threshold: 20, batchMaximaLimit: limit)
      ThreadPool.threadCount = 1
      let whole = try data.summary(data.batches, options)
      let json = try encoder.encode(whole)
      #expect((whole.row.batchMaxima.entries == nil) == (limit < batches))
      for round in 0..<6 {
        ThreadPool.threadCount = 1 + round % 2
        var cuts = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
          Int.random(in: 0...batches, using: &random)
        }
        cuts = [0] + cuts.sorted() + [batches]
        var parts = try zip(cuts, cuts.dropFirst()).map { try data.summary($0..<$1, options) }
        parts.append(ActivationSummary(options: options))
        parts.shuffle(using: &random)
        // A random tree of merges.
        while parts.count > 1 {
          let other = parts.remove(at: Int.random(in: 0..<parts.count, using: &random))
          try parts[Int.random(in: 0..<parts.count, using: &random)].merge(other)
        }
        #expect(parts[0] == whole)
        #expect(try encoder.encode(parts[0]) == json)
        // Adding piece by piece to one summary.
        var growing = ActivationSummary(options: options)
        for (start, end) in zip(cuts, cuts.dropFirst()) { try data.add(start..<end, to: &growing) }
        #expect(growing == whole)
      }
      let decoded = try JSONDecoder().decode(ActivationSummary.self, from: json)
      #expect(decoded == whole)
      #expect(try encoder.encode(decoded) == json)
    }
  }

  @Test func valueMoments() throws {
    let data = SummaryData(seed: 9, rows: 3000, width: 11, batches: 4)
    let moments = try data.summary(data.batches).values
    let finite = data.values.filter(\.isFinite).map(Double.init)
    let mean = finite.reduce(0, +) / Double(finite.count)
    let variance =
      finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(finite.count)
    #expect(moments.count == finite.count)
    #expect(moments.nanCount == 1 && moments.infiniteCount == data.values.count { $0.isInfinite })
    #expect(moments.minimum.map(Double.init) == finite.min())
    #expect(moments.maximum.map(Double.init) == finite.max())
    #expect(abs(try #require(moments.mean) / mean - 1) < 1e-10)
    #expect(abs(try #require(moments.standardDeviation) / variance.squareRoot() - 1) < 1e-10)
  }

  @Test func files() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("summary-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.json").path
    let data = SummaryData(seed: 2, rows: 300, width: 6, batches: 5)
    let summary = try data.summary(data.batches)
    #expect(summary.row.infiniteRatios > 0 && !summary.row.largestInfinite.isEmpty)
    try summary.save(path: path)
    #expect(try ActivationSummary.load(path: path) == summary)
    func failure(_ path: String) -> String {
      do {
        _ = try ActivationSummary.load(path: path)
        return ""
      } catch { return "\(error)" }
    }
    let missing = folder.appendingPathComponent("missing.json").path
    #expect(failure(missing).hasPrefix("\(missing): cannot open: No such file"))
    var text = try String(contentsOfFile: path, encoding: .utf8)
    try String(text.dropLast(40)).write(toFile: path, atomically: true, encoding: .utf8)
    #expect(failure(path).hasPrefix("\(path): found text that is not JSON"))
    text = text.replacingOccurrences(of: "\"valueCount\":1800", with: "\"valueCount\":1801")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(failure(path).contains("expected 1801"))
    // The last limb of an exact sum; the smallest number has no absolute value.
    try summary.save(path: path)
    text = try String(contentsOfFile: path, encoding: .utf8)
    let last = try #require(text.firstRange(of: /"sum":\[[-0-9,]*,/))
    text.replaceSubrange(
      last.upperBound..<(text[last.upperBound...].firstIndex(of: "]")!), with: "\(Int64.min)")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(failure(path).contains("70 limbs"), "\(failure(path))")
    // Counts whose difference is beyond an Int.
    try summary.save(path: path)
    text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains(#""overflowCount":0"#))
    text = text.replacingOccurrences(
      of: #""overflowCount":0"#, with: #""overflowCount":\#(Int64.min)"#)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(failure(path).contains("found a count of"), "\(failure(path))")
    try "{}".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(failure(path).contains("format"))
    let nowhere = folder.appendingPathComponent("no/such/a.json").path
    #expect(throws: InputError.self) { try summary.save(path: nowhere) }
  }

  @Test func refusesWhatDoesNotFit() throws {
    var summary = ActivationSummary()
    try summary.add([1, 2, 3, 4], rowCount: 2, width: 2)
    let before = summary
    #expect(throws: StatisticsError.self) { try summary.add([1, 2, 3], rowCount: 1, width: 3) }
    #expect(
      throws: StatisticsError.wrongCount(name: "edge types", found: 1, expected: 2)
    ) {
      try summary.add(
        [1, 2, 3, 4], rowCount: 2, width: 2, origins: RowOrigins(edgeTypes: [1]))
    }
    #expect(throws: StatisticsError.wrongCount(name: "sources", found: 1, expected: 2)) {
      try summary.add([1, 2, 3, 4], rowCount: 2, width: 2, origins: RowOrigins(sources: [1]))
    }
    #expect(throws: StatisticsError.invalidEdgeType(row: 1, found: -4)) {
      try summary.add(
        [1, 2, 3, 4], rowCount: 2, width: 2, origins: RowOrigins(edgeTypes: [0, -4]))
    }
    #expect(throws: StatisticsError.self) {
      try summary.merge(ActivationSummary(options: .init(threshold: 7)))
    }
    #expect(summary == before)
  }

  /// Empty arrays, graphs without rows, rows without features.
  @Test func emptyInputs() throws {
    var summary = ActivationSummary()
    try summary.add([], rowCount: 0, width: 5, batchOffsets: [0])
    #expect(summary == ActivationSummary())
    try summary.add([], rowCount: 0, width: 5, batchOffsets: [0, 0, 0])
    #expect(summary.batchCount == 2 && summary.row.batchMaxima.undefinedCount == 2)
    #expect(summary.width == nil && summary.values.mean == nil && summary.values.minimum == nil)
    #expect(summary.row.logarithms.histogram() == nil && summary.row.largest.isEmpty)
    var narrow = ActivationSummary()
    try narrow.add([], rowCount: 3, width: 0, batchOffsets: [0, 1, 3])
    #expect(narrow.rowCount == 3 && narrow.row.nanMedians == 3 && narrow.batch.nanMedians == 2)
    #expect(narrow.massive(.row).entries == 0)
    var single = ActivationSummary()
    try single.add([0], rowCount: 1, width: 1)
    #expect(single.row.zeroMedians == 1 && single.row.nanRatios == 1)
    for value in [summary, narrow, single] {
      let again = try JSONDecoder().decode(
        ActivationSummary.self, from: JSONEncoder().encode(value))
      #expect(again == value)
    }
  }

  /// Counts millions of ordinary values.
  @Test(arguments: [8000, 1])
  func manyValues(_ batches: Int) throws {
    let rows = 200_000
    var data = SummaryData(seed: 1, rows: rows, width: 64, batches: batches, odd: false)
    var random = SplitMix(2)
    data.values = (0..<rows * 64).map { index in
      Float(random.normal() * (index % 999 == 0 ? 100 : 1))
    }
    let origins = data.origins(data.batches)
    var summary = ActivationSummary()
    let rounds = 8
    try data.values.withUnsafeBufferPointer {
      let array = try ActivationArray($0, rowCount: rows, width: 64, batchOffsets: data.offsets)
      for _ in 0..<rounds { try summary.add(array, origins: origins) }
    }
    #expect(summary.row.logarithms.count == rounds * rows * 64)
    #expect(summary.batch.enrichment.graphCount == rounds * batches)
  }

  private static var processorTime: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
