import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

/// Sums over any axes are as exact as pairwise sums. Running sums in single precision, which each of
/// these operations had in some place, are off by a percent here.
@Suite("Sums of many elements are exact")
struct ExactSumTests {
  private let count = 1_000_000
  private let tenth = Double(Float(0.1))

  private func expect(
    _ found: Tensor<Float>, _ expected: Double, _ what: String, tolerance: Double = 1e-7
  ) {
    for value in found.values {
      #expect(
        (Double(value) - expected).magnitude <= tolerance * expected.magnitude,
        "\(what): found \(value), expected \(expected)")
    }
  }

  @Test(
    "over every choice of axes",
    arguments: [
      [1_000_000], [2, 1_000_000, 2], [1_000_000, 2], [2, 1_000_000], [3, 1000, 1000],
      [1000, 40, 25],
    ])
  func axes(_ shape: [Int]) {
    let x = Tensor<Float>(repeating: 0.1, shape: shape)
    for subset in 1..<(1 << shape.count) {
      let axes = shape.indices.filter { subset >> $0 & 1 == 1 }
      let number = Double(axes.map { shape[$0] }.reduce(1, *))
      expect(x.sum(axes: axes), number * tenth, "sum \(axes)")
      expect(x.mean(axes: axes), tenth, "mean \(axes)")
      expect(x.norm(order: 1, axes: axes), number * tenth, "norm \(axes)")
      expect(x.norm(axes: axes), (number * tenth * tenth).squareRoot(), "norm \(axes)")
    }
  }

  @Test("in double precision")
  func double() {
    // Running sums are off by 1e-11 of the result.
    for shape in [[1_000_000], [2, 1_000_000, 2], [1_000_000, 20], [2, 1_000_000]] {
      let x = Tensor<Double>(repeating: 0.1, shape: shape)
      for axis in shape.indices where shape[axis] == count {
        for value in x.sum(axes: [axis]).values {
          #expect((value - 1e5).magnitude <= 1e-15 * 4 * 1e5)
        }
      }
    }
  }

  @Test("in the variance of numbers with a large mean")
  func variance() {
    let values = (0..<count).map { Float(4096) + Float($0 % 2) }
    for shape in [[count], [2, count / 2], [count / 2, 2], [10, count / 20, 2]] {
      let x = Tensor(values, shape: shape)
      for axes in [[0], Array(shape.indices)] {
        let number = Double(axes.map { shape[$0] }.reduce(1, *))
        if shape.last == 2, axes == [0] {
          expect(x.variance(axes: axes) + 1, 1, "variance of equal numbers")
        } else if number > 10, axes.count == shape.count {
          expect(x.variance(axes: axes, correction: 0), 0.25, "variance")
          expect(x.standardDeviation(axes: axes, correction: 0), 0.5, "deviation")
        }
      }
    }
  }

  @Test("in the gradient of a broadcast")
  func broadcast() {
    for shape in [[1], [], [2, 1, 2], [1, 2]] {
      let full = shape.count == 3 ? [2, count, 2] : [count, 2]
      let bias = Tensor<Float>.zeros(shape).trackingGradients()
      (bias + Tensor(repeating: 0, shape: full)).backward(
        gradient: Tensor(repeating: 0.1, shape: full))
      let number = Double(full.reduce(1, *) / Swift.max(1, shape.reduce(1, *)))
      expect(bias.gradient!, number * tenth, "gradient of \(shape)")
    }
  }

  @Test("of segments", arguments: [1, 2, 70])
  func segments(_ width: Int) {
    let rows = count / width
    let x = Tensor<Float>(repeating: 0.1, shape: [rows, width])
    let segments = Segments(offsets: [0, Int32(rows)])
    expect(x.segmentSum(segments), Double(rows) * tenth, "segmentSum")
    expect(x.segmentMean(segments), tenth, "segmentMean")
    expect((x * 10).segmentSoftmax(segments), 1 / Double(rows), "segmentSoftmax", tolerance: 3e-7)
  }

  @Test("of scattered rows")
  func scattered() {
    let x = Tensor<Float>(repeating: 0.1, shape: [count])
    for rowCount in [1, 100] {
      let index = RowIndex([Int32](repeating: 0, count: count), rowCount: rowCount)
      expect(x.scatterAdded(toRows: index).sliced(0..<1), Double(count) * tenth, "\(rowCount) rows")
    }
    // Double precision, many entries: a running sum is off by 1e-11.
    let y = Tensor<Double>(repeating: 0.1, shape: [count])
    for rowCount in [1, 100] {
      let index = RowIndex([Int32](repeating: 0, count: count), rowCount: rowCount)
      let sum = y.scatterAdded(toRows: index).values[0]
      #expect((sum - 1e5).magnitude <= 4e-10, "\(rowCount) rows: \(sum)")
    }
  }

  @Test("of softmax along any axis")
  func softmax() {
    // One element of 0 and many of log 0.1.
    let low = Tensor<Float>(repeating: -2.302585, shape: [count / 2, 2])
    let x = Tensor(concatenating: [.zeros([1, 2]), low])
    let expected = 1 / (1 + Double(count / 2) * 0.1)
    expect(x.softmax(axis: 0).sliced(0..<1), expected, "axis 0", tolerance: 1e-6)
    expect(
      x.transposed().softmax(axis: 1).sliced(axis: 1, 0..<1), expected, "axis 1", tolerance: 1e-6)
    expect(
      x.transposed().logSoftmax(axis: 1).sliced(axis: 1, 0..<1).exp(), expected, "logarithm",
      tolerance: 4e-6)
    // The gradient is y (dy − Σ y dy), and the sum is 0.1.
    for axis in [0, 1] {
      let leaf = Tensor<Float>.zeros(axis == 0 ? [count, 2] : [2, count]).trackingGradients()
      let dy = Tensor<Float>(repeating: 0.1, shape: leaf.shape)
      leaf.softmax(axis: axis).backward(gradient: dy)
      #expect(leaf.gradient!.abs().max().scalar < 1e-14, "gradient, axis \(axis)")
    }
  }

  @Test("of layer normalization over long rows")
  func layerNorm() {
    // A mean of 0.1 with small deviations: ±0.001.
    let values = (0..<count).map { Float(0.1) + ($0 % 2 == 0 ? 0.001 : -0.001) }
    let y = Tensor(values, shape: [1, count]).layerNorm(
      weight: .ones([count]), bias: .zeros([count]), epsilon: 0)
    expect(y.abs(), 1, "layerNorm", tolerance: 1e-4)
  }
}
