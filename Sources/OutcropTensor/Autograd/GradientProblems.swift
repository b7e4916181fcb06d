import OutcropCore

/// Compares the gradients of `function` at `inputs` with finite differences. Returns a sentence for each
/// input whose gradient differs; the list is empty if all agree.
///
/// The results are reduced to one number by random weights, and each element of each input's gradient is
/// compared with a fourth-order difference, (8 (f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h. The
/// error is relative to the element or, if the element is small, to a thousandth of the largest one.
/// `function` is called four times for each element, so use small inputs. Kinks and poles must be more than
/// 2h away.
///
///     let problems = gradientProblems(of: { myOperation($0[0], $0[1]) }, at: [x, y])
///
/// - Parameters:
///   - function: the function to check. It must compute the same result at each call.
///   - inputs: where to check it.
///   - name: begins each sentence.
///   - tolerance: the relative error that is allowed.
///   - step: h.
///   - seed: draws the weights.
public func gradientProblems(
  of function: ([Tensor<Double>]) -> [Tensor<Double>], at inputs: [Tensor<Double>],
  named name: String = "the function", tolerance: Double = 1e-6, step: Double = 1e-3,
  seed: UInt64 = 77
) -> [String] {
  let leaves = inputs.map { $0.trackingGradients() }
  let outputs = function(leaves)
  var generator = RandomGenerator(seed: seed)
  let weights = outputs.map {
    Tensor<Double>.uniform($0.shape, low: 0.5, high: 1.5, using: &generator) - 0.9
  }
  for output in outputs where output.withUnsafeBufferPointer({ $0.contains { !$0.isFinite } }) {
    if inputs.contains(where: { $0.count > 0 }) { return ["\(name): results are not finite"] }
  }
  // One tracked scalar: the results must not be differentiated one by one, which would consume the
  // tape of operations with several outputs.
  let total = zip(outputs, weights).map { ($0 * $1).sum() }.reduce(Tensor(0.0), +)
  if !total.isTracked { return ["\(name): the results are not tracked"] }
  total.backward()
  func weightedSum(_ inputs: [Tensor<Double>]) -> Double {
    zip(function(inputs), weights).reduce(0) { sum, pair in
      zip(pair.0.values, pair.1.values).reduce(sum) { $0 + $1.0 * $1.1 }
    }
  }
  var problems: [String] = []
  for (index, leaf) in leaves.enumerated() {
    guard let gradient = leaf.gradient else {
      problems.append("\(name), input \(index): there is no gradient")
      continue
    }
    let values = inputs[index].values
    let expected = values.indices.map { place in
      func at(_ offset: Double) -> Double {
        var (moved, changed) = (inputs, values)
        changed[place] += offset
        moved[index] = Tensor(changed, shape: inputs[index].shape)
        return weightedSum(moved)
      }
      return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
    }
    if let worst = largestError(gradient.values, expected), !(worst.error <= tolerance) {
      problems.append(
        "\(name), input \(index): element \(worst.place) of the gradient is "
          + "\(gradient.values[worst.place]), differences give \(expected[worst.place]): "
          + "a relative error of \(worst.error)")
    }
  }
  return problems
}

/// The same check for a function of one input with one result.
public func gradientProblems(
  of function: (Tensor<Double>) -> Tensor<Double>, at input: Tensor<Double>,
  named name: String = "the function", tolerance: Double = 1e-6, step: Double = 1e-3,
  seed: UInt64 = 77
) -> [String] {
  gradientProblems(
    of: { [function($0[0])] }, at: [input], named: name, tolerance: tolerance, step: step,
    seed: seed)
}

/// The largest error, relative to the element or, if the element is small, to a thousandth of the largest one
/// (at least 1, because differences are not more precise).
private func largestError(_ found: [Double], _ expected: [Double]) -> (error: Double, place: Int)? {
  let largest = expected.reduce(1) { max($0, $1.magnitude) }
  var worst: (error: Double, place: Int)?
  for (place, (f, e)) in zip(found, expected).enumerated() {
    let error = abs(f - e) / max(e.magnitude, f.magnitude, 1e-3 * largest)
    if error.isNaN { return (.infinity, place) }
    if error > worst?.error ?? -1 { worst = (error, place) }
  }
  return worst
}
