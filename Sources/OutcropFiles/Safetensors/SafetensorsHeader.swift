import OutcropCore

/// A parsed and validated safetensors header.
struct SafetensorsHeader {
  /// The format's limit on the header, in bytes.
  static let maximumByteCount = 100_000_000
  /// The largest number of tensors or metadata entries, which limits the memory for a header.
  static let maximumEntryCount = 1 << 20
  static let metadataKey = "__metadata__"

  /// Names in the order of their data.
  private(set) var names: [String] = []
  private(set) var entries: [String: ArrayEntry] = [:]
  /// Tensors of a type that this library does not read. They are in `names` but not in `entries`.
  private(set) var unread: [String: SafetensorsUnreadType] = [:]
  private(set) var metadata: [String: String] = [:]
  /// Where the data section starts in the file.
  let dataStart: Int

  /// Parses the header of a file of `bytes` and checks it against the file's size.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    guard bytes.count >= 8 else {
      throw InputError(
        .truncated, file: file, found: "\(bytes.count) bytes",
        expected: "at least the 8 bytes of the header's length")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.maximumByteCount) else {
      throw InputError(
        .malformed, file: file, found: "a header length of \(length) bytes",
        expected: "\(Self.maximumByteCount) at most")
    }
    guard length <= UInt64(bytes.count - 8) else {
      throw InputError(
        .truncated, file: file, found: "a header length of \(length) bytes",
        expected: "at most \(bytes.count - 8), as the file has \(bytes.count) bytes")
    }
    dataStart = 8 + Int(length)
    let text = UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])
    guard text.first == UInt8(ascii: "{") else {
      throw InputError(
        .malformed, file: file,
        found: text.first.map { quoted(byte: $0) } ?? "an empty header",
        expected: "'{' as the header's first byte")
    }
    var scanner = SafetensorsScanner(text, file: file)
    var ranges: [Range<Int>] = []
    try parse(&scanner, &ranges)
    try validateLayout(ranges, dataCount: bytes.count - dataStart, file: file)
  }

  private mutating func parse(
    _ scanner: inout SafetensorsScanner, _ ranges: inout [Range<Int>]
  ) throws {
    var hasMetadata = false
    try scanner.object("the header") { scanner, name in
      if name == Self.metadataKey {
        guard !hasMetadata else { throw duplicate(name, scanner.file) }
        hasMetadata = true
        try parseMetadata(&scanner)
      } else {
        guard names.count < Self.maximumEntryCount else {
          throw scanner.malformed("\(Self.maximumEntryCount) tensors at most", found: "one more")
        }
        scanner.tensor = name
        let entry = try Self.parseEntry(&scanner)
        scanner.tensor = nil
        guard entries[name] == nil, unread[name] == nil else {
          throw duplicate(name, scanner.file)
        }
        switch entry {
        case .read(let entry):
          entries[name] = entry
          ranges.append(entry.byteRange)
        case .unread(let type, let range):
          unread[name] = type
          ranges.append(range)
        }
        names.append(name)
      }
    }
    try scanner.expectEnd()
  }

  private mutating func parseMetadata(_ scanner: inout SafetensorsScanner) throws {
    try scanner.object(Self.metadataKey) { scanner, key in
      guard metadata.count < Self.maximumEntryCount else {
        throw scanner.malformed("\(Self.maximumEntryCount) metadata at most", found: "one more")
      }
      let value = try scanner.string("a string for the metadata \(quoted(key))")
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw InputError(
          .name, file: scanner.file, found: "the metadata \(quoted(key)) twice",
          expected: "each key once")
      }
    }
  }

  private enum Entry {
    case read(ArrayEntry)
    case unread(SafetensorsUnreadType, Range<Int>)
  }

  private static func parseEntry(_ scanner: inout SafetensorsScanner) throws -> Entry {
    var type: ElementType?
    var unreadType: SafetensorsUnreadType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object("the tensor") { scanner, key in
      switch key {
      case "dtype" where type == nil && unreadType == nil:
        let name = try scanner.string("the dtype in quotes")
        type = ElementType(rawValue: name)
        unreadType = SafetensorsUnreadType(rawValue: name)
        if type == nil, unreadType == nil {
          throw InputError.unread(
            file: scanner.file, field: scanner.tensor,
            found: "the dtype \(quoted(name))", expected: "one of \(ElementType.safetensorsNames)")
        }
      case "shape" where shape == nil:
        shape = try scanner.numbers("the shape", limit: ArrayShape.maximumRank)
      case "data_offsets" where offsets == nil:
        offsets = try scanner.numbers("data_offsets", limit: 2)
      case "dtype", "shape", "data_offsets":
        throw scanner.malformed("each key once", found: "a second \(quoted(key))")
      default:
        throw scanner.malformed(
          "dtype, shape or data_offsets", found: "the key \(quoted(key))")
      }
    }
    guard let typeName = type?.rawValue ?? unreadType?.rawValue, let shape, let offsets else {
      let missing =
        type == nil && unreadType == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw scanner.malformed("dtype, shape and data_offsets", found: "no \(missing)")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw InputError(
        .layout, file: scanner.file, field: scanner.tensor, found: "data_offsets \(offsets)",
        expected: "two ascending numbers")
    }
    guard
      let byteCount = type.map({ ArrayShape.byteCount(shape, $0) }) ?? unreadType!.byteCount(shape)
    else {
      throw InputError(
        .shape, file: scanner.file, field: scanner.tensor,
        found: "\(ArrayShape.describe(shape)) of \(typeName)",
        expected: "a size in whole bytes that fits 64 bits")
    }
    guard byteCount == offsets[1] - offsets[0] else {
      throw InputError(
        .shape, file: scanner.file, field: scanner.tensor,
        found: "\(offsets[1] - offsets[0]) bytes (data_offsets \(offsets))",
        expected: "\(byteCount) bytes for shape \(ArrayShape.describe(shape)) of \(typeName)")
    }
    let range = offsets[0]..<offsets[1]
    guard let type else { return .unread(unreadType!, range) }
    return .read(ArrayEntry(elementType: type, shape: shape, byteRange: range))
  }

  /// Sorts `names` by the position of the data and checks that the tensors cover the data exactly.
  private mutating func validateLayout(
    _ ranges: [Range<Int>], dataCount: Int, file: String
  ) throws {
    let ordered = names.enumerated()
      .map { (index: $0, name: $1, range: ranges[$0]) }
      .sorted {
        ($0.range.lowerBound, $0.range.upperBound, $0.index)
          < ($1.range.lowerBound, $1.range.upperBound, $1.index)
      }
    names = ordered.map(\.name)
    var end = 0
    for (_, name, range) in ordered {
      guard range.lowerBound == end else {
        let flaw = range.lowerBound < end ? "an overlap" : "a gap"
        throw InputError(
          .layout, file: file, field: name,
          found: "data from byte \(range.lowerBound), \(flaw)",
          expected: "data from byte \(end), the end of the previous tensor")
      }
      guard range.upperBound <= dataCount else {
        throw InputError(
          .truncated, file: file, field: name, found: "\(dataCount) bytes of data in the file",
          expected: "at least \(range.upperBound), the end of this tensor")
      }
      end = range.upperBound
    }
    guard end == dataCount else {
      throw InputError(
        .layout, file: file, found: "\(dataCount) bytes of data",
        expected: "\(end), the end of the last tensor")
    }
  }

  private func duplicate(_ name: String, _ file: String) -> InputError {
    InputError(
      .name, file: file, found: "the name \(quoted(name)) twice", expected: "each name once")
  }
}
