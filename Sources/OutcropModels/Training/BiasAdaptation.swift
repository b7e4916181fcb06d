import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropStatistics
import OutcropTensor

/// Sets the strengths of a model's Explicit Bias Terms between epochs, by a schedule or a controller.
///
/// The next epoch's strength is part of the model's state, so that a resumed run gives the same bits.
final class BiasAdaptation<Scalar: TensorScalar>: TrainingHook, ActivationObserver {
  private let strength: ExplicitBiasStrength
  /// For each layer, the strengths of its attentions.
  private let layers: [[Statistic<Scalar>]]
  /// For each layer, this epoch's counts of large ratios and of all ratios.
  private var seen: [(large: Int, all: Int)]
  /// Observing a step makes it a fifth slower, so only one step of this many is observed.
  private let stride = 16

  /// nil if no layer has a strength to set.
  init?(_ strength: ExplicitBiasStrength, _ layers: [any GraphLayer<Scalar>]) {
    self.strength = strength
    self.layers = layers.map { $0.explicitBiases.compactMap(\.setStrength) }
    seen = Array(repeating: (0, 0), count: layers.count)
    if self.layers.allSatisfy(\.isEmpty) { return nil }
  }

  func observers(step: Int) -> [any ActivationObserver] {
    guard case .driven = strength else { return [] }
    return step % stride == 0 ? [self] : []
  }

  func observe<Other: TensorScalar>(_ activation: Activation<Other>, in batch: GraphBatch) {
    guard case .driven(let drive) = strength, activation.kind == .edge,
      activation.layer < seen.count
    else { return }
    let values = activation.values.values.map { Float($0) }
    let width = activation.values.shape[1]
    let medians = values.withUnsafeBufferPointer { values in
      (try? ActivationArray(values, rowCount: values.count / max(1, width), width: width))
        .map { Median.rowMagnitudes(of: $0) } ?? []
    }
    for (row, median) in medians.enumerated() {
      // A row whose median is 0 or NaN has no ratios.
      guard median > 0 else { continue }
      let bound = Float(drive.ratio) * median
      for value in values[row * width..<(row + 1) * width] where abs(value) > bound {
        seen[activation.layer].large += 1
      }
    }
    seen[activation.layer].all += values.count
  }

  func epochBegins(_ number: Int) {
    for (index, statistics) in layers.enumerated() {
      seen[index] = (0, 0)
      for statistic in statistics {
        let next =
          switch strength {
          case .schedule(let start, let end, let epochs):
            start + (end - start) * Double(min(number, epochs) - 1) / Double(max(1, epochs - 1))
          default: Double(statistic.value.values[1])
          }
        statistic.value = Tensor([Scalar(next), Scalar(next)])
      }
    }
  }

  func merge(over communicator: any Communicator) throws {
    let counts = try communicator.gather(seen.flatMap { [$0.large, $0.all] })
    for index in seen.indices {
      seen[index] = (
        counts.reduce(0) { $0 + $1[2 * index] }, counts.reduce(0) { $0 + $1[2 * index + 1] }
      )
    }
  }

  func epochEnded(_ record: EpochRecord) {
    guard case .driven(let drive) = strength else { return }
    for (index, statistics) in layers.enumerated() where seen[index].all > 0 {
      let share = Double(seen[index].large) / Double(seen[index].all)
      for statistic in statistics {
        let now = statistic.value.values[0]
        statistic.value = Tensor([now, Scalar(drive.next(Double(now), after: share))])
      }
    }
  }
}
