import OutcropGraph
import OutcropTensor

/// A batch's labels, and the loss that its task is trained with.
public struct Targets<Scalar: TensorScalar>: Sendable {
  private let task: GraphDataset.Task
  private let labels: Tensor<Scalar>
  /// 1 where a label is present; nil when all are.
  private let mask: Tensor<Scalar>?
  /// The number of present labels: the loss is a mean over them.
  public let labelCount: Int

  /// - Parameter task: what the labels are; a missing label is NaN.
  public init(_ batch: GraphBatch, task: GraphDataset.Task = .regression) {
    self.task = task
    let present = batch.targets.map { !$0.isNaN }
    labelCount = present.count { $0 }
    let shape = [batch.graphCount, batch.targetCount]
    labels = Tensor(batch.targets.map { $0.isNaN ? 0 : Scalar($0) }, shape: shape)
    mask =
      labelCount == present.count ? nil : Tensor(present.map { $0 ? 1 : 0 }, shape: shape)
  }

  /// Regression: mean absolute error over the labels that are present. Binary labels: binary
  /// cross-entropy with logits over the labels that are present. Classes: cross-entropy.
  public func loss(_ scores: Tensor<Scalar>) -> Tensor<Scalar> {
    switch task {
    case .regression: absoluteError(scores)
    case .binaryClassification: scores.binaryCrossEntropy(targets: labels, mask: mask)
    case .classification: scores.crossEntropy(classes: labels.values.map { Int32($0) })
    }
  }

  private func absoluteError(_ scores: Tensor<Scalar>) -> Tensor<Scalar> {
    guard let mask else { return scores.meanAbsoluteError(labels) }
    // A missing label becomes the score itself: no error, no gradient.
    let (present, found) = (mask.values, scores.values)
    let filled = zip(labels.values, zip(present, found)).map { $1.0 == 0 ? $1.1 : $0 }
    let mean = scores.meanAbsoluteError(Tensor(filled, shape: labels.shape))
    return mean * Tensor(Scalar(present.count) / Scalar(labelCount))
  }
}
