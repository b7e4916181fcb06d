import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Sets each element to 0 with `probability` and multiplies the others by 1 / (1 − probability),
  /// so that the expectation is unchanged. Without training or with probability 0 the result is
  /// this tensor and the generator is not used; otherwise one number is drawn from the generator.
  ///
  /// Whether an element is dropped depends only on that number and on the element's index. The
  /// choice is the same for any number of threads and for `Float` and `Double`, and the gradient
  /// recomputes it instead of saving a mask. Traps unless 0 ≤ probability < 1.
  public func dropout(
    probability: Double, isTraining: Bool = true, using generator: inout RandomGenerator
  ) -> Tensor {
    require(
      probability >= 0 && probability < 1,
      "dropout: the probability is \(probability), expected 0 ..< 1")
    if !isTraining || probability == 0 { return self }
    let choice = DropoutChoice(seed: generator.next(), probability: probability)
    return .record(TensorOperation.dropout, inputs: [self], output: thinned(choice)) { dy, sink in
      sink.add(0, dy.thinned(choice))
    }
  }

  private func thinned(_ choice: DropoutChoice) -> Tensor {
    let x = self
    return Tensor(unsafeUninitialized: shape) { target in
      ThreadPool.forRanges(count, grain: elementGrain) { range in
        thinRange(choice, x.base, target.baseAddress!, range)
      }
    }
  }
}

/// The choice of elements: element i is kept when a hash of `seed` and i is at least `threshold`.
private struct DropoutChoice: Sendable {
  let seed: UInt64
  let threshold: UInt64
  let scale: Double

  init(seed: UInt64, probability: Double) {
    self.seed = seed
    threshold = UInt64(probability * 0x1p53)
    scale = 1 / (1 - probability)
  }

  /// Whether element `index` is kept, by number `index` of SplitMix64's stream from `seed`.
  @inline(__always)
  func keeps(_ index: Int) -> Bool {
    mixed(seed &+ (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15) >> 11 >= threshold
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func thinRange<Scalar: TensorScalar>(
  _ choice: DropoutChoice, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>,
  _ range: Range<Int>
) {
  let scale = Scalar(choice.scale)
  for index in range { y[index] = choice.keeps(index) ? x[index] * scale : 0 }
}
