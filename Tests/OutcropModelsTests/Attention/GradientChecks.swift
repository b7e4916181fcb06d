import OutcropModels
import OutcropTestSupport
import Testing

@Suite("Gradients of model operations", .serialized)
struct GradientChecks {
  // One test for each case of the enumeration: an operation that no case of the table puts on the
  // tape fails its test.
  @Test("agree with finite differences", arguments: ModelOperation.allCases)
  func differences(_ operation: ModelOperation) {
    for problem in gradientProblems(of: operation, in: modelCases(Double.self)) {
      Issue.record("\(problem)")
    }
  }

  @Test(
    "and results have the same bits for 1, 2 and 8 threads", arguments: ModelOperation.allCases)
  func threads(_ operation: ModelOperation) {
    for problem in threadProblems(of: operation, in: modelCases(Float.self)) {
      Issue.record("\(problem)")
    }
  }
}
