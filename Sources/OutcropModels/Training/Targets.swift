import OutcropGraph
import OutcropTensor

/// A batch's labels, and the loss that its task is trained with.
public struct Targets<Scalar: TensorScalar>: Sendable {
  private let task: GraphDataset.Task
  private let labels: Tensor<Scalar>
  /// 1 where a label is present; nil if all are.
  private let mask: Tensor<Scalar>?
  /// The number of present labels, over which the loss is a mean.
  public let labelCount: Int

  /// The labels of a batch.
  ///
  /// - Parameters:
  ///   - batch: the batch with the labels.
  ///   - task: what the labels are; a missing label is NaN.
  public init(_ batch: GraphBatch, task: GraphDataset.Task = .regression) {
    self.task = task
    let present = batch.targets.map { !$0.isNaN }
    labelCount = present.count { $0 }
    let shape = [batch.labeledCount, batch.targetCount]
    labels = Tensor(batch.targets.map { $0.isNaN ? 0 : Scalar($0) }, shape: shape)
    mask =
      labelCount == present.count ? nil : Tensor(present.map { $0 ? 1 : 0 }, shape: shape)
  }

  /// The mean loss over the labels that are present; NaN without any.
  ///
  /// The loss is the absolute error for regression, the binary cross-entropy with logits for binary labels,
  /// and the cross-entropy for classes.
  public func loss(_ scores: Tensor<Scalar>) -> Tensor<Scalar> {
    switch task {
    case .regression:
      guard let mask else { return scores.meanAbsoluteError(targets: labels) }
      // A missing label is 0, and so is its masked score: no error and no gradient.
      let mean = (scores * mask).meanAbsoluteError(targets: labels)
      return mean * (Scalar(labels.count) / Scalar(labelCount))
    case .binaryClassification:
      return scores.binaryCrossEntropy(targets: labels, mask: mask)
    case .classification:
      let classes = labels.values.map { Int32($0) }
      guard let present = mask?.values else { return scores.crossEntropy(targets: classes) }
      let rows = classes.indices.filter { present[$0] != 0 }
      return scores.gathered(rows: RowIndex(rows.map { Int32($0) }, rowCount: classes.count))
        .crossEntropy(targets: rows.map { classes[$0] })
    }
  }
}
