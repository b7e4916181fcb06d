/// The mean and variance of each column over all rows of one batch.
public struct BatchMoments: Sendable {
  /// The number of rows.
  public let count: Int
  /// The mean of each column.
  public let mean: [Double]
  /// The variance of each column, Σ (x − mean)² / count.
  public let biasedVariance: [Double]

  /// Merges the moments of chunks of `grain` rows. `chunks` holds for each chunk the columns'
  /// means, then their sums of squared deviations.
  ///
  /// Merged as in Chan, Golub & LeVeque (1979).
  package init(merging chunks: UnsafePointer<Double>, grain: Int, rows: Int, columns: Int) {
    var sum = MomentSum(columns: columns)
    for chunk in 0..<(rows + grain - 1) / grain {
      sum.add(
        rows: min(grain, rows - chunk * grain), means: chunks + 2 * chunk * columns,
        deviations: chunks + (2 * chunk + 1) * columns)
    }
    self.init(sum)
  }

  /// The moments over all shards of a batch, of which these are one's: merged in the order of the shards. A shard
  /// may have no rows.
  package func merged(over exchange: (any ShardExchange)?) -> BatchMoments {
    guard let exchange else { return self }
    let columns = mean.count
    let deviations = biasedVariance.map { $0 * Double(count) }
    var sum = MomentSum(columns: columns)
    for shard in exchange.gather([Double(count)] + mean + deviations) {
      shard.withUnsafeBufferPointer {
        let means = $0.baseAddress! + 1
        sum.add(rows: Int($0[0]), means: means, deviations: means + columns)
      }
    }
    return BatchMoments(sum)
  }

  private init(_ sum: MomentSum) {
    (count, mean) = (sum.rows, sum.mean)
    biasedVariance = sum.deviation.map { sum.rows == 0 ? 0 : $0 / Double(sum.rows) }
  }
}

/// The moments of the rows so far.
private struct MomentSum {
  var rows = 0
  var mean: [Double]
  /// Σ (x − mean)² of each column.
  var deviation: [Double]

  init(columns: Int) {
    mean = Array(repeating: 0, count: columns)
    deviation = mean
  }

  /// Adds rows whose columns have these means and sums of squared deviations from them.
  mutating func add(
    rows added: Int, means: UnsafePointer<Double>, deviations: UnsafePointer<Double>
  ) {
    if added == 0 { return }
    let (before, new) = (Double(rows), Double(added))
    let (share, weight) = (new / (before + new), before * new / (before + new))
    for column in mean.indices {
      let delta = means[column] - mean[column]
      mean[column] += delta * share
      deviation[column] += deviations[column] + delta * delta * weight
    }
    rows += added
  }
}

/// Normalization by given moments with its affine map, in the form of the kernels:
/// y = (z − center) · scale + shift by column.
package struct ColumnNormalization<Scalar: TensorScalar>: Sendable {
  /// [5, columns]: center, scale, shift, 1/σ, weight.
  @usableFromInline let coefficients: Tensor<Scalar>
  @usableFromInline let columns: Int
  private let mean: [Double]
  private let inverse: [Double]

  /// `offset`, unless nil, is added to every row before normalizing.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package init(
    mean: [Double], variance: [Double], epsilon: Double, weight: Tensor<Scalar>,
    bias: Tensor<Scalar>, offset: Tensor<Scalar>? = nil
  ) {
    let columns = mean.count
    var inverse = variance
    coefficients = Tensor(unsafeUninitialized: [5, columns]) { target in
      for column in 0..<columns {
        let one = 1 / (variance[column] + epsilon).squareRoot()
        let scale = one * Double(weight.base[column])
        let center = mean[column] - (offset.map { Double($0.base[column]) } ?? 0)
        inverse[column] = one
        target[column] = Scalar(center)
        target[columns + column] = Scalar(scale)
        // The shift compensates for the rounding of the mean.
        target[2 * columns + column] = Scalar(
          Double(bias.base[column]) - (center - Double(target[column])) * scale)
        target[3 * columns + column] = Scalar(one)
        target[4 * columns + column] = weight.base[column]
      }
    }
    (self.columns, self.mean, self.inverse) = (columns, mean, inverse)
  }

  // The pointers are valid as long as `self` is.
  @inlinable package var center: UnsafePointer<Scalar> { coefficients.base }
  @inlinable package var scale: UnsafePointer<Scalar> { coefficients.base + columns }
  @inlinable package var shift: UnsafePointer<Scalar> { coefficients.base + 2 * columns }
  /// 1/σ.
  @inlinable package var inverseDeviation: UnsafePointer<Scalar> { coefficients.base + 3 * columns }

  /// The coefficients of the gradient of a normalization by the batch's own moments.
  package struct Gradient: Sendable {
    @usableFromInline package let weight, bias: Tensor<Scalar>
    /// [3, columns]: dz = a · dy + b · (z − center) + c.
    @usableFromInline let factors: Tensor<Scalar>

    /// `sums` are the results of `norm_gradient_sums` over this tensor's rows: Σ dy and Σ dy (z − center) / σ.
    /// `total` are those over all `rows` whose moments normalize: more where the tensor is one of several
    /// shards, else the same.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    package init(
      _ normalization: ColumnNormalization, sums: [Double], total: [Double], rows: Int
    ) {
      let columns = normalization.columns
      var weights = [Double](repeating: 0, count: columns)
      // dz = γ/σ · (dy − mean(dy) − ẑ · mean(dy ẑ))
      factors = Tensor(unsafeUninitialized: [3, columns]) { target in
        let (center, gamma) = (normalization.center, normalization.center + 4 * columns)
        for column in 0..<columns {
          let inverse = normalization.inverse[column]
          let rounding = normalization.mean[column] - Double(center[column])
          weights[column] = sums[columns + column] - rounding * inverse * sums[column]
          let ofAll = total[columns + column] - rounding * inverse * total[column]
          let factor = Double(gamma[column]) * inverse
          let slope = -factor * ofAll / Double(rows) * inverse
          target[column] = Scalar(factor)
          target[columns + column] = Scalar(slope)
          target[2 * columns + column] = Scalar(
            -factor * total[column] / Double(rows) - slope * rounding)
        }
      }
      weight = .rounded(weights, 0..<columns)
      bias = .rounded(sums, 0..<columns)
    }

    @inlinable package var a: UnsafePointer<Scalar> { factors.base }
    @inlinable package var b: UnsafePointer<Scalar> { factors.base + weight.count }
    @inlinable package var c: UnsafePointer<Scalar> { factors.base + 2 * weight.count }
  }
}

extension Tensor where Scalar: TensorScalar {
  /// The elements `range` of `sums` as a vector, rounded to the scalar type.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func rounded(_ sums: [Double], _ range: Range<Int>) -> Tensor {
    Tensor(unsafeUninitialized: [range.count]) { target in
      for index in range { target[index - range.lowerBound] = Scalar(sums[index]) }
    }
  }

  /// The elements in double precision.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func doubles() -> [Double] { withUnsafeBufferPointer { $0.map { Double($0) } } }
}
