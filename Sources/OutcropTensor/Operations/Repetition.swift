import OutcropCore

extension Tensor {
  /// This tensor repeated along axes of size 1, and along axes that it lacks in front, to `shape`. Traps
  /// for other shapes.
  public func broadcast(to shape: [Int]) -> Tensor {
    if self.shape == shape { return self }
    let before = self.shape
    let missing = shape.count - rank
    require(
      missing >= 0 && zip(before, shape.dropFirst(missing)).allSatisfy { $0 == $1 || $0 == 1 },
      "broadcast: the shape \(before) to \(shape); expected equal sizes or 1, aligned at the last axis"
    )
    var view = StridedView(before)
    view.broadcast(to: shape)
    return .record(TensorOperation.broadcast, inputs: [self], output: elements(of: view)) {
      dy, sink in
      sink.add(0, Scalar._summed(dy, to: before))
    }
  }

  /// The whole tensor repeated `counts[i]` times along axis i. Missing leading counts are 1; missing
  /// leading axes are added.
  public func tiled(_ counts: [Int]) -> Tensor {
    require(
      counts.allSatisfy { $0 >= 0 },
      "tiled: found the counts \(counts), expected at least 0 of each")
    let rank = Swift.max(rank, counts.count)
    let sizes = Array(repeating: 1, count: rank - self.rank) + shape
    let counts = Array(repeating: 1, count: rank - counts.count) + counts
    return reshaped(sizes.flatMap { [1, $0] })
      .broadcast(to: zip(counts, sizes).flatMap { [$0, $1] })
      .reshaped(zip(counts, sizes).map { $0 * $1 })
  }

  /// Each index along `axis` repeated `count` times in a row, as in `numpy.repeat`.
  public func repeated(_ count: Int, axis: Int) -> Tensor {
    require(count >= 0, "repeated: found the count \(count), expected at least 0")
    let axis = normalizedAxis("repeated", axis)
    var (repeated, target) = (shape, shape)
    repeated.insert(count, at: axis + 1)
    target[axis] *= count
    return unsqueezed(axis: axis + 1).broadcast(to: repeated).reshaped(target)
  }
}
