import OutcropCore
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Layers")
struct LayerTests {
  private func network(dropout: Double, seed: UInt64 = 3) -> Sequential<Double> {
    var generator = RandomGenerator(seed: seed)
    return Sequential(
      LinearLayer(in: 8, out: 8, using: &generator), BatchNormLayer(width: 8),
      TransformerEncoderLayer(
        width: 8, heads: 2, feedForwardWidth: 16, dropout: dropout, using: &generator),
      MLP(widths: [8, 6, 4], dropout: dropout, using: &generator))
  }

  private var input: Tensor<Double> {
    var generator = RandomGenerator(seed: 9)
    return .normal([6, 8], using: &generator)
  }

  @Test("Training and evaluation mode reach all modules")
  func modes() {
    let model = network(dropout: 0.5)
    let x = input
    let first = model(x).values
    #expect(model(x).values != first)
    let norm = model.layers[1] as! BatchNormLayer<Double>
    #expect(norm.batchCount.value == 2)
    model.eval()
    let evaluated = model(x).values
    #expect(model(x).values == evaluated)
    #expect(norm.batchCount.value == 2)
    let modes = model.modules.compactMap { $0.module as? any ModeSensitive }
    // Batch normalization, four dropouts of the encoder layer, two of the MLP.
    #expect(modes.count == 7)
    #expect(modes.allSatisfy { !$0.isTraining })
    model.train()
    #expect(modes.allSatisfy { $0.isTraining })
  }

  @Test("Frozen parameters get no gradient; the others get the same ones")
  func freezing() {
    let (model, other) = (network(dropout: 0), network(dropout: 0))
    model.freeze("2.self_attn.*")
    let x = input
    for model in [model, other] { (model(x) * model(x)).sum().backward() }
    for ((name, found), (_, expected)) in zip(model.parameters, other.parameters) {
      #expect(found.isFrozen == name.hasPrefix("2.self_attn."))
      #expect(found.gradient?.values == (found.isFrozen ? nil : expected.gradient!.values))
    }
    model.unfreeze()
    #expect(model.parameters.allSatisfy { !$0.parameter.isFrozen && $0.parameter.value.isTracked })
  }

  @Test("Recomputed layers give the same values, gradients, statistics and random numbers")
  func recomputation() {
    let (model, other) = (network(dropout: 0.3), network(dropout: 0.3))
    for _ in 0..<2 {
      model.zeroGradients()
      other.zeroGradients()
      let (x, z) = (input.trackingGradients(), input.trackingGradients())
      let (y, expected) = (model.recomputing(x), other(z))
      #expect(y.values == expected.values)
      (y * y).sum().backward()
      (expected * expected).sum().backward()
      #expect(x.gradient!.values == z.gradient!.values)
      for (a, b) in zip(model.parameters, other.parameters) {
        #expect(a.parameter.gradient!.values == b.parameter.gradient!.values, "\(a.name)")
      }
    }
    #expect((model.layers[1] as! BatchNormLayer<Double>).batchCount.value == 2)
    let statistics = { (m: Sequential<Double>) in
      (m.layers[1] as! BatchNormLayer<Double>).runningVariance.value.values
    }
    #expect(statistics(model) == statistics(other))
  }

  @Test("Attention with dropout of weights has the same expectation and obeys masks")
  func attentionDropout() {
    var generator = RandomGenerator(seed: 2)
    let layer = MultiheadAttention<Double>(width: 8, heads: 2, dropout: 0.25, using: &generator)
    let x = input
    layer.eval()
    let expected = layer(x, isCausal: true)
    layer.train()
    let count = 3000
    let mean =
      (0..<count).map { _ in layer(x, isCausal: true).detached }.reduce(.zeros([6, 8]), +)
      / Double(count)
    #expect(difference("mean", mean, expected, tolerance: 0.06) == nil)
    let leaf = x.trackingGradients()
    layer(leaf, isCausal: true).sliced(axis: 0, 2..<3).sum().backward()
    let reached = leaf.gradient!.sliced(axis: 0, 3..<6).values
    #expect(reached.allSatisfy { $0 == 0 })
    let dropped = Tensor<Double>([1, 1, 1, 1, 1, 0], shape: [1, 6])
    let nobody = layer(x, keyMask: dropped * 0)
    #expect(nobody.values.allSatisfy { $0 == 0 })
  }

  @Test("The output has the same bits on any number of threads")
  func threads() {
    var generator = RandomGenerator(seed: 2)
    let x = Tensor<Float>.normal([4, 100, 64], using: &generator)
    func bits() -> [UInt32] {
      var generator = RandomGenerator(seed: 4)
      let layer = TransformerEncoderLayer<Float>(
        width: 64, heads: 4, feedForwardWidth: 256, using: &generator)
      let y = layer(x, isCausal: true)
      (y * y).sum().backward()
      return y.values.map(\.bitPattern)
        + layer.parameters.flatMap { $0.parameter.gradient!.values.map(\.bitPattern) }
    }
    let expected = withThreadCount(1) { bits() }
    for threads in [2, 8] { #expect(withThreadCount(threads) { bits() } == expected) }
  }

  @Test("Names are those of PyTorch")
  func names() {
    let names = network(dropout: 0.1).state.map(\.name)
    #expect(
      names == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
        "1.num_batches_tracked", "2.self_attn.in_proj_weight", "2.self_attn.in_proj_bias",
        "2.self_attn.out_proj.weight", "2.self_attn.out_proj.bias", "2.linear1.weight",
        "2.linear1.bias", "2.linear2.weight", "2.linear2.bias", "2.norm1.weight", "2.norm1.bias",
        "2.norm2.weight", "2.norm2.bias", "3.layers.0.weight", "3.layers.0.bias",
        "3.layers.1.weight", "3.layers.1.bias",
      ])
  }
}
