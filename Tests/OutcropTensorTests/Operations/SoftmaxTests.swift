import Foundation
import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Softmax and losses")
struct SoftmaxTests {
  @Test("Large and infinite elements", arguments: [0, 1])
  func extremes(_ axis: Int) {
    func column(_ values: [Float]) -> Tensor<Float> {
      // Along axis 0 with a second column, along axis 1 as a row.
      let x = Tensor(values, shape: [values.count, 1])
      return axis == 0 ? .init(concatenating: [x, x], axis: 1) : x.transposed()
    }
    func first(_ x: Tensor<Float>) -> [Float] {
      axis == 0 ? x.sliced(axis: 1, 0..<1).values : x.values
    }
    #expect(first(column([1000, 1000]).softmax(axis: axis)) == [0.5, 0.5])
    #expect(first(column([-1000, 0]).softmax(axis: axis)) == [0, 1])
    #expect(first(column([-1000, 0]).logSoftmax(axis: axis)) == [-1000, 0])
    #expect(first(column([-.infinity, 2]).softmax(axis: axis)) == [0, 1])
    #expect(first(column([.nan, 2]).softmax(axis: axis)).allSatisfy { $0.isNaN })
    #expect(
      first(column([-.infinity, -.infinity]).softmax(axis: axis)).allSatisfy { $0.isNaN })
  }

  @Test("Adding a number to all elements changes nothing, and sums are 1")
  func invariance() {
    var generator = RandomGenerator(seed: 6)
    let x = Tensor<Double>.normal([5, 300, 7], using: &generator)
    for axis in 0..<3 {
      let y = x.softmax(axis: axis)
      #expect(difference("shifted", (x + 12.5).softmax(axis: axis), y, tolerance: 1e-13) == nil)
      let sums = y.sum(axes: [axis])
      #expect(difference("sums", sums, Tensor<Double>.ones(sums.shape), tolerance: 1e-14) == nil)
      #expect(difference("log", x.logSoftmax(axis: axis), y.log(), tolerance: 1e-13) == nil)
    }
  }

  @Test("Binary cross-entropy of extreme logits")
  func binaryExtremes() {
    let x = Tensor<Float>([1000, -1000, 1000, -1000]).trackingGradients()
    let loss = x.binaryCrossEntropy(targets: Tensor([1, 0, 0, 1]))
    #expect(loss.scalar == 500)
    loss.backward()
    #expect(x.gradient?.values == [0, 0, 0.25, -0.25])
  }

  @Test("Missing labels play no part, whatever they hold")
  func missingLabels() {
    let x = Tensor<Double>([0.3, .nan, -2, 5]).trackingGradients()
    let loss = x.binaryCrossEntropy(
      targets: Tensor([1, 0, .nan, 0]), mask: Tensor([1, 0, 0, 1]))
    let y = Tensor<Double>([0.3, 5]).trackingGradients()
    let expected = y.binaryCrossEntropy(targets: Tensor([1, 0]))
    #expect(loss.scalar == expected.scalar)
    loss.backward()
    expected.backward()
    #expect(x.gradient!.values == [y.gradient!.values[0], 0, 0, y.gradient!.values[1]])
  }

  @Test("Losses of nothing")
  func nothing() {
    let none = Tensor<Float>.zeros([0, 3])
    #expect(none.meanAbsoluteError(targets: none).scalar.isNaN)
    #expect(none.crossEntropy(targets: []).scalar.isNaN)
    #expect(none.binaryCrossEntropy(targets: none).scalar == 0)
  }

  @Test("A NaN in the prediction reaches loss and gradient")
  func invalidPrediction() {
    for loss in [
      Tensor<Float>.meanAbsoluteError(targets:), Tensor<Float>.meanSquaredError(targets:),
    ] {
      let x = Tensor<Float>([1, .nan]).trackingGradients()
      let y = loss(x)(Tensor([0, 0]))
      #expect(y.scalar.isNaN)
      y.backward()
      #expect(x.gradient!.values[1].isNaN)
    }
  }

  /// Rows of more columns than the kernel takes at once, with masked blocks, infinities and NaN in later ones.
  @Test("log-sum-exp of long rows")
  func longRows() {
    let columns = 10_007
    var generator = RandomGenerator(seed: 9)
    let x = Tensor<Double>.uniform([6, columns], low: -30, high: 30, using: &generator)
    var values = x.values
    for column in 0..<5000 { values[columns + column] = -.infinity }
    for column in 0..<columns { values[2 * columns + column] = -.infinity }
    values[3 * columns + 9000] = .infinity
    values[4 * columns + 9000] = .nan
    values[5 * columns + 9000] = .nan
    values[5 * columns + 1] = .infinity
    let logarithms = (0..<2).map { (row: Int) -> Double in
      var sum = 0.0
      for column in 0..<columns { sum += exp(values[row * columns + column]) }
      return log(sum)
    }
    let found = Tensor(values, shape: [6, columns]).logSumExp(axis: 1).values
    for row in 0..<2 { #expect(abs(found[row] - logarithms[row]) < 1e-12) }
    #expect(found[2] == -.infinity && found[3] == .infinity)
    #expect(found[4].isNaN && found[5].isNaN)
    let single = Tensor(values.map { Float($0) }, shape: [6, columns]).logSumExp(axis: 1).values
    for row in 0..<2 { #expect(abs(Double(single[row]) - logarithms[row]) < 1e-5) }
    #expect(single[2] == -.infinity && single[3] == .infinity)
    #expect(single[4].isNaN && single[5].isNaN)
  }
}
