import OutcropCore
import OutcropTensor

/// The exponential moving average of a model's parameters, which often generalizes better than the parameters
/// themselves (Polyak & Juditsky 1992).
///
///     let average = ParameterAverage(model, decay: 0.999)
///     …
///     optimizer.step()
///     average.update()
///     …
///     let error = average.evaluate { evaluation(model) }
///
/// Statistics and counters are not averaged. Not synchronized.
public final class ParameterAverage<Scalar: TensorScalar> {
  /// The factor of the average in an update: average ← decay · average + (1 − decay) · value.
  public let decay: Double
  /// The number of updates.
  public internal(set) var updates = 0
  let entries: [Entry]

  final class Entry {
    let name: String
    let parameter: Parameter<Scalar>
    var average: Tensor<Scalar>

    init(_ name: String, _ parameter: Parameter<Scalar>) {
      (self.name, self.parameter) = (name, parameter)
      // A copy, so that the first step does not have to copy the parameter.
      average = Tensor(unsafeUninitialized: parameter.shape) { target in
        parameter.value.withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
      }
    }
  }

  /// An average that starts at the current values. Traps if the decay is not in 0 ... 1.
  public init(_ model: some Module<Scalar>, decay: Double = 0.999) {
    require((0...1).contains(decay), "ParameterAverage: decay \(decay); expected 0 ... 1")
    self.decay = decay
    entries = model.parameters.map { Entry($0.name, $0.parameter) }
  }

  /// Moves the average toward the current values.
  public func update() {
    updates += 1
    for entry in entries {
      let value = entry.parameter.value
      let share = Scalar(1 - decay)
      entry.average.withUnsafeMutableBufferPointer { average in
        ThreadPool.forRanges(average.count, grain: elementGrain) {
          approach(average.baseAddress!, value.base, share, $0)
        }
      }
    }
  }

  /// Runs `body` with the averages as the values of the parameters, and then restores the values. The
  /// parameters' gradients are lost.
  public func evaluate<R>(_ body: () throws -> R) rethrows -> R {
    let values = entries.map { $0.parameter.value.detached }
    for entry in entries { entry.parameter.replace(with: entry.average) }
    defer {
      for (entry, value) in zip(entries, values) { entry.parameter.replace(with: value) }
    }
    return try body()
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func approach<Scalar: TensorScalar>(
  _ average: UnsafeMutablePointer<Scalar>, _ value: UnsafePointer<Scalar>, _ share: Scalar,
  _ range: Range<Int>
) {
  for index in range { average[index] += share * (value[index] - average[index]) }
}
