import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor

/// The median magnitude that each row's entries are compared with.
enum ScoreMedians {
  /// Calls `body` with the activation's values and each row's median: its own, or that of its batch (a graph,
  /// or a batch of sampled neighbors).
  static func with<Scalar: TensorScalar, Result>(
    _ activation: Activation<Scalar>, in batch: GraphBatch, _ median: MedianKind,
    _ convention: MedianConvention, _ body: (UnsafeBufferPointer<Float>, [Float]) -> Result
  ) -> Result {
    let (count, width) = (activation.values.shape[0], activation.values.shape[1])
    let offsets = activation.batchOffsets(in: batch)
    return activation.withFloats { values in
      guard
        let array = try? ActivationArray(
          values, rowCount: count, width: width, batchOffsets: offsets)
      else {
        preconditionFailure("ScoreMedians: \(values.count) values of [\(count), \(width)]")
      }
      return body(values, ofRows(array, median, convention))
    }
  }

  static func ofRows(
    _ array: ActivationArray, _ median: MedianKind, _ convention: MedianConvention
  ) -> [Float] {
    switch median {
    case .row: return Median.rowMagnitudes(of: array, convention: convention)
    case .batch:
      let batches = Median.batchMagnitudes(of: array, convention: convention)
      return zip(batches, zip(array.batchOffsets, array.batchOffsets.dropFirst())).flatMap {
        [Float](repeating: $0, count: $1.1 - $1.0)
      }
    }
  }
}
