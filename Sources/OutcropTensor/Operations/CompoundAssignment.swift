/// Compound assignments create a new value, like the operators: `x += y` is `x = x + y`, also on the
/// tape.
extension Tensor where Scalar: TensorScalar {
  /// Adds `b` to `a`, element by element; shapes broadcast as in NumPy.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// Adds `b` to `a`, element by element.
  public static func += (a: inout Tensor, b: Scalar) { a = a + b }
  /// Subtracts `b` from `a`, element by element; shapes broadcast as in NumPy.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// Subtracts `b` from `a`, element by element.
  public static func -= (a: inout Tensor, b: Scalar) { a = a - b }
  /// Multiplies `a` by `b`, element by element; shapes broadcast as in NumPy.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  /// Multiplies `a` by `b`, element by element.
  public static func *= (a: inout Tensor, b: Scalar) { a = a * b }
  /// Divides `a` by `b`, element by element; shapes broadcast as in NumPy.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  /// Divides `a` by `b`, element by element.
  public static func /= (a: inout Tensor, b: Scalar) { a = a / b }
}

extension Tensor where Scalar: TensorInteger {
  /// Adds `b` to `a`, element by element; shapes broadcast as in NumPy.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// Adds `b` to `a`, element by element.
  public static func += (a: inout Tensor, b: Scalar) { a = a + b }
  /// Subtracts `b` from `a`, element by element; shapes broadcast as in NumPy.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// Subtracts `b` from `a`, element by element.
  public static func -= (a: inout Tensor, b: Scalar) { a = a - b }
  /// Multiplies `a` by `b`, element by element; shapes broadcast as in NumPy.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  /// Multiplies `a` by `b`, element by element.
  public static func *= (a: inout Tensor, b: Scalar) { a = a * b }
  /// Divides `a` by `b`, element by element; shapes broadcast as in NumPy.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  /// Divides `a` by `b`, element by element.
  public static func /= (a: inout Tensor, b: Scalar) { a = a / b }
}
