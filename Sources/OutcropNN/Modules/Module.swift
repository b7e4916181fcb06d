import OutcropCore
import OutcropTensor

/// A tensor that training changes: a leaf of the tape that collects its gradient.
///
/// Several tasks may run forward and backward passes through a parameter at once: gradients are added
/// under a lock, in the order in which the passes arrive. While one task changes the value, freezes or
/// loads it, no other task may use the parameter: that is not synchronized, although the type is
/// `Sendable`.
public final class Parameter<Scalar: TensorScalar>: @unchecked Sendable {
  /// The value as a leaf of the tape. While another leaf of the same values takes its place, the gradients of
  /// passes that begin are collected there.
  package var leaf: Tensor<Scalar>
  /// Whether the parameter is excluded from training: its value is not tracked, so it gets no gradient, and
  /// optimizers do not change it. Freezing sets the gradient to nil.
  public var isFrozen = false { didSet { if isFrozen { zeroGradient() } } }

  /// A parameter with the given initial value.
  public init(_ value: Tensor<Scalar>) { leaf = value.trackingGradients() }

  /// The value for forward passes: a tracked tensor, unless the parameter is frozen.
  public var value: Tensor<Scalar> { isFrozen ? leaf.detached : leaf }

  /// The shape of the value.
  public var shape: [Int] { leaf.shape }

  /// The number of elements.
  public var count: Int { leaf.count }

  /// The sum of the gradients of all backward passes since `zeroGradient()`; nil before the first pass.
  /// Setting it replaces the sum, and traps if the shape is not that of the value.
  public var gradient: Tensor<Scalar>? {
    get { leaf.gradient }
    set {
      require(
        newValue == nil || newValue!.shape == shape,
        "Parameter.gradient: found a gradient of shape \(newValue?.shape ?? []) for a parameter of "
          + "shape \(shape)")
      leaf.replaceGradient(with: newValue)
    }
  }

  /// Sets the gradient to nil.
  public func zeroGradient() { leaf.replaceGradient(with: nil) }

  /// Changes the gradient in place, if there is one.
  public func updateGradient(_ body: (UnsafeMutableBufferPointer<Scalar>) -> Void) {
    leaf.updateGradient(body)
  }

  /// Changes the value in place. Tapes recorded before the change still use the old values.
  public func update(_ body: (UnsafeMutableBufferPointer<Scalar>) -> Void) {
    leaf.withUnsafeMutableBufferPointer(keepingLeaf: true, body)
  }

  /// The address of the value for writing, in memory that no other tensor shares. Valid until the
  /// value is replaced.
  func mutableBase() -> UnsafeMutablePointer<Scalar> {
    leaf.withUnsafeMutableBufferPointer(keepingLeaf: true) { $0.baseAddress! }
  }

  /// Replaces the value and sets the gradient to nil. Traps if the shapes differ.
  public func replace(with new: Tensor<Scalar>) {
    require(
      new.shape == shape,
      "Parameter.replace: a value of shape \(new.shape) for a parameter of shape \(shape)")
    leaf = new.trackingGradients()
  }
}

/// A tensor of a module's state that is not trained, such as running statistics. Not synchronized.
public final class Statistic<Scalar: TensorScalar>: @unchecked Sendable {
  /// The current value.
  public var value: Tensor<Scalar>
  /// A statistic with the given initial value.
  public init(_ value: Tensor<Scalar>) { self.value = value.detached }
}

/// A counter of a module's state. Not synchronized.
public final class Counter: @unchecked Sendable {
  /// The current count.
  public var value: Int64
  /// A counter with the given initial count.
  public init(_ value: Int64 = 0) { self.value = value }
}

/// One named part of a module's state.
public struct StateEntry<Scalar: TensorScalar>: Sendable {
  /// The parameter, statistic or counter.
  public enum Content: Sendable {
    case parameter(Parameter<Scalar>)
    case statistic(Statistic<Scalar>)
    case counter(Counter)
  }
  /// The published model's name, such as `layers.3.attention.Q.weight`.
  public let name: String
  /// The parameter, statistic or counter.
  public let content: Content

  /// An entry of a state.
  public init(name: String, content: Content) { (self.name, self.content) = (name, content) }
}

/// A part of a model: an object whose stored properties hold parameters and other modules.
///
/// A class that conforms needs nothing else. Its state is found by reflection: every `Parameter`,
/// `Statistic`, `Counter` and `Module` in the stored properties, in the order of their declaration, also
/// inside optionals, arrays, dictionaries (by key, in the order of the keys), tuples, structs and payloads of
/// enumerations. An object that is not a module is not searched. Names are paths of properties, as in
/// PyTorch: `layers.0.weight`.
///
///     final class Perceptron: Module {
///       let hidden, output: LinearLayer<Float>
///       …
///     }
///
/// `stateName(of:)` gives a property another name. (A subclass can do so only if its superclass also
/// declares the method.) A type that implements `state` itself must list every parameter, statistic and
/// counter. An omitted one would be neither trained nor saved, so the first use of the module traps and
/// names the property.
public protocol Module<Scalar>: AnyObject, CustomStringConvertible {
  /// The element type of the parameters. It is `Float` unless the type determines it, for instance by a
  /// generic parameter `Scalar`; a module of `Double` declares `typealias Scalar = Double`.
  associatedtype Scalar: TensorScalar = Float
  /// The named parameters, statistics and counters that a checkpoint stores.
  var state: [StateEntry<Scalar>] { get }
  /// The name in `state` of the stored property `property`, by default the property's own. With an empty
  /// name, the names inside the property have no prefix.
  func stateName(of property: String) -> String
}

extension Module {
  /// The state found by reflection. Each access inspects every stored property, which takes some
  /// microseconds per property. If time matters, keep the result or the optimizer created from it.
  public var state: [StateEntry<Scalar>] { reflectedState() }

  public func stateName(of property: String) -> String { property }

  /// The parameters by name, including frozen ones. A shared parameter has its first name.
  public var parameters: [(name: String, parameter: Parameter<Scalar>)] {
    var seen: Set<ObjectIdentifier> = []
    return checkedState.compactMap { entry in
      guard case .parameter(let parameter) = entry.content,
        seen.insert(ObjectIdentifier(parameter)).inserted
      else { return nil }
      return (entry.name, parameter)
    }
  }

  /// The number of values of all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.parameter.count } }

  /// Sets the gradients of all parameters to nil.
  public func zeroGradients() {
    for (_, parameter) in parameters { parameter.zeroGradient() }
  }

  /// The state with the prefix `parent.` before every name.
  public func state(in parent: String) -> [StateEntry<Scalar>] {
    state.map { StateEntry(name: "\(parent).\($0.name)", content: $0.content) }
  }
}
