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
  init(_ distance: KolmogorovSmirnov, error: Double? = nil) {
    self.init(
      statistic: distance.statistic, errorBound: error, pValue: distance.pValue,
      method: distance.method == .exact ? .exact : .asymptotic)
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
  /// - Parameter baselines: for each layer, the distribution of an untrained model's edge activations.
  package func layerResults(
    _ options: DetectionOptions, typeName: (Int) -> String,
    baselines: [GammaDistribution?] = []
  ) -> [StudyResults.Layer] {
    let count = summaries.values.map(\.count).max() ?? 0
    func results(_ kind: ActivationKind, _ index: Int) -> StudyResults.Activations? {
      guard let list = summaries[kind], index < list.count, list[index].rowCount > 0 else {
        return nil
      }
      let isOfEdges = !list[index].edge.types.isEmpty
      let baseline = kind == .edge && index < baselines.count ? baselines[index] : nil
      return StudyResults.Activations(
        list[index], median: options.median, baseline: baseline, typeName: typeName
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
