import CKernels
import Foundation
import OutcropCore
import OutcropTensor

/// Adam (Kingma & Ba 2015) with the arithmetic of `torch.optim.Adam`.
///
/// A step changes neither a parameter without a gradient nor its moments.
public final class Adam<Scalar: TensorScalar> {
  public var learningRate: Double
  /// The decay rates of the moments, in 0 ..< 1.
  public let betas: (first: Double, second: Double)
  /// The number that is added to the denominator.
  public let epsilon: Double
  /// The factor of the L2 regularization, which is added to the gradient.
  public let weightDecay: Double
  package let slots: [Slot]

  /// A parameter with its moments and its number of steps.
  package final class Slot {
    package let name: String
    package let parameter: Parameter<Scalar>
    package var first: Tensor<Scalar>
    package var second: Tensor<Scalar>
    package var steps = 0

    init(_ name: String, _ parameter: Parameter<Scalar>) {
      self.name = name
      self.parameter = parameter
      first = .zeros(parameter.shape)
      second = .zeros(parameter.shape)
    }
  }

  /// An optimizer of the parameters of `model`. Traps when a decay rate is not in 0 ..< 1.
  public init(
    _ model: some Module<Scalar>, learningRate: Double,
    betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    require(
      (0..<1).contains(betas.first) && (0..<1).contains(betas.second),
      "Adam: betas \(betas.first) and \(betas.second); expected 0 ..< 1")
    self.learningRate = learningRate
    (self.betas, self.epsilon, self.weightDecay) = (betas, epsilon, weightDecay)
    slots = model.parameters.map { Slot($0.name, $0.parameter) }
  }

  /// A range of one parameter's elements, the work of one chunk.
  private struct Chunk: @unchecked Sendable {
    let arguments: oc_adam
    let value, first, second: UnsafeMutablePointer<Scalar>
    let gradient: UnsafePointer<Scalar>
    let count: Int
  }

  /// Updates all parameters that have a gradient.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func step() {
    var chunks: [Chunk] = []
    var gradients: [Tensor<Scalar>] = []
    for slot in slots {
      guard let gradient = slot.parameter.gradient else { continue }
      gradients.append(gradient)
      slot.steps += 1
      chunks += self.chunks(slot, gradient)
    }
    withExtendedLifetime(gradients) {
      ThreadPool.run(chunks: chunks.count) { index in
        let chunk = chunks[index]
        withUnsafePointer(to: chunk.arguments) { arguments in
          Kernels<Scalar>.table.adam(
            arguments, chunk.value, chunk.gradient, chunk.first, chunk.second, Int64(chunk.count))
        }
      }
    }
  }

  private func chunks(_ slot: Slot, _ gradient: Tensor<Scalar>) -> [Chunk] {
    let arguments = oc_adam(
      learning_rate: learningRate, beta1: betas.first, beta2: betas.second, epsilon: epsilon,
      weight_decay: weightDecay, correction1: 1 - pow(betas.first, Double(slot.steps)),
      correction2: 1 - pow(betas.second, Double(slot.steps)))
    let count = gradient.count
    let value = slot.parameter.mutableBase()
    let first = slot.first.withUnsafeMutableBufferPointer { $0.baseAddress! }
    let second = slot.second.withUnsafeMutableBufferPointer { $0.baseAddress! }
    return stride(from: 0, to: count, by: elementGrain).map { start in
      Chunk(
        arguments: arguments, value: value + start, first: first + start, second: second + start,
        gradient: gradient.base + start, count: min(elementGrain, count - start))
    }
  }
}
