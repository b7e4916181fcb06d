import OutcropCore
import OutcropNN
import OutcropTensor

/// Training steps of modules of the training kit: a multilayer perceptron and a causal transformer, with AdamW and
/// clipped gradients. PyTorch's side has the same shapes.
func measureModules(_ effort: Effort) -> [Measurement] {
  measurePerceptron(widths: [2, 64, 64, 2], batch: 64, effort)
    + measurePerceptron(widths: [784, 512, 512, 10], batch: 128, effort)
    + measureTransformer(effort)
}

private func measurePerceptron(widths: [Int], batch: Int, _ effort: Effort) -> [Measurement] {
  var generator = RandomGenerator(seed: 13)
  let model = MLP<Float>(widths: widths, using: &generator)
  let optimizer = AdamW(model, learningRate: 1e-3)
  let inputs = Tensor<Float>.normal([batch, widths[0]], using: &generator)
  let labels = (0..<batch).map { Int32($0 % widths[widths.count - 1]) }
  return sideBySide(
    .modules, "training step: MLP \(widths), batch \(batch)", effort, Cost(),
    [
      (
        outcropWay,
        {
          optimizer.zeroGradients()
          model(inputs).crossEntropy(targets: labels).backward()
          optimizer.clipGradients(toNorm: 1)
          optimizer.step()
        }
      )
    ])
}

private func measureTransformer(_ effort: Effort) -> [Measurement] {
  let (width, heads, count, length) = (64, 4, 64, 16)
  var generator = RandomGenerator(seed: 14)
  var layers: [TransformerEncoderLayer<Float>] = []
  for _ in 0..<2 {
    layers.append(
      TransformerEncoderLayer(
        width: width, heads: heads, feedForwardWidth: 2 * width, dropout: 0,
        normalizesFirst: true, using: &generator))
  }
  let model = Layers(layers)
  let optimizer = AdamW(model, learningRate: 1e-3)
  let inputs = Tensor<Float>.normal([count, length, width], using: &generator)
  return sideBySide(
    .modules, "training step: causal transformer, 2 layers, [\(count), \(length), \(width)]",
    effort, Cost(),
    [
      (
        outcropWay,
        {
          optimizer.zeroGradients()
          var x = inputs
          for layer in layers { x = layer(x, isCausal: true) }
          x.square().mean().backward()
          optimizer.clipGradients(toNorm: 1)
          optimizer.step()
        }
      )
    ])
}

private final class Layers: Module {
  let layers: [TransformerEncoderLayer<Float>]

  init(_ layers: [TransformerEncoderLayer<Float>]) { self.layers = layers }
}
