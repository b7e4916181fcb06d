// Your own data set: values of any type in an array, and a function that makes a batch from some of them.
// Prints the share of the variance that the model explains on new examples and fails below 0.98.
import Foundation
import Outcrop

/// An example, a type of your own program.
struct House: Sendable {
  let area, age: Double
  let district: Int
  let price: Double

  static func random(using generator: inout RandomGenerator) -> House {
    let (area, age) = (50 + 150 * generator.unit(), 60 * generator.unit())
    let district = generator.below(3)
    let price = area * [2.0, 3.5, 5.0][district] - 2 * age + 10 * generator.normal()
    return House(area: area, age: age, district: district, price: price)
  }
}

/// A batch, the input of a model.
struct HouseBatch: Sendable {
  let features, prices: Tensor<Float>

  init(_ houses: [House]) {
    features = Tensor(
      houses.flatMap { house in
        [Float(house.area / 100 - 1.25), Float(house.age / 30 - 1)]
          + (0..<3).map { $0 == house.district ? 1 : 0 }
      }, shape: [houses.count, 5])
    prices = Tensor(houses.map { Float($0.price / 400) }, shape: [houses.count, 1])
  }
}

var generator = RandomGenerator(seed: 4)
var houses: [House] = []
for _ in 0..<1200 { houses.append(.random(using: &generator)) }
let train = ArrayExamples(Array(houses[..<1000])) { HouseBatch($0) }
let test = HouseBatch(Array(houses[1000...]))

let model = MLP<Float>(widths: [5, 32, 1], using: &generator)
let optimizer = AdamW(model, learningRate: 0.01)
let epochs = 40
let steps = epochs * train.batches(size: 50).count
let average = ParameterAverage(model, decay: 0.98)
try model.fit(
  train, epochs: epochs, batchSize: 50, optimizer: optimizer,
  scheduler: Scheduler(optimizer, OneCycleSchedule(steps: steps)), average: average,
  using: &generator
) { batch in
  model(batch.features).meanSquaredError(targets: batch.prices)
}

let error = average.evaluate { model(test.features).meanSquaredError(targets: test.prices).scalar }
let centered = test.prices - test.prices.mean()
let explained = 1 - error / (centered * centered).mean().scalar
print("explained variance \(explained)")
if explained < 0.98 { exit(1) }
