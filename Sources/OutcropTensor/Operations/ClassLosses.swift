import CKernels
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The weighted mean over rows of the cross-entropy of softmax(row) and the row's label, a scalar;
  /// this tensor holds the logits [..., C] and `classes` one class for each row.
  ///
  /// With weights w, smoothing ε and y the class of row i, the loss is
  /// −Σᵢ Σ_c q_ic log softmax(row i)_c / Σᵢ w_y, where q_ic = (1 − ε) w_y [c = y] + ε w_c / C, as in
  /// PyTorch. The mean over no rows is NaN. Traps if a class is out of range. Weights have no
  /// gradient: tracked weights trap.
  ///
  /// - Parameters:
  ///   - classes: a class in 0 ..< C for each row, or `ignored`.
  ///   - weights: a weight for each class, [C]; 1 unless given.
  ///   - ignored: rows with this class do not count.
  ///   - labelSmoothing: the share ε of the label that is spread over all classes, 0 ... 1.
  public func crossEntropy(
    targets classes: [Int32], weights: Tensor? = nil, ignoring ignored: Int32? = nil,
    labelSmoothing: Double = 0
  ) -> Tensor {
    require(
      labelSmoothing >= 0 && labelSmoothing <= 1,
      "crossEntropy: a label smoothing of \(labelSmoothing); expected 0 ... 1")
    let (shares, total) = labelShares("crossEntropy", classes, weights, ignored, labelSmoothing)
    let logProbabilities = detached.logSoftmax().reshaped(shares.shape)
    let loss = logProbabilities.negativeMean(shares, total)
    let before = shape
    return .record(TensorOperation.crossEntropy, inputs: [self], output: loss) { dy, sink in
      // dx = (softmax · Σ q − q) / Σ w
      let mass = shares.sum(axes: [1], keepingAxes: true)
      let gradient = logProbabilities.mapped(OC_EXP) * mass - shares
      sink.add(0, (gradient * (dy.scalar / Scalar(total))).reshaped(before))
    }
  }

  /// The weighted mean over rows of the negative element of the row's class, a scalar; this tensor holds
  /// logarithms of probabilities [..., C], such as those of `logSoftmax`.
  ///
  /// The mean over no rows is NaN. Traps if a class is out of range. Weights have no gradient:
  /// tracked weights trap.
  ///
  /// - Parameters:
  ///   - classes: a class in 0 ..< C for each row, or `ignored`.
  ///   - weights: a weight for each class, [C]; 1 unless given.
  ///   - ignored: rows with this class do not count.
  public func negativeLogLikelihood(
    targets classes: [Int32], weights: Tensor? = nil, ignoring ignored: Int32? = nil
  ) -> Tensor {
    let (shares, total) = labelShares("negativeLogLikelihood", classes, weights, ignored, 0)
    let loss = detached.reshaped(shares.shape).negativeMean(shares, total)
    let before = shape
    return .record(TensorOperation.negativeLogLikelihood, inputs: [self], output: loss) {
      dy, sink in
      sink.add(0, (shares * (-dy.scalar / Scalar(total))).reshaped(before))
    }
  }

  /// −Σ shares · this tensor / total. Elements without a share may be infinite.
  private func negativeMean(_ shares: Tensor, _ total: Double) -> Tensor {
    let terms = Self.combine(OC_KEEP, "loss", self, shares) * shares
    let sum = terms.sums(ReductionPlan("loss", shape, [0, 1]))
    return Self.rounding(sum, [], dividedBy: -total)
  }

  /// The weight of each class in each row, [rows, C], and the sum of the rows' weights.
  private func labelShares(
    _ name: String, _ classes: [Int32], _ weights: Tensor?, _ ignored: Int32?, _ smoothing: Double
  ) -> (shares: Tensor, total: Double) {
    let (rows, columns) = checkClasses(name, classes, weights, ignoring: ignored)
    let weight = weights?.doubles() ?? [Double](repeating: 1, count: columns)
    var total = 0.0
    let shares = Tensor(unsafeUninitialized: [rows, columns]) { target in
      target.update(repeating: 0)
      total = fillShares(target.baseAddress!, classes, weight, ignored, smoothing)
    }
    return (shares, total)
  }

  /// Traps unless every row has a class in range or the ignored one.
  func checkClasses(
    _ name: String, _ classes: [Int32], _ weights: Tensor?, ignoring ignored: Int32?
  ) -> (rows: Int, columns: Int) {
    let (rows, columns) = rowsAndColumns
    require(
      rank >= 1 && classes.count == rows && (weights == nil || weights!.shape == [columns]),
      "\(name): logits \(shape) and classes [\(classes.count)]"
        + (weights.map { " with weights \($0.shape)" } ?? "")
        + "; expected [rows, C] and [rows]" + (weights == nil ? "" : " with [C]"))
    require(weights?.isTracked != true, "\(name): weights have no gradient; use `.detached`")
    let bad = classes.firstIndex { ($0 < 0 || $0 >= columns) && $0 != ignored }
    require(
      bad == nil,
      "\(name): class \(bad.map { classes[$0] } ?? 0) of row \(bad ?? 0) for logits \(shape); "
        + "expected 0 ..< \(columns)")
    return (rows, columns)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func fillShares<Scalar: TensorScalar>(
  _ shares: UnsafeMutablePointer<Scalar>, _ classes: [Int32], _ weights: [Double],
  _ ignored: Int32?, _ smoothing: Double
) -> Double {
  let columns = weights.count
  var total = 0.0
  for (row, label) in classes.enumerated() where label != ignored {
    let target = shares + row * columns
    if smoothing > 0 {
      for column in 0..<columns {
        target[column] = Scalar(smoothing * weights[column] / Double(columns))
      }
    }
    target[Int(label)] += Scalar((1 - smoothing) * weights[Int(label)])
    total += weights[Int(label)]
  }
  return total
}
