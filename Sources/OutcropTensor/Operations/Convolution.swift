import OutcropBLAS
import OutcropCore

/// Stride, padding, dilation and groups of a convolution or a pooling over two axes, with the sizes of
/// its result. Convolutions over one axis have a first axis of size 1.
struct WindowPlan: Sendable {
  let batch, channels, height, width: Int
  let kernelHeight, kernelWidth: Int
  let strideY, strideX, paddingY, paddingX, dilationY, dilationX: Int
  let outputHeight, outputWidth: Int

  init(
    _ name: String, _ shape: [Int], kernel: (Int, Int), stride: (Int, Int), padding: (Int, Int),
    dilation: (Int, Int)
  ) {
    (batch, channels, height, width) = (shape[0], shape[1], shape[2], shape[3])
    (kernelHeight, kernelWidth) = kernel
    (strideY, strideX) = stride
    (paddingY, paddingX) = padding
    (dilationY, dilationX) = dilation
    func size(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int) -> Int {
      let room = size + 2 * padding - dilation * (kernel - 1) - 1
      return room < 0 || stride < 1 ? 0 : room / stride + 1
    }
    let outputs = (
      size(height, kernelHeight, strideY, paddingY, dilationY),
      size(width, kernelWidth, strideX, paddingX, dilationX)
    )
    (outputHeight, outputWidth) = outputs
    require(
      kernel.0 > 0 && kernel.1 > 0 && stride.0 > 0 && stride.1 > 0 && padding.0 >= 0
        && padding.1 >= 0 && dilation.0 > 0 && dilation.1 > 0 && outputs.0 > 0 && outputs.1 > 0,
      "\(name): the input \(shape) with the window \(kernel), stride \(stride), padding \(padding) "
        + "and dilation \(dilation) has no result; expected positive numbers and a window that fits"
    )
  }

  var outputCount: Int { outputHeight * outputWidth }
  var windowCount: Int { kernelHeight * kernelWidth }

  /// The range of output columns whose input column for `offset` of the kernel is inside the input.
  @inline(__always)
  func columns(_ offset: Int) -> Range<Int> {
    let shift = offset * dilationX - paddingX
    let first = shift >= 0 ? 0 : (-shift + strideX - 1) / strideX
    let last = width - 1 - shift
    return last < 0
      ? 0..<0
      : min(first, outputWidth)..<max(min(first, outputWidth), min(outputWidth, last / strideX + 1))
  }
}

extension Tensor where Scalar: TensorScalar {
  /// Convolution (cross-correlation, as in all frameworks) over the last axis: [N, C, L] with
  /// `weight` [O, C / groups, K] → [N, O, L′]. Otherwise like `convolution2D`.
  public func convolution1D(
    weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
  ) -> Tensor {
    require(
      rank == 3 && weight.rank == 3,
      "convolution1D: input \(shape) and weight \(weight.shape); expected [N, C, L] and "
        + "[O, C / groups, K]")
    let y = reshaped([shape[0], shape[1], 1, shape[2]]).convolution2D(
      weight: weight.reshaped([weight.shape[0], weight.shape[1], 1, weight.shape[2]]), bias: bias,
      stride: (1, stride), padding: (0, padding), dilation: (1, dilation), groups: groups)
    return y.reshaped([y.shape[0], y.shape[1], y.shape[3]])
  }

  /// Like `convolution2D` with pairs, but with one number for both axes.
  public func convolution2D(
    weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
  ) -> Tensor {
    convolution2D(
      weight: weight, bias: bias, stride: (stride, stride), padding: (padding, padding),
      dilation: (dilation, dilation), groups: groups)
  }

