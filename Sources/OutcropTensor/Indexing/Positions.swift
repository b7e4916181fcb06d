import OutcropCore

/// A list of places in a row-major array: entry i is the block of `width` elements that starts at
/// element `values[i]` · `width`. Gathering, scattering and replacing elements by index are written
/// with it.
struct Positions: Sendable {
  let values: [Int]
  let width: Int
  /// Whether no place is listed twice.
  let areDistinct: Bool

  init(_ values: [Int], width: Int = 1, areDistinct: Bool) {
    (self.values, self.width, self.areDistinct) = (values, width, areDistinct)
  }

  private var grain: Int { Swift.max(1, elementGrain / Swift.max(1, width)) }

  /// y[i] ← block i of `x`, for all entries.
  func gather<Element: TensorElement>(
    from x: UnsafePointer<Element>, to y: UnsafeMutablePointer<Element>
  ) {
    let (x, y) = (UnsafeRawPointer(x), UnsafeMutableRawPointer(y))
    values.withUnsafeBufferPointer { places in
      ThreadPool.forRanges(places.count, grain: grain) { range in
        switch MemoryLayout<Element>.stride {
        case 1: gatherRange(x, y, UInt8.self, places.baseAddress!, width, range)
        case 4: gatherRange(x, y, UInt32.self, places.baseAddress!, width, range)
        default: gatherRange(x, y, UInt64.self, places.baseAddress!, width, range)
        }
      }
    }
  }

  /// The same for `blocks` arrays of `size` places each, one after another in `x` and in `y`.
  func gather<Element: TensorElement>(
    from x: UnsafePointer<Element>, blocks: Int, _ size: Int,
    to y: UnsafeMutablePointer<Element>
  ) {
    let (source, target) = (size * width, values.count * width)
    let one = Swift.max(1, elementGrain / Swift.max(1, target))
    values.withUnsafeBufferPointer { places in
      ThreadPool.forRanges(blocks, grain: one) { range in
        for block in range {
          let from = UnsafeRawPointer(x + block * source)
          let to = UnsafeMutableRawPointer(y + block * target)
          switch MemoryLayout<Element>.stride {
          case 1: gatherRange(from, to, UInt8.self, places.baseAddress!, width, places.indices)
          case 4: gatherRange(from, to, UInt32.self, places.baseAddress!, width, places.indices)
          default: gatherRange(from, to, UInt64.self, places.baseAddress!, width, places.indices)
          }
        }
      }
    }
  }

  /// Block i of `x` ← y[i], for all entries in order: the last of several entries for one place is kept.
  func assign<Element: TensorElement>(
    _ y: UnsafePointer<Element>, to x: UnsafeMutablePointer<Element>
  ) {
    let (x, y) = (UnsafeMutableRawPointer(x), UnsafeRawPointer(y))
    inOrder { places, range in
      switch MemoryLayout<Element>.stride {
      case 1: assignRange(x, y, UInt8.self, places, width, range)
      case 4: assignRange(x, y, UInt32.self, places, width, range)
      default: assignRange(x, y, UInt64.self, places, width, range)
      }
    }
  }

  /// Block i of `x` += y[i], for all entries in order.
  func add<Element: TensorElement>(
    _ y: UnsafePointer<Element>, to x: UnsafeMutablePointer<Element>
  ) {
    inOrder { places, range in
      Element._scatterAdd(
        x, places + range.lowerBound, width: width, y + range.lowerBound * width,
        count: range.count)
    }
  }

  /// Calls `body` for parts of the list in parallel if no place is listed twice, otherwise for the whole
  /// list.
  private func inOrder(_ body: (UnsafePointer<Int>, Range<Int>) -> Void) {
    values.withUnsafeBufferPointer { places in
      guard let base = places.baseAddress, width > 0, !places.isEmpty else { return }
      ThreadPool.forRanges(places.count, grain: areDistinct ? grain : places.count) {
        body(base, $0)
      }
    }
  }
}

private func gatherRange<Bits>(
  _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _: Bits.Type, _ places: UnsafePointer<Int>,
  _ width: Int, _ range: Range<Int>
) {
  gatherBlocks(
    x.assumingMemoryBound(to: Bits.self), y.assumingMemoryBound(to: Bits.self), places, width, range
  )
}

