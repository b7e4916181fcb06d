import OutcropCore

/// The header of an npy file: magic, version and a Python dict literal.
///
/// Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
struct NpyHeader {
  /// Longer headers are an error; those of plain arrays have at most a few hundred bytes.
  static let maximumByteCount = 1 << 16
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  let version: (major: Int, minor: Int)
  let elementType: ElementType
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let shape: [Int]
  /// Where the data starts in the file.
  let dataStart: Int

  /// Parses the header at the beginning of `bytes` and checks it against the file's size. `bytes` holds
  /// the whole file, or at least as many of its first bytes as a header can have; `fileSize` is the size
  /// of the whole file, by default that of `bytes`.
  init(_ bytes: UnsafeRawBufferPointer, fileSize: Int? = nil, file: String) throws {
    let fileSize = fileSize ?? bytes.count
    guard bytes.count >= 10 else {
      throw InputError(
        .truncated, file: file, found: "\(bytes.count) bytes", expected: "10 bytes at least")
    }
    guard bytes.prefix(6).elementsEqual(Self.magic) else {
      throw InputError(
        .malformed, file: file, found: "other first bytes",
        expected: "the npy magic \\x93NUMPY")
    }
    version = (Int(bytes[6]), Int(bytes[7]))
    guard (1...3).contains(version.major), version.minor == 0 else {
      throw InputError.unread(
        file: file, found: "npy version \(version.major).\(version.minor)",
        expected: "1.0, 2.0 or 3.0")
    }
    let lengthSize = version.major == 1 ? 2 : 4
    guard bytes.count >= 8 + lengthSize else {
      throw InputError(
        .truncated, file: file, found: "\(bytes.count) bytes",
        expected: "\(8 + lengthSize) bytes at least")
    }
    let length =
      lengthSize == 2
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= Self.maximumByteCount else {
      throw InputError(
        .malformed, file: file, found: "a header length of \(length) bytes",
        expected: "\(Self.maximumByteCount) at most")
    }
    dataStart = 8 + lengthSize + length
    guard dataStart <= bytes.count else {
      throw InputError(
        .truncated, file: file, found: "a header length of \(length) bytes",
        expected: "at most \(bytes.count - 8 - lengthSize), as the file has \(fileSize) bytes")
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[(8 + lengthSize)..<dataStart])
    var scanner = NpyScanner(text, file: file)
    let fields = try scanner.dictionary()
    (elementType, isBigEndian) = try Self.parseDescr(fields.descr, file: file)
    isFortranOrder = fields.isFortranOrder
    shape = fields.shape
    let dataCount = fileSize - dataStart
    guard let byteCount = ArrayShape.byteCount(shape, elementType) else {
      throw InputError(
        .shape, file: file, found: "\(ArrayShape.describe(shape)) of \(fields.descr)",
        expected: "a size in bytes that fits 64 bits")
    }
    guard byteCount == dataCount else {
      throw InputError(
        byteCount > dataCount ? .truncated : .layout, file: file,
        found: "\(dataCount) bytes of data",
        expected: "\(byteCount) for shape \(ArrayShape.describe(shape)) of \(fields.descr)")
    }
  }

  /// Type and byte order of a `descr` such as `<f4`.
  private static func parseDescr(
    _ descr: String, file: String
  ) throws -> (ElementType, isBigEndian: Bool) {
    let order = descr.first
    let code = descr.dropFirst()
    let type = ElementType.allCases.first { $0.npyCode.map { $0 == code } ?? false }
    guard let type, let order, "<>=|".contains(order), order != "|" || type.byteCount == 1 else {
      throw InputError.unread(
        file: file, found: "descr \(quoted(descr))",
        expected: "a byte order and one of "
          + ElementType.allCases.compactMap(\.npyCode).joined(separator: ", "))
    }
    return (type, order == ">" && type.byteCount > 1)
  }

  /// The header that NumPy writes for an array of this type and shape (version 1.0, data aligned to 64
  /// bytes).
  ///
  /// Like NumPy's header it has room for a first extent of any size, so that a stream writer can
  /// store the row count last without moving the data.
  static func bytes(_ code: String, _ shape: [Int]) -> [UInt8] {
    let order = code.hasSuffix("1") ? "|" : "<"
    let extents =
      shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    var text = "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': (\(extents)), }"
    if let first = shape.first {
      text += String(repeating: " ", count: 21 - String(first).utf8.count)
    }
    let unpadded = magic.count + 4 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = text.utf8.count
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
  }
}