  /// Convolution (cross-correlation, as in all frameworks) over the last two axes: [N, C, H, W] with
  /// `weight` [O, C / groups, kH, kW] and `bias` [O] → [N, O, H′, W′], where
  /// H′ = (H + 2 padding − dilation (kH − 1) − 1) / stride + 1.
  ///
  /// Channels are divided into `groups`; each group computes its own part of the output channels. The
  /// windows of a few rows of the result at a time are copied into a matrix, which stays in the cache and
  /// is multiplied by the weight. The windows are never stored as a whole: the gradient copies
  /// them again. Traps if shapes do not fit.
  public func convolution2D(
    weight: Tensor, bias: Tensor? = nil, stride: (Int, Int), padding: (Int, Int),
    dilation: (Int, Int) = (1, 1), groups: Int = 1
  ) -> Tensor {
    require(
      rank == 4 && weight.rank == 4 && groups >= 1 && weight.shape[0] % groups == 0
        && shape[1] == weight.shape[1] * groups,
      "convolution2D: input \(shape), weight \(weight.shape) and \(groups) groups; expected "
        + "[N, C, H, W] and [O, C / groups, kH, kW] with O a multiple of the groups")
    require(
      bias == nil || bias!.shape == [weight.shape[0]],
      "convolution2D: bias \(bias?.shape ?? []) for the weight \(weight.shape); expected [O]")
    let plan = WindowPlan(
      "convolution2D", shape, kernel: (weight.shape[2], weight.shape[3]), stride: stride,
      padding: padding, dilation: dilation)
    let work = Convolution(plan, self.detached, weight.detached, groups)
    let y = work.forward(bias?.detached)
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    return .record(TensorOperation.convolution, inputs: inputs, output: y) { dy, sink in
      if sink.wants(0) { sink.add(0, work.inputGradient(dy)) }
      if sink.wants(1) { sink.add(1, work.weightGradient(dy)) }
      if inputs.count > 2 { sink.add(2, dy.sum(axes: [0, 2, 3])) }
    }
  }
}

/// A convolution by products of the weight and copied windows.
private struct Convolution<Scalar: TensorScalar>: Sendable {
  let plan: WindowPlan
  let x, weight: Tensor<Scalar>
  let groups, outputs, depth: Int
  /// The channels of one group.
  let channels: Int
  /// The number of output rows whose windows are copied at once.
  let rowsAtOnce: Int

  init(_ plan: WindowPlan, _ x: Tensor<Scalar>, _ weight: Tensor<Scalar>, _ groups: Int) {
    (self.plan, self.x, self.weight, self.groups) = (plan, x, weight, groups)
    outputs = weight.shape[0] / groups
    channels = weight.shape[1]
    depth = channels * plan.windowCount
    rowsAtOnce = max(1, min(plan.outputHeight, (1 << 15) / max(1, depth * plan.outputWidth)))
  }

  private var blocks: Int { (plan.outputHeight + rowsAtOnce - 1) / rowsAtOnce }
  private func rows(_ block: Int) -> Range<Int> {
    block * rowsAtOnce..<min(plan.outputHeight, (block + 1) * rowsAtOnce)
  }
  private var scratchCount: Int { depth * rowsAtOnce * plan.outputWidth }
  /// Where the channels of image and group `index` start in the input.
  private func input(_ index: Int) -> Int {
    (index / groups * plan.channels + index % groups * channels) * plan.height * plan.width
  }
  private func output(_ index: Int) -> Int { index * outputs * plan.outputCount }
  private func weights(_ index: Int) -> UnsafePointer<Scalar> {
    weight.base + index % groups * outputs * depth
  }

  func forward(_ bias: Tensor<Scalar>?) -> Tensor<Scalar> {
    Tensor(
      unsafeUninitialized: [plan.batch, groups * outputs, plan.outputHeight, plan.outputWidth]
    ) { y in
      ThreadPool.run(chunks: plan.batch * groups * blocks, scratch: scratchCount, of: Scalar.self) {
        chunk, windows in
        let (index, rows) = (chunk / blocks, rows(chunk % blocks))
        let count = rows.count * plan.outputWidth
        copyWindows(plan, x.base + input(index), channels, rows, windows)
        let target = y.baseAddress! + output(index) + rows.lowerBound * plan.outputWidth
        multiplyStrided(
          false, false, outputs, count, depth, weights(index), depth, windows, count, 0, target,
          plan.outputCount)
        guard let bias else { return }
        addToRows(
          target, bias.base + index % groups * outputs, outputs, count, plan.outputCount)
      }
    }
  }

  /// The gradients of the windows, Wᵀ dY, added to the elements from which the windows were copied.
  func inputGradient(_ dy: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(unsafeUninitialized: x.shape) { dx in
      ThreadPool.run(chunks: plan.batch * groups, scratch: scratchCount, of: Scalar.self) {
        index, windows in
        let target = dx.baseAddress! + input(index)
        target.update(repeating: 0, count: channels * plan.height * plan.width)
        for block in 0..<blocks {
          let rows = rows(block)
          let count = rows.count * plan.outputWidth
          multiplyStrided(
            true, false, depth, count, outputs, weights(index), depth,
            dy.base + output(index) + rows.lowerBound * plan.outputWidth, plan.outputCount, 0,
            windows, count)
          addWindows(plan, windows, channels, rows, target)
        }
      }
    }
  }

