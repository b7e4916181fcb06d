import OutcropCore
import OutcropTensor

extension Optimizer {
  /// Scales all gradients by one factor so that their common Euclidean norm is at most `limit`, as
  /// `torch.nn.utils.clip_grad_norm_` does; returns the norm before. A NaN in a gradient makes the norm and
  /// all gradients NaN.
  @discardableResult
  public func clipGradients(toNorm limit: Double) -> Double {
    clip(slots.map(\.parameter), toNorm: limit)
  }

  /// Limits every element of all gradients to −`limit` ... `limit`, as `torch.nn.utils.clip_grad_value_`
  /// does. NaN stays NaN.
  public func clipGradients(toValue limit: Double) {
    clip(slots.map(\.parameter), toValue: limit)
  }
}

extension Module {
  /// Like `Optimizer.clipGradients(toNorm:)`, but for all parameters of the module.
  @discardableResult
  public func clipGradients(toNorm limit: Double) -> Double {
    clip(parameters.map(\.parameter), toNorm: limit)
  }

  /// Like `Optimizer.clipGradients(toValue:)`, but for all parameters of the module.
  public func clipGradients(toValue limit: Double) {
    clip(parameters.map(\.parameter), toValue: limit)
  }
}

private func clip<Scalar: TensorScalar>(_ parameters: [Parameter<Scalar>], toNorm limit: Double)
  -> Double
{
  require(limit >= 0, "clipGradients(toNorm:): found \(limit), expected at least 0")
  let squares = parameters.compactMap(\.gradient).map(sumOfSquares)
  let norm = squares.reduce(0, +).squareRoot()
  let factor = min(1, limit / (norm + 1e-6))
  // min drops NaN.
  let scale = Scalar(norm.isNaN ? .nan : factor)
  if scale == 1 { return norm }
  for parameter in parameters {
    parameter.updateGradient { gradient in
      ThreadPool.forRanges(gradient.count, grain: elementGrain) {
        multiply(gradient.baseAddress!, scale, $0)
      }
    }
  }
  return norm
}

private func clip<Scalar: TensorScalar>(_ parameters: [Parameter<Scalar>], toValue limit: Double) {
  require(limit >= 0, "clipGradients(toValue:): found \(limit), expected at least 0")
  for parameter in parameters {
    parameter.updateGradient { gradient in
      ThreadPool.forRanges(gradient.count, grain: elementGrain) {
        clamp(gradient.baseAddress!, Scalar(limit), $0)
      }
    }
  }
}

/// Σ x² in double precision, by chunks of fixed size.
private func sumOfSquares<Scalar: TensorScalar>(_ x: Tensor<Scalar>) -> Double {
  let chunks = (x.count + elementGrain - 1) / elementGrain
  return withScratch(of: Double.self, count: max(1, chunks)) { sums in
    ThreadPool.run(chunks: chunks) { chunk in
      let start = chunk * elementGrain
      sums[chunk] = sumOfSquares(x.base, start..<min(x.count, start + elementGrain))
    }
    var sum = 0.0
    for chunk in 0..<chunks { sum += sums[chunk] }
    return sum
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func sumOfSquares<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ range: Range<Int>
) -> Double {
  // Eight sums, so that the additions are independent of each other.
  var sums = SIMD8<Double>(repeating: 0)
  var index = range.lowerBound
  while index + 8 <= range.upperBound {
    var values = SIMD8<Double>(repeating: 0)
    for lane in 0..<8 { values[lane] = Double(x[index + lane]) }
    sums += values * values
    index += 8
  }
  var sum = sums.sum()
  while index < range.upperBound {
    sum += Double(x[index]) * Double(x[index])
    index += 1
  }
  return sum
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func multiply<Scalar: TensorScalar>(
  _ x: UnsafeMutablePointer<Scalar>, _ factor: Scalar, _ range: Range<Int>
) {
  for index in range { x[index] *= factor }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func clamp<Scalar: TensorScalar>(
  _ x: UnsafeMutablePointer<Scalar>, _ limit: Scalar, _ range: Range<Int>
) {
  for index in range {
    x[index] = x[index] > limit ? limit : (x[index] < -limit ? -limit : x[index])
  }
}
