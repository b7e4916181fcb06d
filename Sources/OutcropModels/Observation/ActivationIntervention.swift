import OutcropCore
import OutcropGraph
import OutcropTensor

/// An observer that changes activations before the model uses them, to measure what they do.
///
/// It is passed where other observers are, such as to `Evaluation`. A model offers activations for change with
/// `ForwardContext.passThrough`; the attentions of this package offer their scores. Where several
/// interventions want an activation, each gets what the one before it made.
public protocol ActivationIntervention: ActivationObserver {
  /// The values that the model uses instead of the activation, of the same shape. nil leaves the pass as it is,
  /// bit for bit.
  func replacement<Scalar: TensorScalar>(
    for activation: Activation<Scalar>, in batch: GraphBatch
  ) -> Tensor<Scalar>?
}

extension ActivationIntervention {
  /// Does nothing.
  public func observe<Scalar: TensorScalar>(
    _ activation: Activation<Scalar>, in batch: GraphBatch
  ) {}
}

extension ForwardContext {
  /// Announces `values` and returns the values that the model uses: `values` themselves, or what an
  /// intervention makes of them.
  ///
  /// Observers see the values as they were computed. A replacement has no gradient with respect to `values`.
  public func passThrough<Scalar: TensorScalar>(
    _ activation: AnnouncedActivation, _ values: Tensor<Scalar>, _ input: LayerInput
  ) -> Tensor<Scalar> {
    announce(activation, values, input)
    return replacement(for: activation, values, input) ?? values
  }

  /// What interventions make of an activation that was announced; nil where they leave it.
  func replacement<Scalar: TensorScalar>(
    for activation: AnnouncedActivation, _ values: @autoclosure () -> Tensor<Scalar>,
    _ input: LayerInput
  ) -> Tensor<Scalar>? {
    var result: Tensor<Scalar>?
    for case let intervention as any ActivationIntervention in observers
    where intervention.wants(activation.kind) {
      let current = result ?? withoutGradients { values() }.detached
      let offered = Activation(
        kind: activation.kind, layer: input.layer, rows: activation.rows, values: current)
      guard let changed = intervention.replacement(for: offered, in: input.batch) else { continue }
      require(
        changed.shape == current.shape,
        "replacement: `\(activation.kind.rawValue)` of layer \(input.layer) of shape \(changed.shape) for "
          + "\(current.shape)")
      result = changed.detached
    }
    return result
  }
}
