/// A value on the heap that is copied as one reference.
///
/// The compiler expands the copy of a structure into copies of its fields, at every place. A value with many fields
/// that is stored in another value therefore belongs in a box: without the boxes, this module takes an eighth
/// longer to compile.
struct Boxed<Value> {
  private final class Storage {
    let value: Value

    init(_ value: Value) { self.value = value }
  }

  private let storage: Storage

  var value: Value { storage.value }

  init(_ value: Value) { storage = Storage(value) }
}

// The storage never changes.
extension Boxed: @unchecked Sendable where Value: Sendable {}

extension Boxed: Equatable where Value: Equatable {
  static func == (first: Self, second: Self) -> Bool { first.value == second.value }
}

/// The coded form is that of the value.
extension Boxed: Codable where Value: Codable {
  init(from decoder: any Decoder) throws { self.init(try Value(from: decoder)) }

  func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
