import OutcropCore
import OutcropTensor

/// Dense attention, forward and forward with backward, compared with plain operations that store all scores.
///
/// Operations: those of the matrix products, two forward and five backward (the scores are
/// recomputed). Exponentials are not counted, although they take most of the time for small depths.
func measureDense(_ effort: Effort) -> [Measurement] {
  [[128, 8, 32, 8], [16, 8, 256, 64]].flatMap { shape in
    var generator = RandomGenerator(seed: 5)
    let (q, k, v) = (
      Tensor<Float>.normal(shape, using: &generator),
      Tensor<Float>.normal(shape, using: &generator),
      Tensor<Float>.normal(shape, using: &generator)
    )
    let flop = 4 * Double(shape[0] * shape[1] * shape[2] * shape[2] * shape[3])
    func plain(_ q: Tensor<Float>, _ k: Tensor<Float>, _ v: Tensor<Float>) -> Tensor<Float> {
      let scale = 1 / Float(shape[3]).squareRoot()
      let scores = (q * scale).matrixProduct(k.transposed([0, 1, 3, 2]))
      return scores.softmax(axis: -1).matrixProduct(v)
    }
    return sideBySide(
      .dense, "dense attention, forward: \(shape)", effort, Cost(flop: flop),
      [
        (
          outcropWay,
          { withoutGradients { _ = Tensor.denseAttention(query: q, key: k, value: v) } }
        ),
        ("plain operations", { withoutGradients { _ = plain(q, k, v) } }),
      ])
      + sideBySide(
        .dense, "dense attention, forward and backward: \(shape)", effort,
        Cost(flop: 3.5 * flop),
        [
          (
            outcropWay,
            {
              Tensor.denseAttention(
                query: q.trackingGradients(), key: k.trackingGradients(),
                value: v.trackingGradients()
              )
              .sum().backward()
            }
          ),
          (
            "plain operations",
            {
              plain(q.trackingGradients(), k.trackingGradients(), v.trackingGradients()).sum()
                .backward()
            }
          ),
        ])
  }
}
