import Foundation
import OutcropCore

/// The fields of a published configuration (a JSON object), read by name and checked. A field that
/// was not read is an error, so that misspelled fields are found.
public struct ConfigurationFields {
  /// The name of the file or other source, for errors.
  public let source: String
  private var values: [String: JSONValue]
  private var read: Set<String> = []

  /// The given fields.
  public init(_ values: [String: JSONValue], source: String) {
    self.values = values
    self.source = source
  }

  /// Reads a JSON object.
  public init(json: Data, source: String) throws {
    self.init(try JSON.decode(from: json, file: source), source: source)
  }

  /// The error for a field whose value is not as expected.
  public func error(_ field: String, expected: String) -> InputError {
    InputError(
      file: source, field: field, found: values[field]?.kind ?? "nothing",
      expected: expected + (isHexadecimal(field) ? " in decimal notation" : ""),
      hint: isFile ? "correct the field in the file, or change it with --set FIELD=VALUE" : nil)
  }

  /// Whether the value is text with a hexadecimal number, alone or in a list, which a command line can have.
  private func isHexadecimal(_ field: String) -> Bool {
    func hasNumber(_ value: JSONValue) -> Bool {
      switch value {
      case .string(let text): text.contains(#/(^|[\[,\s])[-+]?0[xX]/#)
      case .array(let list): list.contains(where: hasNumber)
      default: false
      }
    }
    return values[field].map(hasNumber) ?? false
  }

  /// Whether the fields are those of a configuration file; those in a checkpoint's metadata cannot be changed.
  private var isFile: Bool { source.hasSuffix("params`") }

  /// An integer in `range`; `fallback`, if there is one, for a missing field. Throws `InputError`.
  public mutating func integer(
    _ field: String, default fallback: Int? = nil, in range: ClosedRange<Int>
  ) throws -> Int {
    read.insert(field)
    let expected = "an integer in \(range.lowerBound) ... \(range.upperBound)"
    guard let value = values[field] else {
      if let fallback { return fallback }
      throw error(field, expected: expected)
    }
    guard case .number(let number) = value, let whole = Int(exactly: number), range ~= whole else {
      throw error(field, expected: expected)
    }
    return whole
  }

  /// A number in `range`; `fallback`, if there is one, for a missing field. Throws `InputError`.
  public mutating func number(
    _ field: String, default fallback: Double? = nil, in range: ClosedRange<Double>
  ) throws -> Double {
    read.insert(field)
    let expected = "a number in \(range.lowerBound) ... \(range.upperBound)"
    guard let value = values[field] else {
      if let fallback { return fallback }
      throw error(field, expected: expected)
    }
    guard case .number(let number) = value, range ~= number else {
      throw error(field, expected: expected)
    }
    return number
  }

  /// A list of integers in `range`. Throws `InputError`.
  public mutating func integers(
    _ field: String, default fallback: [Int], in range: ClosedRange<Int>
  ) throws -> [Int] {
    read.insert(field)
    guard let value = values[field] else { return fallback }
    let expected = "a list of integers in \(range.lowerBound) ... \(range.upperBound)"
    guard case .array(let list) = value, !list.isEmpty else {
      throw error(field, expected: expected)
    }
    return try list.map { entry in
      guard case .number(let number) = entry, let whole = Int(exactly: number), range ~= whole
      else {
        throw error(field, expected: expected)
      }
      return whole
    }
  }

  /// True or false; `fallback` for a missing field. Throws `InputError`.
  public mutating func flag(_ field: String, default fallback: Bool) throws -> Bool {
    read.insert(field)
    switch values[field] {
    case nil: return fallback
    case .bool(let value): return value
    default: throw error(field, expected: "true or false")
    }
  }

  /// One of the raw values of `Choice`. Throws `InputError`.
  public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ field: String, default fallback: Choice
  ) throws -> Choice {
    read.insert(field)
    guard let value = values[field] else { return fallback }
    guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
      let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw error(field, expected: "one of \(names)")
    }
    return choice
  }

  /// Whether the field exists.
  public func has(_ field: String) -> Bool { values[field] != nil }

  /// The field's value, unchecked.
  public func value(_ field: String) -> JSONValue? { values[field] }

  /// Sets a field, whether it exists or not.
  public mutating func set(_ field: String, _ value: JSONValue) { values[field] = value }

  /// Replaces a name that other repositories use for a field. Throws if both exist and differ.
  public mutating func rename(_ other: String, to field: String) throws {
    guard let value = values[other] else { return }
    if let existing = values[field], existing != value {
      throw error(other, expected: "\(existing), as in `\(field)`, or only one of the two fields")
    }
    values[field] = value
    values[other] = nil
  }

  /// A kind of features; see `FeatureKind.field`.
  public mutating func features(
    _ field: String, default fallback: FeatureKind
  ) throws -> FeatureKind {
    read.insert(field)
    guard let value = values[field] else { return fallback }
    guard let kind = FeatureKind(field: value) else {
      throw error(
        field,
        expected: "a number of categories, a list of vocabularies, {\"categories\", \"columns\"}, "
          + "{\"linear\"}, {\"types\", \"linear\"} or null")
    }
    return kind
  }

  /// Fields of published files that this package ignores.
  public mutating func ignore(_ fields: String...) { read.formUnion(fields) }

  /// A list of words.
  public mutating func words(_ field: String) throws -> [String] {
    read.insert(field)
    guard let value = values[field] else { return [] }
    guard case .array(let list) = value else { throw error(field, expected: "a list of names") }
    return try list.map { entry in
      guard case .string(let word) = entry else { throw error(field, expected: "a list of names") }
      return word
    }
  }

  /// Throws if a field was not read.
  public func finish() throws {
    if let unknown = values.keys.filter({ !read.contains($0) }).sorted().first {
      throw InputError(
        file: source, field: unknown, found: values[unknown]?.kind ?? "nothing",
        expected: "no field of this name",
        hint: isFile ? "`outcrop train --model NAME --set help` lists the fields" : nil)
    }
  }
}
