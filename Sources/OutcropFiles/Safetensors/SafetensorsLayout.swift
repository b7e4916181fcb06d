import OutcropCore

/// The header of a safetensors file to be written, and the position of each tensor.
///
/// Tensors are ordered as in the reference implementation: widest type first, then by the UTF-8 bytes
/// of the name. Metadata are ordered by key. So the same content gives the same bytes, and data are
/// aligned to their element size.
struct SafetensorsLayout {
  /// Length, JSON and padding: everything before the data, a multiple of 8 bytes.
  let headerBytes: [UInt8]
  /// Names in file order.
  let names: [String]
  let entries: [String: ArrayEntry]

  init(
    _ declarations: [SafetensorsDeclaration], metadata: [String: String], file: String
  ) throws {
    guard max(declarations.count, metadata.count) <= SafetensorsHeader.maximumEntryCount else {
      throw InputError(
        .unsupported, file: file,
        found: "\(declarations.count) tensors and \(metadata.count) metadata",
        expected: "\(SafetensorsHeader.maximumEntryCount) at most")
    }
    let ordered = declarations.sorted {
      $0.elementType == $1.elementType
        ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        : $0.elementType.rank > $1.elementType.rank
    }
    var entries: [String: ArrayEntry] = [:]
    var json: [UInt8] = [UInt8](ascii("{"))
    if !metadata.isEmpty {
      json += ascii("\"\(SafetensorsHeader.metadataKey)\":{")
      let sorted = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (index, pair) in sorted.enumerated() {
        if index > 0 { json += ascii(",") }
        Self.append(pair.key, to: &json)
        json += ascii(":")
        Self.append(pair.value, to: &json)
      }
      json += ascii("}")
    }
    var end = 0
    for declaration in ordered {
      let (name, type, shape) = (declaration.name, declaration.elementType, declaration.shape)
      guard name != SafetensorsHeader.metadataKey else {
        throw InputError(
          .name, file: file, field: name, found: "the key of the metadata",
          expected: "another name")
      }
      guard let byteCount = ArrayShape.byteCount(shape, type),
        byteCount <= Int.max - end
      else {
        throw InputError(
          .shape, file: file, field: name, found: "\(ArrayShape.describe(shape)) of \(type)",
          expected: "extents ≥ 0, \(ArrayShape.maximumRank) at most, of a size that fits 64 bits")
      }
      let entry = ArrayEntry(elementType: type, shape: shape, byteRange: end..<end + byteCount)
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw InputError(
          .name, file: file, field: name, found: "the name twice", expected: "each name once")
      }
      if json.count > 1 { json += ascii(",") }
      Self.append(name, to: &json)
      let extents = shape.map(String.init).joined(separator: ",")
      json += ascii(
        ":{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(extents)],"
          + "\"data_offsets\":[\(end),\(end + byteCount)]}")
      end += byteCount
    }
    json += ascii("}")
    json += [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8)
    guard json.count <= SafetensorsHeader.maximumByteCount else {
      throw InputError(
        .unsupported, file: file, found: "a header of \(json.count) bytes",
        expected: "\(SafetensorsHeader.maximumByteCount) at most")
    }
    headerBytes = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    names = ordered.map(\.name)
    self.entries = entries
  }

  /// Appends `text` as a JSON string, escaping what JSON requires.
  private static func append(_ text: String, to json: inout [UInt8]) {
    json += ascii("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): json += ascii("\\\"")
      case UInt8(ascii: "\\"): json += ascii("\\\\")
      case 0x08: json += ascii("\\b")
      case 0x0c: json += ascii("\\f")
      case 0x0a: json += ascii("\\n")
      case 0x0d: json += ascii("\\r")
      case 0x09: json += ascii("\\t")
      case 0..<0x20:
        json += ascii("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: json.append(byte)
      }
    }
    json += ascii("\"")
  }
}

private func ascii(_ text: String) -> String.UTF8View { text.utf8 }

/// A tensor that is declared before its data are written.
public struct SafetensorsDeclaration: Hashable, Sendable {
  /// The tensor's name.
  public var name: String
  /// Type of the elements.
  public var elementType: ElementType
  /// Extents, slowest first; empty for a scalar.
  public var shape: [Int]

  /// A declaration; the writer checks it.
  public init(_ name: String, _ elementType: ElementType, shape: [Int]) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
  }
}
