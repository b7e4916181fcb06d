import CKernels
import OutcropCore

extension Tensor {
  /// The axes in another order, off the tape: axis i of the result is axis `order[i]` of this
  /// tensor.
  func reordered(_ order: [Int]) -> Tensor {
    let target = order.map { shape[$0] }
    let plan = PermutationPlan(shape, order)
    if plan.isIdentity { return Tensor(shape: target, storage: storage, offset: offset) }
    let x = self
    return Tensor(unsafeUninitialized: target) { result in
      if result.isEmpty { return }
      copy(plan, x.base, result.baseAddress!)
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func copy(
    _ plan: PermutationPlan, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>
  ) {
    // Elements are moved as they are, so that only their size matters.
    let transpose =
      MemoryLayout<Scalar>.size == 4
      ? Kernels<Float>.table.transpose : Kernels<Double>.table.transpose
    let hasKernel = [4, 8].contains(MemoryLayout<Scalar>.size)
    guard let (rows, columns) = plan.matrix else {
      // Runs of elements stay together.
      let run = plan.runLength
      ThreadPool.forRanges(count / run, grain: Swift.max(1, elementGrain / run)) { runs in
        for index in runs {
          let (source, target) = plan.offsets(index)
          copyElements(x + source, to: y + target, count: run)
        }
      }
      return
    }
    // Tiles of matrices whose rows are contiguous in the source and whose columns are in the target.
    let tile = PermutationPlan.tile
    let (down, across) = ((rows.size + tile - 1) / tile, (columns.size + tile - 1) / tile)
    let grain = Swift.max(
      1, elementGrain / (Swift.min(tile, rows.size) * Swift.min(tile, columns.size)))
    ThreadPool.forRanges(plan.matrixCount * down * across, grain: grain) { tiles in
      for index in tiles {
        let (source, target) = plan.offsets(index / (down * across))
        let (row, column) = (index / across % down * tile, index % across * tile)
        let (from, to) = (
          x + source + row * rows.sourceStride + column,
          y + target + column * columns.targetStride + row
        )
        let (height, width) = (
          Swift.min(tile, rows.size - row), Swift.min(tile, columns.size - column)
        )
        if hasKernel {
          transpose(
            from, Int64(rows.sourceStride), to, Int64(columns.targetStride), Int64(height),
            Int64(width))
        } else {
          for i in 0..<height {
            for j in 0..<width {
              to[j * columns.targetStride + i] = from[i * rows.sourceStride + j]
            }
          }
        }
      }
    }
  }
}

/// A permutation of axes in which adjacent axes that stay adjacent are merged.
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

  /// The start of copy number `index` in the source and in the target.
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
