import Foundation
import OutcropCore
import OutcropStatistics
import Testing

struct ActivationStatisticsTests {
  private struct Layer {
    var values: [Float]
    var rows: Int
    var width: Int
    var offsets: [Int]
    var types: [Int32]

    init(seed: UInt64, rows: Int, width: Int, batches: Int) {
      var random = SplitMix(seed)
      self.rows = rows
      self.width = width
      values = random.activations(rows * width)
      offsets =
        [0] + (1..<batches).map { _ in Int.random(in: 0...rows, using: &random) }.sorted() + [rows]
      types = (0..<rows).map { _ in [1, 2, 7].randomElement(using: &random)! }
    }

    func statistics(
      _ options: ReferenceStatistics.Options = .init(threshold: 50, furtherThresholds: [5, 500])
    ) throws -> ReferenceStatistics {
      try ReferenceStatistics(
        values, rowCount: rows, width: width, batchOffsets: offsets, edgeTypes: types,
        options: options)
    }
  }

  /// Everything counted once more, entry by entry, from the ratios.
  @Test(arguments: [1, 2, 3, 64, 100], MedianKind.allCases)
  func agreesWithPlainCounting(_ width: Int, _ kind: MedianKind) throws {
    var layer = Layer(seed: UInt64(width), rows: 1500, width: width, batches: 9)
    for row in [3, 4, 1400] {
      for channel in 0..<width where row != 4 || channel > 0 {
        layer.values[row * width + channel] = 0
      }
    }
    if kind == .row { layer.values[77 * width + width - 1] = .nan }
    layer.values[78 * width] = .infinity
    let statistics = try layer.statistics()
    let ratios = try layer.values.withUnsafeBufferPointer {
      try Ratios.values(
        of: ActivationArray($0, rowCount: layer.rows, width: width), median: kind)
    }
    let found = kind == .row ? statistics.row : statistics.batch
    for (index, threshold) in [Float(50), 5, 500].enumerated() {
      let over = ratios.indices.filter { ratios[$0] > threshold }
      #expect(found.ratios.counts[index].entries == over.count)
      #expect(
        found.ratios.counts[index].finiteEntries == over.filter { ratios[$0].isFinite }.count)
      #expect(found.ratios.counts[index].rows == Set(over.map { $0 / width }).count)
    }
    #expect(found.ratios.nanRatios == ratios.filter(\.isNaN).count)
    #expect(found.ratios.infiniteRatios == ratios.filter { $0 == .infinity }.count)
    let largest = try #require(ratios.filter(\.isFinite).max())
    let entry = try #require(found.ratios.largest)
    #expect(entry.ratio == largest)
    #expect(entry.row * width + entry.channel == ratios.firstIndex(of: largest))
    if kind == .row {
      for batch in 0..<9 {
        let part = ratios[layer.offsets[batch] * width..<layer.offsets[batch + 1] * width]
        // A row with a NaN has NaN ratios alone, so leaving out entries leaves out rows.
        #expect(found.ratios.batchMaxima[batch] == part.filter { !$0.isNaN }.max())
      }
    }
    for share in found.ratios.edgeTypes {
      let rows = layer.types.indices.filter { layer.types[$0] == share.type }
      let entries = rows.flatMap { row in
        ratios[row * width..<(row + 1) * width].filter { $0 > 50 }.map { _ in row }
      }
      #expect(share.edges == rows.count)
      #expect(share.massiveEntries == entries.count)
      #expect(share.massiveEdges == Set(entries).count)
      #expect(share.edgeShare == Double(rows.count) / 1500)
      let total = Double(found.ratios.massiveCount)
      if total > 0 {
        #expect(share.massiveShare == Double(entries.count) / total)
        #expect(share.enrichment == share.massiveShare / share.edgeShare)
      }
    }
    #expect(found.ratios.edgeTypes.map(\.type) == [1, 2, 7])
    let logarithms = ratios.map { -log10($0 + 2.220446049250313e-16 as Float) }
    let distribution = try #require(found.distribution)
    #expect(distribution.count == logarithms.filter(\.isFinite).count)
    #expect(distribution.nonFiniteCount == logarithms.filter { !$0.isFinite }.count)
    #expect(distribution.minimum == Double(logarithms.filter(\.isFinite).min()!))
  }

  @Test func sameBitsForAnyThreadCount() throws {
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    let layer = Layer(seed: 1, rows: 12_000, width: 32, batches: 40)
    var options = ReferenceStatistics.Options(threshold: 50)
    options.baseline = GammaDistribution(shape: 6, location: -2, scale: 0.4)
    var results: [ReferenceStatistics] = []
    for threads in [1, 2, 8] {
      ThreadPool.threadCount = threads
      results.append(try layer.statistics(options))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(results[0].row.distribution?.fit?.boundary == .interior)
    #expect(results[0].row.distribution?.distanceFromBaseline != nil)
    #expect(results[0].batch.distribution?.distanceFromBaseline == nil)
  }

  /// Ratios don't change when the activations are multiplied by a power of two, nor by sign.
  @Test func ratiosIgnoreScaleAndSign() throws {
    var layer = Layer(seed: 2, rows: 400, width: 16, batches: 5)
    let before = try layer.statistics()
    layer.values = layer.values.enumerated().map { $0 % 3 == 0 ? -$1 * 1024 : $1 * 1024 }
    var after = try layer.statistics()
    #expect(after.row.ratios.largest?.ratio == before.row.ratios.largest?.ratio)
    #expect(after.row.ratios.largest?.row == before.row.ratios.largest?.row)
    after.row.ratios.largest = before.row.ratios.largest
    #expect(after.row == before.row)
    #expect(after.batch.ratios.counts == before.batch.ratios.counts)
    #expect(after.batch.ratios.batchMaxima == before.batch.ratios.batchMaxima)
    #expect(after.batch.distribution == before.batch.distribution)
  }

  /// The order of rows within a batch and of channels within a row doesn't matter to counts.
  @Test func countsIgnoreTheOrder() throws {
    let layer = Layer(seed: 3, rows: 600, width: 24, batches: 1)
    let before = try layer.statistics()
    var random = SplitMix(9)
    let rows = (0..<layer.rows).shuffled(using: &random)
    let channels = (0..<layer.width).shuffled(using: &random)
    var shuffled = layer
    shuffled.types = rows.map { layer.types[$0] }
    shuffled.values = rows.flatMap { row in
      channels.map { layer.values[row * layer.width + $0] }
    }
    let after = try shuffled.statistics()
    for (a, b) in [(before.row, after.row), (before.batch, after.batch)] {
      #expect(a.ratios.counts == b.ratios.counts)
      #expect(a.ratios.edgeTypes == b.ratios.edgeTypes)
      #expect(a.ratios.batchMaxima == b.ratios.batchMaxima)
      #expect(a.ratios.median == b.ratios.median)
      #expect(a.ratios.largest?.ratio == b.ratios.largest?.ratio)
      #expect(a.distribution?.histogram == b.distribution?.histogram)
      #expect(a.distribution?.median == b.distribution?.median)
    }
  }

  @Test func survivesJSON() throws {
    var layer = Layer(seed: 4, rows: 90, width: 8, batches: 6)
    layer.values[0] = .nan
    for channel in 0..<7 { layer.values[layer.offsets[5] * 8 + channel] = 0 }
    let statistics = try layer.statistics()
    #expect(statistics.batch.ratios.median?.wrappedValue.isNaN == true)
    let data = try JSONEncoder().encode(statistics)
    #expect(try JSONDecoder().decode(ReferenceStatistics.self, from: data) == statistics)
  }

  @Test func emptyAndTinyArrays() throws {
    let nothing = try ReferenceStatistics([], rowCount: 0, width: 64)
    #expect(nothing.row.ratios.massiveCount == 0 && nothing.row.ratios.largest == nil)
    #expect(nothing.row.distribution == nil)
    #expect(Array(nothing.row.ratios.batchMaxima) == [nil])
    let noWidth = try ReferenceStatistics([], rowCount: 5, width: 0, edgeTypes: [1, 1, 1, 1, 1])
    #expect(noWidth.row.ratios.nanMedians == 5 && noWidth.row.ratios.largest == nil)
    #expect(Array(noWidth.batch.ratios.batchMaxima) == [nil])
    #expect(noWidth.row.ratios.edgeTypes.map(\.edges) == [5])
    let noBatch = try ReferenceStatistics([], rowCount: 0, width: 4, batchOffsets: [0])
    #expect(noBatch.batchCount == 0 && noBatch.row.ratios.batchMaxima.isEmpty)
    let one = try ReferenceStatistics([-3], rowCount: 1, width: 1)
    #expect(one.row.ratios.largest?.ratio == 1 && one.row.ratios.largest?.value == -3)
    #expect(one.row.distribution?.fitFailure == .tooFewValues(found: 1, required: 3))
    let zeros = try ReferenceStatistics([0, 0, 0, 0], rowCount: 2, width: 2)
    #expect(zeros.row.ratios.zeroMedians == 2 && zeros.batch.ratios.zeroMedians == 1)
    #expect(zeros.row.ratios.nanRatios == 4 && zeros.row.ratios.largest == nil)
    #expect(Array(zeros.row.ratios.batchMaxima) == [nil])
    #expect(zeros.row.distribution == nil)
    let row = try ReferenceStatistics([1, 2, 4, 4000], rowCount: 1, width: 4)
    #expect(row.row.ratios.massiveCount == 1)
    #expect(row.row.ratios.largest == row.batch.ratios.largest)
    #expect(row.row.ratios.largest?.channel == 3)
    let infinite = try ReferenceStatistics([0, 0, 0, 1], rowCount: 1, width: 4)
    #expect(infinite.row.ratios.infiniteRatios == 1 && infinite.row.ratios.nanRatios == 3)
    #expect(infinite.row.ratios.massiveCount == 1)
    #expect(infinite.row.ratios.counts[0].finiteEntries == 0)
    #expect(Array(infinite.row.ratios.batchMaxima) == [.infinity])
  }

  @Test func refusesWhatDoesNotFit() {
    #expect(throws: StatisticsError.wrongCount(name: "values", found: 3, expected: 4)) {
      try ReferenceStatistics([1, 2, 3], rowCount: 2, width: 2)
    }
    #expect(throws: StatisticsError.wrongCount(name: "edge types", found: 1, expected: 2)) {
      try ReferenceStatistics([1, 2, 3, 4], rowCount: 2, width: 2, edgeTypes: [1])
    }
    #expect(throws: StatisticsError.invalidEdgeType(row: 1, found: -1)) {
      try ReferenceStatistics([1, 2, 3, 4], rowCount: 2, width: 2, edgeTypes: [1, -1])
    }
    for (offsets, index, found) in [([0, 3], 1, 3), ([1, 2], 0, 1), ([0, 2, 1, 2], 2, 1)] {
      #expect(
        throws: StatisticsError.invalidBatchOffset(index: index, found: found, rowCount: 2)
      ) {
        try ReferenceStatistics([1, 2, 3, 4], rowCount: 2, width: 2, batchOffsets: offsets)
      }
    }
    #expect(throws: StatisticsError.wrongCount(name: "batch offsets", found: 0, expected: 1)) {
      try ReferenceStatistics([1, 2, 3, 4], rowCount: 2, width: 2, batchOffsets: [])
    }
    #expect("\(StatisticsError.invalidEdgeType(row: 1, found: -1))".contains("row 1"))
  }

  /// A layer of the size of ZINC's test set: 50 000 edges of 64 features.
  @Test func largeLayer() throws {
    let layer = Layer(seed: 6, rows: 50_000, width: 64, batches: 1000)
    let clock = ContinuousClock()
    var statistics: ReferenceStatistics?
    let time = try clock.measure { statistics = try layer.statistics(.init()) }
    print("statistics of 50000 x 64 activations, both medians: \(time)")
    let distribution = try #require(statistics?.row.distribution)
    #expect(distribution.count == 3_200_000)
    let y = try layer.values.withUnsafeBufferPointer {
      try Ratios.logarithms(
        of: ActivationArray($0, rowCount: layer.rows, width: layer.width), median: .row)
    }
    let fit = try GammaFit(y)
    #expect(fit == distribution.fit)
    #expect(
      try KolmogorovSmirnov(y, against: fit.distribution).statistic
        == distribution.distanceFromFit?.statistic)
  }
}
