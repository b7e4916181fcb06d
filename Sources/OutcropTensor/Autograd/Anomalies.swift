import Foundation
import OutcropCore

/// The operation that first produced NaN inside `withAnomalyDetection`.
public struct NumericalAnomaly: LocalizedError, CustomStringConvertible, Equatable, Sendable {
  /// Which pass the operation was in.
  public enum Pass: String, Sendable { case forward, backward }

  /// The name of the operation, such as `sqrt`.
  public let operation: String
  /// Whether NaN is in its result (forward) or in the gradient of one of its inputs (backward).
  public let pass: Pass
  /// The shapes of the operation's results.
  public let shapes: [[Int]]
  /// What was found, in words.
  public let finding: String

  /// The whole message.
  public var description: String { "\(pass.rawValue) pass of `\(operation)`: \(finding)" }
  /// The same as `description`.
  public var errorDescription: String? { description }
}

/// Runs `body` and throws `NumericalAnomaly` if one of its operations produces NaN, forward or backward: the
/// error names the first such operation. `body` always runs to its end.
///
/// Every result and every gradient is searched, so `body` takes about twice as long. Infinite values are
/// not reported, because masks use them. Tasks that `body` starts and does not wait for are not searched.
public func withAnomalyDetection<R>(_ body: () throws -> R) throws -> R {
  let recorder = AnomalyRecorder()
  let result = try Recording.with({ $0.anomalies = recorder }, body)
  if let first = recorder.first { throw first }
  return result
}

/// Keeps the first anomaly of a run.
final class AnomalyRecorder: Sendable {
  private let found = Locked<NumericalAnomaly?>(nil)

  var first: NumericalAnomaly? { found.withLock { $0 } }

  func check<Scalar>(
    _ operation: String, inputs: [Tensor<Scalar>], outputs: [Tensor<Scalar>]
  ) {
    if first != nil { return }
    guard let place = outputs.firstIndex(where: \.containsNaN) else { return }
    let bad = inputs.firstIndex(where: \.containsNaN)
    let result = outputs.count == 1 ? "the result" : "result \(place)"
    record(
      NumericalAnomaly(
        operation: operation, pass: .forward, shapes: outputs.map(\.shape),
        finding: "\(result) of shape \(outputs[place].shape) holds NaN; "
          + (bad.map { "its input \($0) of shape \(inputs[$0].shape) holds NaN already" }
            ?? "its inputs of shapes \(inputs.map(\.shape)) hold none")))
  }

  func check<Scalar>(
    gradientOf operation: String, _ shapes: [[Int]], input: Int, _ gradient: Tensor<Scalar>
  ) {
    if first != nil || !gradient.containsNaN { return }
    record(
      NumericalAnomaly(
        operation: operation, pass: .backward, shapes: shapes,
        finding: "the gradient of its input \(input) of shape \(gradient.shape) holds NaN; "
          + "the result has the shape \(shapes.map { "\($0)" }.joined(separator: ", "))"))
  }

  private func record(_ anomaly: NumericalAnomaly) {
    found.withLock { if $0 == nil { $0 = anomaly } }
  }
}

extension Tensor {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func searchNaN() -> Bool {
    // Only NaN differs from itself.
    withUnsafeBufferPointer { $0.contains { $0 != $0 } }
  }

  var containsNaN: Bool { searchNaN() }
}
