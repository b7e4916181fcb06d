import OutcropCore

/// One field of a published configuration, defined once for reading, writing and help.
///
/// A type of settings lists its fields:
///
///     static var ownFields: [ConfigurationField<Self>] {
///       [.number("gain", \.gain, in: 0...10, help: "what gates are multiplied by")]
///     }
///
/// A field that is missing in the file does not change the property.
public struct ConfigurationField<Root>: Sendable {
  /// The name in files.
  public let name: String
  /// The meaning of the field, for help texts.
  public let help: String
  /// The names that other repositories use for the field.
  var otherNames: [String] = []
  /// What a model must have for the field to have an effect; nil if it always has one.
  package private(set) var need: ModelNeed?
  let read: @Sendable (inout ConfigurationFields, inout Root) throws -> Void
  /// The fields to write to a file: usually only this field, or none if its value is the default.
  let write: @Sendable (Root) -> [String: JSONValue]

  /// A field that is read and written by `read` and `write`.
  public init(
    _ name: String, help: String,
    read: @escaping @Sendable (inout ConfigurationFields, inout Root) throws -> Void,
    write: @escaping @Sendable (Root) -> [String: JSONValue] = { _ in [:] }
  ) {
    (self.name, self.help, self.read, self.write) = (name, help, read, write)
  }

  /// The same field, also under the names that files of other repositories use.
  public func orCalled(_ names: String...) -> ConfigurationField {
    var result = self
    result.otherNames += names
    return result
  }

  /// The same field, which has an effect only in models for which `isMet` is true. Files may have it in other
  /// models as well, as published ones do.
  ///
  /// - Parameters:
  ///   - need: what such models have, for error messages, such as `full_graph=true`.
  ///   - isMet: whether a model has it.
  public func onlyWith(
    _ need: String, _ isMet: @escaping @Sendable (any ModelArchitecture) -> Bool
  ) -> ConfigurationField {
    var result = self
    result.need = ModelNeed(text: need, isMet: isMet)
    return result
  }
}

/// What a model must have for a field of its configuration to have an effect.
package struct ModelNeed: Sendable {
  package let text: String
  let isMet: @Sendable (any ModelArchitecture) -> Bool
}

extension ConfigurationField {
  /// A whole number. If the field `isRequired`, a file without it is an error.
  public static func integer(
    _ name: String, _ path: WritableKeyPath<Root, Int> & Sendable, in range: ClosedRange<Int>,
    isRequired: Bool = false, help: String
  ) -> ConfigurationField {
    ConfigurationField(name, help: help) { fields, root in
      root[keyPath: path] = try fields.integer(
        name, default: isRequired ? nil : root[keyPath: path], in: range)
    } write: {
      [name: .number(Double($0[keyPath: path]))]
    }
  }

  /// A whole number that may be missing.
  public static func integer(
    _ name: String, _ path: WritableKeyPath<Root, Int?> & Sendable, in range: ClosedRange<Int>,
    help: String
  ) -> ConfigurationField {
    ConfigurationField(name, help: help) { fields, root in
      if fields.has(name) { root[keyPath: path] = try fields.integer(name, in: range) }
    } write: { root in
      root[keyPath: path].map { [name: .number(Double($0))] } ?? [:]
    }
  }

  /// A number.
  public static func number(
    _ name: String, _ path: WritableKeyPath<Root, Double> & Sendable, in range: ClosedRange<Double>,
    help: String
  ) -> ConfigurationField {
    ConfigurationField(name, help: help) { fields, root in
      root[keyPath: path] = try fields.number(name, default: root[keyPath: path], in: range)
    } write: {
      [name: .number($0[keyPath: path])]
    }
  }

  /// True or false. The value `omitted` is not written.
  public static func flag(
    _ name: String, _ path: WritableKeyPath<Root, Bool> & Sendable, omitting omitted: Bool? = nil,
    help: String
  ) -> ConfigurationField {
    ConfigurationField(name, help: help) { fields, root in
      root[keyPath: path] = try fields.flag(name, default: root[keyPath: path])
    } write: { root in
      let value = root[keyPath: path]
      return value == omitted ? [:] : [name: .bool(value)]
    }
  }

  /// One of several words. The value `omitted` is not written.
  public static func choice<Choice: RawRepresentable<String> & CaseIterable & Equatable & Sendable>(
    _ name: String, _ path: WritableKeyPath<Root, Choice> & Sendable,
    omitting omitted: Choice? = nil, help: String
  ) -> ConfigurationField {
    ConfigurationField(name, help: help) { fields, root in
      root[keyPath: path] = try fields.choice(name, default: root[keyPath: path])
    } write: { root in
      let value = root[keyPath: path]
      return value == omitted ? [:] : [name: .string(value.rawValue)]
    }
  }

  /// A field of published files that must be false, because this package does not support it.
  public static func unsupported(_ name: String, _ reason: String) -> ConfigurationField {
    ConfigurationField(name, help: "must be false: \(reason)") { fields, _ in
      if try fields.flag(name, default: false) {
        throw fields.error(name, expected: "false: \(reason)")
      }
    }
  }

  /// A field of published files that this package ignores.
  public static func ignored(_ name: String) -> ConfigurationField {
    ConfigurationField(name, help: "ignored") { fields, _ in fields.ignore(name) }
      .onlyWith("a field that this model uses") { _ in false }
  }
}

extension ConfigurationField {
  /// All names of the field.
  package var names: [String] { [name] + otherNames }

  /// Throws `InputError` if `value` is invalid for this field, regardless of the other fields.
  package func check(_ value: JSONValue, of root: Root, source: String) throws {
    var (fields, root) = (ConfigurationFields([name: value], source: source), root)
    try read(&fields, &root)
  }
}

extension Array {
  /// Reads all fields of this list into `root`; throws `InputError`.
  public func read<Root>(_ fields: inout ConfigurationFields, into root: inout Root) throws
  where Element == ConfigurationField<Root> {
    for field in self {
      for other in field.otherNames { try fields.rename(other, to: field.name) }
    }
    for field in self { try field.read(&fields, &root) }
  }

  /// The values of the fields of this list for `root`.
  public func written<Root>(_ root: Root) -> [String: JSONValue]
  where Element == ConfigurationField<Root> {
    reduce(into: [:]) { result, field in result.merge(field.write(root)) { $1 } }
  }
}
