import CKernels
import OutcropCore

extension Tensor where Scalar: TensorNumber {
  /// The elements in ascending order along `axis` (negative axes count from the end), or in descending
  /// order. Equal elements keep their order. NaN counts as larger than all numbers.
  public func sorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    let plan = AxisPlan("sorted", shape, axis)
    return gathered(
      plan.positions(order(plan, descending: descending), kept: plan.size, areDistinct: true),
      shape: shape)
  }

  /// The indices along `axis` that `sorted(axis:descending:)` reads.
  public func argsort(axis: Int = -1, descending: Bool = false) -> Tensor<Int64> {
    order(AxisPlan("argsort", shape, axis), descending: descending)
  }

  /// The `k` largest elements along `axis` in descending order (without `largest` the smallest, in
  /// ascending order) and their indices. Of equal elements the first comes first. NaN counts as larger
  /// than all numbers. Traps if the axis has fewer than `k` elements.
  public func topK(
    _ k: Int, axis: Int = -1, largest: Bool = true
  ) -> (values: Tensor, indices: Tensor<Int64>) {
    let plan = AxisPlan("topK", shape, axis)
    require(
      k >= 0 && k <= plan.size,
      "topK: \(k) elements along axis \(axis) of the shape \(shape); expected 0 ... \(plan.size)")
    // A few elements are selected in one pass. In ascending rows each element moves all k, so k is limited.
    let indices =
      k <= 64 && 4 * k <= plan.size
      ? first(k, plan, descending: largest)
      : order(plan, descending: largest).sliced(axis: plan.axis, 0..<k)
    let values = gathered(
      plan.positions(indices, kept: k, areDistinct: true), shape: indices.shape)
    return (values, indices)
  }

  /// The sorted order of each lane along the axis of a plan.
  fileprivate func order(_ plan: AxisPlan, descending: Bool) -> Tensor<Int64> {
    Tensor<Int64>(unsafeUninitialized: shape) { target in
      if target.isEmpty { return }
      let lanes = plan.outer * plan.inner
      ThreadPool.forRanges(lanes, grain: Swift.max(1, 4096 / plan.size)) { range in
        var sorter = KeySorter()
        for lane in range {
          let start = lane / plan.inner * plan.size * plan.inner + lane % plan.inner
          sort(
            base + start, stride: plan.inner, count: plan.size, descending: descending, &sorter)
          for place in 0..<plan.size {
            target[start + place * plan.inner] = Int64(sorter.order[place])
          }
        }
      }
    }
  }

  /// The first `k` elements of the sorted order of each lane.
  private func first(_ k: Int, _ plan: AxisPlan, descending: Bool) -> Tensor<Int64> {
    var target = shape
    target[plan.axis] = k
    return Tensor<Int64>(unsafeUninitialized: target) { target in
      if target.isEmpty { return }
      let lanes = plan.outer * plan.inner
      ThreadPool.forRanges(lanes, grain: Swift.max(1, 8192 / plan.size)) { range in
        var sorter = KeySorter()
        for lane in range {
          let (block, column) = (lane / plan.inner, lane % plan.inner)
          select(
            k, base + block * plan.size * plan.inner + column, stride: plan.inner,
            count: plan.size, descending: descending, &sorter)
          for place in 0..<k {
            target[(block * k + place) * plan.inner + column] = Int64(sorter.order[place])
          }
        }
      }
    }
  }

  // MARK: Extremes

  /// The index of the largest element in row-major order, as a tensor without axes: the first of equal
  /// ones, or the first NaN if there is one. Traps for a tensor without elements.
  public func argmax() -> Tensor<Int64> { extreme("argmax", flatShape, 0, false, isMax: true) }

  /// The indices of the largest elements along `axis` (negative axes count from the end): the first of
  /// equal ones, or the first NaN if there is one. The axis is removed; with `keepingAxis` it stays
  /// with size 1. Traps if the axis has size 0.
  public func argmax(axis: Int, keepingAxis: Bool = false) -> Tensor<Int64> {
    extreme("argmax", shape, axis, keepingAxis, isMax: true)
  }

  /// The index of the smallest element in row-major order, as a tensor without axes: the first of equal
  /// ones, or the first NaN if there is one. Traps for a tensor without elements.
  public func argmin() -> Tensor<Int64> { extreme("argmin", flatShape, 0, false, isMax: false) }

  /// The indices of the smallest elements along `axis` (negative axes count from the end): the first of
  /// equal ones, or the first NaN if there is one. The axis is removed; with `keepingAxis` it stays
  /// with size 1. Traps if the axis has size 0.
  public func argmin(axis: Int, keepingAxis: Bool = false) -> Tensor<Int64> {
    extreme("argmin", shape, axis, keepingAxis, isMax: false)
  }

  private var flatShape: [Int] { [count] }

  private func extreme(
    _ name: String, _ shape: [Int], _ axis: Int, _ keepingAxis: Bool, isMax: Bool
  ) -> Tensor<Int64> {
    let plan = AxisPlan(name, shape, axis)
    require(
      plan.size > 0, "\(name): axis \(axis) of the shape \(shape) contains no element")
    var target = shape
    target[plan.axis] = 1
    if !keepingAxis { target.remove(at: plan.axis) }
    return Tensor<Int64>(unsafeUninitialized: target) { target in
      if target.isEmpty { return }
      let grain = Swift.max(1, elementGrain / (plan.size * plan.inner))
      ThreadPool.forRanges(plan.outer, grain: grain) { range in
        for block in range {
          findExtremes(
            isMax, base + block * plan.size * plan.inner, plan.size, plan.inner,
            target.baseAddress! + block * plan.inner)
        }
      }
    }
  }
}

