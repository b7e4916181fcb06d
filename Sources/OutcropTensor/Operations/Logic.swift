import OutcropCore

extension Tensor where Scalar == Bool {
  /// Where both are true; shapes broadcast as in NumPy.
  public static func .& (a: Tensor, b: Tensor) -> Tensor {
    combined(".&", a, b) { combineElements($0, $1, $2, $3, $4, $5) { $0 && $1 } }
  }

  /// Where at least one is true; shapes broadcast as in NumPy.
  public static func .| (a: Tensor, b: Tensor) -> Tensor {
    combined(".|", a, b) { combineElements($0, $1, $2, $3, $4, $5) { $0 || $1 } }
  }

  /// Where exactly one is true; shapes broadcast as in NumPy.
  public static func .^ (a: Tensor, b: Tensor) -> Tensor { a .!= b }

  /// The negation of each element.
  public static prefix func .! (x: Tensor) -> Tensor { x .== Tensor(false) }

  /// Whether any element is true; false without elements.
  public func any() -> Bool { withUnsafeBufferPointer { $0.contains(true) } }

  /// Whether all elements are true; true without elements.
  public func all() -> Bool { withUnsafeBufferPointer { !$0.contains(false) } }

  /// Where any element along `axis` is true (negative axes count from the end). The axis is removed;
  /// with `keepingAxis` it stays with size 1. False for an axis of size 0.
  public func any(axis: Int, keepingAxis: Bool = false) -> Tensor {
    sum(axis: axis, keepingAxis: keepingAxis) .> 0
  }

  /// Where all elements along `axis` are true (negative axes count from the end). The axis is removed;
  /// with `keepingAxis` it stays with size 1. True for an axis of size 0.
  public func all(axis: Int, keepingAxis: Bool = false) -> Tensor {
    let size = Int64(shape[AxisPlan("all", shape, axis).axis])
    return sum(axis: axis, keepingAxis: keepingAxis) .== size
  }

  /// The number of true elements.
  public func sum() -> Tensor<Int64> { Tensor<Int64>(self).sum() }

  /// The number of true elements along `axis` (negative axes count from the end). The axis is removed;
  /// with `keepingAxis` it stays with size 1.
  public func sum(axis: Int, keepingAxis: Bool = false) -> Tensor<Int64> {
    Tensor<Int64>(self).sum(axis: axis, keepingAxis: keepingAxis)
  }
}

extension Tensor {
  /// The number of elements for which `predicate` holds.
  @inlinable
  public func count(where predicate: (Scalar) throws -> Bool) rethrows -> Int {
    try withUnsafeBufferPointer { elements in
      var count = 0
      for element in elements where try predicate(element) { count += 1 }
      return count
    }
  }
}
