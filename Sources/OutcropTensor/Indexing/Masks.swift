import OutcropCore

extension Tensor {
  /// The elements of `a` where `condition` is true and those of `b` elsewhere; the three shapes broadcast
  /// as in NumPy. The gradient of an element that was not chosen is 0.
  public static func `where`(_ condition: Tensor<Bool>, _ a: Tensor, _ b: Tensor) -> Tensor {
    let shape = BroadcastPlan(
      "where", condition.shape, BroadcastPlan("where", a.shape, b.shape).shape
    ).shape
    let mask = condition.broadcast(to: shape)
    let (x, y) = (a.detached.broadcast(to: shape), b.detached.broadcast(to: shape))
    let result = Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(target.count, grain: elementGrain) { range in
        chooseRange(mask.base, x.base, y.base, target.baseAddress!, range)
      }
      withExtendedLifetime((mask, x, y)) {}
    }
    let (shapeA, shapeB) = (a.shape, b.shape)
    return .record(TensorOperation.choose, inputs: [a, b], output: result) { dy, sink in
      let zero = Tensor(Scalar._zero)
      sink.add(0, Scalar._summed(.where(mask, dy, zero), to: shapeA))
      sink.add(1, Scalar._summed(.where(mask, zero, dy), to: shapeB))
    }
  }

  /// Like `where(_:_:_:)`, with the same number wherever the condition is false.
  public static func `where`(_ condition: Tensor<Bool>, _ a: Tensor, _ b: Scalar) -> Tensor {
    .where(condition, a, Tensor(b))
  }

  /// Like `where(_:_:_:)`, with the same number wherever the condition is true.
  public static func `where`(_ condition: Tensor<Bool>, _ a: Scalar, _ b: Tensor) -> Tensor {
    .where(condition, Tensor(a), b)
  }

  /// This tensor with `value` wherever `mask`, which is broadcast, is true.
  public func maskedFill(_ mask: Tensor<Bool>, _ value: Scalar) -> Tensor {
    .where(mask, Tensor(value), self)
  }

  /// The lower triangles of the matrices [..., m, n]: elements to the right of diagonal number `diagonal`
  /// become zero. Number 0 is the main diagonal, number 1 the next one to the right.
  public func lowerTriangle(diagonal: Int = 0) -> Tensor {
    triangle("lowerTriangle") { 0..<Swift.max(0, $0 + diagonal + 1) }
  }

  /// The upper triangles of the matrices [..., m, n]: elements to the left of diagonal number `diagonal`
  /// become zero. Number 0 is the main diagonal, number 1 the next one to the right.
  public func upperTriangle(diagonal: Int = 0) -> Tensor {
    triangle("upperTriangle") { Swift.max(0, $0 + diagonal)..<Int.max }
  }

  /// The elements of each matrix whose column is in `kept(row)`; the others become zero.
  private func triangle(_ name: String, _ kept: @escaping @Sendable (Int) -> Range<Int>) -> Tensor {
    require(rank >= 2, "\(name): the shape \(shape); expected [..., m, n]")
    let (rows, columns) = (shape[rank - 2], shape[rank - 1])
    let x = self
    let result = Tensor(unsafeUninitialized: shape) { target in
      if target.isEmpty { return }
      ThreadPool.forRanges(target.count / columns, grain: rowGrain(columns)) { range in
        keepColumns(x.base, target.baseAddress!, range, rows: rows, columns: columns, kept)
      }
    }
    return .record(TensorOperation.choose, inputs: [self], output: result) { dy, sink in
      sink.add(0, dy.triangle(name, kept))
    }
  }

  /// The indices of the elements that are not zero (of the true elements), in row-major order: [number,
  /// rank].
  public func nonzero() -> Tensor<Int64> {
    let places = withUnsafeBufferPointer { nonzeroPlaces($0) }
    let (shape, rank) = (shape, rank)
    return Tensor<Int64>(unsafeUninitialized: [places.count, rank]) { target in
      for (row, place) in places.enumerated() {
        var rest = place
        for axis in (0..<rank).reversed() {
          target[row * rank + axis] = Int64(rest % shape[axis])
          rest /= shape[axis]
        }
      }
    }
  }
}

extension Tensor {
  /// The elements where a mask of this shape is true, in row-major order: [number].
  func compressed(by mask: Tensor<Bool>) -> Tensor {
    // Every part of the mask has its place in the result.
    let part = 1 << 14
    let parts = (count + part - 1) / part
    var starts = [Int](repeating: 0, count: parts + 1)
    starts.withUnsafeMutableBufferPointer { starts in
      let counts = starts.baseAddress! + 1
      ThreadPool.forRanges(parts, grain: 1) { range in
        for index in range {
          counts[index] = trueCount(mask.base, index * part..<Swift.min(count, (index + 1) * part))
        }
      }
      for index in 0..<parts { counts[index] += starts[index] }
    }
    let result = Tensor(unsafeUninitialized: [starts[parts]]) { y in
      guard let target = y.baseAddress else { return }
      ThreadPool.forRanges(parts, grain: 1) { range in
        for index in range {
          compress(
            base, mask.base, from: index * part, to: target, starts[index]..<starts[index + 1])
        }
      }
      withExtendedLifetime((self, mask)) {}
    }
    let before = shape
    return .record(TensorOperation.gatherElements, inputs: [self], output: result) { dy, sink in
      let places = Positions(mask.withUnsafeBufferPointer { nonzeroPlaces($0) }, areDistinct: true)
      sink.accumulate(0, shape: before) { target, beta in
        if beta == ._zero { setToZero(target) }
        if dy.count > 0 { places.add(dy.base, to: target.baseAddress!) }
      }
    }
  }
}

