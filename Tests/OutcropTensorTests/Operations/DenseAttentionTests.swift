import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

/// The formula, with all scores in memory: the specification that the blocks are compared with. Rows
/// without any pair are 0.
private func plainAttention<S: TensorScalar>(
  _ query: Tensor<S>, _ key: Tensor<S>, _ value: Tensor<S>, _ mask: Tensor<S>?, _ bias: Tensor<S>?,
  _ scale: S
) -> Tensor<S> {
  var scores = query.matrixProduct(key.transposed()) * scale
  if let bias { scores = scores + bias }
  guard let mask else { return scores.softmax().matrixProduct(value) }
  let kept = mask * Tensor.ones(scores.shape)
  let weights = (scores - (1 - kept) * 1e9).softmax() * kept
  return weights.matrixProduct(value)
}

@Suite("Dense attention")
struct DenseAttentionTests {
  private static let sizes = [
    [2, 3, 7, 9, 4, 5], [1, 2, 64, 256, 8, 8], [1, 1, 65, 257, 3, 2], [2, 1, 130, 600, 8, 4],
    [3, 2, 1, 1, 1, 1], [1, 1, 200, 1, 5, 5],
  ]

  private func compare<S: TensorScalar>(_: S.Type, _ size: [Int], tolerance: Double) {
    var generator = RandomGenerator(seed: 4)
    let (b, h, n, m, d, e) = (size[0], size[1], size[2], size[3], size[4], size[5])
    func draw(_ shape: [Int]) -> Tensor<S> { .normal(shape, using: &generator) }
    let inputs = [draw([b, h, n, d]), draw([b, h, m, d]), draw([b, h, m, e]), draw([h, n, m])]
    let masks: [Tensor<S>?] = [nil, someMask([b, 1, n, m]), someMask([m])]
    for mask in masks {
      for hasBias in [false, true] {
        let (found, expected) = (
          inputs.map { $0.trackingGradients() }, inputs.map { $0.trackingGradients() }
        )
        let y = Tensor.denseAttention(
          query: found[0], key: found[1], value: found[2], mask: mask,
          bias: hasBias ? found[3] : nil)
        let z = plainAttention(
          expected[0], expected[1], expected[2], mask, hasBias ? expected[3] : nil,
          S(1 / Double(d).squareRoot()))
        let name = "\(S.self) \(size), mask \(mask?.shape ?? []), bias \(hasBias)"
        let weight = draw(y.shape)
        y.backward(gradient: weight)
        z.backward(gradient: weight)
        var problems = [difference("\(name): result", y, z, tolerance: tolerance)]
        for index in 0..<(hasBias ? 4 : 3) {
          problems.append(
            difference(
              "\(name): gradient \(index)", found[index].gradient!, expected[index].gradient!,
              tolerance: tolerance, scale: 1))
        }
        for problem in problems.compactMap({ $0 }) { Issue.record("\(problem)") }
      }
    }
  }

  @Test("is the formula, with its gradients, for any number of blocks", arguments: sizes)
  func formula(_ size: [Int]) {
    compare(Double.self, size, tolerance: 1e-12)
    compare(Float.self, size, tolerance: 2e-5)
  }

  @Test("Rows that are masked altogether give 0 and take no gradient")
  func maskedRows() {
    var generator = RandomGenerator(seed: 5)
    let x = Tensor<Float>.normal([1, 1, 4, 3], using: &generator).trackingGradients()
    let y = Tensor.denseAttention(query: x, key: x, value: x, mask: .zeros([4, 4]))
    #expect(y.values.allSatisfy { $0 == 0 })
    y.sum().backward()
    #expect(x.gradient!.values.allSatisfy { $0 == 0 })
    let bias = Tensor<Float>(repeating: -.infinity, shape: [4, 4])
    #expect(
      Tensor.denseAttention(query: x, key: x, value: x, bias: bias).values.allSatisfy { $0 == 0 })
  }

  @Test("Large scores do not overflow")
  func largeScores() {
    let q = Tensor<Float>([100, -100], shape: [1, 1, 2, 1])
    let v = Tensor<Float>([1, 2], shape: [1, 1, 2, 1])
    #expect(Tensor.denseAttention(query: q, key: q, value: v, scale: 1).values == [1, 2])
  }
}
