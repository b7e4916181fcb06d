import OutcropStatistics

/// A layer with everything that activations can have, and its parts at batch borders.
struct SummaryData {
  var values: [Float]
  var rows: Int
  var width: Int
  var offsets: [Int]
  var types: [Int32]
  var sources: [Int32]
  var destinations: [Int32]

  /// `odd` adds zero rows, zero medians, NaN and infinities.
  init(seed: UInt64, rows: Int, width: Int, batches: Int, odd: Bool = true) {
    var random = SplitMix(seed)
    self.rows = rows
    self.width = width
    values = random.activations(rows * width)
    offsets =
      [0] + (1..<batches).map { _ in Int.random(in: 0...rows, using: &random) }.sorted() + [rows]
    types = (0..<rows).map { _ in [1, 2, 7, 300].randomElement(using: &random)! }
    sources = (0..<rows).map { _ in Int32.random(in: 0..<50, using: &random) }
    destinations = (0..<rows).map { _ in Int32.random(in: 0..<50, using: &random) }
    guard odd, rows > 0, width > 0 else { return }
    for _ in 0..<max(1, rows / 20) {
      let row = Int.random(in: 0..<rows, using: &random)
      let zeros = [width, width / 2 + 1, width - 1].randomElement(using: &random)!
      for channel in 0..<zeros { values[row * width + channel] = 0 }
    }
    for special in [Float.nan, .infinity, -.infinity] {
      values[Int.random(in: 0..<values.count, using: &random)] = special
    }
  }

  func origins(_ batches: Range<Int>) -> RowOrigins {
    let part = offsets[batches.lowerBound]..<offsets[batches.upperBound]
    return RowOrigins(
      edgeTypes: Array(types[part]), sources: Array(sources[part]),
      destinations: Array(destinations[part]), firstBatch: batches.lowerBound)
  }

  /// The summary of some batches, added in one call.
  func summary(
    _ batches: Range<Int>, _ options: ActivationSummary.Options = .init()
  ) throws -> ActivationSummary {
    var summary = ActivationSummary(options: options)
    try add(batches, to: &summary)
    return summary
  }

  func add(_ batches: Range<Int>, to summary: inout ActivationSummary) throws {
    let start = offsets[batches.lowerBound]
    let end = offsets[batches.upperBound]
    try summary.add(
      Array(values[start * width..<end * width]), rowCount: end - start, width: width,
      batchOffsets: offsets[batches.lowerBound...batches.upperBound].map { $0 - start },
      origins: origins(batches))
  }

  var batches: Range<Int> { 0..<offsets.count - 1 }
}