extension AxisPlan {
  /// The places of elements whose indices along the axis are given, `kept` of them in each lane.
  func positions(_ indices: Tensor<Int64>, kept: Int, areDistinct: Bool) -> Positions {
    let values = [Int](unsafeUninitializedCapacity: indices.count) { target, count in
      count = indices.count
      indices.withUnsafeBufferPointer { indices in
        for block in 0..<outer {
          for row in 0..<kept {
            let start = (block * kept + row) * inner
            for column in 0..<inner {
              target[start + column] =
                (block * size + Int(indices[start + column])) * inner + column
            }
          }
        }
      }
    }
    return Positions(values, areDistinct: areDistinct)
  }
}

/// y[j] = the row of the largest or smallest element in column j of `x` [rows, columns].
@specialized(where Number == Float)
@specialized(where Number == Double)
@specialized(where Number == Int32)
@specialized(where Number == Int64)
private func findExtremes<Number: TensorNumber>(
  _ isMax: Bool, _ x: UnsafePointer<Number>, _ rows: Int, _ columns: Int,
  _ y: UnsafeMutablePointer<Int64>
) {
  if columns == 1 {
    if let place = placeOfExtreme(isMax, x, rows) {
      y[0] = Int64(place)
      return
    }
    var (best, place) = (x[0], 0)
    for row in 1..<Swift.max(1, rows) where !isNaN(best) {
      let value = x[row]
      if (isMax ? value > best : value < best) || isNaN(value) { (best, place) = (value, row) }
    }
    y[0] = Int64(place)
    return
  }
  withUnsafeTemporaryAllocation(of: Number.self, capacity: columns) { best in
    for column in 0..<columns { (best[column], y[column]) = (x[column], 0) }
    for row in 1..<Swift.max(1, rows) {
      let values = x + row * columns
      for column in 0..<columns {
        let (value, former) = (values[column], best[column])
        let isBetter = (isMax ? value > former : value < former) || (isNaN(value) && !isNaN(former))
        best[column] = isBetter ? value : former
        y[column] = isBetter ? Int64(row) : y[column]
      }
    }
  }
}

/// The first place of the largest or smallest of long rows of floating-point numbers, or of the first NaN, which the
/// kernel for extremes finds in whole vectors; nil for other elements and short rows.
@inline(__always)
private func placeOfExtreme<Number: TensorNumber>(
  _ isMax: Bool, _ x: UnsafePointer<Number>, _ count: Int
) -> Int? {
  if count < 32 { return nil }
  if Number.self == Float.self {
    return place(UnsafeRawPointer(x).assumingMemoryBound(to: Float.self))
  }
  if Number.self == Double.self {
    return place(UnsafeRawPointer(x).assumingMemoryBound(to: Double.self))
  }
  return nil

  func place<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>) -> Int {
    var best: Scalar = 0
    Kernels<Scalar>.table.extremes(isMax ? 1 : -1, x, &best, 1, Int64(count), 1, 1)
    var index = 0
    // Sixteen at a time without a branch for each.
    while index + 16 <= count {
      var found = false
      for step in 0..<16 {
        let value = x[index + step]
        found = found || value == best || value != value
      }
      if found { break }
      index += 16
    }
    while x[index] != best, x[index] == x[index] { index += 1 }
    return index
  }
}

/// NaN differs from itself.
@inline(__always)
private func isNaN<Number: TensorNumber>(_ x: Number) -> Bool { x != x }
