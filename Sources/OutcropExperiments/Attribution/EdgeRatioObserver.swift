import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor

/// An observer that keeps one number for each edge and layer: the largest ratio |x| / median |x| of the
/// edge's recorded activations, in the order in which the graphs list their edges.
///
/// The number is infinite if the median is 0, and NaN if the median is NaN or all values are 0. The observer
/// traps on blocks of sampled neighbors, whose edges are not those of a graph of the data set.
final class EdgeRatioObserver: ActivationObserver {
  /// For each layer the ratios of all edges so far.
  private(set) var layers: [Int: [Float]] = [:]

  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch) {
    guard activation.kind == .edge else { return }
    require(
      batch.blocks.isEmpty,
      "EdgeRatioObserver: found a batch of \(batch.blocks.count) blocks, expected whole graphs")
    let values = activation.values.values.map { Float($0) }
    let ratios = Self.ratios(
      values, rowCount: activation.values.shape[0], width: activation.values.shape[1])
    var ordered = [Float](repeating: 0, count: ratios.count)
    for (row, ratio) in ratios.enumerated() {
      ordered[Int(batch.edges.originalOrder[row])] = ratio
    }
    layers[activation.layer, default: []] += ordered
  }

  private static func ratios(_ values: [Float], rowCount: Int, width: Int) -> [Float] {
    values.withUnsafeBufferPointer { values in
      guard let array = try? ActivationArray(values, rowCount: rowCount, width: width) else {
        preconditionFailure(
          "EdgeRatioObserver: found \(values.count) values of [\(rowCount), \(width)]")
      }
      return Median.rowMagnitudes(of: array).enumerated().map { row, median in
        var largest: Float = 0
        for channel in row * width..<(row + 1) * width {
          largest = max(largest, values[channel].magnitude)
        }
        return largest / median
      }
    }
  }
}
