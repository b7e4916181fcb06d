import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor

/// An observer that keeps one number of each edge and layer: the largest ratio of the edge's recorded
/// activations, over the median of the edge or over that of its graph, in the order in which the graphs give
/// their edges.
///
/// The number is infinite if the median is 0, and NaN if the median is NaN or all values are 0. The observer
/// traps on blocks of sampled neighbors, whose edges are not those of a graph of the data set.
final class EdgeRatioObserver: ActivationObserver {
  /// For each layer the ratios of all edges so far.
  private(set) var layers: [Int: [Float]] = [:]
  private let median: MedianKind

  init(median: MedianKind = .row) { self.median = median }

  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch) {
    guard activation.kind == .edge else { return }
    require(
      batch.blocks.isEmpty,
      "EdgeRatioObserver: found a batch of \(batch.blocks.count) blocks, expected whole graphs")
    let values = activation.values.values.map { Float($0) }
    let ratios = ratios(
      values, rowCount: activation.values.shape[0], width: activation.values.shape[1],
      offsets: batch.nodeOffsets.map { Int(batch.edges.destinationOffsets[Int($0)]) })
    var ordered = [Float](repeating: 0, count: ratios.count)
    for (row, ratio) in ratios.enumerated() {
      ordered[Int(batch.edges.originalOrder[row])] = ratio
    }
    layers[activation.layer, default: []] += ordered
  }

  private func ratios(
    _ values: [Float], rowCount: Int, width: Int, offsets: [Int]
  ) -> [Float] {
    values.withUnsafeBufferPointer { values in
      guard
        let array = try? ActivationArray(
          values, rowCount: rowCount, width: width, batchOffsets: offsets)
      else {
        preconditionFailure(
          "EdgeRatioObserver: found \(values.count) values of [\(rowCount), \(width)]")
      }
      let medians: [Float] =
        switch median {
        case .row: Median.rowMagnitudes(of: array)
        case .batch:
          Median.batchMagnitudes(of: array).enumerated().flatMap { batch, value in
            repeatElement(value, count: offsets[batch + 1] - offsets[batch])
          }
        }
      return medians.enumerated().map { row, median in
        var largest: Float = 0
        for channel in row * width..<(row + 1) * width {
          largest = max(largest, values[channel].magnitude)
        }
        return largest / median
      }
    }
  }
}
