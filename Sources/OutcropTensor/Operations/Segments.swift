import CKernels
import OutcropCore

/// Consecutive groups of rows: segment s is rows `offsets[s]` ..< `offsets[s + 1]`.
public struct Segments: Sendable, Equatable {
  /// The first row of each segment, and at the end the number of rows: starts at 0, never
  /// decreases.
  public let offsets: [Int32]
  /// The number of segments.
  public var count: Int { offsets.count - 1 }
  /// The number of rows in all segments.
  public var rowCount: Int { Int(offsets[count]) }

  /// Traps unless the offsets start at 0 and never decrease.
  public init(offsets: [Int32]) {
    require(
      offsets.first == 0 && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 },
      "Segments: found the offsets \(offsets.prefix(8)) …; expected a start at 0 and no decrease")
    self.offsets = offsets
  }

  func range(_ segment: Int) -> Range<Int> { Int(offsets[segment])..<Int(offsets[segment + 1]) }
}

extension Tensor where Scalar: TensorScalar {
  /// The sum of each segment's rows. [M, ...] → [S, ...]; an empty segment gives 0.
  public func segmentSum(_ segments: Segments) -> Tensor {
    reducing(.segmentSum, segments) { dy, segments in
      dy.spread(segments) { _ in 1 }
    }
  }

  /// The mean of each segment's rows; an empty segment gives 0.
  public func segmentMean(_ segments: Segments) -> Tensor {
    reducing(.segmentMean, segments) { dy, segments in
      dy.spread(segments) { 1 / Scalar($0) }
    }
  }

  /// The maximum of each segment's rows, by column; 0 for an empty segment, NaN if an element is
  /// NaN. The first of equal largest elements gets the whole gradient.
  public func segmentMax(_ segments: Segments) -> Tensor {
    let x = detached
    return reducing(.segmentMax, segments) { dy, segments in
      let width = dy.shape.dropFirst().product
      return Tensor(unsafeUninitialized: x.shape) { target in
        target.update(repeating: 0)
        segments.forEach(width) { segment, rows in
          maxGradient(x.base, dy.base + segment * width, target.baseAddress!, rows, width)
        }
      }
    }
  }

  /// The softmax over each segment's rows, by column. [M, ...] → [M, ...].
  public func segmentSoftmax(_ segments: Segments) -> Tensor {
    check("segmentSoftmax", segments)
    let x = self
    let width = shape.dropFirst().product
    let y = Tensor(unsafeUninitialized: shape) { target in
      segments.forEach(width) { _, rows in
        if rows.isEmpty || width == 0 { return }
        let start = rows.lowerBound * width
        for first in stride(from: 0, to: width, by: AxisPlan.tileWidth) {
          Kernels<Scalar>.table.softmax_columns(
            0, x.base + start + first, target.baseAddress! + start + first, Int64(rows.count),
            Int64(Swift.min(AxisPlan.tileWidth, width - first)), Int64(width))
        }
      }
    }
    return .record(TensorOperation.segmentSoftmax, inputs: [self], output: y) { dy, sink in
      sink.add(
        0,
        Tensor(unsafeUninitialized: dy.shape) { target in
          segments.forEach(width) { _, rows in
            let start = rows.lowerBound * width
            softmaxTileGradient(
              false, y.base + start, dy.base + start, target.baseAddress! + start, rows.count,
              width,
              0..<width)
          }
        })
    }
  }

  private func reducing(
    _ operation: TensorOperation, _ segments: Segments,
    gradient: @escaping (Tensor, Segments) -> Tensor
  ) -> Tensor {
    check(operation.rawValue, segments)
    let x = self
    let width = shape.dropFirst().product
    let result = Tensor(unsafeUninitialized: [segments.count] + shape.dropFirst()) { target in
      segments.forEach(width) { segment, rows in
        reduceSegment(operation, x.base, target.baseAddress! + segment * width, rows, width)
      }
    }
    return .record(operation, inputs: [self], output: result) { dy, sink in
      sink.add(0, gradient(dy, segments))
    }
  }

  private func check(_ name: String, _ segments: Segments) {
    require(
      rank >= 1 && shape[0] == segments.rowCount,
      "\(name): the shape \(shape) and segments of \(segments.rowCount) rows; "
        + "expected [\(segments.rowCount), ...]")
  }

  /// Row s repeated for every row of segment s and multiplied by `factor` of the segment's length.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func spread(_ segments: Segments, _ factor: (Int) -> Scalar) -> Tensor {
    let width = shape.dropFirst().product
    let dy = self
    return Tensor(unsafeUninitialized: [segments.rowCount] + shape.dropFirst()) { target in
      segments.forEach(width) { segment, rows in
        let scale = factor(rows.count)
        for row in rows {
          scaleRow(target.baseAddress! + row * width, dy.base + segment * width, scale, width)
        }
      }
    }
  }
}

extension Segments {
  /// Calls `body` with each segment and its rows, in parallel.
  fileprivate func forEach(_ width: Int, _ body: (Int, Range<Int>) -> Void) {
    let mean = rowCount / max(1, count) + 1
    ThreadPool.forRanges(count, grain: max(1, rowGrain(width) / mean)) { segments in
      for segment in segments { body(segment, range(segment)) }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func scaleRow<Scalar: TensorScalar>(
  _ target: UnsafeMutablePointer<Scalar>, _ row: UnsafePointer<Scalar>, _ scale: Scalar,
  _ width: Int
) {
  for column in 0..<width { target[column] = row[column] * scale }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func reduceSegment<Scalar: TensorScalar>(
  _ operation: TensorOperation, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>,
  _ rows: Range<Int>, _ width: Int
) {
  for column in 0..<width { y[column] = 0 }
  if operation == .segmentMax {
    guard let first = rows.first else { return }
    for column in 0..<width { y[column] = x[first * width + column] }
    for row in rows.dropFirst() {
      for column in 0..<width {
        let value = x[row * width + column]
        if value > y[column] || value.isNaN { y[column] = value }
      }
    }
    return
  }
  if rows.isEmpty { return }
  // Sums are in double precision, pairwise.
  withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { sums in
    if width == 0 { return }
    Kernels<Scalar>.table.reduce(
      Int32(OC_SUM.rawValue), x + rows.lowerBound * width, nil, sums.baseAddress!, 1,
      Int64(rows.count), Int64(width), Int64(width))
    let number = operation == .segmentMean ? Double(rows.count) : 1
    for column in 0..<width { y[column] = Scalar(sums[column] / number) }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func maxGradient<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ dy: UnsafePointer<Scalar>, _ dx: UnsafeMutablePointer<Scalar>,
  _ rows: Range<Int>, _ width: Int
) {
  guard let first = rows.first else { return }
  for column in 0..<width {
    var best = first
    for row in rows {
      let value = x[row * width + column]
      if value > x[best * width + column] || (value.isNaN && !x[best * width + column].isNaN) {
        best = row
      }
    }
    dx[best * width + column] = dy[column]
  }
}
