import OutcropCore
import OutcropFiles
import OutcropReport

/// What the rows of a matrix are called and where they are in their sequences.
struct RowNames {
  /// For each row its name; empty without.
  private let labels: [String]
  /// For each row its place; empty without.
  private let positions: [Int64]

  /// Reads both of `matrix`. Throws `InputError` unless there is one for each row.
  init(_ matrix: ActivationMatrix) throws {
    positions =
      try matrix.positions.map { vector in
        let values = try vector.file.integers(vector.name)
        guard values.count == matrix.rowCount else {
          throw vector.error(
            "\(values.count) positions", "\(matrix.rowCount), one for each row of `\(matrix.name)`")
        }
        return values
      } ?? []
    labels =
      try matrix.labels.map { vector in
        let bytes = try vector.file.integers(vector.name).map { byte in
          guard let byte = UInt8(exactly: byte) else {
            throw vector.error("\(byte)", "bytes of UTF-8, with a line feed between two names")
          }
          return byte
        }
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        // The last name may end as the others do.
        if lines.count == matrix.rowCount + 1, lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count == matrix.rowCount else {
          throw vector.error(
            "\(lines.count) names", "\(matrix.rowCount), one for each row of `\(matrix.name)`")
        }
        return lines.map { String(decoding: $0, as: UTF8.self) }
      } ?? []
  }

  var isEmpty: Bool { labels.isEmpty && positions.isEmpty }

  func label(_ row: Int) -> String? { labels.isEmpty ? nil : labels[row] }

  func position(_ row: Int) -> Int? { positions.isEmpty ? nil : Int(positions[row]) }
}

extension StudyResults.Activations {
  /// Where the largest activations of a layer with named rows are, or nil.
  func sentence(ofLargestIn layer: Int) -> String? {
    // Within one batch the order of ratios over its median is that of magnitudes.
    guard let top = (batchMedian ?? rowMedian)?.top.prefix(3), !top.isEmpty else { return nil }
    let parts = top.map { entry in
      var text = "\(NumberText.ratio(entry.value)) (\(NumberText.ratio(entry.ratio)) medians)"
      if let position = entry.position.position { text += " at position \(position)" }
      if let label = entry.position.label { text += " \(quoted(label))" }
      if let channel = entry.position.channel { text += ", channel \(channel)" }
      return text
    }
    return "largest in layer \(layer): " + parts.joined(separator: "; ")
  }
}
