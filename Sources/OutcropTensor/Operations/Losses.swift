import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The mean of |prediction − target| over all elements, a scalar (L1 loss). This tensor holds the
  /// predictions; `targets` has the same shape. The gradient of equal elements is 0. The mean over
  /// no elements is NaN.
  public func meanAbsoluteError(targets: Tensor) -> Tensor {
    elementLoss(.meanAbsoluteError, targets)
  }

  /// The mean of (prediction − target)² over all elements, a scalar. This tensor holds the
  /// predictions; `targets` has the same shape. The mean over no elements is NaN.
  public func meanSquaredError(targets: Tensor) -> Tensor {
    elementLoss(.meanSquaredError, targets)
  }

  private func elementLoss(_ operation: TensorOperation, _ target: Tensor) -> Tensor {
    require(
      shape == target.shape,
      "\(operation.rawValue): prediction \(shape) and target \(target.shape); "
        + "expected the same shape")
    let (x, t) = (detached, target.detached)
    let isSquared = operation == .meanSquaredError
    let total = lossSum(count) { errorSum(isSquared, x.base, t.base, $0) }
    let result = Tensor(Scalar(total / Double(count)))
    return .record(operation, inputs: [self, target], output: result) { dy, sink in
      let factor = dy.scalar / Scalar(x.count)
      let gradient = Tensor(unsafeUninitialized: x.shape) { g in
        ThreadPool.forRanges(x.count, grain: elementGrain) { range in
          errorGradient(isSquared, x.base, t.base, factor, g.baseAddress!, range)
        }
      }
      sink.add(0, gradient)
      sink.add(1, -gradient)
    }
  }

  /// The mean of −t log σ(x) − (1 − t) log(1 − σ(x)) over the unmasked elements, a scalar; this
  /// tensor holds the logits x. Computed as max(x, 0) − x t + log(1 + exp(−|x|)), without overflow.
  ///
  /// `targets` and `mask` have the logits' shape. Elements whose mask is 0 are ignored, even if
  /// their logits or targets are NaN. The loss is 0 if all elements are masked.
  /// The mask has no gradient: a tracked mask traps.
  public func binaryCrossEntropy(targets: Tensor, mask: Tensor? = nil) -> Tensor {
    require(
      shape == targets.shape && (mask == nil || mask!.shape == shape),
      "binaryCrossEntropy: logits \(shape), targets \(targets.shape)"
        + (mask.map { " and mask \($0.shape)" } ?? "") + "; expected the same shape")
    require(
      mask?.isTracked != true, "binaryCrossEntropy: the mask has no gradient; use `.detached`")
    let (x, t) = (detached, targets.detached)
    let present =
      mask.map { mask in mask.withUnsafeBufferPointer { $0.count { $0 != 0 } } } ?? count
    let total = lossSum(count) { range in
      binarySum(x.base, t.base, mask?.base, range)
    }
    let result = Tensor(present == 0 ? 0 : Scalar(total / Double(present)))
    return .record(TensorOperation.binaryCrossEntropy, inputs: [self, targets], output: result) {
      dy, sink in
      let factor = present == 0 ? 0 : dy.scalar / Scalar(present)
      func gradient(ofTargets: Bool) -> Tensor {
        Tensor(unsafeUninitialized: x.shape) { g in
          ThreadPool.forRanges(x.count, grain: elementGrain) { range in
            binaryGradient(ofTargets, x.base, t.base, mask?.base, factor, g.baseAddress!, range)
          }
        }
      }
      sink.add(0, gradient(ofTargets: false))
      sink.add(1, gradient(ofTargets: true))
    }
  }

  /// The mean over rows of −log softmax(row)[class of the row], a scalar; this tensor holds the
  /// logits [..., C] and `classes` one class in 0 ..< C for each row. The mean over no rows is NaN.
  /// Traps if a class is out of range.
  public func crossEntropy(targets classes: [Int32]) -> Tensor {
    let (rows, _) = checkClasses("crossEntropy", classes, nil, ignoring: nil)
    let columns = shape[rank - 1]
    let logProbabilities = detached.logSoftmax()
    var total = 0.0
    logProbabilities.withUnsafeBufferPointer { y in
      for (row, label) in classes.enumerated() { total -= Double(y[row * columns + Int(label)]) }
    }
    let result = Tensor(Scalar(total / Double(rows)))
    return .record(TensorOperation.crossEntropy, inputs: [self], output: result) { dy, sink in
      // dx = (softmax − one-hot) / rows
      let factor = dy.scalar / Scalar(Swift.max(1, rows))
      let probabilities = logProbabilities.exp()
      sink.add(
        0,
        Tensor(unsafeUninitialized: probabilities.shape) { g in
          withExtendedLifetime(probabilities) {
            ThreadPool.forRanges(rows, grain: rowGrain(columns)) { range in
              crossEntropyGradient(
                probabilities.base, classes, factor, g.baseAddress!, range, columns)
            }
          }
        })
    }
  }
}

