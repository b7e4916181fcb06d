import CKernels
import OutcropCore

/// A function of one element, with its derivative: an entry of the kernels' `apply` and
/// `apply_gradient`.
struct ElementFunction<Scalar: TensorScalar> {
  /// How the derivative is computed.
  enum Derivative {
    /// The kernel computes it from the input or from the result.
    case ofInput, ofResult
    /// 1: the gradient is passed on.
    case one
    /// 0 wherever it exists.
    case zero
    /// dy ↦ dx without the input.
    case linear(@Sendable (Tensor<Scalar>) -> Tensor<Scalar>)
    /// The factor of dy, from the input.
    case factor(@Sendable (Tensor<Scalar>) -> Tensor<Scalar>)
  }

  let operation: TensorOperation
  let code: oc_function
  let derivative: Derivative
  /// The parameters of the function.
  let a, b: Double

  init(
    _ operation: TensorOperation, _ code: oc_function, _ derivative: Derivative = .ofInput,
    a: Scalar = 0, b: Scalar = 0
  ) {
    (self.operation, self.code, self.derivative) = (operation, code, derivative)
    (self.a, self.b) = (Double(a), Double(b))
  }
}

extension Tensor where Scalar: TensorScalar {
  func applying(_ function: ElementFunction<Scalar>) -> Tensor {
    let y = mapped(function.code, function.a, function.b)
    let saved: Tensor? =
      switch function.derivative {
      case .ofInput, .factor: detached
      case .ofResult: y
      case .one, .zero, .linear: nil
      }
    return .record(function.operation, inputs: [self], output: y) { dy, sink in
      switch function.derivative {
      case .one: sink.add(0, dy)
      case .zero: sink.add(0, .zeros(dy.shape))
      case .linear(let rule): sink.add(0, rule(dy))
      case .factor(let slope): sink.add(0, dy * slope(saved!))
      case .ofInput, .ofResult: sink.add(0, dy.timesDerivative(function, saved!))
      }
    }
  }

  /// `function` of each element, off the tape.
  func mapped(_ function: oc_function, _ a: Double = 0, _ b: Double = 0) -> Tensor {
    let x = self
    let apply = Kernels<Scalar>.table.apply
    return Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(count, grain: elementGrain) { range in
        apply(
          Int32(function.rawValue), x.base + range.lowerBound,
          target.baseAddress! + range.lowerBound, Int64(range.count), a, b)
      }
    }
  }

  private func timesDerivative(_ function: ElementFunction<Scalar>, _ saved: Tensor) -> Tensor {
    let dy = self
    let apply = Kernels<Scalar>.table.apply_gradient
    return Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(count, grain: elementGrain) { range in
        let start = range.lowerBound
        apply(
          Int32(function.code.rawValue), saved.base + start, dy.base + start,
          target.baseAddress! + start, Int64(range.count), function.a, function.b)
      }
    }
  }
}