  /// Σ dY · windowsᵀ, over fixed chunks of images, added in order.
  func weightGradient(_ dy: Tensor<Scalar>) -> Tensor<Scalar> {
    let parts = min(16, max(1, plan.batch))
    let size = groups * outputs * depth
    let partial = Tensor<Scalar>(unsafeUninitialized: [parts, size]) { partial in
      ThreadPool.run(chunks: parts * groups, scratch: scratchCount, of: Scalar.self) {
        chunk, windows in
        let (part, group) = (chunk / groups, chunk % groups)
        let target = partial.baseAddress! + part * size + group * outputs * depth
        target.update(repeating: 0, count: outputs * depth)
        for image in part * plan.batch / parts..<(part + 1) * plan.batch / parts {
          let index = image * groups + group
          for block in 0..<blocks {
            let rows = rows(block)
            let count = rows.count * plan.outputWidth
            copyWindows(plan, x.base + input(index), channels, rows, windows)
            multiplyStrided(
              false, true, outputs, depth, count,
              dy.base + output(index) + rows.lowerBound * plan.outputWidth, plan.outputCount,
              windows, count, 1, target, depth)
          }
        }
      }
    }
    return partial.sum(axes: [0]).reshaped(weight.shape)
  }
}

/// C ← op(A) op(B) + beta · C on the calling thread.
private func multiplyStrided<Scalar: TensorScalar>(
  _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Scalar>,
  _ lda: Int, _ b: UnsafePointer<Scalar>, _ ldb: Int, _ beta: Scalar,
  _ c: UnsafeMutablePointer<Scalar>, _ ldc: Int
) {
  if m == 0 || n == 0 { return }
  if k == 0 {
    if beta == 0 { for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) } }
    return
  }
  smallMatrixMultiply(transposeA, transposeB, m, n, k, 1, a, lda, b, ldb, beta, c, ldc)
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addToRows<Scalar: TensorScalar>(
  _ y: UnsafeMutablePointer<Scalar>, _ bias: UnsafePointer<Scalar>, _ rows: Int, _ width: Int,
  _ stride: Int
) {
  for row in 0..<rows {
    let (target, addend) = (y + row * stride, bias[row])
    for column in 0..<width { target[column] += addend }
  }
}

/// windows [channel, ky, kx, output row, output column] = the input under each output, 0 outside.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func copyWindows<Scalar: TensorScalar>(
  _ plan: WindowPlan, _ x: UnsafePointer<Scalar>, _ channels: Int, _ rows: Range<Int>,
  _ windows: UnsafeMutablePointer<Scalar>
) {
  var target = windows
  for channel in 0..<channels {
    for ky in 0..<plan.kernelHeight {
      for kx in 0..<plan.kernelWidth {
        let columns = plan.columns(kx)
        for row in rows {
          let y = row * plan.strideY + ky * plan.dilationY - plan.paddingY
          if y < 0 || y >= plan.height || columns.isEmpty {
            target.update(repeating: 0, count: plan.outputWidth)
          } else {
            let source = x + (channel * plan.height + y) * plan.width
            let shift = kx * plan.dilationX - plan.paddingX
            target.update(repeating: 0, count: columns.lowerBound)
            if plan.strideX == 1 {
              (target + columns.lowerBound).update(
                from: source + columns.lowerBound + shift, count: columns.count)
            } else {
              for column in columns { target[column] = source[column * plan.strideX + shift] }
            }
            (target + columns.upperBound).update(
              repeating: 0, count: plan.outputWidth - columns.upperBound)
          }
          target += plan.outputWidth
        }
      }
    }
  }
}

/// The transpose of `copyWindows`: adds windows to the elements from which they were copied.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addWindows<Scalar: TensorScalar>(
  _ plan: WindowPlan, _ windows: UnsafePointer<Scalar>, _ channels: Int, _ rows: Range<Int>,
  _ x: UnsafeMutablePointer<Scalar>
) {
  var source = windows
  for channel in 0..<channels {
    for ky in 0..<plan.kernelHeight {
      for kx in 0..<plan.kernelWidth {
        let columns = plan.columns(kx)
        let shift = kx * plan.dilationX - plan.paddingX
        for row in rows {
          let y = row * plan.strideY + ky * plan.dilationY - plan.paddingY
          if y >= 0 && y < plan.height {
            let target = x + (channel * plan.height + y) * plan.width + shift
            if plan.strideX == 1 {
              for column in columns { target[column] += source[column] }
            } else {
              for column in columns { target[column * plan.strideX] += source[column] }
            }
          }
          source += plan.outputWidth
        }
      }
    }
  }
}
