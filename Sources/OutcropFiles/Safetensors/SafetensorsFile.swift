import OutcropCore

/// A safetensors file, opened read-only and validated.
///
/// The file is memory-mapped (or read into memory if the system cannot map it). Opening therefore loads
/// only the header, and a tensor is loaded when it is read. Opening throws `InputError` unless
/// the header is valid and the tensors cover the data section exactly: no gap, overlap or trailing
/// byte, no duplicate name, no unknown dtype or key. The reference implementation accepts unknown and
/// duplicate keys. A tensor of a dtype that the format has but this library does not read (F4, F6, F8,
/// C64) is an error only when it is requested.
///
/// Names are compared as Swift strings, so two names that differ only by Unicode normalization
/// count as duplicates.
///
/// Not guaranteed: if another process truncates a mapped file, reading it ends this process with a
/// message that names the file.
///
/// Format: <https://github.com/huggingface/safetensors#format>.
public final class SafetensorsFile: Sendable {
  /// The path opened, or the label of the bytes in memory.
  public let path: String
  /// Names of the tensors, in the order of their data in the file.
  public var names: [String] { header.names }
  /// The strings of `__metadata__`; empty if the file has none.
  public var metadata: [String: String] { header.metadata }

  private let header: SafetensorsHeader
  private let file: MappedFile

  /// Opens and validates the file at `path`.
  public convenience init(path: String) throws {
    try self.init(MappedFile(path: path), path: path)
  }

  /// Validates a file held in memory; errors use `label` as its path.
  public convenience init(bytes: [UInt8], label: String) throws {
    try self.init(MappedFile(copying: bytes), path: label)
  }

  /// Opens the file without mapping it, as happens when mapping fails.
  package convenience init(readingPath path: String) throws {
    try self.init(MappedFile(path: path, mapping: false), path: path)
  }

  private init(_ file: MappedFile, path: String) throws {
    self.path = path
    self.file = file
    header = try file.withBytes(0..<file.count) { try SafetensorsHeader($0, file: path) }
  }

  /// Whether the file has a tensor called `name`.
  public func contains(_ name: String) -> Bool {
    header.entries[name] != nil || header.unread[name] != nil
  }

  /// Type, shape and position of a tensor. Throws if there is no tensor called `name`, or if this library
  /// does not read its type (`.unsupported`).
  public func entry(_ name: String) throws -> ArrayEntry {
    if let type = header.unread[name] { throw type.error(name, file: path) }
    guard let entry = header.entries[name] else {
      throw InputError(
        .missing, file: path, field: name, found: "no tensor of that name",
        expected: "one of the file's \(names.count) tensors (\(nearestNames(to: name)))")
    }
    return entry
  }

  /// The elements in row-major order.
  ///
  /// F32, F16, BF16, integers of up to 16 bits and BOOL (0 or 1) are converted exactly. F64 and wider
  /// integers need `.rounding`, which rounds to nearest, ties to even. A BOOL byte above 1 is an error.
  public func floats(
    _ name: String, _ conversion: NumericConversion = .exact
  ) throws -> [Float] {
    try withElements(of: name) { try $0.floats(conversion) }
  }

  /// The elements in row-major order.
  ///
  /// Every type is converted exactly, except I64 and U64, which need `.rounding`.
  public func doubles(
    _ name: String, _ conversion: NumericConversion = .exact
  ) throws -> [Double] {
    try withElements(of: name) { try $0.doubles(conversion) }
  }

  /// The elements in row-major order, converted exactly from an integer type or BOOL.
  ///
  /// Throws for floating-point tensors and for a U64 above `Int64.max`.
  public func integers(_ name: String) throws -> [Int64] {
    try withElements(of: name) { try $0.integers() }
  }

  /// Fills `output`, a buffer of `Float` or `Double` with as many elements as the tensor, converting
  /// as `floats` and `doubles` do. A buffer of another length traps.
  public func read<Scalar: BinaryFloatingPoint>(
    _ name: String, into output: UnsafeMutableBufferPointer<Scalar>,
    _ conversion: NumericConversion = .exact
  ) throws {
    try withElements(of: name) { try $0.read(into: output, conversion) }
  }

  /// Calls `body` with the tensor's bytes, little-endian and row-major, without a copy. The bytes
  /// are valid only during the call.
  ///
  /// Not guaranteed: alignment. A file may place a tensor at any byte; use `loadUnaligned`.
  public func withUnsafeBytes<R>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    let range = try entry(name).byteRange
    let start = header.dataStart
    return try file.withBytes(
      start + range.lowerBound..<start + range.upperBound, body)
  }

  /// Tells the system that the tensor will be read soon, so that it can load the pages in advance.
  public func prefetch(_ name: String) throws {
    let range = try entry(name).byteRange
    let start = header.dataStart
    file.prefetch(start + range.lowerBound..<start + range.upperBound)
  }

  private func withElements<R>(
    of name: String, _ body: (StoredElements) throws -> R
  ) throws -> R {
    let type = try entry(name).elementType
    return try withUnsafeBytes(of: name) {
      try body(StoredElements(type: type, bytes: $0, file: path, tensor: name))
    }
  }

  /// Up to three names with the longest common prefix with `name`, for the error message.
  private func nearestNames(to name: String) -> String {
    if names.isEmpty { return "the file has none" }
    let ranked = names.map { (name: $0, common: zip($0.utf8, name.utf8).prefix { $0 == $1 }.count) }
      .sorted { ($1.common, $0.name) < ($0.common, $1.name) }
    return ranked.prefix(3).map { quoted($0.name) }.joined(separator: ", ")
      + (names.count > 3 ? ", …" : "")
  }
}
