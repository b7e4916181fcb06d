import OutcropCore

/// Elements of a row-major array at regular distances: element [i, j, ...] of the view is
/// element number `start` + i · `strides[0]` + j · `strides[1]` + … of the array.
///
/// Slices, transposed, flipped, broadcast and diagonal tensors are views. A stride may be negative, or
/// 0 if elements repeat.
struct StridedView: Sendable {
  private(set) var shape: [Int]
  private(set) var strides: [Int]
  private(set) var start = 0

  /// All elements of an array of the given shape.
  init(_ shape: [Int]) {
    self.shape = shape
    strides = shape
    var step = 1
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
  }

  var count: Int { shape.product }

  /// Axis i of the result is axis `order[i]`.
  mutating func permute(_ order: [Int]) {
    shape = order.map { shape[$0] }
    strides = order.map { strides[$0] }
  }

  /// Keeps `count` indices of the axis: `first`, `first` + `step`, ….
  mutating func slice(_ axis: Int, first: Int, count: Int, step: Int = 1) {
    if count > 0 { start += first * strides[axis] }
    shape[axis] = count
    strides[axis] *= step
  }

  /// Keeps one index of the axis and removes the axis.
  mutating func select(_ axis: Int, _ index: Int) {
    start += index * strides[axis]
    shape.remove(at: axis)
    strides.remove(at: axis)
  }

  mutating func insertAxis(_ axis: Int, size: Int = 1) {
    shape.insert(size, at: axis)
    strides.insert(0, at: axis)
  }

  /// Repeats the view to `target`, with which its shape must broadcast.
  mutating func broadcast(to target: [Int]) {
    while shape.count < target.count { insertAxis(0) }
    for axis in target.indices where shape[axis] != target[axis] {
      shape[axis] = target[axis]
      strides[axis] = 0
    }
  }

  /// Replaces two axes by their diagonal, which becomes the last axis. Element i has index
  /// max(0, −`offset`) + i of `first` and max(0, `offset`) + i of `second`.
  mutating func takeDiagonal(_ first: Int, _ second: Int, offset: Int) {
    let (row, column) = (max(0, -offset), max(0, offset))
    let count = max(0, min(shape[first] - row, shape[second] - column))
    if count > 0 { start += row * strides[first] + column * strides[second] }
    shape.append(count)
    strides.append(strides[first] + strides[second])
    for axis in [first, second].sorted(by: >) {
      shape.remove(at: axis)
      strides.remove(at: axis)
    }
  }

  /// Whether the elements are consecutive.
  var isContiguous: Bool {
    var step = 1
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      if strides[axis] != step { return count == 0 }
      step *= shape[axis]
    }
    return true
  }
}

extension StridedView {
  /// y ← the view's elements of `x`, in row-major order.
  func copy<Element: TensorElement>(
    from x: UnsafePointer<Element>, to y: UnsafeMutablePointer<Element>
  ) {
    // All element types of one size share a loop.
    let (x, y) = (UnsafeRawPointer(x), UnsafeMutableRawPointer(y))
    switch MemoryLayout<Element>.stride {
    case 1: copyBits(x, y, UInt8.self)
    case 4: copyBits(x, y, UInt32.self)
    default: copyBits(x, y, UInt64.self)
    }
  }

  private func copyBits<Bits>(
    _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _: Bits.Type
  ) {
    let (x, y) = (x.assumingMemoryBound(to: Bits.self), y.assumingMemoryBound(to: Bits.self))
    let loops = Loops(self)
    if let tiles = loops.transposition {
      ThreadPool.forRanges(tiles.count, grain: 4) { range in
        for index in range {
          let tile = tiles.tile(index)
          copyTile(
            x + tile.source, tiles.sourceStride, y + tile.target, tiles.targetStride, tile.rows,
            tiles.columns)
        }
      }
      return
    }
    loops.forRows { source, target, count in
      copyRow(x + source, loops.innerStride, y + target, count)
    }
  }

  /// The view's elements of `x` ← `y`, in row-major order. No element may occur in the view twice.
  func assign<Element: TensorElement>(
    _ y: UnsafePointer<Element>, to x: UnsafeMutablePointer<Element>
  ) {
    let (x, y) = (UnsafeMutableRawPointer(x), UnsafeRawPointer(y))
    switch MemoryLayout<Element>.stride {
    case 1: assignBits(y, x, UInt8.self)
    case 4: assignBits(y, x, UInt32.self)
    default: assignBits(y, x, UInt64.self)
    }
  }

  private func assignBits<Bits>(
    _ y: UnsafeRawPointer, _ x: UnsafeMutableRawPointer, _: Bits.Type
  ) {
    let (x, y) = (x.assumingMemoryBound(to: Bits.self), y.assumingMemoryBound(to: Bits.self))
    let loops = Loops(self)
    loops.forRows { target, source, count in
      spreadRow(y + source, x + target, loops.innerStride, count)
    }
  }

  /// The view's elements of `x` += `y`, in row-major order. No element may occur in the view twice.
  func add<Element: TensorElement>(
    _ y: UnsafePointer<Element>, to x: UnsafeMutablePointer<Element>
  ) {
    let loops = Loops(self)
    loops.forRows { target, source, count in
      Element._add(x + target, stride: loops.innerStride, y + source, count: count)
    }
  }
}

/// How the elements of a view are visited: axes of size 1 are dropped, adjacent axes whose elements are at
/// one regular distance are merged, and the last axis is the inner loop.
private struct Loops {
  var shape: [Int] = []
  var strides: [Int] = []
  let start: Int
  let isEmpty: Bool

