import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Normalizes every row of `self + residual` over its last axis:
  /// y = (z − mean) / sqrt(variance + epsilon) · weight + bias, with the biased variance.
  public func layerNorm(
    weight: Tensor, bias: Tensor, residual: Tensor? = nil, epsilon: Double = 1e-5
  ) -> Tensor {
    let (rows, columns) = checkedNorm("layerNorm", weight, bias, residual)
    let x = self
    let z = residual == nil ? detached : Tensor(unsafeUninitialized: shape) { _ in }
    let statistics = Tensor(unsafeUninitialized: [2, rows]) { _ in }
    let y = Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(rows, grain: rowGrain(columns)) { range in
        let start = range.lowerBound * columns
        let means = statistics.storage.base + range.lowerBound
        Kernels<Scalar>.table.layer_norm(
          x.base + start, residual.map { $0.base + start },
          residual == nil ? nil : z.storage.base + start, weight.base, bias.base, epsilon,
          target.baseAddress! + start, means, means + rows, Int64(range.count), Int64(columns))
      }
    }
    let gamma = weight.detached
    let inputs = [self, weight, bias] + (residual.map { [$0] } ?? [])
    let hasResidual = residual != nil
    return .record(TensorOperation.layerNorm, inputs: inputs, output: y) { dy, sink in
      var sums: [Double] = []
      let dz = Tensor(unsafeUninitialized: dy.shape) { target in
        sums = summedOverChunks(rows, width: 2 * columns, grain: rowGrain(columns)) {
          range, partial in
          let start = range.lowerBound * columns
          let means = statistics.base + range.lowerBound
          Kernels<Scalar>.table.layer_norm_gradient(
            dy.base + start, z.base + start, gamma.base, means, means + rows,
            target.baseAddress! + start, partial, Int64(range.count), Int64(columns))
        }
      }
      sink.add(0, dz)
      sink.add(1, Tensor(sums[columns...].map { Scalar($0) }))
      sink.add(2, Tensor(sums[..<columns].map { Scalar($0) }))
      if hasResidual { sink.add(3, dz) }
    }
  }
}
