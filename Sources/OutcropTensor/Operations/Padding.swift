import OutcropCore

extension Tensor {
  /// The tensor with `widths[i]` additional elements before and after along axis i, all of them `value`.
  /// Missing leading widths are 0: `x.padded([(1, 1)])` pads the last axis.
  public func padded(_ widths: [(before: Int, after: Int)], with value: Scalar = ._zero) -> Tensor {
    require(
      widths.count <= rank && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 },
      "padded: widths \(widths.map { [$0.before, $0.after] }) for the shape \(shape); expected at most "
        + "one pair of numbers >= 0 for each axis")
    let all = Array(repeating: (before: 0, after: 0), count: rank - widths.count) + widths
    var view = StridedView(zip(shape, all).map { $0 + $1.before + $1.after })
    let target = view.shape
    for (axis, width) in all.enumerated() {
      view.slice(axis, first: width.before, count: shape[axis])
    }
    let border = PaddedRows(shape, all, target)
    let x = self
    let result = Tensor(unsafeUninitialized: target) { y in
      if !y.isEmpty { border.fill(y.baseAddress!, x.base, value) }
    }
    return recordPlaced(view, result)
  }

  /// The matrix [n, n] whose diagonal is a vector [n], with zeros elsewhere. `offset` moves the
  /// elements that many columns to the right and enlarges the matrix by the offset's magnitude.
  public static func diagonal(_ vector: Tensor, offset: Int = 0) -> Tensor {
    require(
      vector.rank == 1, "Tensor.diagonal: the shape \(vector.shape); expected a vector")
    let size = vector.count + Swift.abs(offset)
    var view = StridedView([size, size])
    view.takeDiagonal(0, 1, offset: offset)
    return vector.placed(view, in: .zeros([size, size]))
  }

  /// `background` with this tensor's elements in the place of those of a view that has no element twice.
  private func placed(_ view: StridedView, in background: Tensor) -> Tensor {
    var result = background
    if count > 0 {
      result.withUnsafeMutableBufferPointer { view.assign(base, to: $0.baseAddress!) }
    }
    return recordPlaced(view, result)
  }

  private func recordPlaced(_ view: StridedView, _ result: Tensor) -> Tensor {
    .record(TensorOperation.pad, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.elements(of: view))
    }
  }
}

/// The rows along the last axis of a padded tensor: each is either a row of the original one with elements before
/// and after, or all padding. So every element is written once.
private struct PaddedRows {
  let shape: [Int]
  let widths: [(before: Int, after: Int)]
  let target: [Int]

  init(_ shape: [Int], _ widths: [(before: Int, after: Int)], _ target: [Int]) {
    // A scalar is a row of one element.
    self.shape = shape.isEmpty ? [1] : shape
    self.widths = widths.isEmpty ? [(0, 0)] : widths
    self.target = target.isEmpty ? [1] : target
  }

  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @specialized(where Element == Int32)
  @specialized(where Element == Int64)
  @specialized(where Element == Bool)
  func fill<Element: TensorElement>(
    _ y: UnsafeMutablePointer<Element>, _ x: UnsafePointer<Element>, _ value: Element
  ) {
    let last = target.count - 1
    let (count, length, ends) = (shape[last], target[last], widths[last])
    ThreadPool.forRanges(target.dropLast().product, grain: max(1, elementGrain / length)) { rows in
      for row in rows {
        let to = y + row * length
        if let source = source(row) {
          to.update(repeating: value, count: ends.before)
          copyElements(x + source * count, to: to + ends.before, count: count)
          (to + ends.before + count).update(repeating: value, count: ends.after)
        } else {
          to.update(repeating: value, count: length)
        }
      }
    }
  }

  /// The row of the original tensor that is in a row of the padded one; nil for padding.
  private func source(_ row: Int) -> Int? {
    var (rest, result, step) = (row, 0, 1)
    for axis in target.indices.dropLast().reversed() {
      let index = rest % target[axis] - widths[axis].before
      rest /= target[axis]
      if index < 0 || index >= shape[axis] { return nil }
      result += index * step
      step *= shape[axis]
    }
    return result
  }
}
