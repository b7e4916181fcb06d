/// In JSON, the non-empty bins are two lists: the distance of each bin from the previous one (of the first
/// from bin 0, which starts at −64), and the count of each bin.
extension FineHistogram: Codable {
  private enum CodingKeys: String, CodingKey {
    case count, positiveInfinities, negativeInfinities, nanCount, minimum, maximum, sum, squares
    case binSteps, binCounts
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    count = try container.decode(Int.self, forKey: .count)
    positiveInfinities = try container.decode(Int.self, forKey: .positiveInfinities)
    negativeInfinities = try container.decode(Int.self, forKey: .negativeInfinities)
    nanCount = try container.decode(Int.self, forKey: .nanCount)
    least = try container.decodeIfPresent(Float.self, forKey: .minimum) ?? .infinity
    greatest = try container.decodeIfPresent(Float.self, forKey: .maximum) ?? -.infinity
    sum = try container.decode(ExactInteger.self, forKey: .sum)
    squares = try container.decode(ExactInteger.self, forKey: .squares)
    let steps = try container.decode([Int].self, forKey: .binSteps)
    let counts = try container.decode([Int].self, forKey: .binCounts)
    func corrupted(_ what: String) -> DecodingError {
      .dataCorruptedError(forKey: .binCounts, in: container, debugDescription: what)
    }
    if steps.count != counts.count {
      throw corrupted(
        "found \(steps.count) steps and \(counts.count) counts, expected equal numbers")
    }
    var bin = 0
    var total = 0
    let last = Self.pageCount * Self.pageSize
    for (index, (step, number)) in zip(steps, counts).enumerated() {
      if step < (index == 0 ? 0 : 1) || step >= last - bin || number < 1
        || number > count - total
      {
        throw corrupted(
          "entry \(index): found step \(step) and count \(number), expected ascending bins below "
            + "\(last) and positive counts with the sum \(count)")
      }
      bin += step
      total += number
      add(number, toBin: bin)
    }
    if total != count { throw corrupted("the sum of the counts is \(total), expected \(count)") }
    if count > 0 ? !(-64 < least && least <= greatest && greatest < 64) : least < greatest {
      throw corrupted("found extremes \(least) and \(greatest) of \(count) values")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encode(positiveInfinities, forKey: .positiveInfinities)
    try container.encode(negativeInfinities, forKey: .negativeInfinities)
    try container.encode(nanCount, forKey: .nanCount)
    try container.encodeIfPresent(minimum, forKey: .minimum)
    try container.encodeIfPresent(maximum, forKey: .maximum)
    try container.encode(sum, forKey: .sum)
    try container.encode(squares, forKey: .squares)
    var steps: [Int] = []
    var counts: [Int] = []
    var previous = 0
    forEachBin { bin, count in
      steps.append(bin - previous)
      counts.append(count)
      previous = bin
    }
    try container.encode(steps, forKey: .binSteps)
    try container.encode(counts, forKey: .binCounts)
  }
}
