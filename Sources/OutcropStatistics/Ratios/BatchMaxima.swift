import OutcropCore

/// The largest ratio of each batch: a collection of one `Float?` per batch.
///
/// `nil` for a batch without a defined ratio; infinite if a median is zero. In JSON these are the strings
/// "none" and "inf".
public struct BatchMaxima: Sendable, Equatable {
  /// The largest ratio of each batch.
  public var values: [Float?]

  /// A collection of the given maxima.
  public init(_ values: [Float?]) { self.values = values }

  /// For each batch, the largest over its rows of (rank-th largest |x| of the row ÷ median).
  ///
  /// `rank` counts from 1. Rows whose ratio is NaN (zero over zero, a NaN median) are left out. A
  /// rank above the width leaves every batch without a value. `median` chooses each row's own median
  /// or the batch's.
  public init(
    of array: ActivationArray, median: MedianKind, convention: MedianConvention, rank: Int = 1
  ) {
    if rank < 1 || rank > array.width {
      self.init(Array(repeating: nil, count: array.batchCount))
      return
    }
    let magnitudes = Self.rowMagnitudes(of: array, rank: rank)
    switch median {
    case .row:
      self.init(
        of: array, magnitudes, edge: Median.rowMagnitudes(of: array, convention: convention))
    case .batch:
      self.init(
        of: array, magnitudes, batch: Median.batchMagnitudes(of: array, convention: convention))
    }
  }

  /// From each row's magnitude and each row's median.
  init(of array: ActivationArray, _ magnitudes: [Float], edge medians: [Float]) {
    self.init(of: array) { _, row in magnitudes[row] / medians[row] }
  }

  /// From each row's magnitude and each batch's median.
  init(of array: ActivationArray, _ magnitudes: [Float], batch medians: [Float]) {
    self.init(of: array) { batch, row in magnitudes[row] / medians[batch] }
  }

  private init(of array: ActivationArray, _ ratio: (Int, Int) -> Float) {
    values = (0..<array.batchCount).map { batch in
      var largest: Float?
      for row in array.batchOffsets[batch]..<array.batchOffsets[batch + 1] {
        let value = ratio(batch, row)
        // Comparisons with NaN are false, so a NaN must not become the first maximum.
        if value > (largest ?? -1) { largest = value }
      }
      return largest
    }
  }

  /// The rank-th largest |x| of each row; NaN for a row with a NaN.
  static func rowMagnitudes(of array: ActivationArray, rank: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: array.rowCount) { result, count in
      count = array.rowCount
      let width = array.width
      array.forRowRanges { rows in
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: width) { scratch in
          for row in rows {
            let values = array.row(row)
            var largest: UInt32 = 0
            for channel in 0..<width {
              let key = Selection.magnitudeKey(values[channel])
              scratch[channel] = key
              largest = Swift.max(largest, key)
            }
            if rank > 1, largest <= Selection.infinityKey {
              largest = Selection.select(scratch.baseAddress!, count: width, rank: width - rank)
            }
            result[row] = Float(bitPattern: largest)
          }
        }
      }
    }
  }
}

extension BatchMaxima: RandomAccessCollection {
  public var startIndex: Int { values.startIndex }
  public var endIndex: Int { values.endIndex }
  public subscript(position: Int) -> Float? { values[position] }
}

extension BatchMaxima: Codable {
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    values = []
    while !container.isAtEnd {
      if let text = try? container.decode(String.self) {
        values.append(text == "none" ? nil : try parseFloat(text, at: container.codingPath))
      } else {
        values.append(try container.decode(Float.self))
      }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for value in values {
      if let value {
        if value.isFinite { try container.encode(value) } else { try container.encode("\(value)") }
      } else {
        try container.encode("none")
      }
    }
  }
}
