import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Normalizes every column of `self + residual` ([rows, columns]) by the batch's mean and biased
  /// variance: y = (z − mean) / sqrt(variance + epsilon) · weight + bias. Also returns the moments,
  /// for the running statistics of a layer.
  ///
  /// Traps for a batch without rows. The moments are merged in double precision from chunks, each
  /// with squared deviations from its own mean, so that a large mean loses no digits.
  public func batchNorm(
    weight: Tensor, bias: Tensor, residual: Tensor? = nil, epsilon: Double = 1e-5
  ) -> (output: Tensor, moments: BatchMoments) {
    batchNorm(
      weight: weight, bias: bias, residual: residual, epsilon: epsilon, over: nil)
  }

  /// Like the function above. With an `exchange`, `self` is one shard of a batch, which may have no rows: the
  /// moments are those over all shards, and the gradient is that through the moments of all.
  package func batchNorm(
    weight: Tensor, bias: Tensor, residual: Tensor? = nil, epsilon: Double,
    over exchange: (any ShardExchange)?
  ) -> (output: Tensor, moments: BatchMoments) {
    let (rows, columns) = checkedNorm("batchNorm", weight, bias, residual)
    require(
      rows > 0 || exchange != nil,
      "batchNorm: the shape \(shape) has no rows to compute statistics from")
    let (own, z) = columnMoments(residual, rows, columns)
    let moments = own.merged(over: exchange)
    let normalization = ColumnNormalization(
      mean: moments.mean, variance: moments.biasedVariance, epsilon: epsilon, weight: weight,
      bias: bias)
    let y = z.normalized(normalization)
    let inputs = [self, weight, bias] + (residual.map { [$0] } ?? [])
    let (hasResidual, shape) = (residual != nil, shape)
    let outputs = Tensor.record(TensorOperation.batchNorm, inputs: inputs, outputs: [y]) {
      gradients, sink in
      guard let dy = gradients[0] ?? exchange.map({ _ in Tensor.zeros(shape) }) else { return }
      let sums = summedOverChunks(rows, width: 2 * columns, grain: rowGrain(columns)) {
        range, partial in
        let start = range.lowerBound * columns
        Kernels<Scalar>.table.norm_gradient_sums(
          dy.base + start, z.base + start, normalization.center, normalization.inverseDeviation,
          partial, Int64(range.count), Int64(columns))
      }
      let gradient = ColumnNormalization.Gradient(
        normalization, sums: sums, total: exchange?.sums(sums) ?? sums, rows: moments.count)
      sink.add(1, gradient.weight)
      sink.add(2, gradient.bias)
      guard sink.wants(0) || (hasResidual && sink.wants(3)) else { return }
      let dz = Tensor(unsafeUninitialized: dy.shape) { target in
        ThreadPool.forRanges(rows, grain: rowGrain(columns)) { range in
          let start = range.lowerBound * columns
          Kernels<Scalar>.table.norm_gradient_apply(
            dy.base + start, z.base + start, normalization.center, gradient.a, gradient.b,
            gradient.c, target.baseAddress! + start, Int64(range.count), Int64(columns))
        }
      }
      withExtendedLifetime((normalization, gradient)) {}
      sink.add(0, dz)
      if hasResidual { sink.add(3, dz) }
    }
    return (outputs[0], moments)
  }

  /// Normalizes every row by the given statistics, such as the running statistics of a trained
  /// layer. The statistics have no gradient: tracked statistics trap.
  public func batchNorm(
    weight: Tensor, bias: Tensor, residual: Tensor? = nil, mean: Tensor, variance: Tensor,
    epsilon: Double = 1e-5
  ) -> Tensor {
    let (_, columns) = checkedNorm("batchNorm", weight, bias, residual)
    require(
      mean.shape == [columns] && variance.shape == [columns],
      "batchNorm: mean \(mean.shape) and variance \(variance.shape) for the input \(shape); "
        + "expected [\(columns)] and [\(columns)]")
    require(
      !mean.isTracked && !variance.isTracked,
      "batchNorm: given statistics have no gradient; use `.detached`")
    let (x, r) = (detached, residual?.detached)
    let gamma = weight.detached
    let variances = variance.doubles()
    let y = x.normalized(
      ColumnNormalization(
        mean: mean.doubles(), variance: variances, epsilon: epsilon,
        weight: weight, bias: bias), residual: r)
    let inputs = [self, weight, bias] + (residual.map { [$0] } ?? [])
    return .record(TensorOperation.batchNormInference, inputs: inputs, output: y) { dy, sink in
      let z = r.map { x + $0 } ?? x
      let inverse = Tensor(variances.map { Scalar(1 / ($0 + epsilon).squareRoot()) })
      let normal = (z - mean.detached) * inverse
      let axes = Array(0..<(dy.rank - 1))
      sink.add(1, (dy * normal).sum(axes: axes))
      sink.add(2, dy.sum(axes: axes))
      let dz = dy * (gamma * inverse)
      sink.add(0, dz)
      if r != nil { sink.add(3, dz) }
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

  /// The moments of `self + residual`, and that sum (`self` when there is no residual).
  private func columnMoments(
    _ residual: Tensor?, _ rows: Int, _ columns: Int
  ) -> (BatchMoments, Tensor) {
    let grain = 128
    let chunks = (rows + grain - 1) / grain
    let x = self
    let z = residual == nil ? detached : Tensor(unsafeUninitialized: shape) { _ in }
    let moments = withScratch(of: Double.self, count: 2 * chunks * columns) { moments in
      ThreadPool.run(chunks: chunks) { chunk in
        let start = chunk * grain * columns
        Kernels<Scalar>.table.column_moments(
          x.base + start, nil, residual.map { $0.base + start },
          residual == nil ? nil : z.storage.base + start, moments + 2 * chunk * columns,
          moments + (2 * chunk + 1) * columns, Int64(Swift.min(grain, rows - chunk * grain)),
          Int64(columns))
      }
      return BatchMoments(merging: moments, grain: grain, rows: rows, columns: columns)
    }
    return (moments, z)
  }

  private func normalized(
    _ normalization: ColumnNormalization<Scalar>, residual: Tensor? = nil
  ) -> Tensor {
    let (rows, columns) = rowsAndColumns
    let z = self
    return Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(rows, grain: rowGrain(columns)) { range in
        let start = range.lowerBound * columns
        Kernels<Scalar>.table.normalize(
          z.base + start, residual.map { $0.base + start }, normalization.center,
          normalization.scale, normalization.shift, target.baseAddress! + start,
          Int64(range.count), Int64(columns))
      }
      withExtendedLifetime(normalization) {}
    }
  }
}
