import OutcropBLAS

/// The differentiable operations of this module, one case for each gradient rule.
public enum TensorOperation: String, DifferentiableOperation {
  // Broadcasting arithmetic
  case add, subtract, multiply, divide, maximum, minimum, atan2, remainder
  case power, powerOfTensors, powerOfScalar
  // Element-wise functions
  case negate, addScalar, multiplyScalar, subtractFromScalar, divideByScalar, divideScalar
  case exp, expm1, log, log1p, log2, log10, sqrt, rsqrt, reciprocal, square, abs, clamp, step
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf
  case sigmoid, relu, leakyReLU, elu, silu, softplus, gelu, geluTanh
  // Reductions
  case sum, mean, max, min, product, variance, standardDeviation, norm, logSumExp
  case cumulativeSum, cumulativeProduct
  case softmax, logSoftmax
  // Products
  case matrixProduct, batchedProduct, linear, axesDiagonal
  // Shape
  case reshape, transpose, slice, concatenate, roll, broadcast, pad
  // Selection
  case gatherElements, putElements, choose
  // Rows and segments
  case gatherRows, scatterAddRows, segmentSum, segmentMean, segmentMax, segmentSoftmax
  // Layers
  case batchNorm, batchNormInference, layerNorm, rowNormalization, dropout, denseAttention
  case convolution, maxPooling, averagePooling
  // Functions that the backward pass recomputes
  case recompute
  // Linear algebra
  case solve, triangularSolve, cholesky, lu, qr, svd, symmetricEigen
  case inverse, determinant, logDeterminant, pseudoInverse, leastSquares
  case trace, matrixExponential, matrixPower
  // Losses
  case meanAbsoluteError, meanSquaredError, huber, binaryCrossEntropy
  case crossEntropy, negativeLogLikelihood, klDivergence
}
