import OutcropReport
import OutcropStatistics

extension StudyResults.Activations {
  /// The most batch maxima that results hold; of more, as many at equal steps of rank.
  package static let batchMaximaLimit = 65_536

  /// The report's form of a streaming summary.
  ///
  /// - Parameters:
  ///   - summary: the layer's summary.
  ///   - median: which median the ratios are taken over.
  ///   - untrained: the same layer of the untrained model.
  ///   - replicates: of the bootstrap test against the layer's own fit; 0 leaves it out.
  ///   - typeName: the name of an edge type.
  ///   - position: where an entry is.
  public init(
    _ summary: ActivationSummary, median: MedianScope, untrained: ActivationSummary? = nil,
    replicates: Int = 199,
    typeName: (Int) -> String = { "type \($0)" },
    position: (OutcropStatistics.TopEntry) -> StudyResults.Position
  ) {
    let scope = summary[median]
    let massive = summary.massive(median)
    let largest = scope.largestInfinite.first ?? scope.largest.first
    let types = scope.types.map(\.type)
    let byType = types.map { summary.counts(ofType: $0, median) }
    let maxima =
      scope.batchMaxima.entries?.map { $0.maximum.map(Double.init) ?? .nan }
      ?? scope.batchMaxima.sortedMaxima(limit: Self.batchMaximaLimit).map(Double.init)
    let judged = LayerVerdict(
      summary, untrained: untrained, options: .init(scope: median, replicates: replicates))
    let distribution = judged.distribution
    self.init(
      rows: summary.rowCount, width: summary.width ?? 0, massiveCount: massive.entries,
      infiniteCount: massive.entries - massive.finiteEntries, massiveRows: massive.rows,
      largestRatio: largest.map { Double($0.ratio) },
      largestFiniteRatio: scope.largest.first.map { Double($0.ratio) },
      largestPosition: largest.map(position),
      zeroMedianRows: scope.zeroMedians, nanMedianRows: scope.nanMedians,
      batchMaxima: maxima,
      byEdgeType: summary.edgeTypeShares(median).map {
        StudyResults.EdgeTypeCount(
          id: $0.type, name: typeName($0.type), massive: $0.massiveEntries, edges: $0.edges,
          massiveEdges: $0.massiveEdges,
          enrichment: Self.enrichment(Enrichment(scope.enrichment, type: $0.type)))
      },
      histogram: distribution.map {
        StudyResults.Histogram(
          lower: $0.histogram.lowerBound, upper: $0.histogram.upperBound,
          counts: $0.histogram.counts, below: scope.infiniteRatios)
      },
      gammaFit: distribution.flatMap { distribution in
        guard let fit = distribution.fit, let distance = distribution.distanceFromFit else {
          return nil
        }
        return StudyResults.GammaFit(
          shape: fit.distribution.shape, location: fit.distribution.location,
          scale: fit.distribution.scale, meanLogLikelihood: fit.meanLogLikelihood,
          kolmogorovSmirnov: StudyResults.KolmogorovSmirnov(
            distance, error: distribution.errors?.distanceFromFit, judged.bootstrap),
          values: fit.sampleCount)
      },
      gammaFitError: distribution.map { $0.fitFailure?.description } ?? "no finite ratio",
      againstBase: distribution.flatMap { distribution in
        distribution.distanceFromBaseline.map {
          StudyResults.KolmogorovSmirnov($0, error: distribution.errors?.distanceFromBaseline)
        }
      },
      sweep: summary.counts(median).enumerated().map { index, counts in
        StudyResults.ThresholdCount(
          threshold: Double(counts.threshold), entries: counts.entries, rows: counts.rows,
          byEdgeType: byType.map { $0[index].entries })
      },
      top: (scope.largestInfinite + scope.largest).prefix(summary.options.topCount).map {
        StudyResults.TopEntry(
          ratio: Double($0.ratio), value: Double($0.value), position: position($0))
      }, verdict: StudyResults.Verdict(judged))
  }

  private static func enrichment(_ found: Enrichment) -> StudyResults.Estimate? {
    found.ratio.map {
      StudyResults.Estimate(
        value: $0, lower: found.interval?.lower, upper: found.interval?.upper)
    }
  }
}

extension StudyResults.Verdict {
  init(_ verdict: LayerVerdict) {
    let outcome: Outcome =
      switch verdict.outcome {
      case .massiveActivations: .massive
      case .noMassiveActivations: .none
      case .noMassiveActivationsButDistributionChanged: .changed
      case .cannotTell: .undefined
      }
    self.init(outcome: outcome, reasons: verdict.reasons.map(\.sentence))
  }
}
