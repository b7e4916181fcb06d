import CKernels
import Foundation
import OutcropCore
import OutcropTensor

/// Adam (Kingma & Ba 2015) with the arithmetic of `torch.optim.Adam`: the weight decay is added to the
/// gradient. `AdamW` decays the values themselves.
public class Adam<Scalar: TensorScalar>: Optimizer {
  public class var name: String { "Adam" }
  public class var momentNames: [String] { ["first", "second"] }

  public let groups: [ParameterGroup<Scalar>]
  public let slots: [OptimizerSlot<Scalar>]
  /// The decay rates of the moments, in 0 ..< 1.
  public let betas: (first: Double, second: Double)
  /// The number that is added to the denominator.
  public let epsilon: Double

  /// An optimizer of groups of parameters with their own learning rates and weight decays. Traps if a decay
  /// rate is not in 0 ..< 1.
  public init(
    _ groups: [ParameterGroup<Scalar>], betas: (first: Double, second: Double) = (0.9, 0.999),
    epsilon: Double = 1e-8
  ) {
    require(
      (0..<1).contains(betas.first) && (0..<1).contains(betas.second),
      "Adam: betas \(betas.first) and \(betas.second); expected 0 ..< 1")
    self.groups = groups
    slots = OptimizerSlot.slots(groups, moments: [0, 0])
    (self.betas, self.epsilon) = (betas, epsilon)
  }

  /// An optimizer of the parameters of `model`. Traps if a decay rate is not in 0 ..< 1.
  public convenience init(
    _ model: some Module<Scalar>, learningRate: Double,
    betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(model, learningRate: learningRate, weightDecay: weightDecay)], betas: betas,
      epsilon: epsilon)
  }

  /// The weight decay that is added to the gradient, and the factor of the values before the step.
  fileprivate func decay(
    _ group: ParameterGroup<Scalar>
  ) -> (added: Double, shrinkage: Double) { (group.weightDecay, 1) }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func step() {
    updateParameters { slot -> oc_adam in
      let decay = decay(slot.group)
      return oc_adam(
        learning_rate: slot.group.learningRate, beta1: betas.first, beta2: betas.second,
        epsilon: epsilon, weight_decay: decay.added,
        correction1: 1 - pow(betas.first, Double(slot.steps)),
        correction2: 1 - pow(betas.second, Double(slot.steps)), shrinkage: decay.shrinkage)
    } _: { numbers, range in
      guard let first = range.moments.0, let second = range.moments.1 else { return }
      withUnsafePointer(to: numbers) {
        Kernels<Scalar>.table.adam(
          $0, range.value, range.gradient, first, second, Int64(range.count))
      }
    }
  }
}

/// AdamW (Loshchilov & Hutter 2019) with the arithmetic of `torch.optim.AdamW`: a step first multiplies the
/// values by 1 − learning rate · weight decay.
public final class AdamW<Scalar: TensorScalar>: Adam<Scalar> {
  public override class var name: String { "AdamW" }

  /// An optimizer of the parameters of `model`. Traps if a decay rate is not in 0 ..< 1.
  public convenience init(
    _ model: some Module<Scalar>, learningRate: Double,
    betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0.01
  ) {
    self.init(
      [ParameterGroup(model, learningRate: learningRate, weightDecay: weightDecay)], betas: betas,
      epsilon: epsilon)
  }

  fileprivate override func decay(
    _ group: ParameterGroup<Scalar>
  ) -> (added: Double, shrinkage: Double) { (0, 1 - group.learningRate * group.weightDecay) }
}
