/// An integer of 128 bits that is a string of digits in JSON, because JSON's own numbers lose
/// digits beyond 2⁵³ in many readers.
public struct ExactInteger: Sendable, Hashable, Codable {
  /// The integer.
  public var value: Int128

  /// Wraps an integer.
  public init(_ value: Int128 = 0) { self.value = value }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    // Sums of a few still fit.
    guard let value = Int128(text), value.magnitude < 1 << 120 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "found \"\(text)\", expected a whole number of 120 bits")
    }
    self.value = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(String(value))
  }

  /// The nearest number in double precision.
  var double: Double { Double(value) }

  static func += (left: inout Self, right: Self) { left.value += right.value }

  /// Adds the product of two numbers.
  mutating func add(_ x: Int, _ y: Int) { value += Int128(x) * Int128(y) }
}
