/// A count that files of earlier versions do not contain; it is then 0.
@propertyWrapper
struct LaterCount: Sendable, Equatable, Codable {
  var wrappedValue = 0

  init(wrappedValue: Int = 0) { self.wrappedValue = wrappedValue }

  init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(Int.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

extension KeyedDecodingContainer {
  /// Synthesized decoding calls this function for a `LaterCount`.
  func decode(_ type: LaterCount.Type, forKey key: Key) throws -> LaterCount {
    try decodeIfPresent(type, forKey: key) ?? LaterCount()
  }
}