private func trueCount(_ mask: UnsafePointer<Bool>, _ range: Range<Int>) -> Int {
  let bytes = UnsafeRawPointer(mask).assumingMemoryBound(to: UInt8.self)
  var total = 0
  // Parts whose count fits a byte are added in whole vectors.
  for start in stride(from: range.lowerBound, to: range.upperBound, by: 255) {
    var few: UInt8 = 0
    for index in start..<min(range.upperBound, start + 255) { few &+= bytes[index] }
    total += Int(few)
  }
  return total
}

/// Writes the elements of x from `first` on where the mask is true to the places `range` of y.
private func compress<Element: TensorElement>(
  _ x: UnsafePointer<Element>, _ mask: UnsafePointer<Bool>, from first: Int,
  to y: UnsafeMutablePointer<Element>, _ range: Range<Int>
) {
  let (x, y) = (UnsafeRawPointer(x), UnsafeMutableRawPointer(y))
  switch MemoryLayout<Element>.stride {
  case 1: compressBits(x, mask, first, y, UInt8.self, range)
  case 4: compressBits(x, mask, first, y, UInt32.self, range)
  default: compressBits(x, mask, first, y, UInt64.self, range)
  }
}

@inline(__always)
private func compressBits<Bits: FixedWidthInteger>(
  _ x: UnsafeRawPointer, _ mask: UnsafePointer<Bool>, _ first: Int, _ y: UnsafeMutableRawPointer,
  _: Bits.Type, _ range: Range<Int>
) {
  let x = x.assumingMemoryBound(to: Bits.self)
  let y = y.assumingMemoryBound(to: Bits.self)
  let bytes = UnsafeRawPointer(mask).assumingMemoryBound(to: UInt8.self)
  // Every element is written, and overwritten by the next one if the mask is false: no branch to predict.
  var (place, index) = (range.lowerBound, first)
  while place < range.upperBound {
    y[place] = x[index]
    place &+= Int(bytes[index])
    index &+= 1
  }
}

extension Tensor where Scalar: TensorElement {
  /// For each index a vector of `count` elements, which is one (or true) at the index and zero elsewhere:
  /// [...] → [..., count]. Traps for an index outside 0 ..< `count`.
  public static func oneHot(_ indices: Tensor<some TensorInteger>, count: Int) -> Tensor {
    require(count >= 0, "oneHot: found the count \(count), expected at least 0")
    return Tensor(unsafeUninitialized: indices.shape + [count]) { target in
      setToZero(target)
      indices.withUnsafeBufferPointer { indices in
        for (row, index) in indices.enumerated() {
          require(
            index >= 0 && index < count,
            "oneHot: found the index \(index), expected 0 ..< \(count)")
          target[row * count + Int(index)] = ._one
        }
      }
    }
  }
}

/// y = x in the columns `kept(row)` of each matrix row, 0 elsewhere, for rows of matrices one after another.
@specialized(where Element == Float)
@specialized(where Element == Double)
@specialized(where Element == Int32)
@specialized(where Element == Int64)
@specialized(where Element == Bool)
private func keepColumns<Element: TensorElement>(
  _ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, _ range: Range<Int>, rows: Int,
  columns: Int, _ kept: (Int) -> Range<Int>
) {
  for index in range {
    let kept = kept(index % rows)
    let first = min(kept.lowerBound, columns)
    let end = max(first, min(kept.upperBound, columns))
    let (from, to) = (x + index * columns, y + index * columns)
    to.update(repeating: ._zero, count: first)
    copyElements(from + first, to: to + first, count: end - first)
    (to + end).update(repeating: ._zero, count: columns - end)
  }
}

/// The indices of the elements that are not zero, in order.
@specialized(where Element == Float)
@specialized(where Element == Double)
@specialized(where Element == Int32)
@specialized(where Element == Int64)
@specialized(where Element == Bool)
func nonzeroPlaces<Element: TensorElement>(_ x: UnsafeBufferPointer<Element>) -> [Int] {
  let zero = Element._zero
  var total = 0
  for element in x where element != zero { total += 1 }
  // Every index is written, and overwritten by the next one if its element is zero: no branch to predict.
  return [Int](unsafeUninitializedCapacity: total + 1) { target, count in
    for index in x.indices {
      target[count] = index
      count &+= x[index] != zero ? 1 : 0
    }
  }
}

/// y[i] = a[i] where the mask is true, otherwise b[i].
private func chooseRange<Element: TensorElement>(
  _ mask: UnsafePointer<Bool>, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>,
  _ y: UnsafeMutablePointer<Element>, _ range: Range<Int>
) {
  let (a, b, y) = (UnsafeRawPointer(a), UnsafeRawPointer(b), UnsafeMutableRawPointer(y))
  switch MemoryLayout<Element>.stride {
  case 1: chooseBits(mask, a, b, y, UInt8.self, range)
  case 4: chooseBits(mask, a, b, y, UInt32.self, range)
  default: chooseBits(mask, a, b, y, UInt64.self, range)
  }
}

@inline(__always)
private func chooseBits<Bits: FixedWidthInteger>(
  _ mask: UnsafePointer<Bool>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
  _ y: UnsafeMutableRawPointer, _: Bits.Type, _ range: Range<Int>
) {
  let (a, b) = (a.assumingMemoryBound(to: Bits.self), b.assumingMemoryBound(to: Bits.self))
  let y = y.assumingMemoryBound(to: Bits.self)
  // Selects all bits of one operand, without a branch.
  let bytes = UnsafeRawPointer(mask).assumingMemoryBound(to: UInt8.self)
  for index in range {
    let chosen = 0 &- Bits(truncatingIfNeeded: bytes[index])
    y[index] = b[index] ^ ((a[index] ^ b[index]) & chosen)
  }
}
