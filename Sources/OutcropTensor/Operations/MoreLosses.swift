import CKernels
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The mean of Huber's loss of the errors e = prediction − target over all elements, a scalar:
  /// e² / 2 where |e| ≤ `delta`, otherwise delta (|e| − delta / 2). This tensor holds the predictions;
  /// `targets` has the same shape. The mean over no elements is NaN.
  public func huber(targets: Tensor, delta: Scalar = 1) -> Tensor {
    require(
      shape == targets.shape && delta > 0,
      "huber: prediction \(shape), target \(targets.shape) and delta \(delta); expected the same "
        + "shape and a positive delta")
    let number = Scalar(count)
    let error = detached - targets.detached
    let limited = error.mapped(OC_CLAMP, -Double(delta), Double(delta))
    // c (e − c / 2) with the limited error c covers both cases.
    let loss = (limited * (error - limited * 0.5)).mean()
    return .record(TensorOperation.huber, inputs: [self, targets], output: loss) { dy, sink in
      let gradient = limited * (dy.scalar / number)
      sink.add(0, gradient)
      sink.add(1, -gradient)
    }
  }

  /// The mean of the smooth L1 loss of the errors e over all elements, a scalar: e² / (2 beta) where
  /// |e| ≤ `beta`, otherwise |e| − beta / 2 (Girshick 2015).
  public func smoothL1(targets: Tensor, beta: Scalar = 1) -> Tensor {
    huber(targets: targets, delta: beta) / beta
  }

  /// The Kullback–Leibler divergence Σ t (log t − x) / N, a scalar, where this tensor holds the
  /// logarithms x of predicted probabilities, `targets` the probabilities t of the same shape, and N
  /// is the size of the first axis (PyTorch's `batchmean`). Targets 0 count as 0.
  ///
  /// With `areLogarithms` the targets are also logarithms of probabilities.
  public func klDivergence(targets: Tensor, areLogarithms: Bool = false) -> Tensor {
    require(
      shape == targets.shape && rank >= 1,
      "klDivergence: logarithms \(shape) and targets \(targets.shape); expected the same shape of "
        + "rank 1 or more")
    let (x, t) = (detached, targets.detached)
    let number = Double(shape[0])
    let probability = areLogarithms ? t.mapped(OC_EXP) : t
    let logarithm =
      areLogarithms ? t : Self.combine(OC_LOG_OF_BASE, "klDivergence", t, Tensor(0))
    let difference = logarithm - x
    let terms = (probability * difference).sums(ReductionPlan("klDivergence", shape, allAxes))
    let loss = Self.rounding(terms, [], dividedBy: number)
    return .record(TensorOperation.klDivergence, inputs: [self, targets], output: loss) {
      dy, sink in
      let factor = dy.scalar / Scalar(number)
      sink.add(0, probability * -factor)
      sink.add(
        1, areLogarithms ? probability * (difference + 1) * factor : (difference + 1) * factor)
    }
  }

  /// The mean over all elements of weight · (−p t log σ(x) − (1 − t) log(1 − σ(x))), a scalar; this
  /// tensor holds the logits x. Computed without overflow.
  ///
  /// - Parameters:
  ///   - targets: the targets t, of the logits' shape.
  ///   - weights: factors of the elements, which broadcast to the logits' shape; nil is 1.
  ///   - positiveWeight: the factor p of the positive part, which also broadcasts: a factor above 1 gives
  ///     missed positives a larger loss.
  public func binaryCrossEntropy(
    targets: Tensor, weights: Tensor?, positiveWeight: Tensor? = nil
  ) -> Tensor {
    require(
      shape == targets.shape,
      "binaryCrossEntropy: logits \(shape) and targets \(targets.shape); expected the same shape")
    let positive = positiveWeight.map { ($0 - 1) * targets + 1 }
    let logarithm = (-self).softplus()
    let loss = (1 - targets) * self + (positive.map { $0 * logarithm } ?? logarithm)
    return (weights.map { $0 * loss } ?? loss).mean()
  }

  /// The cosine of the angle between vectors along `axis`: Σ x y / (max(‖x‖, ε) max(‖y‖, ε)) with
  /// ε = `epsilon`; shapes broadcast as in NumPy.
  public func cosineSimilarity(_ other: Tensor, axis: Int = -1, epsilon: Scalar = 1e-8) -> Tensor {
    let shape = broadcastShape("cosineSimilarity", self.shape, other.shape)
    func full(_ x: Tensor) -> Tensor {
      x.shape == shape ? x : x + Tensor(0).expandedOffTape(to: shape)
    }
    let (x, y) = (full(self), full(other))
    let norms = x.norm(axes: [axis]).maximum(epsilon) * y.norm(axes: [axis]).maximum(epsilon)
    return (x * y).sum(axes: [axis]) / norms
  }
}
