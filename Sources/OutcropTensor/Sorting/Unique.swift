import OutcropCore

/// The different elements of a tensor; see `Tensor.unique()`.
public struct UniqueElements<Scalar: TensorNumber>: Sendable {
  /// The different elements in ascending order.
  public let values: Tensor<Scalar>
  /// For each element of the tensor, in its shape, the index of its value: `values[inverse]` is the
  /// tensor.
  public let inverse: Tensor<Int64>
  /// How often each value occurs.
  public let counts: Tensor<Int64>
}

extension Tensor where Scalar: TensorNumber {
  /// The different elements in ascending order, the index of each element among them, and how often each
  /// occurs, as in `numpy.unique`. All NaN count as one value, at the end; −0 equals 0. The values have no
  /// gradient.
  public func unique() -> UniqueElements<Scalar> {
    var sorter = KeySorter()
    if count > 0 { sort(base, stride: 1, count: count, descending: false, &sorter) }
    var firsts: [Int] = []
    var counts: [Int64] = []
    let inverse = Tensor<Int64>(unsafeUninitialized: shape) { target in
      // Equal numbers have equal keys, and so have all NaN.
      for (index, place) in sorter.order.enumerated() {
        if index > 0, sorter.keys[index] == sorter.keys[index - 1] {
          counts[counts.count - 1] += 1
        } else {
          firsts.append(place)
          counts.append(1)
        }
        target[place] = Int64(counts.count - 1)
      }
    }
    let values = detached.gathered(Positions(firsts, areDistinct: true), shape: [firsts.count])
    return UniqueElements(values: values, inverse: inverse, counts: Tensor<Int64>(counts))
  }
}

extension Tensor where Scalar: TensorInteger {
  /// How often each number 0, 1, … occurs, up to the largest and to at least `minimumCount` − 1. Traps
  /// for a negative number.
  public func binCount(minimumCount: Int = 0) -> Tensor<Int64> {
    binCount(weights: Tensor<Int64>.ones(shape), minimumCount: minimumCount)
  }

  /// For each number 0, 1, … the sum of the weights of the elements that equal it, in row-major order.
  /// Traps for a negative number and for weights of another shape.
  public func binCount<Weight: TensorNumber>(
    weights: Tensor<Weight>, minimumCount: Int = 0
  ) -> Tensor<Weight> {
    require(
      weights.shape == shape && minimumCount >= 0,
      "binCount: weights of shape \(weights.shape) and a minimum of \(minimumCount) for the shape "
        + "\(shape); expected equal shapes and at least 0")
    require(
      !weights.isTracked || !Recording.isEnabled,
      "binCount: the weights are tracked and have no gradient; use `.detached`, or "
        + "`putting(_:at:accumulating:)` on zeros")
    let places = withUnsafeBufferPointer { $0.map { Int($0) } }
    require(
      places.allSatisfy { $0 >= 0 },
      "binCount: found the number \(places.min() ?? 0), expected 0 or more")
    let size = Swift.max(minimumCount, (places.max() ?? -1) + 1)
    var result = Tensor<Weight>.zeros([size])
    result.withUnsafeMutableBufferPointer { target in
      if places.isEmpty { return }
      Positions(places, areDistinct: false).add(weights.base, to: target.baseAddress!)
    }
    return result
  }
}
