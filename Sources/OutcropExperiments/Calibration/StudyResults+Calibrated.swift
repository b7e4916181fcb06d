import Foundation
import OutcropReport
import OutcropStatistics

extension StudyResults.Calibration {
  /// A calibration of detection on the summaries of untrained models, and what it says of others.
  ///
  /// - Parameters:
  ///   - untrained: the layers' summaries of each untrained model, of the same batches.
  ///   - median: the median of the ratios.
  ///   - label: what the results call the untrained models.
  ///   - errorRate: the probability that an untrained model is over a threshold in any layer.
  ///   - tested: the layers' summaries of other models on the same batches.
  ///   - numbers: the numbers of the layers in results; from 0 unless given.
  /// - Throws: `StatisticsError` for less than 8 untrained models, and for models with different numbers of layers
  ///   or batches.
  public init(
    untrained: [[ActivationSummary]], median: MedianKind, label: String,
    errorRate: Double = 0.05,
    tested: [(label: String, seed: UInt64?, layers: [ActivationSummary])], numbers: [Int]? = nil
  ) throws(StatisticsError) {
    let count = untrained.first?.count ?? 0
    for model in untrained where model.count != count {
      throw .wrongCount(name: "layers of a model", found: model.count, expected: count)
    }
    let null = try ExtremeCalibration(
      (0..<count).map { layer in untrained.map { $0[layer].logarithmsOfMaxima(median) } },
      logarithms: (0..<count).map { layer in untrained.map { $0[layer][median].logarithms } },
      errorRate: errorRate)
    let numbers = numbers ?? Array(0..<count)
    func ratio(_ logarithm: Double?) -> Double? { logarithm.map { pow(10, $0) } }
    self.init(
      label: label, median: median, errorRate: errorRate,
      seeds: null.seedCount, graphs: null.graphCount, shape: null.shape,
      layers: null.layers.enumerated().map { index, layer in
        StudyResults.CalibratedLayer(
          index: numbers[index], threshold: ratio(layer.threshold),
          thresholdFromGraphs: ratio(layer.thresholdFromGraphs),
          thresholdFromPeaks: ratio(layer.thresholdFromPeaks),
          seedMaxima: layer.seedMaxima.map { pow(10, $0) }, problem: layer.problem)
      },
      tests: try tested.map { model throws(StatisticsError) in
        if model.layers.count != count {
          throw .wrongCount(
            name: "layers of a model", found: model.layers.count, expected: count)
        }
        let maxima = model.layers.map { $0.logarithmsOfMaxima(median) }
        for found in maxima where found.count != null.graphCount {
          throw .wrongCount(
            name: "batches of a model", found: found.count, expected: null.graphCount)
        }
        let largest = maxima.map { $0.filter { !$0.isNaN }.max() }
        let pValues = largest.enumerated().map { index, value in
          value.flatMap { null.pValue(layer: index, $0) }
        }
        let (holm, hochberg) = null.adjusted(pValues)
        return StudyResults.CalibrationTest(
          label: model.label, seed: model.seed,
          layers: model.layers.indices.map { index in
            let threshold = null.layers[index].threshold
            return StudyResults.TestedLayer(
              index: numbers[index], largestRatio: ratio(largest[index]),
              isOver: threshold.map { (largest[index] ?? -.infinity) > $0 },
              entriesOver: threshold.map {
                model.layers[index][median].logarithms.count(below: -$0)
              },
              pValue: pValues[index], holm: holm[index], benjaminiHochberg: hochberg[index])
          })
      })
  }
}

extension ActivationSummary {
  /// log₁₀ of the largest ratio of each batch, NaN for a batch without a defined one; the largest of all where
  /// there are too many batches to keep each.
  func logarithmsOfMaxima(_ median: MedianKind) -> [Double] {
    let maxima = self[median].batchMaxima
    if let entries = maxima.entries {
      return entries.map { $0.maximum.map { log10(Double($0)) } ?? .nan }
    }
    return [maxima.sortedMaxima(limit: 1).first.map { log10(Double($0)) } ?? .nan]
  }
}
