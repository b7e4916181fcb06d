/// What one pass over a text tells of its syntax as JSON (RFC 8259), for errors: Foundation does not tell it on every
/// platform.
package struct JSONSyntax {
  private let bytes: [UInt8]
  private var place = 0

  /// The offset of the first byte that cannot stand where it is, or the length of a text that ends too early; nil for
  /// JSON.
  package private(set) var firstError: Int?
  /// The largest number of lists and objects that are open at one place.
  package private(set) var depth = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if !check() { firstError = place }
  }

  private enum Next {
    case value, valueOrEnd, key, keyOrEnd, end
  }

  /// Whether the text is JSON; if not, `place` is that of the error.
  private mutating func check() -> Bool {
    var open: [UInt8] = []
    var next = Next.value
    while true {
      depth = max(depth, open.count)
      skipSpace()
      guard let byte else { return next == .end && open.isEmpty }
      switch (next, byte) {
      case (.valueOrEnd, UInt8(ascii: "]")), (.keyOrEnd, UInt8(ascii: "}")):
        open.removeLast()
        place += 1
        next = .end
      case (.value, UInt8(ascii: "{")), (.valueOrEnd, UInt8(ascii: "{")):
        open.append(UInt8(ascii: "}"))
        place += 1
        next = .keyOrEnd
      case (.value, UInt8(ascii: "[")), (.valueOrEnd, UInt8(ascii: "[")):
        open.append(UInt8(ascii: "]"))
        place += 1
        next = .valueOrEnd
      case (.value, _), (.valueOrEnd, _):
        guard scalar(byte) else { return false }
        next = .end
      case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
        guard string() else { return false }
        skipSpace()
        guard take(":") else { return false }
        next = .value
      case (.end, UInt8(ascii: ",")) where !open.isEmpty:
        place += 1
        next = open.last == UInt8(ascii: "}") ? .key : .value
      case (.end, _) where byte == open.last:
        open.removeLast()
        place += 1
      default: return false
      }
    }
  }

  private var byte: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    for index in 0..<text.utf8CodeUnitCount {
      guard byte == text.utf8Start[index] else { return false }
      place += 1
    }
    return true
  }

  private mutating func scalar(_ first: UInt8) -> Bool {
    switch first {
    case UInt8(ascii: "\""): string()
    case UInt8(ascii: "t"): take("true")
    case UInt8(ascii: "f"): take("false")
    case UInt8(ascii: "n"): take("null")
    default: number()
    }
  }

  private mutating func string() -> Bool {
    place += 1
    while let byte {
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        return true
      case UInt8(ascii: "\\"):
        place += 1
        guard let escaped = self.byte, "\"\\/bfnrtu".utf8.contains(escaped) else { return false }
        place += 1
        if escaped == UInt8(ascii: "u") {
          for _ in 0..<4 {
            guard let digit = self.byte, "0123456789abcdefABCDEF".utf8.contains(digit) else {
              return false
            }
            place += 1
          }
        }
      case ..<0x20: return false
      default: place += 1
      }
    }
    return false
  }

  private mutating func number() -> Bool {
    if byte == UInt8(ascii: "-") { place += 1 }
    if byte == UInt8(ascii: "0") {
      place += 1
    } else if !digits() {
      return false
    }
    if byte == UInt8(ascii: ".") {
      place += 1
      if !digits() { return false }
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      place += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { place += 1 }
      if !digits() { return false }
    }
    return true
  }

  /// Skips at least one digit.
  private mutating func digits() -> Bool {
    let start = place
    while let byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { place += 1 }
    return place > start
  }
}
