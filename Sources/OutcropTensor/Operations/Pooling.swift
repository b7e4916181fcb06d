import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The largest element of each window: [N, C, H, W] → [N, C, H′, W′]. NaN if an element is NaN.
  ///
  /// - Parameters:
  ///   - window: the height and width of a window.
  ///   - stride: the distance from one window to the next; the window's size unless given.
  ///   - padding: rows and columns of −∞ on every side; at most half a window, so that no window is empty.
  ///
  /// The first of equal largest elements gets the whole gradient, as in PyTorch.
  public func maxPooling2D(
    window: (Int, Int), stride: (Int, Int)? = nil, padding: (Int, Int) = (0, 0)
  )
    -> Tensor
  {
    let plan = poolingPlan("maxPooling2D", window, stride, padding)
    let before = shape
    let count = plan.batch * plan.channels
    let places = Storage<Int32>(count: count * plan.outputCount)
    let x = detached
    let y = Tensor(
      unsafeUninitialized: [plan.batch, plan.channels, plan.outputHeight, plan.outputWidth]
    ) { target in
      plan.forPlanes { plane in
        maxPlane(
          plan, x.base + plane * plan.height * plan.width,
          target.baseAddress! + plane * plan.outputCount, places.base + plane * plan.outputCount)
      }
    }
    return .record(TensorOperation.maxPooling, inputs: [self], output: y) { dy, sink in
      sink.add(
        0,
        Tensor(unsafeUninitialized: before) { dx in
          plan.forPlanes { plane in
            maxPlaneGradient(
              plan, dy.base + plane * plan.outputCount, places.base + plane * plan.outputCount,
              dx.baseAddress! + plane * plan.height * plan.width)
          }
        })
    }
  }

  /// The mean of each window: [N, C, H, W] → [N, C, H′, W′]. Padding counts as zeros, unless
  /// `countsPadding` is false.
  ///
  /// - Parameters:
  ///   - window: the height and width of a window.
  ///   - stride: the distance from one window to the next; the window's size unless given.
  ///   - padding: rows and columns of zeros on every side; at most half a window.
  ///   - countsPadding: whether a mean counts the zeros of the padding.
  public func averagePooling2D(
    window: (Int, Int), stride: (Int, Int)? = nil, padding: (Int, Int) = (0, 0),
    countsPadding: Bool = true
  ) -> Tensor {
    let plan = poolingPlan("averagePooling2D", window, stride, padding)
    let before = shape
    let x = detached
    let y = Tensor(
      unsafeUninitialized: [plan.batch, plan.channels, plan.outputHeight, plan.outputWidth]
    ) { target in
      plan.forPlanes { plane in
        averagePlane(
          plan, countsPadding, x.base + plane * plan.height * plan.width,
          target.baseAddress! + plane * plan.outputCount)
      }
    }
    return .record(TensorOperation.averagePooling, inputs: [self], output: y) { dy, sink in
      sink.add(
        0,
        Tensor(unsafeUninitialized: before) { dx in
          plan.forPlanes { plane in
            averagePlaneGradient(
              plan, countsPadding, dy.base + plane * plan.outputCount,
              dx.baseAddress! + plane * plan.height * plan.width)
          }
        })
    }
  }

  /// The largest element of each window of [N, C, L]; see `maxPooling2D`.
  public func maxPooling1D(window: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    require(rank == 3, "maxPooling1D: the shape \(shape); expected [N, C, L]")
    let y = reshaped([shape[0], shape[1], 1, shape[2]]).maxPooling2D(
      window: (1, window), stride: (1, stride ?? window), padding: (0, padding))
    return y.reshaped([y.shape[0], y.shape[1], y.shape[3]])
  }

  /// The mean of each window of [N, C, L]; see `averagePooling2D`.
  public func averagePooling1D(
    window: Int, stride: Int? = nil, padding: Int = 0, countsPadding: Bool = true
  ) -> Tensor {
    require(rank == 3, "averagePooling1D: the shape \(shape); expected [N, C, L]")
    let y = reshaped([shape[0], shape[1], 1, shape[2]]).averagePooling2D(
      window: (1, window), stride: (1, stride ?? window), padding: (0, padding),
      countsPadding: countsPadding)
    return y.reshaped([y.shape[0], y.shape[1], y.shape[3]])
  }

  private func poolingPlan(
    _ name: String, _ window: (Int, Int), _ stride: (Int, Int)?, _ padding: (Int, Int)
  ) -> WindowPlan {
    require(
      rank == 4 && padding.0 <= window.0 / 2 && padding.1 <= window.1 / 2,
      "\(name): the shape \(shape), window \(window) and padding \(padding); expected [N, C, H, W] "
        + "and a padding of at most half the window")
    return WindowPlan(
      name, shape, kernel: window, stride: stride ?? window, padding: padding, dilation: (1, 1))
  }
}

