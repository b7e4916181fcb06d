import OutcropCore
import OutcropTensor
import Testing

@Suite("Dropout")
struct DropoutTests {
  @Test("leaves the tensor and the generator alone without training or probability")
  func nothingToDo() {
    var generator = RandomGenerator(seed: 1)
    let before = generator
    let x = Tensor<Float>([1, 2, 3])
    #expect(x.dropout(probability: 0, using: &generator).values == [1, 2, 3])
    #expect(x.dropout(probability: 0.5, isTraining: false, using: &generator).values == [1, 2, 3])
    #expect(generator == before)
  }

  @Test("drops the asked share and keeps the expectation", arguments: [0.1, 0.5, 0.8])
  func share(_ probability: Double) {
    var generator = RandomGenerator(seed: 2)
    let count = 200_000
    let y = Tensor<Double>.ones([count]).dropout(probability: probability, using: &generator)
    let dropped = y.values.count { $0 == 0 }
    let deviation = (Double(count) * probability * (1 - probability)).squareRoot()
    #expect(abs(Double(dropped) - Double(count) * probability) < 5 * deviation)
    #expect(Set(y.values) == [0, 1 / (1 - probability)])
    let mean = y.mean().scalar
    #expect(abs(mean - 1) < 5 * deviation / Double(count) / (1 - probability))
  }

  @Test("neighboring elements and successive calls are independent")
  func independence() {
    var generator = RandomGenerator(seed: 3)
    let count = 100_000
    let ones = Tensor<Double>.ones([count])
    let first = ones.dropout(probability: 0.5, using: &generator).values.map { $0 - 1 }
    let second = ones.dropout(probability: 0.5, using: &generator).values.map { $0 - 1 }
    func correlation(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
    }
    let bound = 5 / Double(count).squareRoot()
    #expect(abs(correlation(first, first.dropFirst())) < bound)
    #expect(abs(correlation(first, first.dropFirst(2))) < bound)
    #expect(abs(correlation(first, second)) < bound)
  }

  @Test("the gradient passes exactly where elements stayed")
  func gradient() {
    var generator = RandomGenerator(seed: 4)
    let x = Tensor<Float>.ones([1000]).trackingGradients()
    let y = x.dropout(probability: 0.4, using: &generator)
    y.sum().backward()
    #expect(x.gradient?.values == y.values)
  }

  @Test("the same elements go in single and in double precision")
  func precision() {
    var (a, b) = (RandomGenerator(seed: 5), RandomGenerator(seed: 5))
    let single = Tensor<Float>.ones([5000]).dropout(probability: 0.3, using: &a)
    let double = Tensor<Double>.ones([5000]).dropout(probability: 0.3, using: &b)
    #expect(single.values.map { $0 == 0 } == double.values.map { $0 == 0 })
  }
}
