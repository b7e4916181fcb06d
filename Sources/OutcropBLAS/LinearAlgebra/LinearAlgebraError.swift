import Foundation

/// The error of a linear algebra operation that has no result for a matrix.
public struct LinearAlgebraError: LocalizedError, Equatable, Sendable, CustomStringConvertible {
  /// The reason.
  public enum Problem: Equatable, Sendable {
    /// An element of the input is infinite or NaN.
    case notFinite(row: Int, column: Int)
    /// The matrix is singular: pivot `pivot` of its triangular factor, counted from 0, is exactly
    /// zero.
    case singular(pivot: Int)
    /// The matrix is not positive definite: its leading minor of `minor` rows is not.
    case notPositiveDefinite(minor: Int)
    /// An iteration did not converge.
    case notConverged
    /// The input is finite, but a number of the result exceeds the range of the element type.
    case overflow
  }

  /// The operation that failed, such as `solve`.
  public let operation: String
  /// The index of the matrix in its batch, in row-major order over leading axes; 0 for a single
  /// matrix.
  public let matrix: Int
  /// The reason.
  public let problem: Problem
  /// The status of LAPACK's function (`info`); 0 if the problem was found without LAPACK.
  public let status: Int

  /// An error of `operation` for matrix `matrix` of a batch.
  public init(_ operation: String, matrix: Int = 0, _ problem: Problem, status: Int = 0) {
    self.operation = operation
    self.matrix = matrix
    self.problem = problem
    self.status = status
  }

  /// The same as `description`.
  public var errorDescription: String? { description }

  /// The operation, the matrix and the reason as a message.
  public var description: String {
    let found =
      switch problem {
      case .notFinite(let row, let column):
        "has an infinite or NaN element at [\(row), \(column)]; expected finite numbers"
      case .singular(let pivot):
        "is singular: pivot \(pivot) is zero; expected an invertible matrix"
      case .notPositiveDefinite(let minor):
        "is not positive definite: its leading minor of \(minor) rows is not"
      case .notConverged: "has no result: the iteration did not converge"
      case .overflow: "has a result that exceeds the range of the element type"
      }
    return "\(operation): matrix \(matrix) \(found)"
      + (status == 0 ? "" : " (LAPACK's status \(status))")
  }
}
