import CKernels
import OutcropCore

// The errors of the functions are stated in units in the last place (ulp), for `Float` and for
// `Double`, as measured over their whole range. NaN stays NaN.
extension Tensor where Scalar: TensorScalar {
  /// The elements with the opposite sign.
  public static prefix func - (x: Tensor) -> Tensor {
    x.applying(.init(.negate, OC_NEGATE, .linear { -$0 }))
  }
  /// The sum of each element and a number.
  public static func + (x: Tensor, y: Scalar) -> Tensor {
    x.applying(.init(.addScalar, OC_ADD_SCALAR, .one, a: y))
  }
  /// The sum of a number and each element.
  public static func + (x: Scalar, y: Tensor) -> Tensor { y + x }
  /// The difference of each element and a number.
  public static func - (x: Tensor, y: Scalar) -> Tensor { x + -y }
  /// The difference of a number and each element.
  public static func - (x: Scalar, y: Tensor) -> Tensor {
    y.applying(.init(.subtractFromScalar, OC_SUBTRACT_FROM_SCALAR, .linear { -$0 }, a: x))
  }
  /// The product of each element and a number.
  public static func * (x: Tensor, y: Scalar) -> Tensor {
    x.applying(.init(.multiplyScalar, OC_MULTIPLY_SCALAR, .linear { $0 * y }, a: y))
  }
  /// The product of a number and each element.
  public static func * (x: Scalar, y: Tensor) -> Tensor { y * x }
  /// The quotient of each element and a number.
  public static func / (x: Tensor, y: Scalar) -> Tensor {
    x.applying(.init(.divideByScalar, OC_DIVIDE_BY_SCALAR, .linear { $0 / y }, a: y))
  }
  /// The quotient of a number and each element.
  public static func / (x: Scalar, y: Tensor) -> Tensor {
    y.applying(.init(.divideScalar, OC_DIVIDE_SCALAR, a: x))
  }

  /// e to the power of each element, within 1.1 and 1 ulp.
  public func exp() -> Tensor { applying(.init(.exp, OC_EXP, .ofResult)) }
  /// exp(x) − 1 of each element without loss of digits near 0, within 2 ulp.
  public func expm1() -> Tensor { applying(.init(.expm1, OC_EXPM1, .ofResult)) }
  /// The natural logarithm of each element, within 1 ulp.
  public func log() -> Tensor { applying(.init(.log, OC_LOG)) }
  /// log(1 + x) of each element without loss of digits near 0, within 1 ulp.
  public func log1p() -> Tensor { applying(.init(.log1p, OC_LOG1P)) }
  /// The logarithm to base 2 of each element, within 1 ulp; exact for powers of two.
  public func log2() -> Tensor { applying(.init(.log2, OC_LOG2)) }
  /// The logarithm to base 10 of each element, within 1 ulp.
  public func log10() -> Tensor { applying(.init(.log10, OC_LOG10)) }

  /// The square root of each element. Its gradient at 0 is infinite.
  public func sqrt() -> Tensor { applying(.init(.sqrt, OC_SQRT, .ofResult)) }
  /// 1 / √x of each element, within 1.5 ulp.
  public func rsqrt() -> Tensor { applying(.init(.rsqrt, OC_RECIPROCAL_SQRT, .ofResult)) }
  /// 1 / x of each element.
  public func reciprocal() -> Tensor { applying(.init(.reciprocal, OC_RECIPROCAL, .ofResult)) }
  /// x · x of each element.
  public func square() -> Tensor { applying(.init(.square, OC_SQUARE)) }
  /// The magnitude of each element; the gradient at 0 is 0.
  public func abs() -> Tensor { applying(.init(.abs, OC_ABS)) }

  /// The sine of each element in radians, within 1 ulp. For magnitudes above 100 million (`Float`) or
  /// half a million (`Double`) it uses the slower function of the C library.
  public func sin() -> Tensor { applying(.init(.sin, OC_SIN, .factor { $0.mapped(OC_COS) })) }
  /// The cosine of each element in radians, as exact and fast as `sin`.
  public func cos() -> Tensor { applying(.init(.cos, OC_COS, .factor { -$0.mapped(OC_SIN) })) }
  /// The tangent of each element in radians, within 0.6 and 2.5 ulp.
  public func tan() -> Tensor { applying(.init(.tan, OC_TAN, .ofResult)) }
  /// The angle in −π/2 ... π/2 whose sine each element is, within 1 ulp; NaN outside −1 ... 1.
  public func asin() -> Tensor { applying(.init(.asin, OC_ASIN)) }
  /// The angle in 0 ... π whose cosine each element is, within 1 ulp; NaN outside −1 ... 1.
  public func acos() -> Tensor { applying(.init(.acos, OC_ACOS)) }
  /// The angle in −π/2 ... π/2 whose tangent each element is, within 1 ulp.
  public func atan() -> Tensor { applying(.init(.atan, OC_ATAN)) }
  /// The hyperbolic sine of each element, within 2 ulp.
  public func sinh() -> Tensor { applying(.init(.sinh, OC_SINH)) }
  /// The hyperbolic cosine of each element, within 2 ulp.
  public func cosh() -> Tensor { applying(.init(.cosh, OC_COSH)) }
  /// The hyperbolic tangent of each element, within 2.5 ulp.
  public func tanh() -> Tensor { applying(.init(.tanh, OC_TANH, .ofResult)) }
  /// The number whose hyperbolic sine each element is, within 2 ulp.
  public func asinh() -> Tensor { applying(.init(.asinh, OC_ASINH)) }
  /// The number of at least 0 whose hyperbolic cosine each element is, within 2.5 ulp; NaN below 1.
  public func acosh() -> Tensor { applying(.init(.acosh, OC_ACOSH)) }
  /// The number whose hyperbolic tangent each element is, within 2 ulp; NaN outside −1 ... 1.
  public func atanh() -> Tensor { applying(.init(.atanh, OC_ATANH)) }

