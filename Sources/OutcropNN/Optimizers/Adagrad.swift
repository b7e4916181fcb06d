import OutcropCore
import OutcropTensor

/// Adagrad (Duchi et al. 2011) with the arithmetic of `torch.optim.Adagrad`: steps are divided by
/// √(sum of g²) + epsilon.
public final class Adagrad<Scalar: TensorScalar>: Optimizer {
  public static var name: String { "Adagrad" }
  public static var momentNames: [String] { ["sum"] }

  public let groups: [ParameterGroup<Scalar>]
  public let slots: [OptimizerSlot<Scalar>]
  /// Step t uses learning rate / (1 + (t − 1) · decay).
  public let learningRateDecay: Double
  /// The number that is added to the denominator.
  public let epsilon: Double

  /// An optimizer of groups of parameters whose sums of squares start at `initialSum`.
  public init(
    _ groups: [ParameterGroup<Scalar>], learningRateDecay: Double = 0, initialSum: Double = 0,
    epsilon: Double = 1e-10
  ) {
    require(
      learningRateDecay >= 0 && initialSum >= 0,
      "Adagrad: decay \(learningRateDecay) and initial sum \(initialSum); expected at least 0")
    self.groups = groups
    slots = OptimizerSlot.slots(groups, moments: [Scalar(initialSum)])
    (self.learningRateDecay, self.epsilon) = (learningRateDecay, epsilon)
  }

  /// An optimizer of the parameters of `model`.
  public convenience init(
    _ model: some Module<Scalar>, learningRate: Double = 0.01, learningRateDecay: Double = 0,
    weightDecay: Double = 0, initialSum: Double = 0, epsilon: Double = 1e-10
  ) {
    self.init(
      [ParameterGroup(model, learningRate: learningRate, weightDecay: weightDecay)],
      learningRateDecay: learningRateDecay, initialSum: initialSum, epsilon: epsilon)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func step() {
    updateParameters { slot in
      AdagradNumbers(
        rate: Scalar(
          slot.group.learningRate / (1 + Double(slot.steps - 1) * learningRateDecay)),
        decay: Scalar(slot.group.weightDecay), epsilon: Scalar(epsilon))
    } _: {
      move($0, $1)
    }
  }
}

private struct AdagradNumbers<Scalar: TensorScalar>: Sendable {
  let rate, decay, epsilon: Scalar
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func move<Scalar: TensorScalar>(_ n: AdagradNumbers<Scalar>, _ range: UpdateRange<Scalar>) {
  let (x, gradient) = (range.value, range.gradient)
  guard let sum = range.moments.0 else { return }
  for i in 0..<range.count {
    let g = gradient[i] + n.decay * x[i]
    let s = sum[i] + g * g
    sum[i] = s
    x[i] -= n.rate * g / (s.squareRoot() + n.epsilon)
  }
}
