import OutcropCore

/// Sums, differences and products of integers wrap around at the ends of the type's range, as in NumPy
/// and PyTorch; quotients round toward zero, as Swift's integers do.
extension Tensor where Scalar: TensorInteger {
  /// Element-wise sum, wrapping around on overflow; shapes broadcast as in NumPy.
  public static func + (a: Tensor, b: Tensor) -> Tensor { combined("+", a, b, addIntegers) }
  /// The sum of each element and a number.
  public static func + (a: Tensor, b: Scalar) -> Tensor { a + Tensor(b) }
  /// The sum of a number and each element.
  public static func + (a: Scalar, b: Tensor) -> Tensor { Tensor(a) + b }

  /// Element-wise difference, wrapping around on overflow; shapes broadcast as in NumPy.
  public static func - (a: Tensor, b: Tensor) -> Tensor { combined("-", a, b, subtractIntegers) }
  /// The difference of each element and a number.
  public static func - (a: Tensor, b: Scalar) -> Tensor { a - Tensor(b) }
  /// The difference of a number and each element.
  public static func - (a: Scalar, b: Tensor) -> Tensor { Tensor(a) - b }
  /// The elements with the opposite sign, wrapping around on overflow.
  public static prefix func - (x: Tensor) -> Tensor { Tensor(0) - x }

  /// Element-wise product, wrapping around on overflow; shapes broadcast as in NumPy.
  public static func * (a: Tensor, b: Tensor) -> Tensor { combined("*", a, b, multiplyIntegers) }
  /// The product of each element and a number.
  public static func * (a: Tensor, b: Scalar) -> Tensor { a * Tensor(b) }
  /// The product of a number and each element.
  public static func * (a: Scalar, b: Tensor) -> Tensor { Tensor(a) * b }

  /// Element-wise quotient, rounded toward zero; shapes broadcast as in NumPy. Traps for a divisor of 0.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    checkDivisor("/", b)
    return combined("/", a, b, divideIntegers)
  }
  /// The quotient of each element and a number.
  public static func / (a: Tensor, b: Scalar) -> Tensor { a / Tensor(b) }
  /// The quotient of a number and each element.
  public static func / (a: Scalar, b: Tensor) -> Tensor { Tensor(a) / b }

  /// Element-wise remainder of `/`, with the dividend's sign; shapes broadcast as in NumPy. Traps for a
  /// divisor of 0.
  public static func % (a: Tensor, b: Tensor) -> Tensor {
    checkDivisor("%", b)
    return combined("%", a, b, remainderIntegers)
  }
  /// The remainder of each element and a number.
  public static func % (a: Tensor, b: Scalar) -> Tensor { a % Tensor(b) }
  /// The remainder of a number and each element.
  public static func % (a: Scalar, b: Tensor) -> Tensor { Tensor(a) % b }

  private static func checkDivisor(_ name: String, _ b: Tensor) {
    require(
      b.withUnsafeBufferPointer { !contains($0, 0) },
      "\(name): a divisor of the shape \(b.shape) holds 0, expected other numbers")
  }

  /// The sum of all elements; 0 without elements.
  public func sum() -> Tensor<Int64> { sum(axes: Array(0..<rank)) }

  /// The sum along `axis` (negative axes count from the end). The axis is removed; with `keepingAxis` it
  /// stays with size 1.
  public func sum(axis: Int, keepingAxis: Bool = false) -> Tensor<Int64> {
    sum(axes: [axis], keepingAxes: keepingAxis)
  }

  /// The sum over `axes` (negative axes count from the end), in 64 bits and wrapping around beyond. The
  /// reduced axes are removed; with `keepingAxes` they stay with size 1.
  public func sum(axes: [Int], keepingAxes: Bool = false) -> Tensor<Int64> {
    Tensor<Int64>(self).reducing("sum", axes, keepingAxes, addIntegers)
  }

  /// The least element. Traps for a tensor without elements.
  public func min() -> Tensor { min(axes: Array(0..<rank)) }

  /// The least element along `axis`. Traps if the axis has size 0.
  public func min(axis: Int, keepingAxis: Bool = false) -> Tensor {
    min(axes: [axis], keepingAxes: keepingAxis)
  }

  /// The least element over `axes`. The reduced axes are removed; with `keepingAxes` they stay with size
  /// 1. Traps if an axis of size 0 is reduced.
  public func min(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    reducing("min", axes, keepingAxes, minimumIntegers)
  }

  /// The largest element. Traps for a tensor without elements.
  public func max() -> Tensor { max(axes: Array(0..<rank)) }

  /// The largest element along `axis`. Traps if the axis has size 0.
  public func max(axis: Int, keepingAxis: Bool = false) -> Tensor {
    max(axes: [axis], keepingAxes: keepingAxis)
  }

  /// The largest element over `axes`. The reduced axes are removed; with `keepingAxes` they stay with
  /// size 1. Traps if an axis of size 0 is reduced.
  public func max(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    reducing("max", axes, keepingAxes, maximumIntegers)
  }

  private typealias Row = (
    UnsafePointer<Scalar>, Int, UnsafePointer<Scalar>, Int, UnsafeMutablePointer<Scalar>, Int
  ) -> Void

  /// `row` folded over the axes: it joins the rows that are left of the axis, one after the other.
  private func reducing(_ name: String, _ axes: [Int], _ keepingAxes: Bool, _ row: Row) -> Tensor {
    let reduced = normalizedAxes(name, axes)
    require(
      name == "sum" || reduced.allSatisfy { shape[$0] > 0 },
      "\(name): axes \(axes) of the shape \(shape) contain no element")
    var result = self
    for axis in reduced.reversed() {
      let plan = AxisPlan(name, result.shape, axis)
      var shape = result.shape
      shape[axis] = 1
      let x = result
      result = Tensor(unsafeUninitialized: shape) { target in
        if target.isEmpty { return }
        if plan.size == 0 {
          target.update(repeating: 0)
          return
        }
        let grain = Swift.max(1, elementGrain / Swift.max(1, plan.size * plan.inner))
        ThreadPool.forRanges(plan.outer, grain: grain) { range in
          for outer in range {
            let source = x.base + outer * plan.size * plan.inner
            let y = target.baseAddress! + outer * plan.inner
            copyElements(source, to: y, count: plan.inner)
            if plan.inner == 1 {
              fold(name, source + 1, plan.size - 1, y)
            } else {
              for step in 1..<Swift.max(1, plan.size) {
                row(UnsafePointer(y), 1, source + step * plan.inner, 1, y, plan.inner)
              }
            }
          }
        }
        withExtendedLifetime(x) {}
      }
    }
    if keepingAxes { return result }
    let kept = shape.indices.filter { !reduced.contains($0) }.map { shape[$0] }
    return Tensor(shape: kept, storage: result.storage, offset: result.offset)
  }
}

