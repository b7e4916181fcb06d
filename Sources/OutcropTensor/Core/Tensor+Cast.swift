import OutcropCore

extension Tensor {
  /// The elements of another tensor as numbers of this type.
  ///
  /// - Numbers become integers by dropping the fraction. NaN, infinite and too large values trap.
  /// - Numbers become truth values by comparison with 0: NaN is true.
  /// - false and true become 0 and 1.
  /// - `Double` becomes the nearest `Float`; magnitudes beyond its range become infinite.
  ///
  /// A cast between `Float` and `Double` has no gradient: it traps for a tracked tensor. Cast
  /// `tensor.detached` to stop gradients there. Integers and truth values never have a gradient. A cast
  /// to the tensor's own type keeps it as it is.
  public init<Other: TensorElement>(_ other: Tensor<Other>) {
    if let same = other as? Tensor<Scalar> {
      self = same
      return
    }
    require(
      !other.isTracked || !Recording.isEnabled || !(Scalar.self is any TensorScalar.Type),
      "Tensor<\(Scalar.self)>: a tracked Tensor<\(Other.self)> of shape \(other.shape); a cast has no "
        + "gradient, cast `.detached` instead")
    self.init(unsafeUninitialized: other.shape) { target in
      if target.isEmpty { return }
      let (from, to) = (UnsafeRawPointer(other.base), UnsafeMutableRawPointer(target.baseAddress!))
      ThreadPool.forRanges(target.count, grain: elementGrain) { range in
        cast(from, Other.self, to, Scalar.self, range)
      }
      withExtendedLifetime(other) {}
    }
  }

  /// A matrix from its rows; traps if they have different lengths.
  @_disfavoredOverload
  public init(_ rows: [[Scalar]]) {
    let width = rows.first?.count ?? 0
    require(
      rows.allSatisfy { $0.count == width },
      "Tensor: rows of the lengths \(rows.map(\.count)); expected equal lengths")
    self.init(rows.flatMap { $0 }, shape: [rows.count, width])
  }

  /// A stack of matrices from their rows, [matrices, rows, columns]; traps if parts have different lengths.
  @_disfavoredOverload
  public init(_ matrices: [[[Scalar]]]) {
    let (rows, columns) = (matrices.first?.count ?? 0, matrices.first?.first?.count ?? 0)
    require(
      matrices.allSatisfy { $0.count == rows && $0.allSatisfy { $0.count == columns } },
      "Tensor: matrices of different shapes, the first [\(rows), \(columns)]; expected equal shapes"
    )
    self.init(matrices.flatMap { $0.flatMap { $0 } }, shape: [matrices.count, rows, columns])
  }
}

/// Casts the elements in `range` from one type to another.
private func cast(
  _ x: UnsafeRawPointer, _ from: any TensorElement.Type, _ y: UnsafeMutableRawPointer,
  _ to: any TensorElement.Type, _ range: Range<Int>
) {
  @inline(__always) func each<A, B>(_: A.Type, _: B.Type, _ convert: (A) -> B) {
    let (x, y) = (x.assumingMemoryBound(to: A.self), y.assumingMemoryBound(to: B.self))
    for index in range { y[index] = convert(x[index]) }
  }
  switch (from.elementType, to.elementType) {
  case (.float32, .float64): each(Float.self, Double.self) { Double($0) }
  case (.float32, .int32): each(Float.self, Int32.self) { integer($0) }
  case (.float32, .int64): each(Float.self, Int64.self) { integer($0) }
  case (.float32, .bool): each(Float.self, Bool.self) { $0 != 0 }
  case (.float64, .float32): each(Double.self, Float.self) { Float($0) }
  case (.float64, .int32): each(Double.self, Int32.self) { integer($0) }
  case (.float64, .int64): each(Double.self, Int64.self) { integer($0) }
  case (.float64, .bool): each(Double.self, Bool.self) { $0 != 0 }
  case (.int32, .float32): each(Int32.self, Float.self) { Float($0) }
  case (.int32, .float64): each(Int32.self, Double.self) { Double($0) }
  case (.int32, .int64): each(Int32.self, Int64.self) { Int64($0) }
  case (.int32, .bool): each(Int32.self, Bool.self) { $0 != 0 }
  case (.int64, .float32): each(Int64.self, Float.self) { Float($0) }
  case (.int64, .float64): each(Int64.self, Double.self) { Double($0) }
  case (.int64, .int32):
    each(Int64.self, Int32.self) {
      require(
        $0 == Int64(Int32(truncatingIfNeeded: $0)),
        "Tensor<Int32>: found the element \($0), expected a number that Int32 holds")
      return Int32(truncatingIfNeeded: $0)
    }
  case (.int64, .bool): each(Int64.self, Bool.self) { $0 != 0 }
  case (.bool, .float32): each(Bool.self, Float.self) { $0 ? 1 : 0 }
  case (.bool, .float64): each(Bool.self, Double.self) { $0 ? 1 : 0 }
  case (.bool, .int32): each(Bool.self, Int32.self) { $0 ? 1 : 0 }
  case (.bool, .int64): each(Bool.self, Int64.self) { $0 ? 1 : 0 }
  default: fatalError("Tensor: no cast from \(from) to \(to)")
  }
}

@inline(__always)
private func integer<Integer: TensorInteger>(_ x: some TensorScalar) -> Integer {
  guard let result = Integer(exactly: x.rounded(.towardZero)) else {
    fatalError(
      "Tensor<\(Integer.self)>: found the element \(x), expected a number that \(Integer.self) holds"
    )
  }
  return result
}
