import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics

extension Study {
  /// What the layers' edge activations showed after the epochs whose models were kept, from epoch 0, the
  /// untrained model `base`, on.
  ///
  /// - Parameter network: what the snapshots are loaded into; it is changed.
  func follow<Architecture: ModelArchitecture>(
    _ network: GraphNetwork<Float, Architecture>, _ snapshots: [SnapshotFile],
    _ dataset: some ExampleDataset, base: Analysis?, note: (String) -> Void
  ) throws -> [StudyResults.FollowedEpoch] {
    if snapshots.isEmpty { return [] }
    let baselines = base?.run.layers.map { $0.edge?.gammaFit?.distribution } ?? []
    var result = base.map { [StudyResults.FollowedEpoch(untrained: $0.run)] } ?? []
    for snapshot in snapshots {
      note("after epoch \(snapshot.epoch)")
      try network.load(from: SafetensorsFile(path: snapshot.path))
      let observer = SummaryObserver(
        kinds: [.edge], options: detection.summaryOptions,
        edgeKinds: EdgeKinds(vocabularies: dataset.edgeVocabularies))
      let evaluation = Evaluation(
        of: network, on: dataset.examples(split), task: dataset.task,
        batchSize: training.batchSize, observers: [observer])
      let strengths = network.layers.map(\.biasStrength)
      let layers = (observer.summaries[.edge] ?? []).enumerated().map { index, summary in
        let scope = summary[detection.median]
        let massive = summary.massive(detection.median)
        let distribution = try? ActivationDistribution(
          scope.logarithms, baseline: index < baselines.count ? baselines[index] : nil)
        return StudyResults.FollowedLayer(
          index: index,
          largestRatio: (scope.largestInfinite.first ?? scope.largest.first).map {
            Double($0.ratio)
          }, massiveCount: massive.entries, massiveRows: massive.rows,
          distanceFromFit: distribution?.distanceFromFit?.statistic,
          distanceFromBase: distribution?.distanceFromBaseline?.statistic,
          biasStrength: strengths[index])
      }
      result.append(
        StudyResults.FollowedEpoch(
          epoch: snapshot.epoch, metric: evaluation.metric.value, layers: layers))
    }
    return result
  }
}

extension StudyResults.FollowedEpoch {
  /// Epoch 0.
  fileprivate init(untrained run: StudyResults.Run) {
    self.init(
      epoch: 0, metric: run.testMetric?.value,
      layers: run.layers.compactMap { layer in
        layer.edge.map { edge in
          StudyResults.FollowedLayer(
            index: layer.index, largestRatio: edge.largestRatio, massiveCount: edge.massiveCount,
            massiveRows: edge.massiveRows,
            distanceFromFit: edge.gammaFit?.kolmogorovSmirnov.statistic,
            distanceFromBase: edge.gammaFit?.kolmogorovSmirnov.statistic)
        }
      })
  }
}

extension GraphLayer {
  /// The strength of the layer's Explicit Bias Term, where it changes in training.
  fileprivate var biasStrength: Double? {
    for entry in state where entry.name.hasSuffix("bias_strength") {
      switch entry.content {
      case .parameter(let parameter): return Double(parameter.value.values[0])
      case .statistic(let statistic): return Double(statistic.value.values[0])
      case .counter: continue
      }
    }
    return nil
  }
}
