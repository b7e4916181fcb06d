import Foundation
import OutcropCore
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// A tensor in a truth file.
struct TruthTensor: Decodable, Sendable {
  let shape: [Int]
  let values: [Double]

  func tensor<S: TensorScalar>() -> Tensor<S> { Tensor(values.map { S($0) }, shape: shape) }
}

/// The values in a truth file of this folder; see `make_values.py`.
func truth<Value: Decodable>(_ name: String) -> Value {
  let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Truth")!
  return try! JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
}

private struct Truth: Decodable {
  struct Run: Decodable {
    let a, b, targets: TruthTensor
    let history: [[TruthTensor]]
    let norms: [Double]
  }
  let optimizers: [String: Run]
  let schedules: [String: [Double]]
  let losses: [Double]

  static let values: Truth = truth("optimizers")
  static let names = values.optimizers.keys.sorted()
}

private final class TwoParameters<Scalar: TensorScalar>: Module {
  let a, b: Parameter<Scalar>
  init(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) { (self.a, self.b) = (Parameter(a), Parameter(b)) }

  func loss(_ target: Tensor<Scalar>) -> Tensor<Scalar> {
    let (a, b) = (a.value, b.value)
    let first = a.sliced(axis: 0, 0..<1).sliced(axis: 1, 0..<1).reshaped([1])
    let gap = a - target
    return (gap * gap).sum() + (first * b).exp().sum() + (b * b * b * b).sum()
  }
}

@Suite("Optimizers agree with torch.optim")
struct OptimizerTruthTests {
  private func optimizer<S: TensorScalar>(
    _ name: String, _ groups: [ParameterGroup<S>]
  ) -> any Optimizer<S> {
    switch name {
    case "sgd": SGD(groups)
    case "sgd momentum": SGD(groups, momentum: 0.9)
    case "sgd dampening": SGD(groups, momentum: 0.8, dampening: 0.3)
    case "sgd nesterov": SGD(groups, momentum: 0.9, nesterov: true)
    case "adam": Adam(groups, betas: (0.8, 0.95))
    case "adam norm": Adam(groups)
    case "adamw": AdamW(groups)
    case "adamw value": AdamW(groups, betas: (0.8, 0.95), epsilon: 1e-6)
    case "rmsprop": RMSprop(groups)
    case "rmsprop centered": RMSprop(groups, smoothing: 0.9, momentum: 0.5, centered: true)
    case "adagrad": Adagrad(groups)
    case "adagrad decay": Adagrad(groups, learningRateDecay: 0.1, initialSum: 0.2)
    default: fatalError("no optimizer for the case \(name)")
    }
  }

  @Test("in ten steps of two groups with clipping", arguments: Truth.names)
  func steps(_ name: String) {
    check(name, Double.self, tolerance: 1e-11)
    check(name, Float.self, tolerance: 1e-4)
  }

  private func check<S: TensorScalar>(_ name: String, _: S.Type, tolerance: Double) {
    let run = Truth.values.optimizers[name]!
    let model = TwoParameters<S>(run.a.tensor(), run.b.tensor())
    let optimizer: any Optimizer<S> = optimizer(
      name,
      [
        ParameterGroup(model.parameters(matching: "a"), learningRate: 0.05, weightDecay: 0.1),
        ParameterGroup(model.parameters(matching: "b"), learningRate: 0.02),
      ])
    let targets: Tensor<S> = run.targets.tensor()
    var norms: [Double] = []
    for (step, expected) in run.history.enumerated() {
      optimizer.zeroGradients()
      model.loss(targets.sliced(axis: 0, step..<step + 1).reshaped([3, 2])).backward()
      if !run.norms.isEmpty { norms.append(optimizer.clipGradients(toNorm: 1.5)) }
      if name.hasSuffix("value") || name == "adagrad decay" {
        optimizer.clipGradients(toValue: 0.7)
      }
      optimizer.step()
      for (found, expected) in zip([model.a, model.b], expected) {
        if let problem = difference(
          "\(name), step \(step)", found.value.values, expected.values, tolerance: tolerance)
        {
          Issue.record("\(problem)")
          return
        }
      }
    }
    if let problem = difference("\(name), norms", norms, run.norms, tolerance: tolerance) {
      Issue.record("\(problem)")
    }
  }

  private func schedule(_ name: String) -> any LearningRateSchedule {
    switch name {
    case "step": StepSchedule(every: 7, decay: 0.3)
    case "multiStep": MultiStepSchedule(milestones: [5, 20, 21], decay: 0.5)
    case "exponential": ExponentialSchedule(decay: 0.93)
    case "cosine": CosineSchedule(steps: 50, minimum: 0.1)
    case "warmUp": LinearWarmUp(steps: 8, from: 0.1)
    case "oneCycle": OneCycleSchedule(steps: 51)
    case "plateau": PlateauSchedule(patience: 3)
    case "warmUpThenCosine": LinearWarmUp(steps: 10, from: 0.25).then(CosineSchedule(steps: 40))
    case "product": LinearWarmUp(steps: 8, from: 0.1) * ExponentialSchedule(decay: 0.9)
    default: fatalError("no schedule for the case \(name)")
    }
  }

  @Test(
    "Schedules agree with torch.optim.lr_scheduler for 50 steps, also when saved midway",
    arguments: Truth.values.schedules.keys.sorted())
  func schedules(_ name: String) throws {
    let expected = Truth.values.schedules[name]!
    let model = TwoParameters<Double>(.zeros([1]), .zeros([1]))
    func make() -> (SGD<Double>, Scheduler<Double>) {
      let optimizer = SGD(model, learningRate: 0.4)
      func scheduler(_ schedule: some LearningRateSchedule) -> Scheduler<Double> {
        Scheduler(optimizer, schedule)
      }
      return (optimizer, scheduler(schedule(name)))
    }
    let folder = try TemporaryFolder()
    var (optimizer, scheduler) = make()
    for (step, rate) in expected.enumerated() {
      #expect(abs(optimizer.learningRate - rate) <= 1e-12 * max(rate, 0.01), "step \(step)")
      scheduler.step(loss: Truth.values.losses[step])
      if step == 19 {
        let path = folder.path("schedule")
        try TrainingCheckpoint(model, optimizer, scheduler).save(to: path)
        (optimizer, scheduler) = make()
        try TrainingCheckpoint(model, optimizer, scheduler).load(from: path)
        #expect(scheduler.stepCount == 20)
      }
    }
  }
}
