import Outcrop

// Principal component analysis by two methods: the singular values of the data, and the eigenvalues of
// the covariance matrix.

let (rows, columns) = (5000, 6)
let spreads = [5.0, 3, 1, 0.5, 0.1, 0.01]
var generator = RandomGenerator(seed: 2)

// Independent columns with known standard deviations, mixed by an orthogonal matrix.
let mixing = try DenseMatrix<Double>(
  (0..<(columns * columns)).map { _ in generator.normal() }, rows: columns, columns: columns
).qr().q
var data = DenseMatrix<Double>(
  (0..<(rows * columns)).map { spreads[$0 % columns] * generator.normal() + 7 },
  rows: rows, columns: columns)
data = data * mixing

// Columns with mean 0.
for column in 0..<columns {
  let mean = (0..<rows).reduce(0) { $0 + data[$1, column] } / Double(rows)
  for row in 0..<rows { data[row, column] -= mean }
}

// The right singular vectors are the components.
let (_, s, components) = try data.svd()
let deviations = s.map { $0 / Double(rows - 1).squareRoot() }

// The eigenvectors of the covariance matrix, ascending.
let covariance = (1 / Double(rows - 1)) * data.product(.transposed, data)
let eigen = try covariance.symmetricEigen()

print("spread   singular values   eigenvalues   component found")
for index in 0..<columns {
  let other = columns - 1 - index
  // Row `index` of the mixing matrix is the direction of the spread `index`.
  let cosine = (0..<columns).reduce(0) { $0 + components[index, $1] * mixing[index, $1] }
  print(
    spreads[index], deviations[index], max(0, eigen.values[other]).squareRoot(), abs(cosine),
    separator: "   ")
}

// Two components as coordinates.
let scores = data * components.transposed()
let explained = s.prefix(2).reduce(0) { $0 + $1 * $1 } / s.reduce(0) { $0 + $1 * $1 }
print("the first row in two dimensions: \(scores[0, 0]), \(scores[0, 1])")
print("two components explain \(100 * explained)% of the variance")
