import OutcropBLAS
import OutcropCore

/// The function that `linear` applies to x Wᵀ + b.
public enum LinearActivation: Sendable {
  /// The result is unchanged.
  case identity
  /// max(0, x).
  case relu
}

extension Tensor where Scalar: TensorScalar {
  /// The linear map y = activation(x Wᵀ + b) of the last axis: x [..., in], `weight` [out, in],
  /// `bias` [out].
  ///
  /// Bias and activation are applied in one pass over the product. The gradient of ReLU is computed
  /// from the result, so the product itself is not saved.
  public func linear(
    weight: Tensor, bias: Tensor? = nil, activation: LinearActivation = .identity
  ) -> Tensor {
    require(
      rank >= 1 && weight.rank == 2 && shape[rank - 1] == weight.shape[1],
      "linear: input \(shape) and weight \(weight.shape); expected [..., in] and [out, in]")
    require(
      bias == nil || bias!.shape == [weight.shape[0]],
      "linear: bias \(bias?.shape ?? []) for the weight \(weight.shape); expected [out]")
    let (x, w) = (detached, weight.detached)
    let (rows, columns) = (shape.dropLast().product, weight.shape[0])
    let y = Tensor(unsafeUninitialized: shape.dropLast() + [columns]) { target in
      matrixMultiply(
        x.matrix, .plain, w.matrix, .transposed,
        into: MutableMatrixView(target.baseAddress!, rows: rows, columns: columns))
      if bias == nil && activation == .identity { return }
      ThreadPool.forRanges(rows, grain: rowGrain(columns)) { range in
        Kernels<Scalar>.table.bias_activation(
          target.baseAddress! + range.lowerBound * columns, bias?.base, Int64(range.count),
          Int64(columns), activation == .relu ? 1 : 0)
      }
    }
    let result = activation == .relu ? y : nil
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    let (hasBias, xShape, savedInput) = (bias != nil, shape, savedValue)
    return .record(TensorOperation.linear, inputs: inputs, output: y) { dy, sink in
      let wantsBias = hasBias && sink.wants(2)
      var (g, sums) = (dy, Tensor?.none)
      if let result {
        (g, sums) = Self.reluGradient(dy, result, rows, columns, wantsBias)
      } else if wantsBias {
        sums = columnSums(dy, rows, columns)
      }
      if let sums { sink.add(2, sums) }
      g = g.reshaped([rows, columns])
      sink.accumulate(0, shape: xShape) { Self.multiply(g, .plain, w, .plain, $1, xShape, $0) }
      guard sink.wants(1) else { return }
      let flat = savedInput().reshaped([rows, w.shape[1]])
      sink.accumulate(1, shape: w.shape) {
        Self.multiply(g, .transposed, flat, .plain, $1, w.shape, $0)
      }
    }
  }

  /// dy where y > 0 and 0 elsewhere, and the column sums of that matrix.
  private static func reluGradient(
    _ dy: Tensor, _ y: Tensor, _ rows: Int, _ columns: Int, _ wantsSums: Bool
  ) -> (Tensor, Tensor?) {
    var sums: Tensor?
    let g = Tensor(unsafeUninitialized: dy.shape) { target in
      let work = { (range: Range<Int>, partial: UnsafeMutablePointer<Double>?) in
        let start = range.lowerBound * columns
        Kernels<Scalar>.table.relu_gradient(
          dy.base + start, y.base + start, target.baseAddress! + start, partial,
          Int64(range.count), Int64(columns))
      }
      if wantsSums {
        sums = Tensor(
          summedOverChunks(rows, width: columns, grain: rowGrain(columns), work).map { Scalar($0) })
      } else {
        ThreadPool.forRanges(rows, grain: rowGrain(columns)) { work($0, nil) }
      }
    }
    return (g, sums)
  }
}

/// The column sums of a [rows, columns] matrix.
func columnSums<Scalar: TensorScalar>(
  _ x: Tensor<Scalar>, _ rows: Int, _ columns: Int
) -> Tensor<Scalar> {
  let sums = summedOverChunks(rows, width: columns, grain: rowGrain(columns)) { range, partial in
    Kernels<Scalar>.table.column_sums(
      x.base + range.lowerBound * columns, partial, Int64(range.count), Int64(columns))
  }
  return Tensor(sums.map { Scalar($0) })
}

/// Calls `body` for fixed ranges of rows, each with its own `width` sums that start at 0, and
/// returns their total, added as a tree in the order of the ranges.
///
/// Sums are in double precision: gradients that cancel exactly (an L1 loss gives plus and minus the
/// same number) must give 0, because Adam turns the smallest remainder into a whole step.
package func summedOverChunks(
  _ rows: Int, width: Int, grain: Int, _ body: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
) -> [Double] {
  summedOverChunks((rows + grain - 1) / grain, width: width, scratch: 0, of: Double.self) {
    chunk, partial, _ in
    body(chunk * grain..<min(rows, (chunk + 1) * grain), partial)
  }
}

/// Like the function above, but `body` gets the chunk's index instead of its rows, and scratch memory for
/// the chunk.
package func summedOverChunks<Element>(
  _ chunks: Int, width: Int, scratch: Int, of type: Element.Type,
  _ body: (Int, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Element>) -> Void
) -> [Double] {
  withScratch(of: Double.self, count: max(1, chunks) * width) { partials in
    partials.update(repeating: 0, count: max(1, chunks) * width)
    ThreadPool.run(chunks: chunks, scratch: scratch, of: type) { chunk, scratch in
      body(chunk, partials + chunk * width, scratch)
    }
    // Adjacent chunks are added as a tree, which has the rounding error of a pairwise sum.
    var step = 1
    while step < chunks {
      for chunk in stride(from: step, to: chunks, by: 2 * step) {
        let (sum, addend) = (partials + (chunk - step) * width, partials + chunk * width)
        for column in 0..<width { sum[column] += addend[column] }
      }
      step *= 2
    }
    return Array(UnsafeBufferPointer(start: partials, count: width))
  }
}

/// The number of rows in one chunk: about 32 Ki elements, so that a chunk stays in the second-level
/// cache.
package func rowGrain(_ columns: Int) -> Int { max(16, (1 << 15) / max(1, columns)) }
