extension StudyResults {
  /// One layer's activations of one kind: a matrix of `rows` × `width` values, and the statistics of its
  /// entries' ratios by either median.
  ///
  /// An entry's *ratio* is its magnitude over a median magnitude: that of its own row, or that of its
  /// whole batch. The two answer different questions (whether a channel is large relative to its row, and
  /// whether a row is large relative to its batch) and can disagree, so neither replaces the other.
  public struct Activations: ValuesByMedian, Codable, Sendable, Equatable {
    /// The number of rows (edges or nodes) over all batches.
    public var rows: Int
    /// Values per row.
    public var width: Int
    /// Activations that are infinite themselves, or too large for single precision; nil without any. Their
    /// ratios are infinite, or undefined where the median is infinite too.
    public var infiniteValues: Int?
    /// Activations that are NaN; nil without any.
    public var nanValues: Int?
    private var ofRows: Boxed<RatioStatistics>?
    private var ofBatches: Boxed<RatioStatistics>?

    private enum CodingKeys: String, CodingKey {
      case rows, width, infiniteValues, nanValues
      case ofRows = "rowMedian"
      case ofBatches = "batchMedian"
    }

    /// Ratios over the median of each row; nil when only the batch median was asked for.
    public var rowMedian: RatioStatistics? {
      get { ofRows?.value }
      set { ofRows = newValue.map { Boxed($0) } }
    }

    /// Ratios over the median of each batch; nil when only the row median was asked for.
    public var batchMedian: RatioStatistics? {
      get { ofBatches?.value }
      set { ofBatches = newValue.map { Boxed($0) } }
    }

    /// Creates the value from its fields.
    public init(
      rows: Int, width: Int, infiniteValues: Int? = nil, nanValues: Int? = nil,
      rowMedian: RatioStatistics? = nil, batchMedian: RatioStatistics? = nil
    ) {
      self.rows = rows
      self.width = width
      self.infiniteValues = infiniteValues
      self.nanValues = nanValues
      ofRows = rowMedian.map { Boxed($0) }
      ofBatches = batchMedian.map { Boxed($0) }
    }
  }

  /// The statistics of one layer's ratios over one median.
  ///
  /// An entry is massive when its ratio is strictly over ``StudyResults/threshold``. Infinite ratios are massive
  /// and are counted as such in all fields: those of infinite activations, those over a median of zero, and those
  /// that exceed what single precision holds. 0/0 and ratios over a NaN median are undefined and not massive.
  public struct RatioStatistics: Codable, Sendable, Equatable {
    /// Entries whose ratio is over the threshold, including infinite ratios.
    public var massiveCount: Int
    /// Entries with an infinite ratio, which `massiveCount` includes.
    public var infiniteCount: Int
    /// Rows with at least one massive entry.
    public var massiveRows: Int
    /// `massiveCount` divided by the number of entries (`rows` × `width`); 0 without rows.
    public var massiveShare: Double
    /// `massiveRows` divided by `rows`; 0 without rows.
    public var massiveRowShare: Double
    /// The largest ratio, possibly infinite; nil when no ratio is defined.
    public var largestRatio: Double?
    /// The largest finite ratio; nil when there is none.
    public var largestFiniteRatio: Double?
    /// The position of `largestRatio`.
    public var largestPosition: Position?
    /// The number of medians that are zero: of rows for the row median, of batches for the batch median.
    public var zeroMedians: Int
    /// The number of medians that are NaN: of rows for the row median, of batches for the batch median.
    public var nanMedians: Int
    /// Of `infiniteCount`, the finite activations over a median of zero; nil without any, or if unknown.
    public var zeroMedianRatios: Int?
    /// Of `infiniteCount`, the finite activations whose ratio over a positive median exceeds what single
    /// precision holds (3.4e38); nil without any, or if unknown.
    public var overflowedRatios: Int?
    /// The largest ratio of each batch, in batch order. NaN for a batch without a defined ratio.
    public var batchMaxima: [Double]
    /// Massive entries by type of edge; empty for node activations and for untyped edges.
    public var byEdgeType: [EdgeTypeCount]
    /// Histogram of y = −log10(ratio).
    public var histogram: Histogram?
    /// The gamma distribution fitted to y; nil if there is none, see `gammaFitError`.
    public var gammaFit: GammaFit?
    /// The reason why there is no fit.
    public var gammaFitError: String?
    /// The test of this layer's y against the gamma distribution fitted to the same layer of the base run.
    public var againstBase: KolmogorovSmirnov?
    /// Counts at other thresholds, ascending.
    public var sweep: [ThresholdCount]
    /// The entries with the largest ratios, descending.
    public var top: [TopEntry]
    /// The verdict on the layer by this median.
    public var verdict: Verdict?
    /// Edges over thresholds by type and channel; nil if they were not counted or nothing was found.
    public var channels: ChannelCounts?

