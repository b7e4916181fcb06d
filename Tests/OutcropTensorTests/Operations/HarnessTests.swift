import OutcropTensor
import OutcropTestSupport
import Testing

/// Operations with mistakes that the checks must find.
private enum FaultyOperation: String, DifferentiableOperation {
  case square
  case untested
}

private func faultySquare(_ x: Tensor<Double>, slope: Double, adds: Bool = true) -> Tensor<Double> {
  let kept = x.detached
  return .record(FaultyOperation.square, inputs: [x], output: kept * kept) { dy, sink in
    if adds {
      sink.add(0, dy * kept * slope)
    } else {
      // Overwrites what other uses of the input have collected.
      sink.accumulate(0, shape: kept.shape) { target, _ in
        for (index, value) in (dy * kept * slope).values.enumerated() { target[index] = value }
      }
    }
  }
}

@Suite("The checks find what is wrong")
struct HarnessTests {
  private let shapes = [[[3, 2]], [[0, 2]], [[1, 2]]]

  private func problems(
    _ shapes: [[[Int]]], _ apply: @escaping @Sendable ([Tensor<Double>]) -> Tensor<Double>
  ) -> [String] {
    gradientProblems(
      of: FaultyOperation.square, in: [OperationCase(FaultyOperation.square, shapes: shapes, apply)]
    )
  }

  @Test("A right gradient passes")
  func right() {
    #expect(problems(shapes) { faultySquare($0[0], slope: 2) } == [])
  }

  @Test("A gradient that is off by three millionths does not")
  func slightlyWrong() {
    #expect(!problems(shapes) { faultySquare($0[0], slope: 2.000006) }.isEmpty)
  }

  @Test("A gradient that overwrites another's does not")
  func overwriting() {
    let found = problems(shapes) { faultySquare($0[0], slope: 2, adds: false) }
    #expect(!found.isEmpty && found.allSatisfy { $0.contains("used three times") })
  }

  @Test("A missing gradient does not")
  func missing() {
    #expect(!problems(shapes) { faultySquare($0[0].detached, slope: 2) }.isEmpty)
  }

  @Test("An operation that is not on the tape does not")
  func otherOperation() {
    let found = problems(shapes) { $0[0] * $0[0] }
    #expect(found.contains { $0.contains("not the operation") })
  }

  @Test("An operation without cases, or without the awkward shapes, does not")
  func shapesMissing() {
    #expect(gradientProblems(of: FaultyOperation.untested, in: []).count == 3)
    #expect(threadProblems(of: FaultyOperation.untested, in: []).count == 1)
    #expect(problems([[[3, 2]], [[2, 2]], [[4]]]) { faultySquare($0[0], slope: 2) }.count == 2)
  }

  @Test("Differences are found beyond the tolerance only")
  func differences() {
    #expect(difference("x", [1.0, 100], [1.0005, 100], tolerance: 1e-5) == nil)
    #expect(difference("x", [1.0, 100], [1.002, 100], tolerance: 1e-5) != nil)
    #expect(difference("x", [Float.nan, 1], [Float.nan, 1], tolerance: 0) == nil)
    #expect(difference("x", [Float.nan, 1], [Float(0), 1], tolerance: 1) != nil)
    #expect(difference("x", [Float.infinity], [Float(1)], tolerance: 1) != nil)
    #expect(difference("x", [1.0], [1.0, 2], tolerance: 1) != nil)
    #expect(
      difference("x", Tensor<Float>.ones([2]), Tensor<Float>.ones([2, 1]), tolerance: 1) != nil)
  }
}
