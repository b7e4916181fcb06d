import OutcropCore

extension ActivationSummary: Codable {
  private enum CodingKeys: String, CodingKey {
    case format, options, width, rowCount, batchCount, valueCount, values, row, batch
  }

  /// No count of activations is larger; sums of some of them fit 64 bits.
  private static let largestCount = 1 << 53

  private static let format = "outcrop activation summary 2"

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func check(_ condition: Bool, _ key: CodingKeys, _ what: @autoclosure () -> String) throws {
      if !condition {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: what())
      }
    }
    let format = try container.decode(String.self, forKey: .format)
    try check(
      format == Self.format, .format, "found \"\(format)\", expected \"\(Self.format)\"")
    options = try container.decode(Options.self, forKey: .options)
    width = try container.decodeIfPresent(Int.self, forKey: .width)
    rowCount = try container.decode(Int.self, forKey: .rowCount)
    batchCount = try container.decode(Int.self, forKey: .batchCount)
    valueCount = try container.decode(Int.self, forKey: .valueCount)
    values = try container.decode(ValueMoments.self, forKey: .values)
    row = try container.decode(RatioSummary.self, forKey: .row)
    batch = try container.decode(RatioSummary.self, forKey: .batch)
    let largest = [rowCount, batchCount, valueCount] + values.counts + row.counts + batch.counts
    try check(
      largest.allSatisfy { (0...Self.largestCount).contains($0) }, .valueCount,
      "found a count of \(largest.first { !(0...Self.largestCount).contains($0) } ?? 0), expected "
        + "0 ... \(Self.largestCount)")
    try check(
      options.isValid, .options,
      "found invalid thresholds, expected positive, finite and ascending ones")
    try check(
      row.median == .row && row.fits(options), .row,
      "found lists that do not match the options, expected matching ones")
    try check(
      batch.median == .batch && batch.fits(options), .batch,
      "found lists that do not match the options, expected matching ones")
    for ratios in [row, batch] {
      let found = ratios.logarithms.count + ratios.logarithms.nonFiniteCount
      try check(
        found == valueCount, .valueCount, "found \(found) ratios, expected \(valueCount)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(options, forKey: .options)
    try container.encodeIfPresent(width, forKey: .width)
    try container.encode(rowCount, forKey: .rowCount)
    try container.encode(batchCount, forKey: .batchCount)
    try container.encode(valueCount, forKey: .valueCount)
    try container.encode(values, forKey: .values)
    try container.encode(row, forKey: .row)
    try container.encode(batch, forKey: .batch)
  }

  /// The summary in a JSON file that `save` wrote. Throws `InputError`.
  public static func load(path: String) throws -> ActivationSummary { try JSON.read(path: path) }

  /// Writes the summary as JSON with sorted keys: equal summaries give equal files. The file appears
  /// under its name only when it is complete. Throws `InputError`.
  public func save(path: String) throws { try AtomicFile.write(JSON.encode(self), to: path) }
}