extension Tensor {
  /// The axes counted from the front, ascending; traps if one is out of range or listed twice.
  func normalizedAxes(_ name: String, _ axes: [Int]) -> [Int] {
    let result = Set(axes.map { $0 < 0 ? $0 + rank : $0 }).sorted()
    require(
      result.count == axes.count && result.allSatisfy { $0 >= 0 && $0 < rank },
      "\(name): axes \(axes) of the shape \(shape); expected different axes in \(-rank) ..< \(rank)"
    )
    return result
  }
}

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func contains<Element: TensorInteger>(
  _ x: UnsafeBufferPointer<Element>, _ wanted: Element
) -> Bool {
  for value in x where value == wanted { return true }
  return false
}

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func fold<Element: TensorInteger>(
  _ name: String, _ x: UnsafePointer<Element>, _ count: Int, _ y: UnsafeMutablePointer<Element>
) {
  var result = y[0]
  switch name {
  case "sum": for index in 0..<count { result &+= x[index] }
  case "min": for index in 0..<count { result = min(result, x[index]) }
  default: for index in 0..<count { result = max(result, x[index]) }
  }
  y[0] = result
}

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func addIntegers<Element: TensorInteger>(
  _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Element>, _ count: Int
) { combineElements(a, strideA, b, strideB, y, count) { $0 &+ $1 } }

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func subtractIntegers<Element: TensorInteger>(
  _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Element>, _ count: Int
) { combineElements(a, strideA, b, strideB, y, count) { $0 &- $1 } }

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func multiplyIntegers<Element: TensorInteger>(
  _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Element>, _ count: Int
) { combineElements(a, strideA, b, strideB, y, count) { $0 &* $1 } }

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func divideIntegers<Element: TensorInteger>(
  _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Element>, _ count: Int
) {
  combineElements(a, strideA, b, strideB, y, count) {
    $0.dividedReportingOverflow(by: $1).partialValue
  }
}

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func remainderIntegers<Element: TensorInteger>(
  _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Element>, _ count: Int
) {
  combineElements(a, strideA, b, strideB, y, count) {
    $0.remainderReportingOverflow(dividingBy: $1).partialValue
  }
}

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func minimumIntegers<Element: TensorInteger>(
  _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Element>, _ count: Int
) { combineElements(a, strideA, b, strideB, y, count) { min($0, $1) } }

@specialized(where Element == Int32)
@specialized(where Element == Int64)
private func maximumIntegers<Element: TensorInteger>(
  _ a: UnsafePointer<Element>, _ strideA: Int, _ b: UnsafePointer<Element>, _ strideB: Int,
  _ y: UnsafeMutablePointer<Element>, _ count: Int
) { combineElements(a, strideA, b, strideB, y, count) { max($0, $1) } }
