import OutcropCore
import OutcropTensor

/// Stochastic gradient descent with the arithmetic of `torch.optim.SGD`: the weight decay is added to the
/// gradient g, the velocity is v ← momentum · v + (1 − dampening) · g (v ← g in the first step), and the
/// value moves by −learning rate · v, with Nesterov's momentum by −learning rate · (g + momentum · v).
public final class SGD<Scalar: TensorScalar>: Optimizer {
  public static var name: String { "SGD" }
  public static var momentNames: [String] { ["velocity"] }

  public let groups: [ParameterGroup<Scalar>]
  public let slots: [OptimizerSlot<Scalar>]
  /// The factor of the velocity; 0 for none.
  public let momentum: Double
  /// The fraction of the gradient that does not enter the velocity.
  public let dampening: Double
  /// Whether the step looks ahead along the velocity.
  public let isNesterov: Bool

  /// An optimizer of groups of parameters. Traps for a negative momentum, and for Nesterov's momentum without
  /// momentum or with dampening.
  public init(
    _ groups: [ParameterGroup<Scalar>], momentum: Double = 0, dampening: Double = 0,
    nesterov: Bool = false
  ) {
    require(
      momentum >= 0 && (!nesterov || momentum > 0 && dampening == 0),
      "SGD: momentum \(momentum), dampening \(dampening), nesterov \(nesterov); expected a momentum of at "
        + "least 0, and for nesterov a positive one without dampening")
    self.groups = groups
    slots = OptimizerSlot.slots(groups, moments: momentum == 0 ? [] : [0])
    (self.momentum, self.dampening, isNesterov) = (momentum, dampening, nesterov)
  }

  /// An optimizer of the parameters of `model`.
  public convenience init(
    _ model: some Module<Scalar>, learningRate: Double, momentum: Double = 0,
    dampening: Double = 0, weightDecay: Double = 0, nesterov: Bool = false
  ) {
    self.init(
      [ParameterGroup(model, learningRate: learningRate, weightDecay: weightDecay)],
      momentum: momentum, dampening: dampening, nesterov: nesterov)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func step() {
    updateParameters { slot in
      SGDNumbers(
        rate: Scalar(slot.group.learningRate), decay: Scalar(slot.group.weightDecay),
        momentum: Scalar(momentum), fresh: slot.steps == 1 ? 1 : Scalar(1 - dampening),
        isNesterov: isNesterov)
    } _: {
      move($0, $1)
    }
  }
}

private struct SGDNumbers<Scalar: TensorScalar>: Sendable {
  let rate, decay, momentum, fresh: Scalar
  let isNesterov: Bool
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func move<Scalar: TensorScalar>(_ n: SGDNumbers<Scalar>, _ range: UpdateRange<Scalar>) {
  let (x, gradient) = (range.value, range.gradient)
  guard let velocity = range.moments.0 else {
    for i in 0..<range.count { x[i] -= n.rate * (gradient[i] + n.decay * x[i]) }
    return
  }
  for i in 0..<range.count {
    let g = gradient[i] + n.decay * x[i]
    let v = n.momentum * velocity[i] + n.fresh * g
    velocity[i] = v
    x[i] -= n.rate * (n.isNesterov ? g + n.momentum * v : v)
  }
}
