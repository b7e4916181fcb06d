// A new operation with its gradient, checked against finite differences, then used to fit a curve. Prints the
// number of problems that the check finds and the error of the fit; fails if either is too large.
import Foundation
import Outcrop

/// The names of the operations, for messages.
enum OwnOperation: String, DifferentiableOperation { case softsign }

extension Tensor where Scalar: TensorScalar {
  /// x / (1 + |x|), whose slope is 1 / (1 + |x|)². `mistake` is added to the gradient, so that the check
  /// finds a problem.
  func softsign(mistake: Scalar = 0) -> Tensor {
    let x = detached
    let y = x / (x.abs() + 1)
    return .record(OwnOperation.softsign, inputs: [self], output: y) { dy, sink in
      // Computations of the rule are not tracked. The gradient must have the shape of the input.
      let scale = x.abs() + 1
      sink.add(0, dy / (scale * scale) + mistake)
    }
  }
}

var generator = RandomGenerator(seed: 3)
let points = Tensor<Double>.normal([4, 5], using: &generator)
let problems = gradientProblems(of: { $0.softsign() }, at: points, named: "softsign")
print("problems: \(problems.count)")
print("with a mistake:", gradientProblems(of: { $0.softsign(mistake: 1e-4) }, at: points))

// y = softsign(3 x) − 0.5, learned from 200 points.
let x = Tensor<Double>.uniform([200, 1], low: -2, high: 2, using: &generator)
let y = (x * 3).softsign() - 0.5
let model = Sequential<Double>(
  LinearLayer(in: 1, out: 8, using: &generator), ActivationLayer { $0.softsign() },
  LinearLayer(in: 8, out: 1, using: &generator))
let optimizer = Adam(model, learningRate: 0.02)
for _ in 0..<1000 {
  optimizer.zeroGradients()
  model(x).meanSquaredError(targets: y).backward()
  optimizer.step()
}
let error = model(x).meanAbsoluteError(targets: y).scalar
print("mean absolute error \(error)")
if !problems.isEmpty || error > 0.02 { exit(1) }
