import Outcrop

/// Dense attention, forward and forward with backward, against the same with all scores in memory.
///
/// Operations: those of its matrix products, two forward and five backward (the scores are computed again).
/// Exponentials are not counted: where the depth is small they, not products, take the time.
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
      let scores = (q * scale).batchedProduct(k.transposed([0, 1, 3, 2]))
      return scores.softmax(axis: -1).batchedProduct(v)
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
              Tensor.denseAttention(query: q.tracked, key: k.tracked, value: v.tracked)
                .sum().backward()
            }
          ),
          ("plain operations", { plain(q.tracked, k.tracked, v.tracked).sum().backward() }),
        ])
  }
}
