import Outcrop

/// Edge attention of one layer (width 64, 8 heads), forward and forward with backward: the fused
/// operation against the same in plain tensor operations.
func measureAttention(_ workload: Workload, _ effort: Effort) -> [Measurement] {
  let batch = workload.batches[0]
  let (n, e, d) = (batch.nodeCount, batch.edgeCount, 64)
  var generator = RandomGenerator(seed: 2)
  let qkv = Tensor<Float>.normal([n, 3 * d], using: &generator)
  let p = Tensor<Float>.normal([e, d], using: &generator)
  let (dOut, dScores) = (
    Tensor<Float>.normal([n, d], using: &generator),
    Tensor<Float>.normal([e, d], using: &generator)
  )

  func fused(_ qkv: Tensor<Float>, _ p: Tensor<Float>) -> (Tensor<Float>, Tensor<Float>) {
    let result = edgeAttention(.packed(qkv), edgeProjection: p, edges: batch.edges, heads: 8)
    return (result.output, result.scores!)
  }
  func plain(_ qkv: Tensor<Float>, _ p: Tensor<Float>) -> (Tensor<Float>, Tensor<Float>) {
    let result = referenceEdgeAttention(
      .packed(qkv), edgeProjection: p, edges: batch.edges, heads: 8)
    return (result.output, result.scores)
  }
  func both(_ attention: (Tensor<Float>, Tensor<Float>) -> (Tensor<Float>, Tensor<Float>)) {
    let (out, scores) = attention(qkv.tracked, p.tracked)
    // A loss that costs nothing: it only hands the gradients in.
    let loss = Tensor<Float>.record(
      GivenGradients.loss, inputs: [out, scores], output: Tensor(0)
    ) { _, sink in
      sink.add(0, dOut)
      sink.add(1, dScores)
    }
    loss.backward()
  }

  let shape = "\(n) nodes, \(e) edges, 8 × 8"
  return sideBySide(
    "edge attention, forward: \(shape)", effort,
    [
      ("fused", { withoutGradients { _ = fused(qkv, p) } }),
      ("plain operations", { withoutGradients { _ = plain(qkv, p) } }),
    ])
    + sideBySide(
      "edge attention, forward and backward: \(shape)", effort,
      [("fused", { both(fused) }), ("plain operations", { both(plain) })])
}

/// The end of a tape whose gradients are given.
private enum GivenGradients: String, DifferentiableOperation {
  case loss
}
