import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// Bounds on the difference between a float32 run and exact results, by name, for golden files that do not state
/// them. All bounds are measured with the model in `Double`, without use of a stored result.
enum MeasuredGaps {
  /// The effect of rounding on the statistics after one training pass: the largest change if every batch mean
  /// has a relative error of √n · 2^-24 with a random sign (the largest of eight draws). This is the typical
  /// error of a mean over n rows in float32.
  ///
  /// If a column's mean is much larger than its deviation, normalization divides this error by the deviation,
  /// which limits the accuracy of all later statistics: PyTorch's float64 run then differs from its float32
  /// run by the same amount.
  static func ofStatistics(_ golden: GoldenFile) throws -> [String: Double] {
    let before = try statistics(golden, steps: 0, learningRate: nil) { _, _, _ in 0 }
    let exact = try statistics(golden, steps: 1, learningRate: nil) { _, _, _ in 0 }
    let rows = try Double(max(1, golden.batch().edgeCount))
    var gaps: [String: Double] = [:]
    for draw in 0..<8 {
      // An error δ of the mean shifts the normalized column by δ / σ, like a change of the bias.
      let moved = try statistics(golden, steps: 1, learningRate: nil) { name, index, _ in
        guard name.hasSuffix(".bias") else { return 0 }
        let layer = name.dropLast("bias".count)
        func batch(_ statistic: String) -> Double? {
          guard let new = exact[layer + statistic], let old = before[layer + statistic] else {
            return nil
          }
          return (new[index] - 0.9 * old[index]) / 0.1
        }
        guard let mean = batch("running_mean"), let variance = batch("running_var") else {
          return 0
        }
        let size = rows.squareRoot() * 0x1p-24 * mean / (variance + 1e-5).squareRoot()
        return mixed(UInt64(draw) << 48 ^ UInt64(index) << 16 ^ nameHash(name)) & 1 == 0
          ? size : -size
      }
      gaps.merge(difference(exact, moved)) { max($0, $1) }
    }
    return gaps
  }

  /// How far rounding moves the gradient of a parameter: its elements, and each number of its signature.
  struct Movement {
    var element = 0.0
    var signature = [Double](repeating: 0, count: 6)
  }

  /// The effect of rounding on gradients: the largest change if every weight has a relative error of √n · 2^-24 with a
  /// random sign, where n is the length of its row (the largest of sixteen draws). It changes a sum of n products as
  /// much as rounding in float32 does.
  ///
  /// The gap that a file states is that of PyTorch's run. If the input of a ReLU is 0 but for rounding, another order
  /// of additions gives it the other sign, and with it a row of a gradient another value.
  static func ofGradients(_ golden: GoldenFile) throws -> [String: Movement] {
    let model: any GraphModel<Double> = try ModelCatalog.make(golden.model, golden.fields, seed: 0)
    let errors = model.parameters.reduce(into: [String: Double]()) { errors, entry in
      errors[entry.name] = Double(entry.parameter.shape.last ?? 1).squareRoot() * 0x1p-24
    }
    let exact = try gradients(golden, model) { _, _, _ in 0 }
    let signatures = exact.mapValues(Comparison.signature)
    var movements: [String: Movement] = [:]
    for draw in 0..<16 {
      let moved = try gradients(golden, model) { name, index, value in
        let isUp = mixed(UInt64(draw) << 48 ^ UInt64(index) << 16 ^ nameHash(name)) & 1 == 0
        return value * (isUp ? errors[name]! : -errors[name]!)
      }
      for (name, step) in difference(exact, moved) {
        var movement = movements[name, default: Movement()]
        movement.element = max(movement.element, step)
        let signature = zip(Comparison.signature(of: moved[name]!), signatures[name]!)
        movement.signature = zip(movement.signature, signature).map {
          max($0, ($1.0 - $1.1).magnitude)
        }
        movements[name] = movement
      }
    }
    return movements
  }