  /// The error function 2/√π ∫₀ˣ exp(−t²) dt of each element, within 1.5 ulp.
  public func erf() -> Tensor { applying(.init(.erf, OC_ERF)) }

  /// Each element limited to `limits`. The gradient is 0 strictly outside and unchanged at the
  /// ends.
  public func clamped(to limits: ClosedRange<Scalar>) -> Tensor {
    applying(.init(.clamp, OC_CLAMP, a: limits.lowerBound, b: limits.upperBound))
  }

  // MARK: - Steps

  /// The largest whole number that is not above each element. The gradient is 0.
  public func floor() -> Tensor { applying(.init(.step, OC_FLOOR, .zero)) }
  /// The smallest whole number that is not below each element. The gradient is 0.
  public func ceil() -> Tensor { applying(.init(.step, OC_CEILING, .zero)) }
  /// The nearest whole number of each element, halves to even as in NumPy and PyTorch. The gradient
  /// is 0.
  public func round() -> Tensor { applying(.init(.step, OC_ROUND, .zero)) }
  /// Each element without its fraction. The gradient is 0.
  public func trunc() -> Tensor { applying(.init(.step, OC_TRUNCATE, .zero)) }
  /// 1, −1 or 0 as each element is positive, negative or 0, NaN for NaN. The gradient is 0.
  public func sign() -> Tensor { applying(.init(.step, OC_SIGN, .zero)) }

  // MARK: - Functions of networks

  /// 1 / (1 + exp(−x)) of each element without overflow, within 2.5 ulp.
  public func sigmoid() -> Tensor { applying(.init(.sigmoid, OC_SIGMOID, .ofResult)) }
  /// max(0, x) of each element; the gradient at 0 is 0. NaN stays NaN.
  public func relu() -> Tensor { applying(.init(.relu, OC_RELU, .ofResult)) }
  /// x for positive elements and `slope` · x for the others.
  public func leakyReLU(slope: Scalar = 0.01) -> Tensor {
    applying(.init(.leakyReLU, OC_LEAKY_RELU, a: slope))
  }
  /// x for positive elements and `alpha` · (exp(x) − 1) for the others (Clevert et al. 2016).
  public func elu(alpha: Scalar = 1) -> Tensor { applying(.init(.elu, OC_ELU, a: alpha)) }
  /// x · σ(x) of each element (also called swish).
  public func silu() -> Tensor { applying(.init(.silu, OC_SILU)) }
  /// log(1 + exp(x)) of each element, without overflow.
  public func softplus() -> Tensor { applying(.init(.softplus, OC_SOFTPLUS)) }
  /// x · Φ(x) of each element, with the normal distribution function Φ (Hendrycks & Gimpel 2016),
  /// or its approximation x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).
  public func gelu(approximation: GELUApproximation = .exact) -> Tensor {
    switch approximation {
    case .exact: applying(.init(.gelu, OC_GELU))
    case .tanh: applying(.init(.geluTanh, OC_GELU_TANH))
    }
  }
}

extension Tensor {
  /// `function` of each element, on the calling thread. The result has no gradient: differentiating
  /// it traps.
  @inlinable
  public func map(_ function: (Scalar) -> Scalar) -> Tensor {
    let result = Tensor(unsafeUninitialized: shape) { target in
      withUnsafeBufferPointer { source in
        for index in source.indices { target[index] = function(source[index]) }
      }
    }
    return .recordWithoutGradient("map", inputs: [self], output: result)
  }
}

/// How `gelu` is computed.
public enum GELUApproximation: Sendable {
  /// By the error function.
  case exact
  /// By the hyperbolic tangent, as in GPT-2.
  case tanh
}

/// 1 / (1 + exp(−x)) without overflow.
@inline(__always)
func sigmoidValue<Scalar: TensorScalar>(_ x: Scalar) -> Scalar {
  let e = Scalar._exp(-x.magnitude)
  return x >= 0 ? 1 / (1 + e) : e / (1 + e)
}