private func assignRange<Bits>(
  _ x: UnsafeMutableRawPointer, _ y: UnsafeRawPointer, _: Bits.Type, _ places: UnsafePointer<Int>,
  _ width: Int, _ range: Range<Int>
) {
  assignBlocks(
    x.assumingMemoryBound(to: Bits.self), y.assumingMemoryBound(to: Bits.self), places, width, range
  )
}

@specialized(where Bits == UInt8)
@specialized(where Bits == UInt32)
@specialized(where Bits == UInt64)
private func gatherBlocks<Bits>(
  _ x: UnsafePointer<Bits>, _ y: UnsafeMutablePointer<Bits>, _ places: UnsafePointer<Int>,
  _ width: Int, _ range: Range<Int>
) {
  if width == 1 {
    for index in range { y[index] = x[places[index]] }
  } else {
    for index in range {
      copyElements(x + places[index] * width, to: y + index * width, count: width)
    }
  }
}

@specialized(where Bits == UInt8)
@specialized(where Bits == UInt32)
@specialized(where Bits == UInt64)
private func assignBlocks<Bits>(
  _ x: UnsafeMutablePointer<Bits>, _ y: UnsafePointer<Bits>, _ places: UnsafePointer<Int>,
  _ width: Int, _ range: Range<Int>
) {
  if width == 1 {
    for index in range { x[places[index]] = y[index] }
  } else {
    for index in range {
      copyElements(y + index * width, to: x + places[index] * width, count: width)
    }
  }
}

extension Tensor {
  /// The elements at `positions`, in a given shape.
  func gathered(_ positions: Positions, shape target: [Int]) -> Tensor {
    let before = shape
    let result = Tensor(unsafeUninitialized: target) { y in
      if !y.isEmpty { positions.gather(from: base, to: y.baseAddress!) }
    }
    return .record(TensorOperation.gatherElements, inputs: [self], output: result) { dy, sink in
      sink.accumulate(0, shape: before) { target, beta in
        if beta == ._zero { setToZero(target) }
        if dy.count > 0 { positions.add(dy.base, to: target.baseAddress!) }
      }
    }
  }

  /// This tensor with `values` (one for each element at `positions`) in the place of the elements at
  /// `positions`, or added to them. The last of several values for one place is kept.
  func putting(_ values: Tensor, _ positions: Positions, adding: Bool) -> Tensor {
    let (before, after) = (shape, values.shape)
    var result = detached
    if values.count > 0 {
      result.withUnsafeMutableBufferPointer { target in
        if adding {
          positions.add(values.base, to: target.baseAddress!)
        } else {
          positions.assign(values.base, to: target.baseAddress!)
        }
      }
    }
    return .record(TensorOperation.putElements, inputs: [self, values], output: result) {
      dy, sink in
      if adding {
        sink.add(0, dy)
        sink.add(1, dy.gathered(positions, shape: after))
        return
      }
      let kept = positions.areDistinct ? nil : positions.lasting(before.product)
      sink.accumulate(0, shape: before) { target, beta in
        // Replaced elements do not influence the result.
        let rest = dy.putting(.zeros(after), positions, adding: false)
        if beta == ._zero { setToZero(target) }
        rest.withUnsafeBufferPointer { addInPlace(target, $0) }
      }
      if sink.wants(1) {
        let taken = dy.gathered(positions, shape: after)
        guard let kept else { return sink.add(1, taken) }
        sink.add(1, .where(Tensor<Bool>(kept, shape: after), taken, .zeros(after)))
      }
    }
  }
}

extension Positions {
  /// For each element of the blocks, whether its value is kept, because no later entry has the same place.
  fileprivate func lasting(_ count: Int) -> [Bool] {
    if width == 0 { return [] }
    var owner = [Int](repeating: -1, count: Swift.max(1, count / width))
    for (index, place) in values.enumerated() { owner[place] = index }
    return values.indices.flatMap { Array(repeating: owner[values[$0]] == $0, count: width) }
  }
}
