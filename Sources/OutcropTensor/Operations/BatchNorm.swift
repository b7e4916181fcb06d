import OutcropBLAS

/// The statistics of one batch: per column, over all rows.
public struct BatchMoments: Sendable {
  /// The number of rows.
  public let count: Int
  public let mean: [Double]
  /// Σ (x − mean)² / count.
  public let biasedVariance: [Double]
}

extension Tensor {
  /// Normalises every column of `self + residual` ([rows, columns]) by the batch's mean and biased
  /// variance: y = (z − mean) / sqrt(variance + epsilon) · weight + bias. Also returns the moments, from
  /// which running statistics are kept.
  ///
  /// Traps for a batch without rows. Moments are merged in double precision from chunks whose squares
  /// are taken around their own mean, so that a large mean costs no digits.
  public func batchNorm(
    weight: Tensor, bias: Tensor, residual: Tensor? = nil, epsilon: Double = 1e-5
  ) -> (output: Tensor, moments: BatchMoments) {
    let (rows, columns) = checkedNorm("batchNorm", weight, bias, residual)
    require(rows > 0, "batchNorm: the shape \(shape) has no rows to take statistics of")
    let (moments, z) = columnMoments(residual, rows, columns)
    let inverse = moments.biasedVariance.map { 1 / ($0 + epsilon).squareRoot() }
    let y = z.normalized(moments.mean, inverse, weight, bias)
    let inputs = [self, weight, bias] + (residual.map { [$0] } ?? [])
    let hasResidual = residual != nil
    let gamma = weight.detached
    let output = Tensor.record(TensorOperation.batchNorm, inputs: inputs, output: y) { dy, sink in
      let center = Tensor(moments.mean.map { Scalar($0) })
      let scale = Tensor(inverse.map { Scalar($0) })
      let sums = withExtendedLifetime((center, scale)) {
        summedOverChunks(rows, width: 2 * columns, grain: rowGrain(columns)) { range, partial in
          let start = range.lowerBound * columns
          Kernels<Scalar>.table.norm_gradient_sums(
            dy.base + start, z.base + start, center.base, scale.base, partial, Int64(range.count),
            Int64(columns))
        }
      }
      // `center` is the mean rounded to the scalar type; what rounding took is put back here.
      let rounding = zip(moments.mean, center.values).map { $0 - Double($1) }
      let dBias = Array(sums[..<columns])
      let dWeight = (0..<columns).map {
        sums[columns + $0] - rounding[$0] * inverse[$0] * dBias[$0]
      }
      sink.add(1, Tensor(dWeight.map { Scalar($0) }))
      sink.add(2, Tensor(dBias.map { Scalar($0) }))
      guard sink.wants(0) || (hasResidual && sink.wants(3)) else { return }
      // dz = γ/σ · (dy − mean(dy) − ẑ · mean(dy ẑ)), as a · dy + b · (z − mean) + c by column.
      let n = Double(rows)
      let gammas = gamma.values
      var (a, b, c) = ([Scalar](), [Scalar](), [Scalar]())
      for column in 0..<columns {
        let factor = Double(gammas[column]) * inverse[column]
        let slope = -factor * dWeight[column] / n * inverse[column]
        a.append(Scalar(factor))
        b.append(Scalar(slope))
        c.append(Scalar(-factor * dBias[column] / n - slope * rounding[column]))
      }
      let (factors, slopes, offsets) = (Tensor(a), Tensor(b), Tensor(c))
      let dz = Tensor(shape: dy.shape) { target in
        withExtendedLifetime((center, factors, slopes, offsets)) {
          ThreadPool.forRanges(rows, grain: rowGrain(columns)) { range in
            let start = range.lowerBound * columns
            Kernels<Scalar>.table.norm_gradient_apply(
              dy.base + start, z.base + start, center.base, factors.base, slopes.base,
              offsets.base, target.baseAddress! + start, Int64(range.count), Int64(columns))
          }
        }
      }
      sink.add(0, dz)
      if hasResidual { sink.add(3, dz) }
    }
    return (output, moments)
  }

