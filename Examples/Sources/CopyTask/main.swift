// A causal transformer learns to repeat its input: a sequence is eight random tokens, a mark, and the same
// eight tokens again. Prints the share of correct tokens in new sequences and fails below 0.99.
import Foundation
import Outcrop

let (tokenCount, length, mark) = (10, 8, Int32(10))

final class CopyModel: Module {
  let tokens: EmbeddingLayer<Float>
  let positions: Parameter<Float>
  let layers: [TransformerEncoderLayer<Float>]
  let norm = LayerNormLayer<Float>(width: 64)
  let output: LinearLayer<Float>

  init(tokens count: Int, length: Int, using generator: inout RandomGenerator) {
    tokens = EmbeddingLayer(count: count, width: 64, using: &generator)
    positions = Parameter(.normal([length, 64], using: &generator))
    var layers: [TransformerEncoderLayer<Float>] = []
    for _ in 0..<2 {
      layers.append(
        TransformerEncoderLayer(
          width: 64, heads: 4, feedForwardWidth: 128, dropout: 0, normalizesFirst: true,
          using: &generator))
    }
    self.layers = layers
    output = LinearLayer(in: 64, out: count, using: &generator)
  }

  /// The scores of each next token, [sequences, length, tokens].
  func callAsFunction(_ sequences: [[Int32]]) -> Tensor<Float> {
    let (count, length) = (sequences.count, sequences[0].count)
    var x =
      tokens(Array(sequences.joined())).reshaped([count, length, 64])
      + positions.value.sliced(0..<length)
    for layer in layers { x = layer(x, isCausal: true) }
    return output(norm(x))
  }
}

/// The model's scores for the repeated tokens of sequences whose first halves are `halves`.
func scores(_ model: CopyModel, _ halves: [[Int32]], length: Int, mark: Int32) -> Tensor<Float> {
  let all = model(halves.map { $0 + [mark] + $0.dropLast() })
  return all.sliced(axis: 1, length..<2 * length)
}

var generator = RandomGenerator(seed: 2)
func sequences(_ count: Int, _ length: Int, _ tokens: Int, _ generator: inout RandomGenerator)
  -> [[Int32]]
{
  (0..<count).map { _ in (0..<length).map { _ in Int32(generator.below(tokens)) } }
}

let model = CopyModel(tokens: tokenCount + 1, length: 2 * length, using: &generator)
let steps = 300
let optimizer = AdamW(model, learningRate: 3e-3)
let scheduler = Scheduler(
  optimizer, LinearWarmUp(steps: 30, from: 0.01).then(CosineSchedule(steps: steps - 30)))
for step in 1...steps {
  let batch = sequences(64, length, tokenCount, &generator)
  optimizer.zeroGradients()
  let loss = scores(model, batch, length: length, mark: mark)
    .crossEntropy(targets: Array(batch.joined()))
  loss.backward()
  optimizer.clipGradients(toNorm: 1)
  optimizer.step()
  scheduler.step()
  if step % 50 == 0 { print("step \(step): loss \(loss.scalar)") }
}

let test = sequences(200, length, tokenCount, &generator)
let rows = withoutGradients { scores(model, test, length: length, mark: mark) }.values
let width = tokenCount + 1
let right = test.joined().enumerated().count { row, token in
  let row = rows[row * width..<(row + 1) * width]
  return row.firstIndex(of: row.max()!)! - row.startIndex == Int(token)
}
let accuracy = Double(right) / Double(200 * length)
print("accuracy \(accuracy)")
if accuracy < 0.99 { exit(1) }
