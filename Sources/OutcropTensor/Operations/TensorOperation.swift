import OutcropBLAS

/// The differentiable operations of this module, one case for each gradient rule.
public enum TensorOperation: String, DifferentiableOperation {
  // Broadcasting arithmetic
  case add, subtract, multiply, divide
  // Element-wise functions
  case negate, addScalar, multiplyScalar, subtractFromScalar, divideByScalar, divideScalar
  case exp, log, sqrt, abs, tanh, sigmoid, relu, leakyReLU, clamp
  // Reductions
  case sum, mean, max
  case softmax, logSoftmax
  // Products
  case matrixProduct, batchedProduct, linear
  // Shape
  case reshape, transpose, slice, concatenate, broadcast, pad
  // Selection
  case gatherElements, putElements, choose
  // Rows and segments
  case gatherRows, scatterAddRows, segmentSum, segmentMean, segmentMax, segmentSoftmax
  // Layers
  case batchNorm, batchNormInference, layerNorm, dropout, denseAttention
  // Functions that are computed again in the backward pass
  case recompute
  // Linear algebra
  case solve, triangularSolve, cholesky, lu, qr, svd, symmetricEigen
  case inverse, determinant, logDeterminant, pseudoInverse, leastSquares
  case norm, trace, matrixExponential, matrixPower
  // Losses
  case meanAbsoluteError, meanSquaredError, binaryCrossEntropy, crossEntropy
}
