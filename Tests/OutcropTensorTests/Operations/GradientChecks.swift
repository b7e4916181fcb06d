import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Gradients of tensor operations", .serialized)
struct GradientChecks {
  // One test for each case of the enumeration: an operation that no case of the table puts on the tape
  // fails its test.
  @Test("agree with finite differences", arguments: TensorOperation.allCases)
  func differences(_ operation: TensorOperation) {
    for problem in gradientProblems(of: operation, in: tensorCases(Double.self)) {
      Issue.record("\(problem)")
    }
  }

  @Test(
    "and results have the same bits for 1, 2 and 8 threads", arguments: TensorOperation.allCases)
  func threads(_ operation: TensorOperation) {
    for problem in threadProblems(of: operation, in: tensorCases(Float.self)) {
      Issue.record("\(problem)")
    }
  }
}
