import OutcropCore

/// A row-major, contiguous array of `Float`, `Double`, `Int32`, `Int64` or `Bool`; those of `Float` and
/// `Double` carry gradients.
///
/// A tensor is a value: no operation changes an existing tensor. Results of operations on tracked
/// tensors are tracked, and `backward()` computes gradients through them. Operations trap with
/// their name and the shapes when the shapes do not fit.
///
/// Values may be passed between tasks, and several tasks may differentiate the same leaf at once: its
/// gradient is added up under a lock, in the order in which the passes arrive, so that its last bits may
/// differ from run to run. One backward pass consumes the tape of a result; a second one traps.
public struct Tensor<Scalar: TensorElement>: Sendable {
  /// The sizes, outermost first. A scalar has none.
  public let shape: [Int]
  @usableFromInline package var storage: Storage<Scalar>
  @usableFromInline package let offset: Int
  package var node: Node<Scalar>?
  /// The index of this tensor among the outputs of `node`.
  package var outputIndex = 0

  /// The number of elements.
  public let count: Int

  package init(shape: [Int], storage: Storage<Scalar>, offset: Int = 0) {
    self.shape = shape
    self.storage = storage
    self.offset = offset
    count = shape.product
  }

  /// A tensor whose elements `initialize` sets. Unsafe: the buffer holds undefined numbers, and
  /// elements that `initialize` does not set stay undefined.
  public init(
    unsafeUninitialized shape: [Int],
    initializingWith initialize: (UnsafeMutableBufferPointer<Scalar>) throws -> Void
  ) rethrows {
    require(shape.allSatisfy { $0 >= 0 }, "Tensor: found the shape \(shape), expected sizes >= 0")
    self.init(shape: shape, storage: Storage(count: shape.product))
    try initialize(UnsafeMutableBufferPointer(start: storage.base, count: count))
  }

  /// A tensor of the given values in row-major order; traps if their number does not fit the
  /// shape.
  public init(_ values: [Scalar], shape: [Int]) {
    require(
      values.count == shape.product,
      "Tensor: \(values.count) values for the shape \(shape), which needs \(shape.product)")
    self.init(unsafeUninitialized: shape) { buffer in _ = buffer.update(fromContentsOf: values) }
  }

  /// A vector.
  public init(_ values: [Scalar]) { self.init(values, shape: [values.count]) }

  /// A scalar.
  public init(_ value: Scalar) { self.init([value], shape: []) }

  /// A tensor whose elements are all `value`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Int32)
  @specialized(where Scalar == Int64)
  @specialized(where Scalar == Bool)
  public init(repeating value: Scalar, shape: [Int]) {
    self.init(unsafeUninitialized: shape) { $0.update(repeating: value) }
  }

  /// A tensor of zeros, or of false.
  public static func zeros(_ shape: [Int]) -> Tensor {
    Tensor(repeating: Scalar._zero, shape: shape)
  }
  /// A tensor of ones, or of true.
  public static func ones(_ shape: [Int]) -> Tensor { Tensor(repeating: Scalar._one, shape: shape) }

  /// The number of axes.
  public var rank: Int { shape.count }

  /// A copy of the elements in row-major order, made at each access: O(count). The same as
  /// `Array(tensor)`; `withUnsafeBufferPointer` reads the elements without a copy.
  public var values: [Scalar] { Array(self) }

  /// The value of a tensor of one element; traps for others.
  public var scalar: Scalar {
    require(count == 1, "Tensor.scalar: the shape is \(shape), expected one element")
    return storage.base[offset]
  }

  /// Calls `body` with the elements in row-major order.
  public func withUnsafeBufferPointer<R>(
    _ body: (UnsafeBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.base + offset, count: count))
  }

  /// Calls `body` with the elements for writing. Memory that another tensor shares is copied first,
  /// so no other value changes.
  ///
  /// A changed copy of a leaf is a new leaf without a gradient; the original keeps its own gradient.
  /// Traps for the result of a tracked operation; `detached` takes the values off the
  /// tape.
  public mutating func withUnsafeMutableBufferPointer<R>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    try withUnsafeMutableBufferPointer(keepingLeaf: false, body)
  }

  /// Like `withUnsafeMutableBufferPointer`. With `keepingLeaf` the tensor stays the same leaf, with
  /// its gradient, even if its memory was shared. Only the owner of a parameter may use this.
  package mutating func withUnsafeMutableBufferPointer<R>(
    keepingLeaf: Bool, _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    require(
      node?.isLeaf != false,
      "withUnsafeMutableBufferPointer: a tensor of shape \(shape) that is the result of "
        + "`\(node?.operation ?? "")` on the tape; use `.detached` first")
    if !isKnownUniquelyReferenced(&storage) {
      var copy = Tensor(unsafeUninitialized: shape) { target in
        withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
      }
      if node != nil {
        copy.node =
          keepingLeaf || isKnownUniquelyReferenced(&node) ? node : Node(leafOfShape: shape)
      }
      self = copy
    }
    storage.recompute = nil
    return try body(UnsafeMutableBufferPointer(start: storage.base + offset, count: count))
  }

  @inlinable package var base: UnsafePointer<Scalar> { UnsafePointer(storage.base + offset) }

  /// The same values off the tape: gradients stop here.
  public var detached: Tensor {
    var result = self
    result.node = nil
    result.outputIndex = 0
    return result
  }

  /// A closure that returns the same values, for a gradient rule to capture: it holds this tensor's
  /// memory, or recomputes the values if the operation that wrote them supports it.
  package var savedValue: () -> Tensor {
    let (x, shape) = (detached, shape)
    guard let recompute = storage.recompute, offset == 0 else { return { x } }
    return { Tensor(shape: shape, storage: recompute()) }
  }

  /// The number of elements in all axes but the last, and in the last (1 for a scalar).
  package var rowsAndColumns: (rows: Int, columns: Int) {
    let columns = shape.last ?? 1
    return (shape.dropLast().product, columns)
  }
}

extension Array {
  /// A copy of the tensor's elements in row-major order.
  public init(_ tensor: Tensor<Element>) where Element: TensorElement {
    self = tensor.withUnsafeBufferPointer { [Element]($0) }
  }
}

extension Tensor: CustomStringConvertible {
  /// The scalar type, the shape and at most the first eight elements.
  public var description: String {
    let shown = withUnsafeBufferPointer { $0.prefix(8).map { "\($0)" }.joined(separator: ", ") }
    return "Tensor<\(Scalar.self)> \(shape) [\(shown)\(count > 8 ? ", …" : "")]"
  }
}

extension Collection where Element == Int {
  /// The product of the elements; 1 if there are none.
  package var product: Int { reduce(1, *) }
}