extension WindowPlan {
  /// Calls `body` with each plane [H, W] of the batch, in parallel.
  fileprivate func forPlanes(_ body: (Int) -> Void) {
    let work = max(1, outputCount * windowCount + height * width)
    ThreadPool.forRanges(batch * channels, grain: max(1, elementGrain / work)) { range in
      for plane in range { body(plane) }
    }
  }

  /// The rows and columns of the input under an output.
  @inline(__always)
  fileprivate func window(_ row: Int, _ column: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let (y, x) = (row * strideY - paddingY, column * strideX - paddingX)
    return (
      max(0, y)..<min(height, y + kernelHeight), max(0, x)..<min(width, x + kernelWidth)
    )
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func maxPlane<Scalar: TensorScalar>(
  _ plan: WindowPlan, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>,
  _ places: UnsafeMutablePointer<Int32>
) {
  for row in 0..<plan.outputHeight {
    for column in 0..<plan.outputWidth {
      let window = plan.window(row, column)
      var place = window.rows.lowerBound * plan.width + window.columns.lowerBound
      var best = x[place]
      for r in window.rows {
        for c in window.columns {
          let value = x[r * plan.width + c]
          if value > best || (value.isNaN && !best.isNaN) {
            (best, place) = (value, r * plan.width + c)
          }
        }
      }
      y[row * plan.outputWidth + column] = best
      places[row * plan.outputWidth + column] = Int32(truncatingIfNeeded: place)
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func maxPlaneGradient<Scalar: TensorScalar>(
  _ plan: WindowPlan, _ dy: UnsafePointer<Scalar>, _ places: UnsafePointer<Int32>,
  _ dx: UnsafeMutablePointer<Scalar>
) {
  dx.update(repeating: 0, count: plan.height * plan.width)
  for index in 0..<plan.outputCount { dx[Int(places[index])] += dy[index] }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func averagePlane<Scalar: TensorScalar>(
  _ plan: WindowPlan, _ countsPadding: Bool, _ x: UnsafePointer<Scalar>,
  _ y: UnsafeMutablePointer<Scalar>
) {
  for row in 0..<plan.outputHeight {
    for column in 0..<plan.outputWidth {
      let window = plan.window(row, column)
      var sum = 0.0
      for r in window.rows {
        for c in window.columns { sum += Double(x[r * plan.width + c]) }
      }
      y[row * plan.outputWidth + column] = Scalar(sum / plan.divisor(row, column, countsPadding))
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func averagePlaneGradient<Scalar: TensorScalar>(
  _ plan: WindowPlan, _ countsPadding: Bool, _ dy: UnsafePointer<Scalar>,
  _ dx: UnsafeMutablePointer<Scalar>
) {
  dx.update(repeating: 0, count: plan.height * plan.width)
  for row in 0..<plan.outputHeight {
    for column in 0..<plan.outputWidth {
      let window = plan.window(row, column)
      let share =
        dy[row * plan.outputWidth + column] / Scalar(plan.divisor(row, column, countsPadding))
      for r in window.rows {
        for c in window.columns { dx[r * plan.width + c] += share }
      }
    }
  }
}

extension WindowPlan {
  /// The number of elements of a mean. Elements beyond the padding never count.
  @inline(__always)
  fileprivate func divisor(_ row: Int, _ column: Int, _ countsPadding: Bool) -> Double {
    let (y, x) = (row * strideY - paddingY, column * strideX - paddingX)
    if countsPadding {
      return Double(
        (min(height + paddingY, y + kernelHeight) - y)
          * (min(width + paddingX, x + kernelWidth) - x))
    }
    let window = window(row, column)
    return Double(window.rows.count * window.columns.count)
  }
}
