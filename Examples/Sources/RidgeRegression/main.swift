import Outcrop

// Ridge regression by three methods: the weights w that minimize ‖X w − y‖² + λ ‖w‖².

let (rows, columns, lambda) = (2000, 12, 0.5)
var generator = RandomGenerator(seed: 1)
let x = DenseMatrix<Double>(
  (0..<(rows * columns)).map { _ in generator.normal() }, rows: rows, columns: columns)
let truth = (0..<columns).map { Double($0) - 5 }
let y = (x * truth).map { $0 + 0.1 * generator.normal() }

/// (XᵀX + λ) w = Xᵀ y by Cholesky factors: the fastest method, for well-conditioned X.
func byNormalEquations() throws -> [Double] {
  let moments = x.product(.transposed, x) + lambda * .identity(columns)
  return try moments.cholesky().choleskySolve(x.transposed() * y)
}

/// Least squares with √λ times the identity below X: the condition number is not squared.
func byLeastSquares() throws -> [Double] {
  let below = lambda.squareRoot() * DenseMatrix<Double>.identity(columns)
  let augmented = DenseMatrix(
    x.elements + below.elements, rows: rows + columns, columns: columns)
  return try augmented.leastSquares(y + [Double](repeating: 0, count: columns)).solution
}

/// The singular values of X: one decomposition for every λ.
func bySingularValues(_ lambda: Double) throws -> [Double] {
  let (u, s, vh) = try x.svd()
  let shrunk = zip(s, u.transposed() * y).map { s, c in s / (s * s + lambda) * c }
  return vh.transposed() * shrunk
}

func distance(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

let weights = try byNormalEquations()
print("distance from the true weights: \(distance(weights, truth))")
print("least squares differs by \(distance(weights, try byLeastSquares()))")
print("singular values differ by \(distance(weights, try bySingularValues(lambda)))")

// The gradient of the loss at these weights, which is 0 at the minimum.
let design = Tensor<Double>(x.elements, shape: [rows, columns])
let w = Tensor<Double>(weights, shape: [columns, 1]).trackingGradients()
let residual = design.matrixProduct(w) - Tensor(y, shape: [rows, 1])
((residual * residual).sum() + (w * w).sum() * lambda).backward()
print("norm of the gradient there: \(w.gradient!.norm().scalar)")

// For a matrix without full rank, `solve` throws an error, and least squares return the solution of least
// norm.
let flat = DenseMatrix<Double>([1, 2, 2, 4], rows: 2, columns: 2)
do {
  print(try flat.solve([1, 2]))
} catch {
  print(error)
}
print("least norm: \(try flat.leastSquares([1, 2]).solution)")
