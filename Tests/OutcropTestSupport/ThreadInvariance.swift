import OutcropCore
import OutcropTensor

/// What differs in the bits of an operation's results and gradients between 1, 2 and 8 threads, by all
/// of its cases in `table`. Every case must have a large shape. Changes `ThreadPool.threadCount` while
/// it runs.
public func threadProblems<Operation: DifferentiableOperation>(
  of operation: Operation, in table: [OperationCase<Float>]
) -> [String] {
  let before = ThreadPool.threadCount
  defer { ThreadPool.threadCount = before }
  var problems: [String] = []
  let cases = table.filter { $0.operation == operation.rawValue }
  if cases.allSatisfy(\.largeShapes.isEmpty) {
    problems.append("\(operation.rawValue): no large shape to compare threads on")
  }
  for current in cases {
    for shapes in current.largeShapes {
      let inputs = current.inputs(shapes, seed: 42)
      ThreadPool.threadCount = 1
      let expected = bits(current, inputs)
      for threads in [2, 8] {
        ThreadPool.threadCount = threads
        for (found, expected) in zip(bits(current, inputs), expected)
        where found.bits != expected.bits {
          let count = zip(found.bits, expected.bits).count { $0 != $1 }
          problems.append(
            "\(current.name) \(shapes): \(count) values of \(found.part) differ with "
              + "\(threads) threads")
        }
      }
    }
  }
  return problems
}

private func bits(
  _ operation: OperationCase<Float>, _ inputs: [Tensor<Float>]
) -> [(part: String, bits: [UInt32])] {
  let leaves = inputs.map { $0.trackingGradients() }
  let outputs = operation.apply(leaves)
  // A gradient that is different everywhere.
  let total = outputs.map { ($0 * $0 + $0).sum() }.reduce(Tensor<Float>(0), +)
  total.backward()
  return outputs.enumerated().map { ("result \($0)", $1.values.map(\.bitPattern)) }
    + leaves.enumerated().map {
      ("the gradient of input \($0)", ($1.gradient?.values ?? []).map(\.bitPattern))
    }
}
