import Foundation

/// Writes and reads all JSON of this package.
///
/// Keys are sorted and slashes are not escaped, so that equal values give equal bytes. Numbers that
/// JSON cannot represent are the strings "inf", "-inf" and "nan".
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

  /// The value that JSON data encode.
  ///
  /// - Parameters:
  ///   - file: The file's name, for errors.
  ///   - line: The line number, if the JSON is one line of the file.
  /// - Throws: `InputError` that names the field, what was found there and what was expected.
  package static func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from data: Data, file: String, line: Int? = nil
  ) throws -> Value {
    // Some editors write a byte-order mark.
    let data = data.starts(with: byteOrderMark) ? data.dropFirst(byteOrderMark.count) : data
    // Before Foundation, which accepts a comma after the last element.
    if let reason = syntaxError(data, line) {
      throw InputError(
        .malformed, file: file, line: line, found: "text that is not JSON\(reason)",
        expected: "JSON")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      let value = try decoder.decode(type, from: data)
      if let key = JSONText(data).repeatedKey {
        throw InputError(
          .malformed, file: file, line: line, field: key, found: "the key twice",
          expected: "every key once in its object")
      }
      return value
    } catch let error as DecodingError {
      if let (field, number) = outOfRange(type, data, decoder) {
        throw InputError(
          file: file, line: line, field: field, found: number,
          expected: "a number in the range of its field, whole for a count")
      }
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
      // Types of this package write "found …, expected …".
      let text = context.debugDescription
      if text.hasPrefix("found "), let middle = text.range(of: ", expected ") {
        return problem(
          .value, context.codingPath,
          String(text[text.startIndex..<middle.lowerBound].dropFirst(6)),
          String(text[middle.upperBound...]))
      }
      return problem(
        .value, context.codingPath, found(at: context.codingPath, in: data), "a value that fits")
    @unknown default:
      return problem(.value, [], "JSON that cannot be decoded", "the fields of this kind of file")
    }
  }

  /// The field and the text of the first number that its field cannot hold, nil for other errors: the number whose
  /// replacement by 0, with that of all before it, lets the decoder continue. Foundation names neither.
  private static func outOfRange<Value: Decodable>(
    _ type: Value.Type, _ data: Data, _ decoder: JSONDecoder
  ) -> (field: String, number: String)? {
    let text = JSONText(data)
    func fails(_ count: Int) -> Bool {
      do {
        _ = try decoder.decode(type, from: text.replacingNumbers(count))
      } catch DecodingError.dataCorrupted(let context) {
        return context.codingPath.isEmpty && !context.debugDescription.hasPrefix("found ")
      } catch {}
      return false
    }
    var (low, high) = (0, text.numberCount)
    guard high > 0, fails(low), !fails(high) else { return nil }
    while high - low > 1 {
      let middle = (low + high) / 2
      if fails(middle) { low = middle } else { high = middle }
    }
    return text.number(high - 1)
  }

  /// Where and why data are not JSON, in parentheses, to append to a message; nil for JSON. The line is given only for
  /// data that are not one `line` of a file themselves.
  private static func syntaxError(_ data: Data, _ line: Int?) -> String? {
    let bytes = Array(data)
    let syntax = JSONSyntax(bytes)
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return " (it is UTF-16; write it as UTF-8)"
    }
    guard let place = syntax.firstError else {
      if String(validating: bytes, as: UTF8.self) == nil { return " (it is not UTF-8)" }
      return syntax.depth > 500 ? " (lists and objects are nested more than 500 times)" : nil
    }
    if place == bytes.count { return " (it ends too early)" }
    let before = bytes[..<place]
    let column = place - (before.lastIndex(of: 0x0A) ?? -1)
    let row = line == nil ? " of line \(before.count { $0 == 0x0A } + 1)" : ""
    let isHexadecimal = bytes[place] | 0x20 == 0x78 && before.last == 0x30
    let reason = isHexadecimal ? "; its numbers are decimal" : ""
    return " (\(quoted(byte: bytes[place])) in column \(column)\(row)\(reason))"
  }

  /// The path as text, such as `layers[2].edge`; nil for the top level.
  private static func field(_ path: [any CodingKey]) -> String? {
    if path.isEmpty { return nil }
    let keys = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
    return String(keys.joined().drop { $0 == "." })
  }

  private static func found(at path: [any CodingKey], in data: Data) -> String {
    guard var value = try? JSONDecoder().decode(JSONValue.self, from: data) else {
      return field(path).flatMap { JSONText(data).scalar(at: $0) } ?? "another type"
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
    case is JSONValue.Type: "a number in the range of a Double"
    case is [Any].Type: "a list"
    case is [String: Any].Type: "an object"
    default: "\(type)".hasPrefix("Array") ? "a list" : "an object"
    }
  }
}
