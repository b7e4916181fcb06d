// A multilayer perceptron learns to distinguish two interleaved half circles, with AdamW, a warm-up and
// cosine schedule, and clipped gradients. Prints the accuracy on new points and fails below 0.97.
import Foundation
import Outcrop

func twoMoons(_ count: Int, using generator: inout RandomGenerator) -> LabeledExamples<Float> {
  var points: [Float] = []
  var labels: [Int32] = []
  for index in 0..<count {
    let (isUpper, angle) = (index % 2 == 0, Double.pi * generator.unit())
    let x = isUpper ? cos(angle) : 1 - cos(angle)
    let y = isUpper ? sin(angle) : 0.5 - sin(angle)
    points.append(Float(x + 0.1 * generator.normal()))
    points.append(Float(y + 0.1 * generator.normal()))
    labels.append(isUpper ? 0 : 1)
  }
  return LabeledExamples(inputs: Tensor(points, shape: [count, 2]), labels: labels)
}

func accuracy(_ model: MLP<Float>, on examples: LabeledExamples<Float>) -> Double {
  let scores = model(examples.inputs).values
  let right = examples.labels.enumerated().count { row, label in
    (scores[2 * row + 1] > scores[2 * row]) == (label == 1)
  }
  return Double(right) / Double(examples.exampleCount)
}

var generator = RandomGenerator(seed: 1)
let train = twoMoons(2000, using: &generator)
let test = twoMoons(1000, using: &generator)
let model = MLP<Float>(widths: [2, 64, 64, 2], using: &generator)
print(model)

let (epochs, batchSize) = (20, 64)
let steps = epochs * train.batches(size: batchSize).count
let optimizer = AdamW(model, learningRate: 0.01)
let warmUp = LinearWarmUp(steps: steps / 10, from: 0.05)
let schedule = warmUp.then(CosineSchedule(steps: steps - warmUp.stepCount))

try model.fit(
  train, epochs: epochs, batchSize: batchSize, optimizer: optimizer,
  scheduler: Scheduler(optimizer, schedule), clippingNorm: 1, using: &generator,
  validation: { accuracy(model, on: test) }, progress: FitProgress.print
) { batch in
  model(batch.inputs).crossEntropy(targets: batch.labels)
}

let result = accuracy(model, on: test)
print("accuracy \(result)")
if result < 0.97 { exit(1) }
