import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics

extension Study {
  /// The untrained model `base` as epoch 0, then the looks, and the snapshots of other epochs; empty without
  /// either.
  ///
  /// - Parameter network: the model that snapshots are loaded into; it is changed.
  func follow<Architecture: ModelArchitecture>(
    _ network: GraphNetwork<Float, Architecture>, _ snapshots: [SnapshotFile],
    _ looks: [StudyResults.FollowedEpoch], _ dataset: some ExampleDataset, base: Analysis?,
    note: (String) -> Void
  ) throws -> [StudyResults.FollowedEpoch] {
    var result = looks
    let known = Set(looks.map(\.epoch))
    for snapshot in snapshots where !known.contains(snapshot.epoch) {
      note("after epoch \(snapshot.epoch)")
      try network.load(from: SafetensorsFile(path: snapshot.path))
      result.append(try look(after: snapshot.epoch, network, dataset, base: base))
    }
    if result.isEmpty { return [] }
    result.sort { $0.epoch < $1.epoch }
    return (base.map { [StudyResults.FollowedEpoch(untrained: $0.run)] } ?? []) + result
  }

  /// The layers' edge activations of a model as it is after an epoch. The model does not change.
  func look<Architecture: ModelArchitecture>(
    after epoch: Int, _ network: GraphNetwork<Float, Architecture>,
    _ dataset: some ExampleDataset, base: Analysis?
  ) throws -> StudyResults.FollowedEpoch {
    let observer = SummaryObserver(
      kinds: [.edge], options: detection.summaryOptions,
      edgeKinds: EdgeKinds(vocabularies: dataset.edgeVocabularies))
    let evaluation = try Evaluation(
      of: network, on: dataset.examples(split), task: dataset.task,
      batchSize: training.batchSize, observers: [observer])
    let strengths = network.layers.map { layer in
      layer.explicitBiases.lazy.compactMap(\.changingStrength).first
    }
    let layers = (observer.summaries[.edge] ?? []).enumerated().map {
      index, summary -> StudyResults.FollowedLayer in
      var layer = StudyResults.FollowedLayer(index: index, biasStrength: strengths[index])
      for median in detection.medians {
        layer[median] = StudyResults.FollowedRatios(
          summary, median,
          baseline: base?.run.layers.first { $0.index == index }?
            .edge?[median]?.gammaFit?.distribution)
      }
      return layer
    }
    return StudyResults.FollowedEpoch(
      epoch: epoch, metric: evaluation.metric.value, layers: layers)
  }
}

extension StudyResults.FollowedEpoch {
  /// Epoch 0: the untrained model.
  fileprivate init(untrained run: StudyResults.Run) {
    self.init(
      epoch: 0, metric: run.testMetric?.value,
      layers: run.layers.compactMap { layer in
        layer.edge.map { edge in
          StudyResults.FollowedLayer(
            index: layer.index, rowMedian: edge.rowMedian.map { .init(untrained: $0) },
            batchMedian: edge.batchMedian.map { .init(untrained: $0) })
        }
      })
  }
}

extension StudyResults.FollowedRatios {
  fileprivate init(untrained ratios: StudyResults.RatioStatistics) {
    let distance = ratios.gammaFit?.kolmogorovSmirnov.statistic
    self.init(
      largestRatio: ratios.largestRatio, massiveCount: ratios.massiveCount,
      massiveRows: ratios.massiveRows, distanceFromFit: distance, distanceFromBase: distance)
  }

  fileprivate init(
    _ summary: ActivationSummary, _ median: MedianKind,
    baseline: GammaDistribution?
  ) {
    let ratios = summary[median]
    let massive = summary.massive(median)
    let distribution = try? ActivationDistribution(ratios.logarithms, baseline: baseline)
    self.init(
      largestRatio: (ratios.largestInfinite.first ?? ratios.largest.first).map {
        Double($0.ratio)
      }, massiveCount: massive.entries, massiveRows: massive.rows,
      distanceFromFit: distribution?.distanceFromFit?.statistic,
      distanceFromBase: distribution?.distanceFromBaseline?.statistic)
  }
}
