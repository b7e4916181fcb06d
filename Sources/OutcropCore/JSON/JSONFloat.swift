/// A `Float` that JSON can represent even if it is not finite: as the string "inf", "-inf" or "nan".
/// Two NaNs are equal.
@propertyWrapper
public struct JSONFloat: Sendable, Equatable, Codable {
  /// The number.
  public var wrappedValue: Float

  /// Wraps a number.
  public init(wrappedValue: Float) { self.wrappedValue = wrappedValue }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      wrappedValue = try parseFloat(text, at: container.codingPath)
    } else {
      wrappedValue = try container.decode(Float.self)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite {
      try container.encode(wrappedValue)
    } else {
      try container.encode("\(wrappedValue)")
    }
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.wrappedValue == right.wrappedValue
      || (left.wrappedValue.isNaN && right.wrappedValue.isNaN)
  }
}

/// The number that `text` names: "inf", "-inf" or "nan".
package func parseFloat(_ text: String, at path: [any CodingKey]) throws -> Float {
  guard let value = Float(text), !value.isFinite else {
    throw DecodingError.dataCorrupted(
      .init(codingPath: path, debugDescription: "found \"\(text)\", expected inf, -inf or nan"))
  }
  return value
}
