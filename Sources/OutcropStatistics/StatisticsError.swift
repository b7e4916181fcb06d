import Foundation

/// The reasons why statistics cannot be computed.
public enum StatisticsError: Error, Equatable, Sendable, Codable {
  /// `name` holds `found` elements where `expected` were needed.
  case wrongCount(name: String, found: Int, expected: Int)
  /// Batch offsets must start at 0, never decrease and end at the number of rows; entry `index` does not fit.
  case invalidBatchOffset(index: Int, found: Int, rowCount: Int)
  /// Edge types must be in 0 ... 65535.
  case invalidEdgeType(row: Int, found: Int)
  /// The sample is empty.
  case emptySample
  /// A fit needs at least `required` values.
  case tooFewValues(found: Int, required: Int)
  /// The sample contains NaN or infinite values, or values so far apart that their variance overflows.
  case nonFiniteSample
  /// All values of the sample are equal (`value`).
  case constantSample(value: Double)
  /// The sample's values are too close together for their spread to be measured.
  case sampleTooNarrow(minimum: Double, maximum: Double)
  /// No distribution of the family has a finite likelihood for the sample.
  case noFit(family: String)
  /// Two summaries, or a summary and new rows, differ in `what` and cannot be combined.
  case differentSummaries(what: String, first: String, second: String)
}

extension StatisticsError: LocalizedError, CustomStringConvertible {
  /// The same as `description`.
  public var errorDescription: String? { description }

  public var description: String {
    switch self {
    case .wrongCount(let name, let found, let expected):
      "\(name): found \(found) elements, expected \(expected)"
    case .invalidBatchOffset(let index, let found, let rowCount):
      "batch offsets: entry \(index) is \(found), expected offsets that start at 0, never decrease and "
        + "end at the number of rows (\(rowCount))"
    case .invalidEdgeType(let row, let found):
      "edge types: row \(row) has type \(found), expected 0 ... 65535"
    case .emptySample: "the sample is empty, expected at least one value"
    case .tooFewValues(let found, let required):
      "the sample has \(found) values, expected at least \(required) for a gamma fit"
    case .nonFiniteSample: "the sample contains NaN or infinite values, expected only finite values"
    case .constantSample(let value):
      "all values of the sample are \(value), expected at least two different ones"
    case .sampleTooNarrow(let minimum, let maximum):
      "the sample's values lie between \(minimum) and \(maximum), too close together to measure "
        + "their spread"
    case .noFit(let family):
      "no \(family) distribution has a finite likelihood for the sample, expected other values"
    case .differentSummaries(let what, let first, let second):
      "summaries of different \(what) cannot be merged: found \(second), expected \(first)"
    }
  }
}