  /// Normalises by given statistics (a trained layer's running ones): every row on its own. There is no
  /// gradient for the statistics: tracked ones trap.
  public func batchNorm(
    weight: Tensor, bias: Tensor, residual: Tensor? = nil, mean: Tensor, variance: Tensor,
    epsilon: Double = 1e-5
  ) -> Tensor {
    let (_, columns) = checkedNorm("batchNorm", weight, bias, residual)
    require(
      mean.shape == [columns] && variance.shape == [columns],
      "batchNorm: statistics \(mean.shape) and \(variance.shape) for \(columns) columns")
    require(
      !mean.isTracked && !variance.isTracked,
      "batchNorm: given statistics have no gradient; use `.detached`")
    let z = residual.map { detached + $0.detached } ?? detached
    let gamma = weight.detached
    let inverse = variance.values.map { 1 / (Double($0) + epsilon).squareRoot() }
    let y = z.normalized(mean.values.map { Double($0) }, inverse, weight, bias)
    let inputs = [self, weight, bias] + (residual.map { [$0] } ?? [])
    let hasResidual = residual != nil
    return .record(TensorOperation.batchNormInference, inputs: inputs, output: y) { dy, sink in
      let normal = (z - mean.detached) * Tensor(inverse.map { Scalar($0) })
      let axes = Array(0..<(dy.rank - 1))
      sink.add(1, (dy * normal).sum(axes: axes))
      sink.add(2, dy.sum(axes: axes))
      let dz = dy * (gamma * Tensor(inverse.map { Scalar($0) }))
      sink.add(0, dz)
      if hasResidual { sink.add(3, dz) }
    }
  }

  func checkedNorm(
    _ name: String, _ weight: Tensor, _ bias: Tensor, _ residual: Tensor?
  ) -> (rows: Int, columns: Int) {
    let (rows, columns) = rowsAndColumns
    require(
      rank >= 1 && weight.shape == [columns] && bias.shape == [columns],
      "\(name): input \(shape), weight \(weight.shape) and bias \(bias.shape); "
        + "expected [..., columns], [columns] and [columns]")
    require(
      residual == nil || residual!.shape == shape,
      "\(name): input \(shape) and residual \(residual?.shape ?? []); expected the same shapes")
    return (rows, columns)
  }

  /// The moments of `self + residual` and that sum (which is `self` where there is no residual).
  private func columnMoments(
    _ residual: Tensor?, _ rows: Int, _ columns: Int
  ) -> (BatchMoments, Tensor) {
    let grain = 128
    let chunks = (rows + grain - 1) / grain
    var moments = [Double](repeating: 0, count: 2 * chunks * columns)
    let x = self
    let z = residual == nil ? detached : Tensor(shape: shape) { _ in }
    moments.withUnsafeMutableBufferPointer { buffer in
      let base = buffer.baseAddress!
      ThreadPool.run(chunks: chunks) { chunk in
        let start = chunk * grain * columns
        Kernels<Scalar>.table.column_moments(
          x.base + start, residual.map { $0.base + start },
          residual == nil ? nil : z.storage.base + start, base + 2 * chunk * columns,
          base + (2 * chunk + 1) * columns, Int64(min(grain, rows - chunk * grain)), Int64(columns))
      }
    }
    // Chan, Golub & LeVeque (1979): merging the moments of parts.
    var mean = [Double](repeating: 0, count: columns)
    var deviation = mean
    for chunk in 0..<chunks {
      let before = Double(chunk * grain)
      let added = Double(min(grain, rows - chunk * grain))
      for column in 0..<columns {
        let delta = moments[2 * chunk * columns + column] - mean[column]
        mean[column] += delta * added / (before + added)
        deviation[column] +=
          moments[(2 * chunk + 1) * columns + column]
          + delta * delta * before * added / (before + added)
      }
    }
    let variance = deviation.map { $0 / Double(rows) }
    return (BatchMoments(count: rows, mean: mean, biasedVariance: variance), z)
  }

  /// (z − mean) · inverse · weight + bias by column.
  private func normalized(
    _ mean: [Double], _ inverse: [Double], _ weight: Tensor, _ bias: Tensor
  ) -> Tensor {
    let (rows, columns) = rowsAndColumns
    let scales = zip(inverse, weight.values).map { $0 * Double($1) }
    let center = Tensor(mean.map { Scalar($0) })
    let scale = Tensor(scales.map { Scalar($0) })
    // What rounding the mean took is put back through the shift.
    let biases = bias.values
    let shift = Tensor(
      zip(mean, center.values).enumerated().map { column, means in
        Scalar(Double(biases[column]) - (means.0 - Double(means.1)) * scales[column])
      })
    let z = self
    return Tensor(shape: shape) { target in
      withExtendedLifetime((center, scale, shift)) {
        ThreadPool.forRanges(rows, grain: rowGrain(columns)) { range in
          let start = range.lowerBound * columns
          Kernels<Scalar>.table.normalize(
            z.base + start, center.base, scale.base, shift.base, target.baseAddress! + start,
            Int64(range.count), Int64(columns))
        }
      }
    }
  }
}
