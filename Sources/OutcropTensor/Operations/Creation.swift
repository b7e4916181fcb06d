import OutcropCore

extension Tensor {
  /// A tensor whose elements are all `value`.
  public static func full(_ shape: [Int], _ value: Scalar) -> Tensor {
    Tensor(repeating: value, shape: shape)
  }

  /// A tensor of the shape of another, whose elements are all `value`.
  public static func full<Other>(like other: Tensor<Other>, _ value: Scalar) -> Tensor {
    Tensor(repeating: value, shape: other.shape)
  }

  /// A tensor of zeros (or of false) of the shape of another.
  public static func zeros<Other>(like other: Tensor<Other>) -> Tensor { zeros(other.shape) }

  /// A tensor of ones (or of true) of the shape of another.
  public static func ones<Other>(like other: Tensor<Other>) -> Tensor { ones(other.shape) }

  /// The matrix [rows, columns] with ones (or true) on a diagonal and zeros elsewhere; square without
  /// `columns`. `offset` moves the diagonal that many columns to the right.
  public static func eye(_ rows: Int, _ columns: Int? = nil, offset: Int = 0) -> Tensor {
    let columns = columns ?? rows
    var result = zeros([rows, columns])
    result.withUnsafeMutableBufferPointer { target in
      for row in Swift.max(0, -offset)..<Swift.max(Swift.max(0, -offset), rows)
      where row + offset < columns {
        target[row * columns + row + offset] = ._one
      }
    }
    return result
  }
}

extension Tensor where Scalar: TensorScalar {
  /// The numbers `start`, `start` + `step` and so on, before `end`: `Tensor<Float>.arange(5)` is 0 ... 4.
  /// Element i is `start` + i · `step`, computed in `Double` and rounded once.
  public static func arange(_ start: Double, _ end: Double, by step: Double = 1) -> Tensor {
    let count = ((end - start) / step).rounded(.up)
    require(
      step != 0 && count.isFinite,
      "arange: from \(start) to \(end) by \(step); expected finite numbers and a step other than 0")
    return Tensor(unsafeUninitialized: [Swift.max(0, Int(count))]) { target in
      for index in target.indices { target[index] = Scalar(start + Double(index) * step) }
    }
  }

  /// The numbers 0, 1 and so on, before `end`.
  public static func arange(_ end: Double) -> Tensor { arange(0, end) }

  /// `count` equally spaced numbers from `start` through `end`; without `includingEnd`, `end` is the number
  /// that would follow the last one.
  public static func linspace(
    _ start: Double, _ end: Double, count: Int, includingEnd: Bool = true
  ) -> Tensor {
    require(count >= 0, "linspace: found the count \(count), expected at least 0")
    let step = (end - start) / Double(Swift.max(1, includingEnd ? count - 1 : count))
    return Tensor(unsafeUninitialized: [count]) { target in
      for index in target.indices { target[index] = Scalar(start + Double(index) * step) }
      if includingEnd, count > 1 { target[count - 1] = Scalar(end) }
    }
  }
}

extension Tensor where Scalar: TensorInteger {
  /// The numbers `start`, `start` + `step` and so on, before `end`.
  public static func arange(_ start: Int, _ end: Int, by step: Int = 1) -> Tensor {
    require(step != 0, "arange: from \(start) to \(end) by 0; expected a step other than 0")
    let count = Swift.max(
      0, step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step)
    return Tensor(unsafeUninitialized: [count]) { target in
      for index in target.indices { target[index] = Scalar(start + index * step) }
    }
  }

  /// The numbers 0, 1 and so on, before `end`.
  public static func arange(_ end: Int) -> Tensor { arange(0, end) }
}
