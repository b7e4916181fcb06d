import Foundation

/// Why a summary's file cannot be read or written.
public enum SummaryFileError: Error, Equatable, Sendable {
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// The file isn't a summary, or not a consistent one.
  case invalid(path: String, reason: String)
}

extension SummaryFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    case .invalid(let path, let reason): "\(path): not a summary of activations: \(reason)"
    }
  }
}

extension ActivationSummary: Codable {
  private enum CodingKeys: String, CodingKey {
    case format, options, width, rowCount, batchCount, valueCount, values, edge, batch
  }

  private static let format = "outcrop activation summary 1"

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func check(_ condition: Bool, _ key: CodingKeys, _ what: @autoclosure () -> String) throws {
      if !condition {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: what())
      }
    }
    let format = try container.decode(String.self, forKey: .format)
    try check(
      format == Self.format, .format, "found \"\(format)\", expected \"\(Self.format)\"")
    options = try container.decode(Options.self, forKey: .options)
    width = try container.decodeIfPresent(Int.self, forKey: .width)
    rowCount = try container.decode(Int.self, forKey: .rowCount)
    batchCount = try container.decode(Int.self, forKey: .batchCount)
    valueCount = try container.decode(Int.self, forKey: .valueCount)
    values = try container.decode(ValueMoments.self, forKey: .values)
    edge = try container.decode(ScopeSummary.self, forKey: .edge)
    batch = try container.decode(ScopeSummary.self, forKey: .batch)
    try check(options.isValid, .options, "thresholds are not positive, finite and rising")
    try check(
      edge.scope == .edge && edge.fits(options), .edge, "lists don't fit the options")
    try check(
      batch.scope == .batch && batch.fits(options), .batch, "lists don't fit the options")
    for scope in [edge, batch] {
      let found = scope.logarithms.count + scope.logarithms.nonFiniteCount
      try check(
        found == valueCount, .valueCount, "found \(found) ratios, expected \(valueCount)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(options, forKey: .options)
    try container.encodeIfPresent(width, forKey: .width)
    try container.encode(rowCount, forKey: .rowCount)
    try container.encode(batchCount, forKey: .batchCount)
    try container.encode(valueCount, forKey: .valueCount)
    try container.encode(values, forKey: .values)
    try container.encode(edge, forKey: .edge)
    try container.encode(batch, forKey: .batch)
  }

  /// The summary in a JSON file that `save` wrote.
  public static func load(path: String) throws(SummaryFileError) -> ActivationSummary {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    do {
      return try JSONDecoder().decode(ActivationSummary.self, from: data)
    } catch let error as DecodingError {
      throw .invalid(path: path, reason: Self.reason(error))
    } catch {
      throw .invalid(path: path, reason: error.localizedDescription)
    }
  }

  /// Writes the summary as JSON with sorted keys: equal summaries give equal files. The file appears
  /// under its name when it is complete.
  public func save(path: String) throws(SummaryFileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return (path.isEmpty ? "" : path + ": ") + context.debugDescription
    }
    switch error {
    case .dataCorrupted(let context), .keyNotFound(_, let context),
      .typeMismatch(_, let context), .valueNotFound(_, let context):
      return place(context)
    @unknown default: return "\(error)"
    }
  }
}
