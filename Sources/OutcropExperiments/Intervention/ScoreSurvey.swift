import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor

/// What the unchanged model's scores are like: where massive entries are in each layer and batch, and the means
/// of the channels.
final class ScoreSurvey: ActivationObserver {
  struct Layer {
    var width = 0
    /// Rows of each batch.
    var rowCounts: [Int: Int] = [:]
    /// Positions of massive entries in each batch's activations, for each median.
    var massive: [MedianKind: [Int: [Int]]] = [:]
    fileprivate var sums: [Double] = []
    fileprivate var counts: [Int] = []

    /// The mean of each channel's finite entries; 0 without any.
    var means: [Float] { zip(sums, counts).map { $1 > 0 ? Float($0 / Double($1)) : 0 } }

    func massiveCount(_ median: MedianKind) -> Int {
      massive[median]?.values.reduce(0) { $0 + $1.count } ?? 0
    }
  }

  private(set) var layers: [Int: Layer] = [:]
  var batchNumber = 0
  private let options: DetectionOptions

  init(_ options: DetectionOptions) { self.options = options }

  func wants(_ kind: ActivationKind) -> Bool { kind == .edge }

  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch) {
    var layer = layers.removeValue(forKey: activation.layer) ?? Layer()
    let width = activation.values.shape[1]
    layer.width = width
    layer.rowCounts[batchNumber] = activation.values.shape[0]
    if layer.sums.isEmpty {
      (layer.sums, layer.counts) = (
        Array(repeating: 0, count: width), Array(repeating: 0, count: width)
      )
    }
    let threshold = Float(options.threshold)
    for (index, median) in options.medians.enumerated() {
      ScoreMedians.with(activation, in: batch, median, options.convention) { values, medians in
        let found = values.indices.filter {
          values[$0].magnitude / medians[$0 / width] > threshold
        }
        if !found.isEmpty { layer.massive[median, default: [:]][batchNumber] = found }
        if index > 0 { return }
        for position in values.indices where values[position].isFinite {
          layer.sums[position % width] += Double(values[position])
          layer.counts[position % width] += 1
        }
      }
    }
    layers[activation.layer] = layer
  }
}

/// One layer's scores over all batches, one after the other, as the unchanged model computes them.
final class LayerScores: ActivationObserver {
  let layer: Int
  private(set) var width = 0
  private(set) var values: [Float] = []
  /// Batch b has the rows rowStarts[b] ..< rowStarts[b + 1].
  private(set) var rowStarts = [0]
  /// The median that each row's entries are compared with.
  private(set) var medians: [MedianKind: [Float]] = [:]
  private let options: DetectionOptions

  init(layer: Int, _ options: DetectionOptions) { (self.layer, self.options) = (layer, options) }

  func wants(_ kind: ActivationKind) -> Bool { kind == .edge }

  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch) {
    if activation.layer != layer { return }
    width = activation.values.shape[1]
    rowStarts.append(rowStarts.last! + activation.values.shape[0])
    activation.withFloats { values += $0 }
    for median in options.medians {
      ScoreMedians.with(activation, in: batch, median, options.convention) {
        medians[median, default: []] += $1
      }
    }
  }

  /// The ratio of the entry at `position` of all values.
  func ratio(_ position: Int, _ median: MedianKind) -> Float {
    values[position].magnitude / medians[median]![position / width]
  }

  /// The batches of ascending positions, and the positions within them.
  func byBatch(_ positions: [Int]) -> [Int: [Int]] {
    var result: [Int: [Int]] = [:]
    var batch = 0
    for position in positions {
      while position >= rowStarts[batch + 1] * width { batch += 1 }
      result[batch, default: []].append(position - rowStarts[batch] * width)
    }
    return result
  }

  /// The positions in all values of positions in batches, ascending.
  func positions(_ byBatch: [Int: [Int]]) -> [Int] {
    byBatch.sorted { $0.key < $1.key }.flatMap { batch, positions in
      positions.map { rowStarts[batch] * width + $0 }
    }
  }
}
