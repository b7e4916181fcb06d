/// The summary of ratios over one kind of median.
public struct RatioSummary: Sendable, Equatable, Codable {
  /// The kind of median.
  public let median: MedianKind
  /// The number of medians that are zero: of rows for the row median, of batches for the batch median.
  /// Ratios over a zero median are infinite, or undefined for zero values.
  public internal(set) var zeroMedians = 0
  /// The number of medians that are NaN: of rows for the row median, of batches for the batch median.
  public internal(set) var nanMedians = 0
  @LaterCount private var infiniteMedianCount = 0
  /// The number of medians that are infinite: of rows for the row median, of batches for the batch median.
  /// Ratios of finite values over them are 0, ratios of infinite values are undefined.
  public internal(set) var infiniteMedians: Int {
    get { infiniteMedianCount }
    set { infiniteMedianCount = newValue }
  }
  @LaterCount private var overflowCount = 0
  @LaterCount private var infiniteValueCount = 0
  /// The number of ratios of finite activations over positive medians that exceed what `Float` holds. They are
  /// infinite.
  public internal(set) var overflowedRatios: Int {
    get { overflowCount }
    set { overflowCount = newValue }
  }
  /// The number of infinite ratios of infinite activations.
  var infiniteValueRatios: Int {
    get { infiniteValueCount }
    set { infiniteValueCount = newValue }
  }
  /// The number of infinite ratios of finite activations over medians of zero.
  public var zeroMedianRatios: Int { infiniteRatios - overflowedRatios - infiniteValueRatios }
  /// y = −log₁₀(ratio + ε), as `Ratios.logarithms` computes it. Negative infinities are infinite
  /// ratios, NaN are undefined ratios.
  public internal(set) var logarithms = FineHistogram()
  var levels: ThresholdTally
  /// Edge types in ascending order; empty if none were given.
  public internal(set) var types: [TypeSummary] = []
  /// Sums over graphs of rows with a massive entry, for `Enrichment`.
  public internal(set) var enrichment = EnrichmentSums()
  /// The largest ratio of each batch.
  public internal(set) var batchMaxima: BatchMaximaSketch
  var finiteTop: TopEntries
  var infiniteTop: TopEntries

  init(median: MedianKind, options: ActivationSummary.Options) {
    self.median = median
    levels = ThresholdTally(thresholdCount: options.thresholds.count)
    batchMaxima = BatchMaximaSketch(limit: options.batchMaximaLimit)
    finiteTop = TopEntries(limit: options.topCount)
    infiniteTop = TopEntries(limit: options.topCount)
  }

  /// All counts, for the check of a file. The difference of counts may wrap: then one of them is out of range itself.
  var counts: [Int] {
    [
      zeroMedians, nanMedians, infiniteMedianCount, overflowCount, infiniteValueCount,
      infiniteRatios &- overflowCount &- infiniteValueCount,
    ] + logarithms.counts + levels.counts
      + types.flatMap { [$0.rowCount] + $0.levels.counts } + enrichment.counts
      + batchMaxima.logarithms.counts
  }

  /// The number of undefined ratios.
  public var nanRatios: Int { logarithms.nanCount }
  /// The number of infinite ratios.
  public var infiniteRatios: Int { logarithms.negativeInfinities }
  /// The largest finite ratios, the largest first.
  public var largest: [TopEntry] { finiteTop.entries }
  /// Infinite ratios, in descending order of |value|.
  public var largestInfinite: [TopEntry] { infiniteTop.entries }

  mutating func merge(_ other: Self) {
    zeroMedians += other.zeroMedians
    nanMedians += other.nanMedians
    infiniteMedians += other.infiniteMedians
    overflowedRatios += other.overflowedRatios
    infiniteValueRatios += other.infiniteValueRatios
    logarithms.merge(other.logarithms)
    levels.merge(other.levels)
    enrichment.merge(other.enrichment)
    batchMaxima.merge(other.batchMaxima)
    finiteTop.merge(other.finiteTop)
    infiniteTop.merge(other.infiniteTop)
    for type in other.types {
      let position = types.firstIndex { $0.type >= type.type } ?? types.count
      if position < types.count, types[position].type == type.type {
        types[position].merge(type)
      } else {
        types.insert(type, at: position)
      }
    }
  }

  func fits(_ options: ActivationSummary.Options) -> Bool {
    let size = options.thresholds.count + 1
    func fits(_ levels: ThresholdTally) -> Bool {
      levels.entries.count == size && levels.rows.count == size
    }
    return fits(levels) && types.allSatisfy { fits($0.levels) }
      && zip(types, types.dropFirst()).allSatisfy { $0.type < $1.type }
      && finiteTop.limit == options.topCount && finiteTop.entries.count <= options.topCount
      && infiniteTop.limit == options.topCount && infiniteTop.entries.count <= options.topCount
      && batchMaxima.limit == options.batchMaximaLimit
  }
}