    /// Creates the value from its fields; `rows` and `width` are those of the activations, for the
    /// shares.
    public init(
      rows: Int, width: Int, massiveCount: Int, infiniteCount: Int = 0, massiveRows: Int,
      largestRatio: Double?, largestFiniteRatio: Double? = nil,
      largestPosition: Position? = nil, zeroMedians: Int = 0, nanMedians: Int = 0,
      zeroMedianRatios: Int? = nil, overflowedRatios: Int? = nil,
      batchMaxima: [Double], byEdgeType: [EdgeTypeCount] = [], histogram: Histogram? = nil,
      gammaFit: GammaFit? = nil, gammaFitError: String? = nil,
      againstBase: KolmogorovSmirnov? = nil, sweep: [ThresholdCount] = [], top: [TopEntry] = [],
      verdict: Verdict? = nil, channels: ChannelCounts? = nil
    ) {
      self.channels = channels
      self.massiveCount = massiveCount
      self.infiniteCount = infiniteCount
      self.massiveRows = massiveRows
      let entries = Double(rows) * Double(width)
      self.massiveShare = entries > 0 ? Double(massiveCount) / entries : 0
      self.massiveRowShare = rows > 0 ? Double(massiveRows) / Double(rows) : 0
      self.largestRatio = largestRatio
      self.largestFiniteRatio =
        largestFiniteRatio ?? largestRatio.flatMap { $0.isFinite ? $0 : nil }
      self.largestPosition = largestPosition
      self.zeroMedians = zeroMedians
      self.nanMedians = nanMedians
      self.zeroMedianRatios = zeroMedianRatios
      self.overflowedRatios = overflowedRatios
      self.batchMaxima = batchMaxima
      self.byEdgeType = byEdgeType
      self.histogram = histogram
      self.gammaFit = gammaFit
      self.gammaFitError = gammaFitError
      self.againstBase = againstBase
      self.sweep = sweep
      self.top = top
      self.verdict = verdict
    }
  }

  /// The position of an activation. Fields that the source of the activations does not provide are nil.
  public struct Position: Codable, Sendable, Equatable {
    /// Number of the graph in the analyzed split, from 0.
    public var graph: Int?
    /// Source node within the graph; for a node activation the node itself.
    public var source: Int?
    /// Destination node within the graph.
    public var destination: Int?
    /// The edge's type, as in ``EdgeType/id``.
    public var edgeType: Int?
    /// Row of the activation matrix, if nothing else is known about the row.
    public var row: Int?
    /// Column of the activation matrix.
    public var channel: Int?
    /// The place of the row in its sequence, such as that of a token, from 0.
    public var position: Int?
    /// What the row is called, such as a token.
    public var label: String?

    /// Creates the value from its fields.
    public init(
      graph: Int? = nil, source: Int? = nil, destination: Int? = nil, edgeType: Int? = nil,
      row: Int? = nil, channel: Int? = nil, position: Int? = nil, label: String? = nil
    ) {
      self.position = position
      self.label = label
      self.graph = graph
      self.source = source
      self.destination = destination
      self.edgeType = edgeType
      self.row = row
      self.channel = channel
    }
  }

