import Foundation

/// The one way in which this package writes and reads JSON.
///
/// Keys are sorted and slashes are not escaped, so that equal values give equal bytes. Numbers that
/// JSON cannot hold are the strings "inf", "-inf" and "nan".
package enum JSON {
  /// The value as JSON, on one line or indented, without a line break at the end.
  package static func encode(_ value: some Encodable, isIndented: Bool = false) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(value)
  }

  /// The value that JSON holds.
  ///
  /// - Parameters:
  ///   - file: The file's name, for errors.
  ///   - line: Its line, where the JSON is one line of it.
  /// - Throws: `InputError` that names the field, what was found there and what was expected.
  package static func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from data: Data, file: String, line: Int? = nil
  ) throws -> Value {
    // Some editors write a byte-order mark.
    let data = data.starts(with: byteOrderMark) ? data.dropFirst(byteOrderMark.count) : data
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: data)
    } catch let error as DecodingError {
      throw inputError(error, data, file, line)
    }
  }

  /// The value in a JSON file.
  package static func read<Value: Decodable>(
    _ type: Value.Type = Value.self, path: String
  ) throws -> Value {
    try decode(type, from: SystemFiles.read(path), file: path)
  }

  private static func inputError(
    _ error: DecodingError, _ data: Data, _ file: String, _ line: Int?
  ) -> InputError {
    func problem(
      _ kind: InputError.Kind, _ path: [any CodingKey], _ found: String, _ expected: String
    ) -> InputError {
      InputError(
        kind, file: file, line: line, field: field(path), found: found, expected: expected)
    }
    switch error {
    case .keyNotFound(let key, let context):
      return problem(.missing, context.codingPath + [key], "nothing", "a value")
    case .typeMismatch(let type, let context):
      return problem(
        .value, context.codingPath, found(at: context.codingPath, in: data), name(of: type))
    case .valueNotFound(let type, let context):
      return problem(
        .value, context.codingPath, found(at: context.codingPath, in: data), name(of: type))
    case .dataCorrupted(let context):
      if context.codingPath.isEmpty, let reason = syntaxError(data) {
        return problem(.malformed, [], "text that is not JSON\(reason)", "JSON")
      }
      // Types of this package say "found …, expected …".
      let text = context.debugDescription
      if text.hasPrefix("found "), let middle = text.range(of: ", expected ") {
        return problem(
          .value, context.codingPath,
          String(text[text.startIndex..<middle.lowerBound].dropFirst(6)),
          String(text[middle.upperBound...]))
      }
      if context.codingPath.isEmpty {
        // Foundation reports a number that its field cannot hold without the field.
        return problem(
          .value, [], "a number that its field cannot hold, such as 1.5 for a count",
          "whole numbers where counts are, in range")
      }
      return problem(
        .value, context.codingPath, found(at: context.codingPath, in: data), "a value that fits")
    @unknown default:
      return problem(.value, [], "JSON of another form", "one of \(file)'s kind")
    }
  }

  /// Why data are not JSON, to follow other text; nil where they are.
  private static func syntaxError(_ data: Data) -> String? {
    do {
      _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
      return nil
    } catch {
      // Decoding errors do not have the place on Linux.
      let reason = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
      return reason.map { " (\($0.trimmingCharacters(in: [".", " "])))" } ?? ""
    }
  }

  /// `layers[2].edge`; nil for the whole.
  private static func field(_ path: [any CodingKey]) -> String? {
    if path.isEmpty { return nil }
    let keys = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
    return String(keys.joined().drop { $0 == "." })
  }

  private static func found(at path: [any CodingKey], in data: Data) -> String {
    guard var value = try? JSONDecoder().decode(JSONValue.self, from: data) else {
      return "another type"
    }
    for key in path {
      switch value {
      case .array(let elements):
        guard let index = key.intValue, elements.indices.contains(index) else { return "nothing" }
        value = elements[index]
      case .object(let fields):
        guard let field = fields[key.stringValue] else { return "nothing" }
        value = field
      default: return "nothing"
      }
    }
    switch value {
    case .null: return "null"
    case .array: return "a list"
    case .object: return "an object"
    case .string(let text): return quoted(text)
    default: return value.description
    }
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is [Any].Type: "a list"
    case is [String: Any].Type: "an object"
    default: "\(type)".hasPrefix("Array") ? "a list" : "an object"
    }
  }
}
