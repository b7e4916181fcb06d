import CKernels
import OutcropCore

extension Tensor {
  /// The axes in another order, off the tape: axis i of the result is axis `order[i]` of this
  /// tensor.
  func permutedElements(_ order: [Int]) -> Tensor {
    let target = order.map { shape[$0] }
    let plan = PermutationPlan(shape, order)
    if plan.isIdentity { return Tensor(shape: target, storage: storage, offset: offset) }
    let x = self
    return Tensor(unsafeUninitialized: target) { result in
      if result.isEmpty { return }
      copy(plan, x.base, result.baseAddress!)
    }
  }

  private func copy(
    _ plan: PermutationPlan, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>
  ) {
    // Elements are moved, not computed with, so the kernel of any type of their size does.
    switch MemoryLayout<Scalar>.stride {
    case 4:
      plan.copy(
        UnsafeRawPointer(x).assumingMemoryBound(to: Float.self),
        UnsafeMutableRawPointer(y).assumingMemoryBound(to: Float.self), count)
    case 8:
      plan.copy(
        UnsafeRawPointer(x).assumingMemoryBound(to: Double.self),
        UnsafeMutableRawPointer(y).assumingMemoryBound(to: Double.self), count)
    default:
      ThreadPool.forRanges(count, grain: elementGrain) { range in
        for index in range {
          let (source, target) = plan.elementOffsets(index)
          y[target] = x[source]
        }
      }
    }
  }
}

extension PermutationPlan {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func copy<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    let transpose = Kernels<Scalar>.table.transpose
    guard let (rows, columns) = matrix else {
      // Runs of elements stay together.
      let run = runLength
      ThreadPool.forRanges(count / run, grain: Swift.max(1, elementGrain / run)) { runs in
        for index in runs {
          let (source, target) = offsets(index)
          (y + target).update(from: x + source, count: run)
        }
      }
      return
    }
    // Tiles of matrices whose rows are contiguous in the source and whose columns are in the target.
    let tile = Self.tile
    let (down, across) = ((rows.size + tile - 1) / tile, (columns.size + tile - 1) / tile)
    let grain = Swift.max(
      1, elementGrain / (Swift.min(tile, rows.size) * Swift.min(tile, columns.size)))
    ThreadPool.forRanges(matrixCount * down * across, grain: grain) { tiles in
      for index in tiles {
        let (source, target) = offsets(index / (down * across))
        let (row, column) = (index / across % down * tile, index % across * tile)
        transpose(
          x + source + row * rows.sourceStride + column, Int64(rows.sourceStride),
          y + target + column * columns.targetStride + row, Int64(columns.targetStride),
          Int64(Swift.min(tile, rows.size - row)), Int64(Swift.min(tile, columns.size - column)))
      }
    }
  }
}

/// A permutation of axes after neighbors that stay together became one axis.
private struct PermutationPlan: Sendable {
  struct Axis: Sendable {
    let size, sourceStride, targetStride: Int
  }

  /// The edge of a tile of a transposed matrix.
  static let tile = 64

  /// The axes that are not copied by one call, in the order of the target.
  private let outer: [Axis]
  /// The number of elements that stay together, when the last axis stays the last.
  let runLength: Int
  /// The axis that is contiguous in the target and the one that is in the source, when these differ.
  let matrix: (rows: Axis, columns: Axis)?
  let isIdentity: Bool

  init(_ shape: [Int], _ order: [Int]) {
    var strides = shape
    var step = 1
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    // Axes of the target, outermost first; axes that follow each other in both become one.
    var merged: [(size: Int, stride: Int)] = []
    for axis in order where shape[axis] != 1 {
      if let last = merged.last, last.stride == strides[axis] * shape[axis] {
        merged[merged.count - 1] = (last.size * shape[axis], strides[axis])
      } else {
        merged.append((shape[axis], strides[axis]))
      }
    }
    var axes: [Axis] = []
    step = 1
    for axis in merged.reversed() {
      axes.insert(Axis(size: axis.size, sourceStride: axis.stride, targetStride: step), at: 0)
      step *= axis.size
    }
    isIdentity = axes.count <= 1
    if axes.count <= 1 || axes.last!.sourceStride == 1 {
      runLength = axes.last?.size ?? 1
      matrix = nil
      outer = axes.dropLast()
    } else {
      let contiguous = axes.firstIndex { $0.sourceStride == 1 }!
      runLength = 1
      matrix = (axes.last!, axes[contiguous])
      axes.removeLast()
      axes.remove(at: contiguous)
      outer = axes
    }
  }

  var matrixCount: Int { outer.reduce(1) { $0 * $1.size } }

  /// Where element number `index` of some order is in the source and in the target.
  func elementOffsets(_ index: Int) -> (source: Int, target: Int) {
    guard let (rows, columns) = matrix else {
      let (source, target) = offsets(index / runLength)
      return (source + index % runLength, target + index % runLength)
    }
    let (source, target) = offsets(index / (rows.size * columns.size))
    let (row, column) = (index / columns.size % rows.size, index % columns.size)
    return (
      source + row * rows.sourceStride + column, target + row + column * columns.targetStride
    )
  }

  /// Where copy number `index` starts in the source and in the target.
  func offsets(_ index: Int) -> (source: Int, target: Int) {
    var (rest, source, target) = (index, 0, 0)
    for axis in outer.reversed() {
      let place = rest % axis.size
      rest /= axis.size
      source += place * axis.sourceStride
      target += place * axis.targetStride
    }
    return (source, target)
  }
}
