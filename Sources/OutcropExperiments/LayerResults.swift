import OutcropModels
import OutcropReport
import OutcropStatistics

/// How activations are judged.
public struct DetectionOptions: Sendable, Equatable {
  /// A ratio above this is massive.
  public var threshold: Double = 1000
  /// Which of an even count's two middle values, or their mean, is the median.
  public var convention = MedianConvention.meanOfMiddle
  /// Medians of each row, or of everything together.
  public var median = MedianScope.edge

  public init() {}

  func statisticsOptions(baseline: GammaDistribution?) -> ActivationStatistics.Options {
    ActivationStatistics.Options(
      threshold: Float(threshold), convention: convention, distributions: [median],
      baseline: baseline)
  }
}

extension StudyResults.Activations {
  /// The report's form of one layer's statistics.
  ///
  /// - Parameters:
  ///   - statistics: the layer's statistics.
  ///   - median: which median the ratios are taken over.
  ///   - typeName: the name of an edge type.
  ///   - position: what row and channel of the largest ratio mean.
  public init(
    _ statistics: ActivationStatistics, median: MedianScope,
    typeName: (Int) -> String = { "type \($0)" },
    position: (_ row: Int, _ channel: Int) -> StudyResults.Position
  ) {
    let scope = median == .edge ? statistics.edge : statistics.batch
    let counts = scope.ratios.counts[0]
    let largest = scope.ratios.largest
    let distribution = scope.distribution
    let maxima = scope.ratios.batchMaxima.map { $0.map(Double.init) ?? .nan }
    self.init(
      rows: statistics.rowCount, width: statistics.width, massiveCount: counts.entries,
      infiniteCount: counts.entries - counts.finiteEntries, massiveRows: counts.rows,
      largestRatio: scope.ratios.infiniteRatios > 0 ? .infinity : largest.map { Double($0.ratio) },
      largestFiniteRatio: largest.map { Double($0.ratio) },
      largestPosition: largest.map { position($0.row, $0.channel) },
      zeroMedianRows: scope.ratios.zeroMedians, nanMedianRows: scope.ratios.nanMedians,
      batchMaxima: maxima,
      byEdgeType: scope.ratios.edgeTypes.map {
        StudyResults.EdgeTypeCount(
          id: $0.type, name: typeName($0.type), massive: $0.massiveEntries, edges: $0.edges)
      },
      histogram: distribution.map {
        StudyResults.Histogram(
          lower: $0.histogram.lowerBound, upper: $0.histogram.upperBound,
          counts: $0.histogram.counts,
          below: scope.ratios.infiniteRatios)
      },
      gammaFit: distribution.flatMap { distribution in
        guard let fit = distribution.fit, let distance = distribution.distanceFromFit else {
          return nil
        }
        return StudyResults.GammaFit(
          shape: fit.distribution.shape, location: fit.distribution.location,
          scale: fit.distribution.scale, meanLogLikelihood: fit.meanLogLikelihood,
          kolmogorovSmirnov: StudyResults.KolmogorovSmirnov(distance), values: fit.sampleCount)
      },
      gammaFitError: distribution.map { $0.fitFailure?.description } ?? "no finite ratio",
      againstBase: distribution?.distanceFromBaseline.map { StudyResults.KolmogorovSmirnov($0) })
  }
}

extension StudyResults.KolmogorovSmirnov {
  init(_ distance: KolmogorovSmirnov) {
    self.init(
      statistic: distance.statistic, pValue: distance.pValue,
      method: distance.method == .exact ? .exact : .asymptotic)
  }
}

extension ActivationCollector {
  /// The statistics of every layer that was seen, one graph being one batch.
  ///
  /// - Parameter baselines: for each layer, the distribution of an untrained model's edge activations.
  package func layerResults(
    _ options: DetectionOptions, typeName: (Int) -> String,
    baselines: [GammaDistribution?] = []
  ) throws -> [StudyResults.Layer] {
    let count = layers.values.map(\.count).max() ?? 0
    return try (0..<count).map { index in
      var result = StudyResults.Layer(index: index)
      if let layer = layers[.edge], index < layer.count {
        let baseline = index < baselines.count ? baselines[index] : nil
        let edges = edges(ofLayer: index)
        result.edge = StudyResults.Activations(
          try statistics(layer[index], edges.types, options, baseline), median: options.median,
          typeName: typeName
        ) { row, channel in
          StudyResults.Position(
            graph: layer[index].graph(ofRow: row), source: Int(edges.sources[row]),
            destination: Int(edges.destinations[row]), edgeType: Int(edges.types[row]),
            channel: channel)
        }
      }
      if let layer = layers[.node], index < layer.count {
        result.node = StudyResults.Activations(
          try statistics(layer[index], nil, options, nil), median: options.median
        ) { row, channel in
          let graph = layer[index].graph(ofRow: row)
          return StudyResults.Position(
            graph: graph, source: row - layer[index].graphOffsets[graph], channel: channel)
        }
      }
      return result
    }
  }

  private func statistics(
    _ layer: Layer, _ edgeTypes: [Int32]?, _ options: DetectionOptions,
    _ baseline: GammaDistribution?
  ) throws -> ActivationStatistics {
    try ActivationStatistics(
      layer.values, rowCount: layer.graphOffsets.last!, width: layer.width,
      batchOffsets: layer.graphOffsets, edgeTypes: edgeTypes,
      options: options.statisticsOptions(baseline: baseline))
  }
}

extension ActivationCollector.Layer {
  /// The graph whose rows include `row`.
  func graph(ofRow row: Int) -> Int {
    var (low, high) = (0, graphOffsets.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if graphOffsets[middle] <= row { low = middle } else { high = middle }
    }
    return low
  }
}

extension StudyResults.GammaFit {
  /// The fitted distribution.
  /// The fitted distribution.
  public var distribution: GammaDistribution {
    GammaDistribution(shape: shape, location: location, scale: scale)
  }
}
