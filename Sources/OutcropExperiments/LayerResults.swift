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

  /// Further thresholds to count at.
  public var furtherThresholds: [Double] = []
  /// Replicates of the bootstrap test of edge activations against their own gamma fit; 0 leaves it out.
  public var replicates = 199

  public init() {}

  /// The options of a summary that is judged like this.
  package var summaryOptions: ActivationSummary.Options {
    ActivationSummary.Options(
      threshold: Float(threshold),
      thresholds: ActivationSummary.Options.defaultThresholds + furtherThresholds.map { Float($0) },
      convention: convention)
  }
}

extension StudyResults.KolmogorovSmirnov {
  /// - Parameters:
  ///   - error: the bound of a statistic from a histogram.
  ///   - bootstrap: gives the p-value where the distribution was fitted to the same values.
  init(_ distance: KolmogorovSmirnov, error: Double? = nil, _ bootstrap: GammaBootstrap? = nil) {
    self.init(
      statistic: distance.statistic, errorBound: error,
      pValue: bootstrap?.pValue ?? distance.pValue,
      method: bootstrap != nil ? .bootstrap : distance.method == .exact ? .exact : .asymptotic)
  }
}

extension StudyResults.GammaFit {
  /// The fitted distribution.
  public var distribution: GammaDistribution {
    GammaDistribution(shape: shape, location: location, scale: scale)
  }
}

extension SummaryObserver {
  /// What every layer showed, one graph being one batch.
  ///
  /// - Parameter untrained: what the same layers showed before training.
  package func layerResults(
    _ options: DetectionOptions, typeName: (Int) -> String, untrained: SummaryObserver? = nil
  ) -> [StudyResults.Layer] {
    let count = summaries.values.map(\.count).max() ?? 0
    func results(_ kind: ActivationKind, _ index: Int) -> StudyResults.Activations? {
      guard let list = summaries[kind], index < list.count, list[index].rowCount > 0 else {
        return nil
      }
      let isOfEdges = !list[index].edge.types.isEmpty
      let before = untrained?.summaries[kind].flatMap { index < $0.count ? $0[index] : nil }
      return StudyResults.Activations(
        list[index], median: options.median, untrained: before,
        replicates: kind == .edge ? options.replicates : 0, typeName: typeName
      ) { entry in
        StudyResults.Position(
          graph: entry.batch, source: isOfEdges ? entry.source.map { Int($0) } : entry.row,
          destination: entry.destination.map { Int($0) }, edgeType: entry.edgeType.map { Int($0) },
          channel: entry.channel)
      }
    }
    return (0..<count).map { index in
      var layer = StudyResults.Layer(
        index: index, edge: results(.edge, index), node: results(.node, index))
      for kind in summaries.keys where kind != .edge && kind != .node {
        layer.modules[kind.rawValue] = results(kind, index)
      }
      return layer
    }
  }
}
