import OutcropCore

extension Tensor where Scalar: TensorInteger {
  /// Independent integers, uniform in `range`. Traps if the range is empty.
  public static func integers(
    _ shape: [Int], in range: Range<Int>, using generator: inout RandomGenerator
  ) -> Tensor {
    require(!range.isEmpty, "integers: found the empty range \(range), expected a number in it")
    return Tensor(unsafeUninitialized: shape) { target in
      for index in target.indices {
        target[index] = Scalar(range.lowerBound + generator.below(range.count))
      }
    }
  }

  /// The numbers 0 ..< `count` in random order.
  public static func permutation(
    _ count: Int, using generator: inout RandomGenerator
  ) -> Tensor {
    Tensor(generator.permutation(count).map { Scalar($0) })
  }
}

extension Tensor where Scalar == Bool {
  /// Independent truth values that are true with the given probability.
  public static func bernoulli(
    _ shape: [Int], probability: Double, using generator: inout RandomGenerator
  ) -> Tensor {
    require(
      probability >= 0 && probability <= 1,
      "bernoulli: found the probability \(probability), expected 0 ... 1")
    return Tensor(unsafeUninitialized: shape) { target in
      for index in target.indices { target[index] = generator.unit() < probability }
    }
  }
}

extension Tensor {
  /// `count` parts of the tensor along `axis`, chosen with equal probability: [n, ...] → [count, ...] for
  /// axis 0. With `replacing` a part can be chosen several times. Differentiable. Traps if there are not
  /// enough parts.
  public func choice(
    _ count: Int, axis: Int = 0, replacing: Bool = true, using generator: inout RandomGenerator
  ) -> Tensor {
    let size = shape[normalizedAxis("choice", axis)]
    require(
      count >= 0 && (replacing ? size > 0 || count == 0 : count <= size),
      "choice: \(count) parts \(replacing ? "" : "without replacing ")along axis \(axis) of the shape "
        + "\(shape); expected at most as many as there are")
    let rows =
      replacing
      ? (0..<count).map { _ in generator.below(size) }
      : Array(generator.permutation(size).prefix(count))
    return taking(rows, axis: normalizedAxis("choice", axis))
  }
}

extension Tensor where Scalar: TensorScalar {
  /// For each vector of weights, `count` indices that are chosen with probabilities in proportion to the
  /// weights: [..., k] → [..., count]. Without `replacing` (as in PyTorch by default) no index is chosen
  /// twice. Traps if a weight is negative or not finite, and if fewer than `count` weights (one with
  /// `replacing`) are positive.
  public func multinomial(
    _ count: Int, replacing: Bool = false, using generator: inout RandomGenerator
  ) -> Tensor<Int64> {
    require(
      rank >= 1 && count >= 0, "multinomial: \(count) of the shape \(shape); expected [..., k]")
    let (rows, columns) = rowsAndColumns
    return Tensor<Int64>(unsafeUninitialized: shape.dropLast() + [count]) { target in
      if target.isEmpty { return }
      for row in 0..<rows {
        var weights = (0..<columns).map { Double(base[row * columns + $0]) }
        let positive = weights.count { $0 > 0 }
        require(
          weights.allSatisfy { $0 >= 0 && $0.isFinite } && positive >= (replacing ? 1 : count),
          "multinomial: \(positive) positive weights in row \(row) of the shape \(shape); expected "
            + "finite weights >= 0 and at least \(replacing ? 1 : count) of them positive")
        for place in 0..<count {
          let chosen = generator.choose(weights)
          target[row * count + place] = Int64(chosen)
          if !replacing { weights[chosen] = 0 }
        }
      }
    }
  }
}