  init(_ view: StridedView) {
    start = view.start
    isEmpty = view.count == 0
    for (size, stride) in zip(view.shape, view.strides) where size != 1 {
      if let last = strides.last, last == stride * size {
        shape[shape.count - 1] *= size
        strides[strides.count - 1] = stride
      } else {
        shape.append(size)
        strides.append(stride)
      }
    }
    if shape.isEmpty { (shape, strides) = ([1], [1]) }
  }

  var innerStride: Int { strides[strides.count - 1] }

  /// Calls `body` for pieces of rows, in parallel, with the start of the piece in the array, its start in
  /// the view, and its length.
  func forRows(_ body: (Int, Int, Int) -> Void) {
    if isEmpty { return }
    let (inner, stride) = (shape[shape.count - 1], innerStride)
    let outer = shape.dropLast().product
    let pieces = (inner - 1) / elementGrain + 1
    let length = (inner - 1) / pieces + 1
    ThreadPool.forRanges(outer * pieces, grain: Swift.max(1, elementGrain / length)) { range in
      for index in range {
        let (row, piece) = (index / pieces, index % pieces)
        let first = piece * length
        if first >= inner { continue }
        body(
          start + offset(row, skipping: shape.count - 1) + first * stride, row * inner + first,
          Swift.min(length, inner - first))
      }
    }
  }

  /// The offset in the array of a combination of indices of all axes but one.
  func offset(_ combination: Int, skipping skipped: Int) -> Int {
    if shape.count == 2 { return combination * strides[1 - skipped] }
    var (rest, result) = (combination, 0)
    for axis in shape.indices.reversed() where axis != skipped {
      let index = rest % shape[axis]
      rest /= shape[axis]
      result += index * strides[axis]
    }
    return result
  }

  /// Tiles, if the inner axis is not consecutive in the array but another axis is.
  var transposition: Tiles? {
    let inner = shape.count - 1
    if isEmpty || innerStride == 1 || innerStride == 0 || shape[inner] < 4 { return nil }
    guard let axis = (0..<inner).last(where: { strides[$0] == 1 && shape[$0] >= 4 }) else {
      return nil
    }
    return Tiles(self, axis)
  }

  /// A view divided along an axis that is consecutive in the array: each tile has some indices of this axis
  /// as rows and all indices of the inner axis as columns.
  struct Tiles {
    let loops: Loops
    let axis: Int
    let tilesPerBlock: Int
    let targetStride: Int
    static let rowsPerTile = 16

    init(_ loops: Loops, _ axis: Int) {
      (self.loops, self.axis) = (loops, axis)
      tilesPerBlock = (loops.shape[axis] - 1) / Self.rowsPerTile + 1
      targetStride = loops.shape[(axis + 1)...].product
    }

    var columns: Int { loops.shape[loops.shape.count - 1] }
    var sourceStride: Int { loops.innerStride }
    var count: Int {
      loops.shape.dropLast().product / loops.shape[axis] * tilesPerBlock
    }

    func tile(_ index: Int) -> (source: Int, target: Int, rows: Int) {
      var (rest, source, target) = (index / tilesPerBlock, loops.start, 0)
      var step = columns
      for other in loops.shape.indices.dropLast().reversed() {
        if other != axis {
          let place = rest % loops.shape[other]
          rest /= loops.shape[other]
          source += place * loops.strides[other]
          target += place * step
        }
        step *= loops.shape[other]
      }
      let row = index % tilesPerBlock * Self.rowsPerTile
      return (
        source + row, target + row * targetStride,
        Swift.min(Self.rowsPerTile, loops.shape[axis] - row)
      )
    }
  }
}

@specialized(where Bits == UInt8)
@specialized(where Bits == UInt32)
@specialized(where Bits == UInt64)
private func copyRow<Bits>(
  _ x: UnsafePointer<Bits>, _ stride: Int, _ y: UnsafeMutablePointer<Bits>, _ count: Int
) {
  switch stride {
  case 1: copyElements(x, to: y, count: count)
  case 0: y.update(repeating: x[0], count: count)
  case -1: for index in 0..<count { y[index] = x[-index] }
  default: for index in 0..<count { y[index] = x[index * stride] }
  }
}

@specialized(where Bits == UInt8)
@specialized(where Bits == UInt32)
@specialized(where Bits == UInt64)
private func spreadRow<Bits>(
  _ x: UnsafePointer<Bits>, _ y: UnsafeMutablePointer<Bits>, _ stride: Int, _ count: Int
) {
  if stride == 1 {
    copyElements(x, to: y, count: count)
  } else {
    for index in 0..<count { y[index * stride] = x[index] }
  }
}

/// y[i · targetStride + j] = x[i + j · sourceStride] for i below `rows` and j below `columns`.
@specialized(where Bits == UInt8)
@specialized(where Bits == UInt32)
@specialized(where Bits == UInt64)
private func copyTile<Bits>(
  _ x: UnsafePointer<Bits>, _ sourceStride: Int, _ y: UnsafeMutablePointer<Bits>,
  _ targetStride: Int, _ rows: Int, _ columns: Int
) {
  var column = 0
  if rows == 16 {
    // Eight columns at a time, because the cache lines of all columns may belong to one set of the cache.
    while column + 8 <= columns {
      let (source, target) = (x + column * sourceStride, y + column)
      for row in 0..<16 {
        for step in 0..<8 {
          target[row * targetStride + step] = source[step * sourceStride + row]
        }
      }
      column += 8
    }
  }
  while column < columns {
    for row in 0..<rows { y[row * targetStride + column] = x[column * sourceStride + row] }
    column += 1
  }
}
