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
    let leaves = inputs.map { $0.trackingGradients() }
    let outputs = function(leaves)
    let weights = randomWeights(outputs)
    for output in outputs where output.values.contains(where: { !$0.isFinite }) && output.count > 0
    {
      if inputs.contains(where: { $0.count > 0 }) { return ["\(name): results are not finite"] }
    }
    // One tracked scalar: the results must not be differentiated one by one, which would consume the
    // tape of operations with several outputs.
    let total = zip(outputs, weights).map { ($0 * $1).sum() }.reduce(Tensor(0.0), +)
    if !total.isTracked { return ["\(name): the results are not tracked"] }
    total.backward()
    var problems: [String] = []
    for (index, leaf) in leaves.enumerated() {
      guard let gradient = leaf.gradient else {
        problems.append("\(name): input \(index) has no gradient")
        continue
      }
      if gradient.shape != leaf.shape {
        problems.append("\(name): input \(index) \(leaf.shape), gradient \(gradient.shape)")
        continue
      }
      let expected = differences(index) { weightedSum(function($0), weights) }
      if let problem = difference("\(name), input \(index)", gradient.values, expected) {
        problems.append(problem)
      }
    }
    return problems
  }

  private func randomWeights(_ outputs: [Tensor<Double>]) -> [Tensor<Double>] {
    var generator = RandomGenerator(seed: seed &+ 77)
    return outputs.map { .uniform($0.shape, low: 0.5, high: 1.5, using: &generator) - 0.9 }
  }

  private func weightedSum(_ outputs: [Tensor<Double>], _ weights: [Tensor<Double>]) -> Double {
    var sum = 0.0
    for (output, weight) in zip(outputs, weights) {
      for (y, w) in zip(output.values, weight.values) { sum += y * w }
    }
    return sum
  }

  /// The derivatives with respect to one input, by differences of fourth order:
  /// f' = (8 (f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h.
  private func differences(_ index: Int, _ function: ([Tensor<Double>]) -> Double) -> [Double] {
    let step = 1e-3
    let values = inputs[index].values
    return values.indices.map { place in
      func at(_ offset: Double) -> Double {
        var (moved, changed) = (inputs, values)
        changed[place] += offset
        moved[index] = Tensor(changed, shape: inputs[index].shape)
        return function(moved)
      }
      return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
    }
  }

  /// Each element is held to the tolerance, relative to itself or, where it is small, to a thousandth
  /// of the largest (at least 1: differences have no more digits).
  private func difference(_ name: String, _ found: [Double], _ expected: [Double]) -> String? {
    let largest = expected.reduce(1) { max($0, $1.magnitude) }
    var worst = (error: 0.0, place: 0)
    for (place, (f, e)) in zip(found, expected).enumerated() {
      let error = abs(f - e) / max(e.magnitude, f.magnitude, 1e-3 * largest)
      if !(error <= worst.error) { worst = (error.isNaN ? .infinity : error, place) }
    }
    if worst.error <= tolerance { return nil }
    return "\(name): element \(worst.place) of the gradient is \(found[worst.place]), "
      + "differences give \(expected[worst.place]): a relative error of \(worst.error)"
  }
}