  /// The number of massive entries on edges of one type, and the number of these edges.
  public struct EdgeTypeCount: Codable, Sendable, Equatable {
    /// As in ``EdgeType/id``.
    public var id: Int
    /// As in ``EdgeType/name``.
    public var name: String
    /// Massive entries on edges of this type.
    public var massive: Int
    /// The number of edges of this type.
    public var edges: Int
    /// The number of edges of this type with a massive entry, if known.
    public var massiveEdges: Int?
    /// The type's share of the edges with a massive entry over its share of all edges: 1 if massive
    /// activations do not depend on the type. nil without massive entries.
    public var enrichment: Estimate?

    /// Creates the value from its fields.
    public init(
      id: Int, name: String, massive: Int, edges: Int, massiveEdges: Int? = nil,
      enrichment: Estimate? = nil
    ) {
      self.id = id
      self.name = name
      self.massive = massive
      self.edges = edges
      self.massiveEdges = massiveEdges
      self.enrichment = enrichment
    }
  }

  /// Counts in bins of equal width from `lower` to `upper`.
  public struct Histogram: Codable, Sendable, Equatable {
    /// Lower edge of the first bin.
    public var lower: Double
    /// Upper edge of the last bin.
    public var upper: Double
    /// The number of values in each bin. A bin includes its lower edge, the last bin both edges.
    public var counts: [Int]
    /// The number of values under `lower`, including infinite ratios, whose y is −∞.
    public var below: Int
    /// The number of values over `upper`.
    public var above: Int

    /// Creates the value from its fields.
    public init(lower: Double, upper: Double, counts: [Int], below: Int = 0, above: Int = 0) {
      self.lower = lower
      self.upper = upper
      self.counts = counts
      self.below = below
      self.above = above
    }
  }

  /// A three-parameter gamma distribution and its goodness of fit.
  public struct GammaFit: Codable, Sendable, Equatable {
    /// The shape k > 0.
    public var shape: Double
    /// The location l, below which the density is zero.
    public var location: Double
    /// The scale s > 0.
    public var scale: Double
    /// Mean of ln f(y) over the fitted values, in nats.
    public var meanLogLikelihood: Double
    /// The test of the fitted values against the fitted distribution.
    public var kolmogorovSmirnov: KolmogorovSmirnov
    /// The number of fitted values.
    public var values: Int?

    /// Creates the value from its fields.
    public init(
      shape: Double, location: Double, scale: Double, meanLogLikelihood: Double,
      kolmogorovSmirnov: KolmogorovSmirnov, values: Int? = nil
    ) {
      self.shape = shape
      self.location = location
      self.scale = scale
      self.meanLogLikelihood = meanLogLikelihood
      self.kolmogorovSmirnov = kolmogorovSmirnov
      self.values = values
    }
  }

  /// Result of a one-sample Kolmogorov–Smirnov test.
  public struct KolmogorovSmirnov: Codable, Sendable, Equatable {
    /// The largest distance between the cumulative distribution functions of the sample and the
    /// distribution, 0 to 1.
    public var statistic: Double
    /// The error bound of `statistic` if it was computed from a histogram; 0 or nil if `statistic` is exact.
    public var errorBound: Double?
    /// Two-sided p-value.
    public var pValue: Double?
    /// The method of the p-value.
    public var method: Method?

    /// Creates the value from its fields.
    public init(
      statistic: Double, errorBound: Double? = nil, pValue: Double? = nil, method: Method? = nil
    ) {
      self.statistic = statistic
      self.errorBound = errorBound
      self.pValue = pValue
      self.method = method
    }

    /// Methods to compute a p-value.
    public enum Method: String, Codable, Sendable, CaseIterable {
      /// From the statistic's exact distribution for this sample size. It assumes a distribution that was
      /// specified in advance; for a distribution fitted to the same sample the p-value is too large.
      case exact
      /// Like `exact`, but from the approximate limit distribution for large samples.
      case asymptotic
      /// From samples of the fitted distribution, each of which is fitted again: correct for a fitted
      /// distribution.
      case bootstrap
    }
  }
}
