import OutcropCore

/// An index in a tensor's subscript. Each index selects along one axis:
///
/// | index | axis of the result |
/// |---|---|
/// | `2`, `-1` | none; a negative index counts from the end |
/// | `1..<4`, `0...2`, `1...`, `..<4`, `...2` | the range; negative bounds count from the end |
/// | `.all` | the whole axis |
/// | `.slice(from: 1, to: 9, by: 2)` | every second index; a negative step goes backward |
/// | `...` or `.ellipsis` | all axes that no other index names |
/// | `.newAxis` | a new axis of size 1 |
/// | `[0, 2, 2]`, a tensor of `Int32` or `Int64` | the axes of the index tensor |
/// | a tensor of `Bool` | one for all axes of the mask: its true elements, in row-major order |
///
/// Several index tensors and masks in one subscript are broadcast and applied together, as in NumPy and
/// PyTorch. Their axes replace the axes that they index if those are adjacent, and come first
/// otherwise. Integers are applied before, as in PyTorch; NumPy treats them as index tensors. An
/// index or a range that exceeds its axis traps; NumPy shortens ranges. Other types must not conform.
public protocol TensorIndex {
  var _item: TensorIndexItem { get }
}

/// One index of a tensor's subscript; see ``TensorIndex``.
public struct TensorIndexItem: TensorIndex, Sendable {
  enum Kind: Sendable {
    case position(Int)
    case slice(TensorSlice)
    case ellipsis
    case newAxis
    case positions(Tensor<Int64>)
    case mask(Tensor<Bool>)
  }

  let kind: Kind
  init(_ kind: Kind) { self.kind = kind }

  public var _item: TensorIndexItem { self }
}

extension TensorIndex where Self == TensorIndexItem {
  /// The whole axis.
  public static var all: TensorIndexItem { TensorIndexItem(.slice(TensorSlice())) }
  /// All axes that no other index names. `...` means the same as the first or second index.
  public static var ellipsis: TensorIndexItem { TensorIndexItem(.ellipsis) }
  /// A new axis of size 1.
  public static var newAxis: TensorIndexItem { TensorIndexItem(.newAxis) }
  /// Index `from`, `from` + `by` and so on, before `to`. Negative bounds count from the end; a missing
  /// bound is the axis's end. A negative `by` goes backward.
  public static func slice(from: Int? = nil, to: Int? = nil, by step: Int = 1) -> TensorIndexItem {
    TensorIndexItem(.slice(TensorSlice(lower: from, upper: to, step: step)))
  }
}

/// A range of an axis's indices with a step. Negative bounds count from the end of the axis.
public struct TensorSlice: Sendable {
  var lower: Int?
  var upper: Int?
  var step = 1

  /// The first index and the number of indices; traps if the slice leaves the axis.
  func resolved(_ name: String, _ axis: Int, _ shape: [Int]) -> (first: Int, count: Int) {
    let size = shape[axis]
    require(step != 0, "\(name): a step of 0 along axis \(axis) of the shape \(shape)")
    func fromFront(_ bound: Int) -> Int {
      let place = bound < 0 ? bound + size : bound
      require(
        place >= 0 && place <= size,
        "\(name): the bound \(bound) of axis \(axis) of the shape \(shape); expected a range within "
          + "the axis")
      return place
    }
    if step > 0 {
      let (first, end) = (lower.map(fromFront) ?? 0, upper.map(fromFront) ?? size)
      require(
        first <= end,
        "\(name): the range \(first) ..< \(end) of axis \(axis) of the shape \(shape); expected "
          + "ascending bounds")
      return (first, (end - first + step - 1) / step)
    }
    if size == 0 { return (0, 0) }
    let (first, end) = (lower.map(fromFront) ?? size - 1, upper.map(fromFront) ?? -1)
    require(
      first < size && first >= end,
      "\(name): from \(first) backward to \(end) of axis \(axis) of the shape \(shape); expected "
        + "descending bounds within the axis")
    return (first, (first - end - step - 1) / -step)
  }
}

/// A range of integers that selects a part of an axis: `Range`, `ClosedRange` and the partial ranges.
///
/// Other types must not conform.
public protocol TensorRange: TensorIndex {
  var _range: TensorSlice { get }
}

extension TensorRange {
  public var _item: TensorIndexItem { TensorIndexItem(.slice(_range)) }
}

extension Range: TensorIndex, TensorRange where Bound == Int {
  public var _range: TensorSlice { TensorSlice(lower: lowerBound, upper: upperBound) }
}

extension ClosedRange: TensorIndex, TensorRange where Bound == Int {
  public var _range: TensorSlice { TensorSlice(lower: lowerBound, upper: end(upperBound)) }
}

extension PartialRangeFrom: TensorIndex, TensorRange where Bound == Int {
  public var _range: TensorSlice { TensorSlice(lower: lowerBound) }
}

extension PartialRangeUpTo: TensorIndex, TensorRange where Bound == Int {
  public var _range: TensorSlice { TensorSlice(upper: upperBound) }
}

extension PartialRangeThrough: TensorIndex, TensorRange where Bound == Int {
  public var _range: TensorSlice { TensorSlice(upper: end(upperBound)) }
}

/// The bound after the upper bound of a closed range; nil after the last index, −1.
private func end(_ upperBound: Int) -> Int? { upperBound == -1 ? nil : upperBound + 1 }

extension Int: TensorIndex {
  public var _item: TensorIndexItem { TensorIndexItem(.position(self)) }
}

extension Array: TensorIndex where Element == Int {
  public var _item: TensorIndexItem {
    TensorIndexItem(.positions(Tensor<Int64>(map(Int64.init), shape: [count])))
  }
}

/// An element type of index tensors and masks: `Int32`, `Int64` or `Bool`.
///
/// Other types must not conform.
public protocol TensorIndexElement: TensorElement {
  static func _item(_ tensor: Tensor<Self>) -> TensorIndexItem
}

extension Int32: TensorIndexElement {
  public static func _item(_ tensor: Tensor<Int32>) -> TensorIndexItem {
    TensorIndexItem(.positions(Tensor<Int64>(tensor)))
  }
}

extension Int64: TensorIndexElement {
  public static func _item(_ tensor: Tensor<Int64>) -> TensorIndexItem {
    TensorIndexItem(.positions(tensor))
  }
}

extension Bool: TensorIndexElement {
  public static func _item(_ tensor: Tensor<Bool>) -> TensorIndexItem {
    TensorIndexItem(.mask(tensor))
  }
}

extension Tensor: TensorIndex where Scalar: TensorIndexElement {
  public var _item: TensorIndexItem { Scalar._item(self) }
}