/// The sum of `body` over fixed ranges, in order.
private func lossSum(_ count: Int, _ body: (Range<Int>) -> Double) -> Double {
  var partials = [Double](repeating: 0, count: (count + elementGrain - 1) / elementGrain)
  partials.withUnsafeMutableBufferPointer { partials in
    ThreadPool.forRanges(count, grain: elementGrain) { range in
      partials[range.lowerBound / elementGrain] = body(range)
    }
  }
  return partials.reduce(0, +)
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func errorSum<Scalar: TensorScalar>(
  _ isSquared: Bool, _ x: UnsafePointer<Scalar>, _ t: UnsafePointer<Scalar>, _ range: Range<Int>
) -> Double {
  var sum = 0.0
  for index in range {
    let error = x[index] - t[index]
    sum += Double(isSquared ? error * error : error.magnitude)
  }
  return sum
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func errorGradient<Scalar: TensorScalar>(
  _ isSquared: Bool, _ x: UnsafePointer<Scalar>, _ t: UnsafePointer<Scalar>, _ factor: Scalar,
  _ g: UnsafeMutablePointer<Scalar>, _ range: Range<Int>
) {
  for index in range {
    let error = x[index] - t[index]
    let slope: Scalar = error > 0 ? 1 : (error < 0 ? -1 : error)  // NaN stays NaN
    g[index] = factor * (isSquared ? 2 * error : slope)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func binarySum<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ t: UnsafePointer<Scalar>, _ mask: UnsafePointer<Scalar>?,
  _ range: Range<Int>
) -> Double {
  var sum = 0.0
  for index in range where mask == nil || mask![index] != 0 {
    let logit = x[index]
    let positive: Scalar = logit < 0 ? 0 : logit
    sum += Double(positive - logit * t[index] + Scalar._log1p(Scalar._exp(-logit.magnitude)))
  }
  return sum
}

/// dx = (σ(x) − t) / n, dt = −x / n, both 0 for masked elements.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func binaryGradient<Scalar: TensorScalar>(
  _ ofTargets: Bool, _ x: UnsafePointer<Scalar>, _ t: UnsafePointer<Scalar>,
  _ mask: UnsafePointer<Scalar>?, _ factor: Scalar, _ g: UnsafeMutablePointer<Scalar>,
  _ range: Range<Int>
) {
  for index in range {
    if mask != nil, mask![index] == 0 {
      g[index] = 0
    } else {
      g[index] = factor * (ofTargets ? -x[index] : sigmoidValue(x[index]) - t[index])
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func crossEntropyGradient<Scalar: TensorScalar>(
  _ probabilities: UnsafePointer<Scalar>, _ classes: [Int32], _ factor: Scalar,
  _ g: UnsafeMutablePointer<Scalar>, _ rows: Range<Int>, _ columns: Int
) {
  for row in rows {
    let at = row * columns
    for column in 0..<columns { g[at + column] = factor * probabilities[at + column] }
    let index = at + Int(classes[row])
    g[index] = factor * (probabilities[index] - 1)
  }
}