  private static func gradients(
    _ golden: GoldenFile, _ model: some GraphModel<Double>,
    shift: (_ name: String, _ index: Int, _ value: Double) -> Double
  ) throws -> [String: [Double]] {
    try load(golden, into: model, shift: shift)
    model.zeroGradients()
    let batch = try golden.batch()
    TrainingPass(model, batch, Targets(batch, task: golden.task)).loss.backward()
    var result: [String: [Double]] = [:]
    for entry in model.state {
      if case .parameter(let parameter) = entry.content {
        result[entry.name] = parameter.gradient?.values ?? []
      }
    }
    return result
  }

  private static func load(
    _ golden: GoldenFile, into model: some GraphModel<Double>,
    shift: (_ name: String, _ index: Int, _ value: Double) -> Double
  ) throws {
    try golden.load(into: model)
    for (name, parameter) in model.parameters {
      parameter.update { values in
        for index in values.indices { values[index] += shift(name, index, values[index]) }
      }
    }
  }

  /// The effect of parameters that the file omits on the statistics after five Adam steps: the change if each
  /// of these parameters changes by the maximum of five steps.
  ///
  /// Their exact gradient is zero, so only rounding determines their changes. A bias before a normalization
  /// changes the running mean.
  static func leftOutParameters(
    _ golden: GoldenFile, learningRate: Double
  ) throws -> [String: Double] {
    let left = golden.names("zero_gradient_parameters")
    let exact = try statistics(golden, steps: 5, learningRate: learningRate) { _, _, _ in 0 }
    let moved = try statistics(golden, steps: 5, learningRate: learningRate) { name, _, _ in
      left.contains(name) ? 5 * learningRate : 0
    }
    // Four times a file's gap is allowed, but this value already is a bound.
    return difference(exact, moved).mapValues { $0 / VerificationTolerance.gaps }
  }

  /// The statistics after `steps` training passes, with parameters moved by `shift` at the start.
  private static func statistics(
    _ golden: GoldenFile, steps: Int, learningRate: Double?,
    shift: (_ name: String, _ index: Int, _ value: Double) -> Double
  ) throws -> [String: [Double]] {
    let model: any GraphModel<Double> = try ModelCatalog.make(golden.model, golden.fields, seed: 0)
    return try statistics(golden, model, steps: steps, learningRate: learningRate, shift: shift)
  }

  private static func statistics(
    _ golden: GoldenFile, _ model: some GraphModel<Double>, steps: Int, learningRate: Double?,
    shift: (_ name: String, _ index: Int, _ value: Double) -> Double
  ) throws -> [String: [Double]] {
    try load(golden, into: model, shift: shift)
    let batch = try golden.batch()
    let optimizer = Adam(model, learningRate: learningRate ?? 0)
    for _ in 0..<steps {
      let pass = TrainingPass(model, batch, Targets(batch, task: golden.task))
      if learningRate != nil {
        pass.loss.backward()
        optimizer.step()
        model.zeroGradients()
      }
    }
    var result: [String: [Double]] = [:]
    for entry in model.state {
      if case .statistic(let statistic) = entry.content {
        result[entry.name] = statistic.value.values
      }
    }
    return result
  }

  private static func difference(
    _ a: [String: [Double]], _ b: [String: [Double]]
  ) -> [String: Double] {
    a.reduce(into: [:]) { gaps, entry in
      gaps[entry.key] = zip(entry.value, b[entry.key]!).map { ($0 - $1).magnitude }.max() ?? 0
    }
  }

  /// FNV-1a, so that random draws are the same in every run.
  private static func nameHash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

/// One forward pass in training mode on a stored batch, without sign flips.
struct TrainingPass<Scalar: TensorScalar> {
  let scores: Tensor<Scalar>
  let loss: Tensor<Scalar>

  init(_ model: some GraphModel<Scalar>, _ batch: GraphBatch, _ targets: Targets<Scalar>) {
    let context = ForwardContext(isTraining: true)
    context.flipsEncodingSigns = false
    scores = model(batch, context)
    loss = targets.loss(scores)
  }
}
