import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Gradients as functions")
struct GradientFunctionTests {
  private let x = Tensor<Double>([0.5, -1, 2], shape: [3])
  private let matrix = Tensor<Double>([1, 2, -3, 0.5, 4, 1], shape: [2, 3])

  @Test("of one tensor, with the value")
  func one() {
    let (value, slope) = valueAndGradient(of: { ($0 * $0 * $0).sum() }, at: x)
    #expect(value.scalar == 7.125)
    #expect(slope.values == [0.75, 3, 12])
    #expect(!value.isTracked && !slope.isTracked)
    #expect(gradient(of: { $0.exp().sum() }, at: x).values == x.exp().values)
  }

  @Test("of two, three and a list of tensors")
  func several() {
    let y = x * 2
    let (first, second) = gradient(of: { ($0 * $0 * $1).sum() }, at: x, y)
    #expect(first.values == (x * y * 2).values)
    #expect(second.values == (x * x).values)
    let (a, b, c) = gradient(of: { ($0 * $1 * $2).sum() }, at: x, y, x)
    #expect(a.values == (y * x).values && b.values == (x * x).values && c.values == a.values)
    let (value, list) = valueAndGradient(of: { ($0[0] * $0[1]).sum() }, at: [x, y])
    #expect(value.scalar == (x * y).sum().scalar)
    #expect(list.map(\.values) == [y.values, x.values])
  }

  @Test("of a constant is 0; without recording around it, all the same; errors pass")
  func special() throws {
    #expect(gradient(of: { _ in Tensor(3.0) }, at: x).values == [0, 0, 0])
    #expect(withoutGradients { gradient(of: { ($0 * $0).sum() }, at: x) }.values == [1, -2, 4])
    struct Failure: Error {}
    #expect(throws: Failure.self) { try gradient(of: { _ in throw Failure() }, at: x) }
    let leaf = Tensor(3.0).trackingGradients()
    #expect(gradient(of: { ($0 * leaf).sum() }, at: x).values == [3, 3, 3])
    #expect(leaf.gradient?.scalar == 1.5)
  }

  @Test("A value of several elements is refused")
  func notScalar() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gradient(of: { $0 * 2 }, at: Tensor<Double>([1, 2]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the function's value has the shape [2], expected one element"))
  }

  @Test("The Jacobian of a linear map is its matrix; shapes are joined")
  func jacobianOfMap() {
    let map = matrix
    let found = jacobian(of: { $0.linear(weight: map) }, at: x)
    #expect(found.shape == [2, 3])
    #expect(found.values == matrix.values)
    let square = jacobian(of: { $0 * $0 }, at: matrix)
    #expect(square.shape == [2, 3, 2, 3])
    for (row, value) in matrix.values.enumerated() {
      for column in 0..<6 {
        #expect(square.values[row * 6 + column] == (row == column ? 2 * value : 0))
      }
    }
    #expect(jacobian(of: { _ in Tensor<Double>([1, 2]) }, at: x).values == [0, 0, 0, 0, 0, 0])
    #expect(jacobian(of: { $0 * 2 }, at: Tensor<Double>.zeros([0])).shape == [0, 0])
  }

  @Test("Hessian-vector products: of a quadratic form, and of a function with known derivatives")
  func hessian() {
    let a = Tensor<Double>([2, 1, 0, 1, 3, -1, 0, -1, 4], shape: [3, 3])
    let v = Tensor<Double>([1, -2, 0.5])
    let form = hessianVectorProduct(
      of: { x in (x.reshaped([1, 3]).matrixProduct(a) * x.reshaped([1, 3])).sum() * 0.5 }, at: x,
      direction: v)
    let exact = a.matrixProduct(v.reshaped([3, 1])).values
    #expect(difference("form", form.values, exact, tolerance: 1e-11) == nil)
    // f = Σ exp(x) + Π: the Hessian of Σ exp is diagonal, that of (Σ x)⁴ is 12 (Σ x)² everywhere.
    let s = x.sum().scalar
    let found = hessianVectorProduct(
      of: { x in
        let s = x.sum()
        return x.exp().sum() + s * s * s * s
      }, at: x, direction: v)
    let expected = zip(x.exp().values, v.values).map { $0 * $1 + 12 * s * s * v.sum().scalar }
    #expect(difference("function", found.values, expected, tolerance: 1e-10) == nil)
    #expect(
      hessianVectorProduct(of: { $0.exp().sum() }, at: x, direction: x * 0).values == [0, 0, 0])
  }
}

@Suite("The public gradient check")
struct GradientProblemsTests {
  private enum Own: String, DifferentiableOperation { case cube }

  private func cube(_ x: Tensor<Double>, slope: Double) -> Tensor<Double> {
    let y = x.detached
    return .record(Own.cube, inputs: [x], output: y * y * y) { dy, sink in
      sink.add(0, dy * y * y * slope)
    }
  }

  @Test("finds a wrong slope, names input and element, and passes a right one")
  func slopes() {
    let x = Tensor<Double>([1, -2, 0.5])
    #expect(gradientProblems(of: { cube($0, slope: 3) }, at: x) == [])
    let found = gradientProblems(of: { cube($0, slope: 3.0001) }, at: x, named: "cube")
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("cube, input 0: element "))
    #expect(found[0].contains("differences give"))
    let two = gradientProblems(of: { [cube($0[0], slope: 3) + cube($0[1], slope: 2)] }, at: [x, x])
    #expect(two.count == 1 && two[0].contains("input 1"))
    #expect(
      gradientProblems(of: { cube($0.detached, slope: 3) }, at: x)
        == ["the function: the results are not tracked"])
    #expect(
      gradientProblems(of: { ($0 - 5).log() }, at: x) == ["the function: results are not finite"])
  }
}
