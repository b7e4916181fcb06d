import OutcropCore
import OutcropTensor

/// What is wrong with the gradients of `operation`, by all of its cases in `table`: nothing, if it is
/// empty.
///
/// For every shape, the outputs are weighted at random to one number, and each element of each input's
/// gradient is compared with central differences. Then the same once more with every input used three
/// times, as it is and through another result. The table must hold at least three shapes for the
/// operation, one without elements and one with a single row, and the operation must be on the tape of
/// every result that it checks.
public func gradientProblems<Operation: DifferentiableOperation>(
  of operation: Operation, in table: [OperationCase<Double>], tolerance: Double = 1e-6
) -> [String] {
  let cases = table.filter { $0.operation == operation.rawValue }
  var problems: [String] = []
  let shapes = cases.flatMap(\.shapes)
  if Set(shapes).count < 3 {
    problems.append("\(operation.rawValue): only \(shapes.count) shapes are checked, expected 3")
  }
  if !shapes.contains(where: { $0.contains { $0.contains(0) } }) {
    problems.append("\(operation.rawValue): no empty input is checked")
  }
  if !shapes.contains(where: { $0.contains { $0.first == 1 } }) {
    problems.append("\(operation.rawValue): no single row is checked")
  }
  for (number, current) in cases.enumerated() {
    for (index, shapes) in current.shapes.enumerated() {
      let seed = UInt64(1000 * number + index + 1)
      let check = GradientCheck(current, shapes, seed: seed, tolerance: tolerance)
      if !check.recordedOperations.contains(operation.rawValue) {
        problems.append(
          "\(current.name) \(shapes): the tape holds \(check.recordedOperations.sorted()), "
            + "not the operation")
      }
      problems += check.problems()
    }
  }
  return problems
}

/// One operation's gradients against finite differences on inputs of given shapes.
public struct GradientCheck {
  private let name: String
  private let inputs: [Tensor<Double>]
  private let apply: ([Tensor<Double>]) -> [Tensor<Double>]
  private let seed: UInt64
  private let tolerance: Double
  /// The operations on the tape of the results.
  public let recordedOperations: Set<String>

  public init(
    _ operation: OperationCase<Double>, _ shapes: [[Int]], seed: UInt64, tolerance: Double = 1e-6
  ) {
    name = "\(operation.name) \(shapes)"
    inputs = operation.inputs(shapes, seed: seed)
    apply = operation.apply
    self.seed = seed
    self.tolerance = tolerance
    recordedOperations = operation.apply(inputs.map { $0.trackingGradients() })
      .reduce(into: []) { $0.formUnion($1.recordedOperations) }
  }

  /// Differences beyond the tolerance, of the operation alone and with each input used several times.
  public func problems() -> [String] {
    let apply = apply
    let fanOut: ([Tensor<Double>]) -> [Tensor<Double>] = { inputs in
      let through = inputs.map { $0 + 0 }
      return apply(inputs) + apply(through) + apply(through)
    }
    return compare(name, apply) + compare("\(name), inputs used three times", fanOut)
  }

  private func compare(
    _ name: String, _ function: ([Tensor<Double>]) -> [Tensor<Double>]
  ) -> [String] {
    OutcropTensor.gradientProblems(
      of: function, at: inputs, named: name, tolerance: tolerance, seed: seed &+ 77)
  }
}
