import OutcropCore
import OutcropTensor

private let denseShapes = [[128, 8, 32, 8], [16, 8, 256, 64]]

/// Dense attention in two shapes of graph transformers, compared with plain operations that store all scores.
func measureDense(_ effort: Effort) -> [Measurement] {
  denseShapes.flatMap {
    measureDense(.dense, $0, effort, withPlainOperations: true)
  }
}

/// Dense attention of other lengths and depths, with the same number of queries in each shape.
func measureLengths(_ effort: Effort) -> [Measurement] {
  let shapes = [32, 256, 1024, 4096].flatMap { length in
    [8, 32, 64, 128].map { depth in [4096 / length, 8, length, depth] }
  }
  return shapes.filter { !denseShapes.contains($0) }.flatMap {
    measureDense(.lengths, $0, effort, withPlainOperations: false)
  }
}

/// Forward, and forward with backward.
///
/// Operations: those of the matrix products, two forward and five backward (the scores are
/// recomputed). Exponentials are not counted, although they take most of the time for small depths.
private func measureDense(
  _ family: BenchFamily, _ shape: [Int], _ effort: Effort, withPlainOperations: Bool
) -> [Measurement] {
  var generator = RandomGenerator(seed: 5)
  let (q, k, v) = (
    Tensor<Float>.normal(shape, using: &generator),
    Tensor<Float>.normal(shape, using: &generator),
    Tensor<Float>.normal(shape, using: &generator)
  )
  let flop = 4 * Double(shape[0] * shape[1] * shape[2] * shape[2] * shape[3])
  typealias Attention = (Tensor<Float>, Tensor<Float>, Tensor<Float>) -> Tensor<Float>
  var ways: [(name: String, attention: Attention)] = [
    (outcropWay, { .denseAttention(query: $0, key: $1, value: $2) })
  ]
  if withPlainOperations {
    ways.append(
      (
        "plain operations",
        { q, k, v in
          let scale = 1 / Float(shape[3]).squareRoot()
          let scores = (q * scale).matrixProduct(k.transposed([0, 1, 3, 2]))
          return scores.softmax(axis: -1).matrixProduct(v)
        }
      ))
  }
  return sideBySide(
    family, "dense attention, forward: \(shape)", effort, Cost(flop: flop),
    ways.map { way in (way.name, { withoutGradients { _ = way.attention(q, k, v) } }) })
    + sideBySide(
      family, "dense attention, forward and backward: \(shape)", effort, Cost(flop: 3.5 * flop),
      ways.map { way in
        (
          way.name,
          {
            way.attention(q.trackingGradients(), k.trackingGradients(), v.trackingGradients())
              .sum().backward()
          }
        )
      })
}
