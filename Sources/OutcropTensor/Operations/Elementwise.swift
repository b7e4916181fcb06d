import OutcropCore

/// A function of one element, with its derivative.
enum ElementFunction<Scalar: TensorScalar> {
  case negate, exp, log, sqrt, abs, tanh, sigmoid, relu
  case leakyReLU(Scalar)
  case clamp(Scalar, Scalar)
  case addScalar(Scalar)
  case multiplyScalar(Scalar)
  case subtractFromScalar(Scalar)
  case divideByScalar(Scalar)
  case divideScalar(Scalar)

  var operation: TensorOperation {
    switch self {
    case .negate: .negate
    case .exp: .exp
    case .log: .log
    case .sqrt: .sqrt
    case .abs: .abs
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .relu: .relu
    case .leakyReLU: .leakyReLU
    case .clamp: .clamp
    case .addScalar: .addScalar
    case .multiplyScalar: .multiplyScalar
    case .subtractFromScalar: .subtractFromScalar
    case .divideByScalar: .divideByScalar
    case .divideScalar: .divideScalar
    }
  }

  enum SavedValue { case nothing, input, result }

  /// The tensor that the derivative is computed from and the tape saves.
  var saved: SavedValue {
    switch self {
    case .negate, .addScalar, .multiplyScalar, .divideByScalar, .subtractFromScalar: .nothing
    case .log, .abs, .leakyReLU, .clamp, .divideScalar: .input
    case .exp, .sqrt, .tanh, .sigmoid, .relu: .result
    }
  }
}

extension Tensor where Scalar: TensorScalar {
  public static prefix func - (x: Tensor) -> Tensor { x.applying(.negate) }
  public static func + (x: Tensor, y: Scalar) -> Tensor { x.applying(.addScalar(y)) }
  public static func + (x: Scalar, y: Tensor) -> Tensor { y.applying(.addScalar(x)) }
  public static func - (x: Tensor, y: Scalar) -> Tensor { x.applying(.addScalar(-y)) }
  public static func - (x: Scalar, y: Tensor) -> Tensor { y.applying(.subtractFromScalar(x)) }
  public static func * (x: Tensor, y: Scalar) -> Tensor { x.applying(.multiplyScalar(y)) }
  public static func * (x: Scalar, y: Tensor) -> Tensor { y.applying(.multiplyScalar(x)) }
  public static func / (x: Tensor, y: Scalar) -> Tensor { x.applying(.divideByScalar(y)) }
  public static func / (x: Scalar, y: Tensor) -> Tensor { y.applying(.divideScalar(x)) }

  /// e to the power of each element.
  public func exp() -> Tensor { applying(.exp) }
  /// The natural logarithm of each element.
  public func log() -> Tensor { applying(.log) }
  /// The square root of each element. Its gradient at 0 is infinite.
  public func sqrt() -> Tensor { applying(.sqrt) }
  /// The magnitude of each element; the gradient at 0 is 0.
  public func abs() -> Tensor { applying(.abs) }
  /// The hyperbolic tangent of each element.
  public func tanh() -> Tensor { applying(.tanh) }
  /// 1 / (1 + exp(−x)) of each element, without overflow.
  public func sigmoid() -> Tensor { applying(.sigmoid) }
  /// max(0, x) of each element; the gradient at 0 is 0. NaN stays NaN.
  public func relu() -> Tensor { applying(.relu) }
  /// x for positive elements and `slope` · x for the others.
  public func leakyReLU(slope: Scalar = 0.01) -> Tensor { applying(.leakyReLU(slope)) }
  /// Each element limited to `limits`. The gradient is 0 strictly outside and unchanged at the
  /// ends.
  public func clamped(to limits: ClosedRange<Scalar>) -> Tensor {
    applying(.clamp(limits.lowerBound, limits.upperBound))
  }

  func applying(_ function: ElementFunction<Scalar>) -> Tensor {
    let x = self
    let y = Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(count, grain: elementGrain) { range in
        evaluate(function, x.base, target.baseAddress!, range)
      }
    }
    let saved: Tensor? =
      switch function.saved {
      case .nothing: nil
      case .input: x.detached
      case .result: y
      }
    return .record(function.operation, inputs: [x], output: y) { dy, sink in
      sink.add(
        0,
        Tensor(unsafeUninitialized: dy.shape) { target in
          ThreadPool.forRanges(dy.count, grain: elementGrain) { range in
            differentiate(function, (saved ?? dy).base, dy.base, target.baseAddress!, range)
          }
        })
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

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func evaluate<Scalar: TensorScalar>(
  _ function: ElementFunction<Scalar>, _ x: UnsafePointer<Scalar>,
  _ y: UnsafeMutablePointer<Scalar>, _ range: Range<Int>
) {
  @inline(__always) func each(_ f: (Scalar) -> Scalar) {
    for index in range { y[index] = f(x[index]) }
  }
  switch function {
  case .negate: each { -$0 }
  case .exp:
    Kernels<Scalar>.table.exponential(
      x + range.lowerBound, y + range.lowerBound, Int64(range.count))
  case .log: each { Scalar._log($0) }
  case .sqrt: each { $0.squareRoot() }
  case .abs: each { $0.magnitude }
  case .tanh: each { Scalar._tanh($0) }
  case .sigmoid: each { sigmoidValue($0) }
  case .relu: each { $0 < 0 ? 0 : $0 }
  case .leakyReLU(let slope): each { $0 > 0 ? $0 : slope * $0 }
  case .clamp(let low, let high): each { $0 < low ? low : ($0 > high ? high : $0) }
  case .addScalar(let a): each { $0 + a }
  case .multiplyScalar(let a): each { $0 * a }
  case .subtractFromScalar(let a): each { a - $0 }
  case .divideByScalar(let a): each { $0 / a }
  case .divideScalar(let a): each { a / $0 }
  }
}

/// dx = dy · f'(x), where `saved` is x or y = f(x) according to `function.saved`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func differentiate<Scalar: TensorScalar>(
  _ function: ElementFunction<Scalar>, _ saved: UnsafePointer<Scalar>,
  _ dy: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>, _ range: Range<Int>
) {
  @inline(__always) func each(_ f: (_ saved: Scalar, _ dy: Scalar) -> Scalar) {
    for index in range { dx[index] = f(saved[index], dy[index]) }
  }
  switch function {
  case .negate, .subtractFromScalar: each { _, dy in -dy }
  case .exp: each { y, dy in dy * y }
  case .log: each { x, dy in dy / x }
  case .sqrt: each { y, dy in dy / (2 * y) }
  case .abs: each { x, dy in x > 0 ? dy : (x < 0 ? -dy : 0) }
  case .tanh: each { y, dy in dy * (1 - y * y) }
  case .sigmoid: each { y, dy in dy * y * (1 - y) }
  case .relu: each { y, dy in y > 0 ? dy : 0 }
  case .leakyReLU(let slope): each { x, dy in x > 0 ? dy : slope * dy }
  case .clamp(let low, let high): each { x, dy in x < low || x > high ? 0 : dy }
  case .addScalar: each { _, dy in dy }
  case .multiplyScalar(let a): each { _, dy in dy * a }
  case .divideByScalar(let a): each { _, dy in dy / a }
  case .divideScalar(let a): each { x, dy in -dy * (a / x) / x }
  }
}

/// 1 / (1 + exp(−x)) without overflow.
@inline(__always)
func sigmoidValue<Scalar: TensorScalar>(_ x: Scalar) -> Scalar {
  let e = Scalar._exp(-x.magnitude)
  return x >= 0 ? 1 / (1 + e) : e / (1 + e)
}
