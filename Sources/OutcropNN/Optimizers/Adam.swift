import CKernels
import Foundation
import OutcropCore
import OutcropTensor

/// Adam (Kingma & Ba 2015) with β = (0.9, 0.999) and ε = 1e-8, as `torch.optim.Adam` computes it.
///
/// A parameter without a gradient stays as it is, and so do its moments.
public final class Adam<Scalar: TensorScalar> {
  public var learningRate: Double
  public let weightDecay: Double
  public let betas = (first: 0.9, second: 0.999)
  public let epsilon = 1e-8
  package let slots: [Slot]

  /// A parameter with its moments and the number of steps it has taken.
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

  public init(_ model: some Module<Scalar>, learningRate: Double, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    slots = model.parameters.map { Slot($0.name, $0.parameter) }
  }

  /// A stretch of one parameter, worked on by one thread.
  private struct Piece: @unchecked Sendable {
    let arguments: oc_adam
    let value, first, second: UnsafeMutablePointer<Scalar>
    let gradient: UnsafePointer<Scalar>
    let count: Int
  }

  /// One step along the parameters' gradients.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func step() {
    var pieces: [Piece] = []
    var gradients: [Tensor<Scalar>] = []
    for slot in slots {
      guard let gradient = slot.parameter.gradient else { continue }
      gradients.append(gradient)
      slot.steps += 1
      pieces += self.pieces(slot, gradient)
    }
    withExtendedLifetime(gradients) {
      ThreadPool.run(chunks: pieces.count) { index in
        let piece = pieces[index]
        withUnsafePointer(to: piece.arguments) { arguments in
          Kernels<Scalar>.table.adam(
            arguments, piece.value, piece.gradient, piece.first, piece.second, Int64(piece.count))
        }
      }
    }
  }

  private func pieces(_ slot: Slot, _ gradient: Tensor<Scalar>) -> [Piece] {
    let arguments = oc_adam(
      learning_rate: learningRate, beta1: betas.first, beta2: betas.second, epsilon: epsilon,
      weight_decay: weightDecay, correction1: 1 - pow(betas.first, Double(slot.steps)),
      correction2: 1 - pow(betas.second, Double(slot.steps)))
    let count = gradient.count
    let value = slot.parameter.mutableBase()
    let first = slot.first.withUnsafeMutableBufferPointer { $0.baseAddress! }
    let second = slot.second.withUnsafeMutableBufferPointer { $0.baseAddress! }
    return stride(from: 0, to: count, by: elementGrain).map { start in
      Piece(
        arguments: arguments, value: value + start, first: first + start, second: second + start,
        gradient: gradient.base + start, count: min(elementGrain, count - start))
    }
  }
}
