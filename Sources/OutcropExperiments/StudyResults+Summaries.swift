import OutcropModels
import OutcropReport
import OutcropStatistics

// The initializers in this file convert summaries to the types of the report, field by field, so that the report can
// be made from a JSON file.
extension StudyResults.Activations {
  /// The report's form of a streaming summary.
  ///
  /// - Parameters:
  ///   - summary: the layer's summary.
  ///   - medians: the medians for whose ratios results are reported.
  ///   - untrained: the same layer of the untrained model.
  ///   - replicates: the number of replicates of the bootstrap test against the layer's own fit; 0: no test.
  ///   - typeName: the name of an edge type.
  ///   - position: the graph, row and channel of an entry.
  public init(
    _ summary: ActivationSummary,
    medians: [MedianKind] = MedianKind.allCases,
    untrained: ActivationSummary? = nil, replicates: Int = 199,
    typeName: (Int) -> String = { "type \($0)" },
    position: (OutcropStatistics.TopEntry) -> StudyResults.Position
  ) {
    func positive(_ count: Int) -> Int? { count > 0 ? count : nil }
    self.init(
      rows: summary.rowCount, width: summary.width ?? 0,
      infiniteValues: positive(summary.values.infiniteCount),
      nanValues: positive(summary.values.nanCount))
    for median in medians {
      self[median] = StudyResults.RatioStatistics(
        summary, median: median, untrained: untrained, replicates: replicates,
        typeName: typeName, position: position)
    }
  }
}

extension StudyResults.RatioStatistics {
  /// The largest number of batch maxima in results. Of more maxima, this number is kept, at equal steps of
  /// rank.
  package static let batchMaximaLimit = 65_536

  /// The report's form of a summary's ratios over one median. The parameters are those of the initializer of
  /// ``StudyResults/Activations``.
  init(
    _ summary: ActivationSummary, median: MedianKind,
    untrained: ActivationSummary?, replicates: Int, typeName: (Int) -> String,
    position: (OutcropStatistics.TopEntry) -> StudyResults.Position
  ) {
    let ratios = summary[median]
    let massive = summary.massive(median)
    let largest = ratios.largestInfinite.first ?? ratios.largest.first
    let types = ratios.types.map(\.type)
    let byType = types.map { summary.counts(ofType: $0, median) }
    let maxima =
      ratios.batchMaxima.entries?.map { $0.maximum.map(Double.init) ?? .nan }
      ?? ratios.batchMaxima.sortedMaxima(limit: Self.batchMaximaLimit).map(Double.init)
    let judged = LayerVerdict(
      summary, untrained: untrained, options: .init(median: median, replicates: replicates))
    let distribution = judged.distribution
    self.init(
      rows: summary.rowCount, width: summary.width ?? 0, massiveCount: massive.entries,
      infiniteCount: massive.entries - massive.finiteEntries, massiveRows: massive.rows,
      largestRatio: largest.map { Double($0.ratio) },
      largestFiniteRatio: ratios.largest.first.map { Double($0.ratio) },
      largestPosition: largest.map(position),
      zeroMedians: ratios.zeroMedians, nanMedians: ratios.nanMedians,
      zeroMedianRatios: ratios.zeroMedianRatios > 0 ? ratios.zeroMedianRatios : nil,
      overflowedRatios: ratios.overflowedRatios > 0 ? ratios.overflowedRatios : nil,
      batchMaxima: maxima,
      byEdgeType: summary.edgeTypeShares(median).map {
        StudyResults.EdgeTypeCount(
          id: $0.type, name: typeName($0.type), massive: $0.massiveEntries, edges: $0.edges,
          massiveEdges: $0.massiveEdges,
          enrichment: Self.enrichment(Enrichment(ratios.enrichment, type: $0.type)))
      },
      histogram: distribution.map {
        StudyResults.Histogram(
          lower: $0.histogram.lowerBound, upper: $0.histogram.upperBound,
          counts: $0.histogram.counts, below: ratios.infiniteRatios)
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
      top: (ratios.largestInfinite + ratios.largest).prefix(summary.options.topCount).map {
        StudyResults.TopEntry(
          ratio: Double($0.ratio), value: Double($0.value), position: position($0))
      }, verdict: StudyResults.Verdict(judged, on: summary))
  }

  private static func enrichment(_ found: Enrichment) -> StudyResults.Estimate? {
    found.ratio.map {
      StudyResults.Estimate(
        value: $0, lower: found.interval?.lower, upper: found.interval?.upper)
    }
  }
}

extension StudyResults.Verdict {
  /// The report's form of a verdict.
  init(_ verdict: LayerVerdict, on summary: ActivationSummary) {
    let outcome: Outcome =
      switch verdict.outcome {
      case .massiveActivations: .massive
      case .noMassiveActivations: .none
      case .noMassiveActivationsButDistributionChanged: .changed
      case .cannotTell: .undefined
      }
    var reasons = verdict.reasons.map(\.sentence)
    let values = summary.values
    if values.infiniteCount > 0 {
      // Infinite ratios are listed by magnitude, the largest first.
      let isMassive =
        summary[verdict.median].largestInfinite.first.map { !$0.value.isFinite } ?? false
      reasons.insert(
        "\(NumberText.grouped(values.infiniteCount)) of \(NumberText.grouped(summary.valueCount)) "
          + "activations are infinite"
          + (isMassive ? ", which counts as massive." : "; they have no ratio."),
        at: 0)
    }
    if values.nanCount > 0 {
      reasons.append(
        "\(NumberText.grouped(values.nanCount)) of \(NumberText.grouped(summary.valueCount)) "
          + "activations are NaN.")
    }
    self.init(outcome: outcome, reasons: reasons)
  }
}

extension StudyResults.KolmogorovSmirnov {
  /// The report's form of a distance.
  ///
  /// - Parameters:
  ///   - error: the largest error of a statistic that was computed from a histogram.
  ///   - bootstrap: the test that gives the p-value if the distribution was fitted to the same values.
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
  /// The results of every layer, each graph one batch.
  ///
  /// - Parameter untrained: the observer of the untrained model.
  package func layerResults(
    _ options: DetectionOptions, typeName: (Int) -> String, untrained: SummaryObserver? = nil
  ) -> [StudyResults.Layer] {
    let count = summaries.values.map(\.count).max() ?? 0
    func results(_ kind: ActivationKind, _ index: Int) -> StudyResults.Activations? {
      guard let list = summaries[kind], index < list.count, list[index].rowCount > 0 else {
        return nil
      }
      let isOfEdges = !list[index].row.types.isEmpty
      let before = untrained?.summaries[kind].flatMap { index < $0.count ? $0[index] : nil }
      return StudyResults.Activations(
        list[index], medians: options.medians, untrained: before,
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
