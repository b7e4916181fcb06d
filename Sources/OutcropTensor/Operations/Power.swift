import CKernels

extension Tensor where Scalar: TensorScalar {
  /// Each element to the power of `exponent`, with the conventions of C: x⁰ is 1 for every x, and a
  /// negative number to a power that is not whole is NaN. Within 1 ulp, or 1.5 ulp for the exponents
  /// −1, ½, 2 and 3, which need no logarithm.
  public func pow(_ exponent: Scalar) -> Tensor {
    let x = detached
    return .record(TensorOperation.power, inputs: [self], output: x.raised(to: exponent)) {
      dy, sink in
      // dx = dy · c · x^(c − 1)
      sink.add(
        0,
        exponent == 0
          ? .zeros(dy.shape) : dy * (x.raised(to: exponent - 1) * exponent))
    }
  }

  /// Each element to the power of the element of `exponent`; shapes broadcast as in NumPy.
  ///
  /// The gradient of a base to the power of 0 is 0, and that of the exponent of a base 0 is 0 for
  /// exponents of at least 0, as in PyTorch; that of the exponent of a negative base is NaN.
  public func pow(_ exponent: Tensor) -> Tensor {
    let (x, c) = (detached, exponent.detached)
    let y = Self.combine(OC_POWER, "pow", x, c)
    return .record(TensorOperation.powerOfTensors, inputs: [self, exponent], output: y) {
      dy, sink in
      sink.add(0, (dy * Self.powerSlope(x, c)).summed(to: x.shape))
      sink.add(1, (dy * Self.exponentSlope(x, c, y)).summed(to: c.shape))
    }
  }

  /// `base` to the power of each element of `exponent`.
  public static func pow(_ base: Scalar, _ exponent: Tensor) -> Tensor {
    let c = exponent.detached
    let y = combine(OC_POWER, "pow", Tensor(base), c)
    return .record(TensorOperation.powerOfScalar, inputs: [exponent], output: y) { dy, sink in
      sink.add(0, dy * exponentSlope(Tensor(base), c, y))
    }
  }

  /// `base.pow(exponent)`.
  public static func pow(_ base: Tensor, _ exponent: Scalar) -> Tensor { base.pow(exponent) }
  /// `base.pow(exponent)`.
  public static func pow(_ base: Tensor, _ exponent: Tensor) -> Tensor { base.pow(exponent) }

  /// The power of each element, off the tape.
  func raised(to exponent: Scalar) -> Tensor {
    switch exponent {
    case 0: Tensor(repeating: 1, shape: shape)
    case 1: detached
    case 2: mapped(OC_SQUARE)
    case 3: mapped(OC_CUBE)
    case -1: mapped(OC_RECIPROCAL)
    case 0.5: mapped(OC_SQRT)
    default: Self.combine(OC_POWER, "pow", detached, Tensor(exponent))
    }
  }

  /// c · x^(c − 1), 0 where c is 0.
  private static func powerSlope(_ x: Tensor, _ c: Tensor) -> Tensor {
    combine(OC_KEEP, "pow", c * combine(OC_POWER, "pow", x, c - 1), c)
  }

  /// xᶜ log x, 0 where x is 0 and c at least 0.
  private static func exponentSlope(_ x: Tensor, _ c: Tensor, _ y: Tensor) -> Tensor {
    y * combine(OC_LOG_OF_BASE, "pow", x, c)
  }
}
