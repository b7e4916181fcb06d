import OutcropCore
import OutcropTensor

/// Changes parameters by their gradients.
///
/// A step changes neither a parameter without a gradient nor its moments. Frozen parameters and parameters
/// that do not influence the loss therefore stay unchanged.
///
///     let optimizer = AdamW(model, learningRate: 1e-3)
///     for batch in batches {
///       optimizer.zeroGradients()
///       loss(model(batch)).backward()
///       optimizer.clipGradients(toNorm: 1)
///       optimizer.step()
///     }
///
/// A custom optimizer keeps its state in `OptimizerSlot.moments`, which checkpoints store.
public protocol Optimizer<Scalar>: AnyObject {
  associatedtype Scalar: TensorScalar
  /// The name in checkpoints.
  static var name: String { get }
  /// The names of a slot's moments in checkpoints, in their order.
  static var momentNames: [String] { get }
  /// The groups of parameters with their settings.
  var groups: [ParameterGroup<Scalar>] { get }
  /// Each parameter with the optimizer's state for it.
  var slots: [OptimizerSlot<Scalar>] { get }
  /// Updates all parameters that have a gradient.
  func step()
}

/// Parameters that share a learning rate and a weight decay.
public final class ParameterGroup<Scalar: TensorScalar> {
  /// The parameters by name.
  public let parameters: [(name: String, parameter: Parameter<Scalar>)]
  /// The learning rate, which a schedule may change.
  public var learningRate: Double
  /// The factor of the weight decay.
  public var weightDecay: Double

  /// A group of the given parameters.
  public init(
    _ parameters: [(name: String, parameter: Parameter<Scalar>)], learningRate: Double,
    weightDecay: Double = 0
  ) {
    (self.parameters, self.learningRate) = (parameters, learningRate)
    self.weightDecay = weightDecay
  }

  /// A group of parameters without a module; their names are their numbers.
  public convenience init(
    _ parameters: [Parameter<Scalar>], learningRate: Double, weightDecay: Double = 0
  ) {
    self.init(
      parameters.enumerated().map { ("\($0)", $1) }, learningRate: learningRate,
      weightDecay: weightDecay)
  }

  /// A group of all parameters of a module.
  public convenience init(
    _ model: some Module<Scalar>, learningRate: Double, weightDecay: Double = 0
  ) {
    self.init(model.parameters, learningRate: learningRate, weightDecay: weightDecay)
  }
}

/// A parameter with an optimizer's state for it.
public final class OptimizerSlot<Scalar: TensorScalar> {
  /// The parameter's name in the model.
  public let name: String
  /// The parameter.
  public let parameter: Parameter<Scalar>
  /// The group with the parameter's settings.
  public let group: ParameterGroup<Scalar>
  /// The number of steps that changed the parameter.
  public var steps = 0
  /// Tensors of the parameter's shape, such as running means of the gradient.
  public var moments: [Tensor<Scalar>]

  init(
    _ name: String, _ parameter: Parameter<Scalar>, _ group: ParameterGroup<Scalar>,
    moments: [Scalar]
  ) {
    (self.name, self.parameter, self.group) = (name, parameter, group)
    self.moments = moments.map { Tensor(repeating: $0, shape: parameter.shape) }
  }

  /// The slots of all parameters of `groups`, with moments of the given initial values. Traps if a
  /// parameter is in two groups or two parameters have the same name.
  public static func slots(
    _ groups: [ParameterGroup<Scalar>], moments: [Scalar]
  ) -> [OptimizerSlot] {
    var seen: Set<ObjectIdentifier> = []
    var names: Set<String> = []
    return groups.flatMap { group in
      group.parameters.map { name, parameter in
        require(
          seen.insert(ObjectIdentifier(parameter)).inserted,
          "Optimizer: the parameter `\(name)` is in two groups, or twice in one")
        require(
          names.insert(name).inserted, "Optimizer: the name `\(name)` stands for two parameters")
        return OptimizerSlot(name, parameter, group, moments: moments)
      }
    }
  }
}

extension Optimizer {
  /// The learning rate of the first group; setting it sets that of all groups.
  public var learningRate: Double {
    get { groups.first?.learningRate ?? 0 }
    set { for group in groups { group.learningRate = newValue } }
  }

  /// The weight decay of the first group; setting it sets that of all groups.
  public var weightDecay: Double {
    get { groups.first?.weightDecay ?? 0 }
    set { for group in groups { group.weightDecay = newValue } }
  }

  /// Sets the gradients of all parameters to nil.
  public func zeroGradients() {
    for slot in slots { slot.parameter.zeroGradient() }
  }
}

/// A range of one parameter's elements with their gradient and moments: the work of one chunk.
struct UpdateRange<Scalar: TensorScalar>: @unchecked Sendable {
  let value: UnsafeMutablePointer<Scalar>
  let gradient: UnsafePointer<Scalar>
  /// The moments, as many as the optimizer has.
  let moments:
    (UnsafeMutablePointer<Scalar>?, UnsafeMutablePointer<Scalar>?, UnsafeMutablePointer<Scalar>?)
  let count: Int
}

extension Optimizer {
  /// Counts a step for every parameter with a gradient, and calls `update` with the numbers of that step for
  /// each chunk of its elements, on all threads.
  func updateParameters<Numbers: Sendable>(
    _ numbers: (OptimizerSlot<Scalar>) -> Numbers,
    _ update: (Numbers, UpdateRange<Scalar>) -> Void
  ) {
    var chunks: [(Numbers, UpdateRange<Scalar>)] = []
    var gradients: [Tensor<Scalar>] = []
    for slot in slots where !slot.parameter.isFrozen {
      guard let gradient = slot.parameter.gradient else { continue }
      gradients.append(gradient)
      slot.steps += 1
      let values = numbers(slot)
      let base = slot.parameter.mutableBase()
      var moments: [UnsafeMutablePointer<Scalar>] = []
      for index in slot.moments.indices {
        moments.append(slot.moments[index].withUnsafeMutableBufferPointer { $0.baseAddress! })
      }
      for start in stride(from: 0, to: gradient.count, by: elementGrain) {
        func moment(_ index: Int) -> UnsafeMutablePointer<Scalar>? {
          index < moments.count ? moments[index] + start : nil
        }
        chunks.append(
          (
            values,
            UpdateRange(
              value: base + start, gradient: gradient.base + start,
              moments: (moment(0), moment(1), moment(2)),
              count: min(elementGrain, gradient.count - start))
          ))
      }
    }
    withExtendedLifetime(gradients) {
      ThreadPool.run(chunks: chunks.count) { update(chunks[$0].0, chunks[$0].1) }
    }
  }
}
