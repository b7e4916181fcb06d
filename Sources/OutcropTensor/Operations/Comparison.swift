import OutcropCore

extension Tensor: Equatable {
  /// Whether the shapes and all elements are equal. NaN differs from itself; gradients are ignored.
  /// `.==` compares element by element.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    if a.shape != b.shape { return false }
    return a.withUnsafeBufferPointer { x in b.withUnsafeBufferPointer { areEqual(x, $0) } }
  }
}

@specialized(where Element == Float)
@specialized(where Element == Double)
@specialized(where Element == Int32)
@specialized(where Element == Int64)
@specialized(where Element == Bool)
private func areEqual<Element: TensorElement>(
  _ a: UnsafeBufferPointer<Element>, _ b: UnsafeBufferPointer<Element>
) -> Bool {
  for index in a.indices where a[index] != b[index] { return false }
  return true
}

extension Tensor {
  /// Where elements are equal; shapes broadcast as in NumPy. NaN equals nothing.
  public static func .== (a: Tensor, b: Tensor) -> Tensor<Bool> {
    combined(".==", a, b) { equalRow(false, $0, $1, $2, $3, $4, $5) }
  }
  /// Where elements equal a number.
  public static func .== (a: Tensor, b: Scalar) -> Tensor<Bool> { a .== Tensor(b) }
  /// Where elements differ; shapes broadcast as in NumPy. NaN differs from everything.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor<Bool> {
    combined(".!=", a, b) { equalRow(true, $0, $1, $2, $3, $4, $5) }
  }
  /// Where elements differ from a number.
  public static func .!= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .!= Tensor(b) }
}

extension Tensor where Scalar: TensorNumber {
  /// Where elements are less; shapes broadcast as in NumPy. False if one is NaN.
  public static func .< (a: Tensor, b: Tensor) -> Tensor<Bool> {
    combined(".<", a, b) { lessRow(false, $0, $1, $2, $3, $4, $5) }
  }
  /// Where elements are less than a number.
  public static func .< (a: Tensor, b: Scalar) -> Tensor<Bool> { a .< Tensor(b) }
  /// Where a number is less than elements.
  public static func .< (a: Scalar, b: Tensor) -> Tensor<Bool> { Tensor(a) .< b }
  /// Where elements are less or equal; shapes broadcast as in NumPy. False if one is NaN.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor<Bool> {
    combined(".<=", a, b) { lessRow(true, $0, $1, $2, $3, $4, $5) }
  }
  /// Where elements are less than a number or equal to it.
  public static func .<= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .<= Tensor(b) }
  /// Where a number is less than elements or equal to them.
  public static func .<= (a: Scalar, b: Tensor) -> Tensor<Bool> { Tensor(a) .<= b }
  /// Where elements are greater; shapes broadcast as in NumPy. False if one is NaN.
  public static func .> (a: Tensor, b: Tensor) -> Tensor<Bool> { b .< a }
  /// Where elements are greater than a number.
  public static func .> (a: Tensor, b: Scalar) -> Tensor<Bool> { Tensor(b) .< a }
  /// Where a number is greater than elements.
  public static func .> (a: Scalar, b: Tensor) -> Tensor<Bool> { b .< Tensor(a) }
  /// Where elements are greater or equal; shapes broadcast as in NumPy. False if one is NaN.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor<Bool> { b .<= a }
  /// Where elements are greater than a number or equal to it.
  public static func .>= (a: Tensor, b: Scalar) -> Tensor<Bool> { Tensor(b) .<= a }
  /// Where a number is greater than elements or equal to them.
  public static func .>= (a: Scalar, b: Tensor) -> Tensor<Bool> { b .<= Tensor(a) }
}

extension Tensor {
  /// Calls `row` for each pair of rows of two tensors that broadcast, with the first operand's elements and
  /// their stride (0 or 1), the same of the second operand, and the row of the result with its length.
  static func combined<Result: TensorElement>(
    _ name: String, _ a: Tensor, _ b: Tensor,
    _ row: (
      UnsafePointer<Scalar>, Int, UnsafePointer<Scalar>, Int, UnsafeMutablePointer<Result>, Int
    ) -> Void
  ) -> Tensor<Result> {
    let plan = BroadcastPlan(name, a.shape, b.shape)
    return Tensor<Result>(unsafeUninitialized: plan.shape) { target in
      let grain = Swift.max(1, elementGrain / Swift.max(1, plan.inner))
      ThreadPool.forRanges(plan.outer, grain: grain) { rows in
        for index in rows {
          let (offsetA, offsetB) = plan.offsets(index)
          row(
            a.base + offsetA, plan.innerStrideA, b.base + offsetB, plan.innerStrideB,
            target.baseAddress! + index * plan.inner, plan.inner)
        }
      }
      withExtendedLifetime((a, b)) {}
    }
  }
}

/// y[i] = function(a[i · strideA], b[i · strideB]) with strides of 0 or 1.
@inline(__always)
func combineElements<A, Result>(
  _ a: UnsafePointer<A>, _ strideA: Int, _ b: UnsafePointer<A>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Result>, _ count: Int, _ function: (A, A) -> Result
) {
  if strideA == 1, strideB == 1 {
    for index in 0..<count { y[index] = function(a[index], b[index]) }
  } else if strideA == 1 {
    let fixed = b[0]
    for index in 0..<count { y[index] = function(a[index], fixed) }
  } else if strideB == 1 {
    let fixed = a[0]
    for index in 0..<count { y[index] = function(fixed, b[index]) }
  } else {
    let fixed = function(a[0], b[0])
    for index in 0..<count { y[index] = fixed }
  }
}

@specialized(where Element == Float)
@specialized(where Element == Double)
@specialized(where Element == Int32)
@specialized(where Element == Int64)
@specialized(where Element == Bool)
private func equalRow<Element: TensorElement>(
  _ negated: Bool, _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>,
  _ strideB: Int, _ y: UnsafeMutablePointer<Bool>, _ count: Int
) {
  if negated {
    combineElements(a, strideA, b, strideB, y, count) { $0 != $1 }
  } else {
    combineElements(a, strideA, b, strideB, y, count) { $0 == $1 }
  }
}

@specialized(where Element == Float)
@specialized(where Element == Double)
@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func lessRow<Element: TensorNumber>(
  _ orEqual: Bool, _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>,
  _ strideB: Int, _ y: UnsafeMutablePointer<Bool>, _ count: Int
) {
  if orEqual {
    combineElements(a, strideA, b, strideB, y, count) { $0 <= $1 }
  } else {
    combineElements(a, strideA, b, strideB, y, count) { $0 < $1 }
  }
}

extension Tensor where Scalar: TensorScalar {
  /// Where elements are NaN.
  public func isNaN() -> Tensor<Bool> { self .!= self }
  /// Where elements are neither infinite nor NaN.
  public func isFinite() -> Tensor<Bool> { detached.abs() .< Scalar.infinity }
  /// Where elements are infinite, of either sign.
  public func isInfinite() -> Tensor<Bool> { detached.abs() .== Scalar.infinity }
}
