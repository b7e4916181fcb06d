import OutcropFiles

/// The type of a tensor's elements: `Float`, `Double`, `Int32`, `Int64` or `Bool`.
///
/// `Float` and `Double` (``TensorScalar``) carry gradients; tensors of the others are values, indices
/// and masks and are never tracked. Only this package uses the requirements. Other types must not
/// conform.
public protocol TensorElement: StoredElement, Hashable, LosslessStringConvertible {
  /// Zero, or false.
  static var _zero: Self { get }
  /// One, or true.
  static var _one: Self { get }
  /// target[i · stride] += addend[i] for each i below `count`; traps for `Bool`.
  static func _add(
    _ target: UnsafeMutablePointer<Self>, stride: Int, _ addend: UnsafePointer<Self>, count: Int)
  /// target[positions[i] · width + j] += addend[i · width + j] for each i below `count` and j below
  /// `width`, in this order; traps for `Bool`.
  static func _scatterAdd(
    _ target: UnsafeMutablePointer<Self>, _ positions: UnsafePointer<Int>, width: Int,
    _ addend: UnsafePointer<Self>, count: Int)
  /// The sum over the axes along which `shape` was broadcast to the shape of `x`; traps for `Bool`.
  static func _summed(_ x: Tensor<Self>, to shape: [Int]) -> Tensor<Self>
}

/// An element type with an order and arithmetic: every ``TensorElement`` except `Bool`.
///
/// Other types must not conform.
public protocol TensorNumber: TensorElement, Comparable, SignedNumeric {}

/// An integer element type: `Int32` or `Int64`.
///
/// Other types must not conform.
public protocol TensorInteger: TensorNumber, FixedWidthInteger, SignedInteger {}

extension TensorNumber {
  public static var _zero: Self { 0 }
  public static var _one: Self { 1 }
}

extension Float {
  public static func _add(
    _ target: UnsafeMutablePointer<Float>, stride: Int, _ addend: UnsafePointer<Float>, count: Int
  ) { addStrided(target, stride, addend, count, +) }
  public static func _scatterAdd(
    _ target: UnsafeMutablePointer<Float>, _ positions: UnsafePointer<Int>, width: Int,
    _ addend: UnsafePointer<Float>, count: Int
  ) { addScattered(target, positions, width, addend, count, +) }
}

extension Double {
  public static func _add(
    _ target: UnsafeMutablePointer<Double>, stride: Int, _ addend: UnsafePointer<Double>, count: Int
  ) { addStrided(target, stride, addend, count, +) }
  public static func _scatterAdd(
    _ target: UnsafeMutablePointer<Double>, _ positions: UnsafePointer<Int>, width: Int,
    _ addend: UnsafePointer<Double>, count: Int
  ) { addScattered(target, positions, width, addend, count, +) }
}

extension TensorScalar {
  public static func _summed(_ x: Tensor<Self>, to shape: [Int]) -> Tensor<Self> {
    x.summed(to: shape)
  }
}

extension Int32: TensorInteger {
  public static func _add(
    _ target: UnsafeMutablePointer<Int32>, stride: Int, _ addend: UnsafePointer<Int32>, count: Int
  ) { addStrided(target, stride, addend, count, &+) }
  public static func _scatterAdd(
    _ target: UnsafeMutablePointer<Int32>, _ positions: UnsafePointer<Int>, width: Int,
    _ addend: UnsafePointer<Int32>, count: Int
  ) { addScattered(target, positions, width, addend, count, &+) }
}

extension Int64: TensorInteger {
  public static func _add(
    _ target: UnsafeMutablePointer<Int64>, stride: Int, _ addend: UnsafePointer<Int64>, count: Int
  ) { addStrided(target, stride, addend, count, &+) }
  public static func _scatterAdd(
    _ target: UnsafeMutablePointer<Int64>, _ positions: UnsafePointer<Int>, width: Int,
    _ addend: UnsafePointer<Int64>, count: Int
  ) { addScattered(target, positions, width, addend, count, &+) }
}

extension TensorInteger {
  public static func _summed(_ x: Tensor<Self>, to shape: [Int]) -> Tensor<Self> {
    fatalError("Tensor<\(Self.self)>: integers have no gradient")
  }
}

extension Bool: TensorElement {
  public static var _zero: Bool { false }
  public static var _one: Bool { true }
  public static func _add(
    _ target: UnsafeMutablePointer<Bool>, stride: Int, _ addend: UnsafePointer<Bool>, count: Int
  ) { fatalError("Tensor<Bool>: truth values cannot be added; cast them to numbers first") }
  public static func _scatterAdd(
    _ target: UnsafeMutablePointer<Bool>, _ positions: UnsafePointer<Int>, width: Int,
    _ addend: UnsafePointer<Bool>, count: Int
  ) { fatalError("Tensor<Bool>: truth values cannot be added; cast them to numbers first") }
  public static func _summed(_ x: Tensor<Bool>, to shape: [Int]) -> Tensor<Bool> {
    fatalError("Tensor<Bool>: truth values have no gradient")
  }
}

@inline(__always)
private func addStrided<Element: TensorElement>(
  _ target: UnsafeMutablePointer<Element>, _ stride: Int, _ addend: UnsafePointer<Element>,
  _ count: Int, _ sum: (Element, Element) -> Element
) {
  if stride == 1 {
    for index in 0..<count { target[index] = sum(target[index], addend[index]) }
  } else {
    for index in 0..<count { target[index * stride] = sum(target[index * stride], addend[index]) }
  }
}

@inline(__always)
private func addScattered<Element: TensorElement>(
  _ target: UnsafeMutablePointer<Element>, _ positions: UnsafePointer<Int>, _ width: Int,
  _ addend: UnsafePointer<Element>, _ count: Int, _ sum: (Element, Element) -> Element
) {
  if width == 1 {
    for index in 0..<count {
      target[positions[index]] = sum(target[positions[index]], addend[index])
    }
    return
  }
  for index in 0..<count {
    let (row, source) = (target + positions[index] * width, addend + index * width)
    for column in 0..<width { row[column] = sum(row[column], source[column]) }
  }
}
