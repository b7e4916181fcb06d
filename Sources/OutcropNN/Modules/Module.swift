import OutcropCore
import OutcropTensor

/// A tensor that training changes: a leaf of the tape that collects its gradient.
///
/// Several tasks may run forward and backward passes through a parameter at once: gradients are added
/// under a lock, in the order in which the passes arrive. While one task changes the value, freezes or
/// loads it, no other task may use the parameter: that is not synchronized, although the type is
/// `Sendable`.
public final class Parameter<Scalar: TensorScalar>: @unchecked Sendable {
  private var leaf: Tensor<Scalar>
  /// Whether the parameter is left out of training: its value is not tracked, so it gets no gradient, and
  /// optimizers leave it as it is. Freezing sets the gradient to nil.
  public var isFrozen = false { didSet { if isFrozen { zeroGradient() } } }

  public init(_ value: Tensor<Scalar>) { leaf = value.trackingGradients() }

  /// The value for forward passes: a tracked tensor, unless the parameter is frozen.
  public var value: Tensor<Scalar> { isFrozen ? leaf.detached : leaf }

  /// The shape of the value.
  public var shape: [Int] { leaf.shape }

  /// The number of elements.
  public var count: Int { leaf.count }

  /// The sum of the gradients of all backward passes since `zeroGradient()`; nil before the first. Setting
  /// it replaces what was collected; traps for another shape than the value's.
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

  /// Changes the gradient in place, where there is one.
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

  /// Replaces the value and sets the gradient to nil. Traps when the shapes differ.
  public func replace(with new: Tensor<Scalar>) {
    require(
      new.shape == shape,
      "Parameter.replace: a value of shape \(new.shape) for a parameter of shape \(shape)")
    leaf = new.trackingGradients()
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

/// A part of a model: an object whose stored properties hold parameters and other modules.
///
/// A class that conforms needs nothing else. Its state is found by reflection: every `Parameter`,
/// `Statistic`, `Counter` and `Module` in the stored properties, in the order of their declaration, also
/// inside optionals, arrays, dictionaries (by key, in the order of the keys), tuples, structs and payloads of
/// enumerations. An object that is no module is not searched. Names are paths of properties, as in PyTorch:
/// `layers.0.weight`.
///
///     final class Perceptron: Module {
///       let hidden, output: LinearLayer<Float>
///       …
///     }
///
/// `stateName(of:)` gives a property another name (a subclass can do so only where its superclass declares
/// the method too). A type that writes `state` itself must list every
/// parameter, statistic and counter: what it leaves out would be neither trained nor saved, so that its first
/// use traps and names the property.
public protocol Module<Scalar>: AnyObject, CustomStringConvertible {
  /// The element type of the parameters. Where nothing else determines it, as a generic parameter `Scalar`
  /// does, it is `Float`; a module of `Double` says `typealias Scalar = Double`.
  associatedtype Scalar: TensorScalar = Float
  /// The named parameters, statistics and counters that a checkpoint stores.
  var state: [StateEntry<Scalar>] { get }
  /// The name in `state` of the stored property `property`, by default the property's own. With an empty
  /// name, the names inside the property have no prefix.
  func stateName(of property: String) -> String
}

extension Module {
  /// The state found by reflection. It looks at every stored property each time, which takes some
  /// microseconds for each: keep the result, or the optimizer that was made from it, where time matters.
  public var state: [StateEntry<Scalar>] { reflectedState() }

  public func stateName(of property: String) -> String { property }

  /// The parameters by name, frozen ones too. A shared parameter has its first name.
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
