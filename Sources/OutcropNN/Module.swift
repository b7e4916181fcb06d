import OutcropCore
import OutcropTensor

/// A tensor that training changes: a leaf of the tape that collects its gradient.
///
/// Not for use from several threads at once.
public final class Parameter<Scalar: TensorScalar>: @unchecked Sendable {
  /// The value, tracked: use it in a forward pass.
  public private(set) var value: Tensor<Scalar>

  public init(_ value: Tensor<Scalar>) { self.value = value.tracked }

  public var shape: [Int] { value.shape }

  /// The gradient that backward passes have added up since `zeroGradient()`.
  public var gradient: Tensor<Scalar>? { value.gradient }

  /// Forgets the gradient.
  public func zeroGradient() { value.node?.collected[0] = nil }

  /// Changes the value in place. Tapes recorded before keep the old values.
  public func update(_ body: (UnsafeMutableBufferPointer<Scalar>) -> Void) {
    value.withUnsafeMutableBufferPointer(body)
  }

  /// The value's memory for writing, its own from here on; valid until the value is next replaced.
  func mutableBase() -> UnsafeMutablePointer<Scalar> {
    value.withUnsafeMutableBufferPointer { $0.baseAddress! }
  }

  /// Replaces the value and forgets the gradient; traps when the shapes differ.
  public func replace(with new: Tensor<Scalar>) {
    require(
      new.shape == value.shape, "Parameter.replace: the shape \(new.shape) for \(value.shape)")
    value = new.tracked
  }
}

/// Something that a module remembers besides parameters: running statistics.
public final class Statistic<Scalar: TensorScalar>: @unchecked Sendable {
  public var value: Tensor<Scalar>
  public init(_ value: Tensor<Scalar>) { self.value = value.detached }
}

/// A number that a module counts up.
public final class Counter: @unchecked Sendable {
  public var value: Int64
  public init(_ value: Int64 = 0) { self.value = value }
}

/// One named piece of a module's state.
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

/// A part of a model. Its state comes in the order in which parameters are created.
public protocol Module<Scalar>: AnyObject {
  associatedtype Scalar: TensorScalar
  /// Everything that a checkpoint holds of this module, by name.
  var state: [StateEntry<Scalar>] { get }
}

extension Module {
  /// The parameters by name; one that stands under several names, by the first.
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

  /// Forgets the gradients of all parameters.
  public func zeroGradients() {
    for (_, parameter) in parameters { parameter.zeroGradient() }
  }

  /// This module's state with names inside a parent.
  public func state(in parent: String) -> [StateEntry<Scalar>] {
    state.map { StateEntry(name: "\(parent).\($0.name)", content: $0.content) }
  }
}
