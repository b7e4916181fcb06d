import OutcropCore
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("The fused path")
struct FusedPathTests {
  /// Rows below, at and above a chunk, and more chunks than groups; widths off the vectors' length.
  static let sizes = [(1, 4), (3, 5), (120, 64), (121, 64), (2500, 56), (900, 17)]

  @Test("training agrees with single operations", arguments: PathForm.all)
  func training(_ form: PathForm) {
    for (number, (rows, width)) in Self.sizes.enumerated() {
      var generator = RandomGenerator(seed: UInt64(number + 1))
      let inputs = form.shapes(rows: rows, width: width).map {
        Tensor<Double>.normal($0, using: &generator)
      }
      let dy = Tensor<Double>.normal([rows, width], using: &generator)
      func run(_ path: ([Tensor<Double>]) -> Tensor<Double>) -> [Tensor<Double>] {
        let leaves = inputs.map(\.tracked)
        let y = path(leaves)
        y.backward(gradient: dy)
        return [y.detached] + leaves.map { $0.gradient! }
      }
      let found = run { FusedPath.training(form.inputs($0), epsilon: 1e-5).output }
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

  @Test("what is made again for a gradient is what was there, and never what was overwritten")
  func recipe() {
    let form = PathForm()
    var generator = RandomGenerator(seed: 6)
    let inputs = form.shapes(rows: 300, width: 16).map {
      Tensor<Double>.normal($0, using: &generator).tracked
    }
    let weight = Tensor<Double>.normal([4, 16], using: &generator)
    func gradient(_ x: Tensor<Double>) -> Tensor<Double> {
      let w = weight.tracked
      x.linear(weight: w).sum().backward()
      return w.gradient!
    }
    let output = FusedPath.training(form.inputs(inputs), epsilon: 1e-5).output
    #expect(output.storage.recipe != nil)
    let copy = Tensor(output.values, shape: output.shape)
    #expect(gradient(output).values == gradient(copy).values)
    // The backward pass is over: nothing is held for it.
    #expect(output.storage.recipe == nil)

    var changed = FusedPath.training(form.inputs(inputs), epsilon: 1e-5).output.detached
    changed.withUnsafeMutableBufferPointer { $0.update(repeating: 2) }
    #expect(gradient(changed).values.allSatisfy { $0 == 600 })
    withoutGradients {
      let unread = FusedPath.training(form.inputs(inputs), epsilon: 1e-5).output
      #expect(unread.storage.recipe == nil)
    }
  }

  @Test("the moments of a batch are those that single operations find")
  func moments() {
    let form = PathForm()
    var generator = RandomGenerator(seed: 5)
    let inputs = form.shapes(rows: 700, width: 64).map {
      Tensor<Double>.normal($0, using: &generator)
    }
    let tensors = form.inputs(inputs)
    let found = FusedPath.training(tensors, epsilon: 1e-5).moments
    let z1 =
      inputs[0].linear(weight: tensors.projection!.weight, bias: tensors.projection!.bias)
      + tensors.input!
    let expected = z1.batchNorm(weight: inputs[1], bias: inputs[2]).moments
    #expect(found.count == 2 && found[0].count == 700)
    #expect(difference("mean", found[0].mean, expected.mean, tolerance: 1e-12) == nil)
    #expect(
      difference("variance", found[0].biasedVariance, expected.biasedVariance, tolerance: 1e-12)
        == nil)
  }

  @Test("evaluation agrees with single operations", arguments: PathForm.all)
  func evaluation(_ form: PathForm) {
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
      let found = FusedPath.evaluation(
        form.inputs(inputs), (moments[0].mean.values, moments[0].variance.values),
        (moments[1].mean.values, moments[1].variance.values), epsilon: 1e-5
      ).output
      let expected = form.plain(inputs, moments: moments)
      #expect(
        difference("\(form), [\(rows), \(width)]", found, expected, tolerance: 1e-12) == nil)
    }
  }
}
