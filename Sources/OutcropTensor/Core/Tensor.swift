import OutcropCore

/// A row-major, contiguous array of `Float` or `Double` with gradients.
///
/// A tensor is a value: no operation changes one that exists. Results of operations on tracked tensors
/// are tracked, and `backward()` computes gradients through them (see `Tape`). Operations trap with
/// their name and the shapes when shapes don't fit.
public struct Tensor<Scalar: TensorScalar>: Sendable {
  /// The sizes, outermost first. A scalar has none.
  public let shape: [Int]
  @usableFromInline package var storage: Storage<Scalar>
  @usableFromInline package let offset: Int
  package var node: Node<Scalar>?
  /// Which of its node's outputs this tensor is.
  package var outputIndex = 0

  /// The number of elements.
  public let count: Int

  package init(shape: [Int], storage: Storage<Scalar>, offset: Int = 0) {
    self.shape = shape
    self.storage = storage
    self.offset = offset
    count = shape.product
  }

  /// A tensor that `fill` writes: it gets `shape.product` undefined elements and must set them all.
  public init(shape: [Int], fill: (UnsafeMutableBufferPointer<Scalar>) throws -> Void) rethrows {
    require(shape.allSatisfy { $0 >= 0 }, "Tensor: found the shape \(shape), expected sizes >= 0")
    self.init(shape: shape, storage: Storage(count: shape.product))
    try fill(UnsafeMutableBufferPointer(start: storage.base, count: count))
  }

  /// A tensor of the given values in row-major order; traps when their number doesn't fit.
  public init(_ values: [Scalar], shape: [Int]) {
    require(
      values.count == shape.product,
      "Tensor: \(values.count) values for the shape \(shape), which needs \(shape.product)")
    self.init(shape: shape) { buffer in _ = buffer.update(fromContentsOf: values) }
  }

  /// A vector.
  public init(_ values: [Scalar]) { self.init(values, shape: [values.count]) }

  /// A scalar.
  public init(_ value: Scalar) { self.init([value], shape: []) }

  /// `value` everywhere.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(repeating value: Scalar, shape: [Int]) {
    self.init(shape: shape) { $0.update(repeating: value) }
  }

  public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape) }
  public static func ones(_ shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }

  /// The number of axes.
  public var rank: Int { shape.count }

  /// The elements in row-major order.
  public var values: [Scalar] { withUnsafeBufferPointer { Array($0) } }

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

  /// Calls `body` with the elements for writing. Memory that another tensor shares is copied first, so
  /// no other value changes. The tensor must not be the result of a tracked operation.
  public mutating func withUnsafeMutableBufferPointer<R>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&storage) { self = copy() }
    storage.recipe = nil
    return try body(UnsafeMutableBufferPointer(start: storage.base + offset, count: count))
  }

  /// The same values in memory of their own, with the same place on the tape.
  private func copy() -> Tensor {
    var result = Tensor(shape: shape) { target in
      withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
    }
    result.node = node
    result.outputIndex = outputIndex
    return result
  }

  @inlinable package var base: UnsafePointer<Scalar> { UnsafePointer(storage.base + offset) }

  /// The same values off the tape: gradients stop here.
  public var detached: Tensor {
    var result = self
    result.node = nil
    result.outputIndex = 0
    return result
  }

  /// The same values, for a gradient's rule to keep: their memory, or how to make it again.
  package var kept: () -> Tensor {
    let (x, shape) = (detached, shape)
    guard let recipe = storage.recipe, offset == 0 else { return { x } }
    return { Tensor(shape: shape, storage: recipe()) }
  }

  /// The number of elements in all axes but the last, and in the last (1 for a scalar).
  package var rowsAndColumns: (rows: Int, columns: Int) {
    let columns = shape.last ?? 1
    return (shape.dropLast().product, columns)
  }
}

extension Tensor: CustomStringConvertible {
  public var description: String {
    let shown = values.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor<\(Scalar.self)> \(shape) [\(shown)\(count > 8 ? ", …" : "")]"
  }
}

extension Collection where Element == Int {
  /// The product of the elements, 1 for none.
  package var product: Int { reduce(1, *) }
}
