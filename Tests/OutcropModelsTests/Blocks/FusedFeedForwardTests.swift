import OutcropCore
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("The fused feed-forward block")
struct FusedFeedForwardTests {
  /// Rows below, at and above a chunk, and more chunks than groups; widths off the vectors' length.
  static let sizes = [(1, 4), (3, 5), (120, 64), (121, 64), (2500, 56), (900, 17)]

  @Test("training agrees with single operations", arguments: FeedForwardForm.all)
  func training(_ form: FeedForwardForm) {
    for (number, (rows, width)) in Self.sizes.enumerated() {
      var generator = RandomGenerator(seed: UInt64(number + 1))
      let inputs = form.shapes(rows: rows, width: width).map {
        Tensor<Double>.normal($0, using: &generator)
      }
      let dy = Tensor<Double>.normal([rows, width], using: &generator)
      func run(_ block: ([Tensor<Double>]) -> Tensor<Double>) -> [Tensor<Double>] {
        let leaves = inputs.map { $0.trackingGradients() }
        let y = block(leaves)
        y.backward(gradient: dy)
        return [y.detached] + leaves.map { $0.gradient! }
      }
      let found = run { FusedFeedForward.training(form.inputs($0), epsilon: 1e-5).output }
      let expected = run { form.plain($0) }
      // A bias before a normalization has the gradient 0: what is left is rounding of sums this large.
      let scale = Double(rows).squareRoot() * 10
      for (index, (f, e)) in zip(found, expected).enumerated() {
        let problem = difference(
          "\(form), [\(rows), \(width)], result \(index)", f, e, tolerance: 1e-11, scale: scale)
        #expect(problem == nil)
      }
    }
  }

  @Test("what is recomputed for a gradient equals the original, and never what was overwritten")
  func recompute() {
    let form = FeedForwardForm()
    var generator = RandomGenerator(seed: 6)
    let inputs = form.shapes(rows: 300, width: 16).map {
      Tensor<Double>.normal($0, using: &generator).trackingGradients()
    }
    let weight = Tensor<Double>.normal([4, 16], using: &generator)
    func gradient(_ x: Tensor<Double>) -> Tensor<Double> {
      let w = weight.trackingGradients()
      x.linear(weight: w).sum().backward()
      return w.gradient!
    }
    let output = FusedFeedForward.training(form.inputs(inputs), epsilon: 1e-5).output
    #expect(output.storage.recompute != nil)
    let copy = Tensor(output.values, shape: output.shape)
    #expect(gradient(output).values == gradient(copy).values)
    // The backward pass is over: nothing is held for it.
    #expect(output.storage.recompute == nil)

    var changed = FusedFeedForward.training(form.inputs(inputs), epsilon: 1e-5).output.detached
    changed.withUnsafeMutableBufferPointer { $0.update(repeating: 2) }
    #expect(gradient(changed).values.allSatisfy { $0 == 600 })
    withoutGradients {
      let unread = FusedFeedForward.training(form.inputs(inputs), epsilon: 1e-5).output
      #expect(unread.storage.recompute == nil)
    }
  }

  @Test("the moments of a batch are those that single operations find")
  func moments() {
    let form = FeedForwardForm()
    var generator = RandomGenerator(seed: 5)
    let inputs = form.shapes(rows: 700, width: 64).map {
      Tensor<Double>.normal($0, using: &generator)
    }
    let tensors = form.inputs(inputs)
    let found = FusedFeedForward.training(tensors, epsilon: 1e-5).moments
    let z1 =
      inputs[0].linear(weight: tensors.projection!.weight, bias: tensors.projection!.bias)
      + tensors.residual!
    let expected = z1.batchNorm(weight: inputs[1], bias: inputs[2]).moments
    #expect(found.count == 2 && found[0].count == 700)
    #expect(difference("mean", found[0].mean, expected.mean, tolerance: 1e-12) == nil)
    #expect(
      difference("variance", found[0].biasedVariance, expected.biasedVariance, tolerance: 1e-12)
        == nil)
  }

  @Test("evaluation agrees with single operations", arguments: FeedForwardForm.all)
  func evaluation(_ form: FeedForwardForm) {
    for (number, (rows, width)) in Self.sizes.enumerated() {
      var generator = RandomGenerator(seed: UInt64(number + 11))
      let inputs = form.shapes(rows: rows, width: width).map {
        Tensor<Double>.normal($0, using: &generator)
      }
      let moments = (0..<2).map { _ in
        (
          mean: Tensor<Double>.normal([width], using: &generator),
          variance: Tensor<Double>.uniform([width], low: 0.5, high: 2, using: &generator)
        )
      }
      let found = FusedFeedForward.evaluation(
        form.inputs(inputs), (moments[0].mean.values, moments[0].variance.values),
        (moments[1].mean.values, moments[1].variance.values), epsilon: 1e-5
      ).output
      let expected = form.plain(inputs, moments: moments)
      #expect(
        difference("\(form), [\(rows), \(width)]", found, expected, tolerance: 1e-12) == nil)
    }
  }
}
