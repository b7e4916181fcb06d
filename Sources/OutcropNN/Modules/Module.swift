import OutcropCore
import OutcropTensor

/// A tensor that training changes: a leaf of the tape that collects its gradient.
///
/// Not synchronized, although it is `Sendable`: while one task changes the value or runs a backward
/// pass, no other task may use the parameter.
public final class Parameter<Scalar: TensorScalar>: @unchecked Sendable {
  /// The value as a tracked tensor for forward passes.
  public private(set) var value: Tensor<Scalar>

  public init(_ value: Tensor<Scalar>) { self.value = value.trackingGradients() }

  /// The shape of the value.
  public var shape: [Int] { value.shape }

  /// The sum of the gradients of all backward passes since `zeroGradient()`; nil before the first.
  public var gradient: Tensor<Scalar>? { value.gradient }

  /// Sets the gradient to nil.
  public func zeroGradient() { value.node?.collected[0] = nil }

  /// Changes the value in place. Tapes recorded before the change still use the old values.
  public func update(_ body: (UnsafeMutableBufferPointer<Scalar>) -> Void) {
    value.withUnsafeMutableBufferPointer(keepingLeaf: true, body)
  }

  /// The address of the value for writing, in memory that no other tensor shares. Valid until the
  /// value is replaced.
  func mutableBase() -> UnsafeMutablePointer<Scalar> {
    value.withUnsafeMutableBufferPointer(keepingLeaf: true) { $0.baseAddress! }
  }

  /// Replaces the value and sets the gradient to nil. Traps when the shapes differ.
  public func replace(with new: Tensor<Scalar>) {
    require(
      new.shape == value.shape,
      "Parameter.replace: a value of shape \(new.shape) for a parameter of shape \(value.shape)")
    value = new.trackingGradients()
  }
}

/// A tensor of a module's state that is not trained, such as running statistics. Not synchronized.
public final class Statistic<Scalar: TensorScalar>: @unchecked Sendable {
  public var value: Tensor<Scalar>
  public init(_ value: Tensor<Scalar>) { self.value = value.detached }
}

/// A counter of a module's state. Not synchronized.
public final class Counter: @unchecked Sendable {
  public var value: Int64
  public init(_ value: Int64 = 0) { self.value = value }
}

/// One named part of a module's state.
public struct StateEntry<Scalar: TensorScalar>: Sendable {
  public enum Content: Sendable {
    case parameter(Parameter<Scalar>)
    case statistic(Statistic<Scalar>)
    case counter(Counter)
  }
  /// The published model's name, such as `layers.3.attention.Q.weight`.
  public let name: String
  public let content: Content

  public init(name: String, content: Content) { (self.name, self.content) = (name, content) }
}

/// A part of a model with parameters. The state has the order in which the parameters are created.
public protocol Module<Scalar>: AnyObject {
  associatedtype Scalar: TensorScalar
  /// The named parameters, statistics and counters that a checkpoint stores.
  var state: [StateEntry<Scalar>] { get }
}

extension Module {
  /// The parameters by name. A shared parameter has its first name.
  public var parameters: [(name: String, parameter: Parameter<Scalar>)] {
    var seen: Set<ObjectIdentifier> = []
    return state.compactMap { entry in
      guard case .parameter(let parameter) = entry.content,
        seen.insert(ObjectIdentifier(parameter)).inserted
      else { return nil }
      return (entry.name, parameter)
    }
  }

  /// The number of trainable values.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.parameter.value.count } }

  /// Sets the gradients of all parameters to nil.
  public func zeroGradients() {
    for (_, parameter) in parameters { parameter.zeroGradient() }
  }

  /// The state with the prefix `parent.` before every name.
  public func state(in parent: String) -> [StateEntry<Scalar>] {
    state.map { StateEntry(name: "\(parent).\($0.name)", content: $0.content) }
  }
}
