import OutcropCore

/// A number, or an array literal of numbers or of further arrays, as in
/// `let x: Tensor<Float> = [[1, 2], [3, 4]]`. It exists only for literals.
public struct TensorLiteral<Scalar: TensorElement>: ExpressibleByArrayLiteral, Sendable {
  fileprivate let shape: [Int]
  fileprivate let values: [Scalar]

  fileprivate init(_ value: Scalar) { (shape, values) = ([], [value]) }

  var tensor: Tensor<Scalar> { Tensor(values, shape: shape) }

  /// Traps if the elements have different shapes.
  public init(arrayLiteral elements: TensorLiteral...) {
    let inner = elements.first?.shape ?? []
    require(
      elements.allSatisfy { $0.shape == inner },
      "Tensor: a literal with parts of the shapes \(elements.map(\.shape)); expected equal shapes")
    shape = [elements.count] + inner
    values = elements.flatMap(\.values)
  }
}

extension TensorLiteral: ExpressibleByIntegerLiteral where Scalar: TensorNumber {
  /// A scalar.
  public init(integerLiteral value: Scalar.IntegerLiteralType) {
    self.init(Scalar(integerLiteral: value))
  }
}

extension TensorLiteral: ExpressibleByFloatLiteral where Scalar: TensorScalar {
  /// A scalar.
  public init(floatLiteral value: Scalar.FloatLiteralType) {
    self.init(Scalar(floatLiteral: value))
  }
}

extension TensorLiteral: ExpressibleByBooleanLiteral where Scalar == Bool {
  /// A scalar.
  public init(booleanLiteral value: Bool) { self.init(value) }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// A tensor from nested array literals of numbers, as in `[[1, 2], [3, 4]]`; traps if parts have
  /// different shapes.
  public init(arrayLiteral elements: TensorLiteral<Scalar>...) {
    let whole = elements.isEmpty ? nil : elements[0].shape
    require(
      elements.allSatisfy { $0.shape == whole },
      "Tensor: a literal with parts of the shapes \(elements.map(\.shape)); expected equal shapes")
    self.init(elements.flatMap(\.values), shape: [elements.count] + (whole ?? []))
  }
}
