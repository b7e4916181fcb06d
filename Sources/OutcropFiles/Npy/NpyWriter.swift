import OutcropCore

extension NpyFile {
  /// Writes `values`, in row-major order, as an npy file (version 1.0), atomically.
  ///
  /// The bytes equal those that `numpy.save` writes. Throws if the number of values does not match
  /// `shape`, if npy does not support the type, and if the system fails; an existing file at `path` is
  /// then unchanged.
  public static func write<Element: StoredElement>(
    _ values: [Element], shape: [Int], to path: String
  ) throws {
    guard let count = ArrayShape.elementCount(shape), count == values.count else {
      throw InputError(
        .shape, file: path, found: "\(values.count) values",
        expected: "as many as shape \(ArrayShape.describe(shape)) has elements")
    }
    guard let code = Element.elementType.npyCode else {
      throw InputError.noNpyType(Element.elementType, path)
    }
    let file = try AtomicFile(path: path)
    let header = NpyHeader.bytes(code, shape)
    try header.withUnsafeBytes { try file.write($0, at: 0) }
    try values.withUnsafeBytes { try file.write($0, at: header.count) }
    try file.commit()
  }
}

extension InputError {
  /// The error for a type that npy does not support.
  static func noNpyType(_ type: ElementType, _ path: String) -> InputError {
    InputError(
      .unsupported, file: path, found: type.rawValue, expected: "a type that npy supports")
  }
}

/// Writes an npy file row by row; the number of rows need not be known in advance.
///
/// `finish` writes the first extent into the header and renames the file to its path. Before that,
/// and if the writer is released or fails, an existing file is unchanged. Several threads may
/// append; the data are in the order of the calls. Each append is one system call, so append many
/// rows, not elements.
public final class NpyStreamWriter: Sendable {
  /// The destination.
  public let path: String
  /// Type of the elements.
  public let elementType: ElementType
  /// Extents of one row: the array's shape without its first extent.
  public let rowShape: [Int]

  private let code: String
  private let rowByteCount: Int
  private let headerCount: Int
  private let state: Locked<State>

  private struct State: ~Copyable {
    var file: AtomicFile?
    var written = 0
  }

  /// Starts a temporary file in the folder of `path`. Throws if a row has no element, if npy does not support
  /// the type, or if the file cannot be created.
  public init(path: String, _ elementType: ElementType, rowShape: [Int]) throws {
    guard let code = elementType.npyCode else { throw InputError.noNpyType(elementType, path) }
    guard rowShape.count < ArrayShape.maximumRank,
      let rowByteCount = ArrayShape.byteCount(rowShape, elementType), rowByteCount > 0
    else {
      throw InputError(
        .shape, file: path, found: "rows of shape \(ArrayShape.describe(rowShape))",
        expected: "extents above 0, \(ArrayShape.maximumRank - 1) at most")
    }
    self.path = path
    self.elementType = elementType
    self.rowShape = rowShape
    self.code = code
    self.rowByteCount = rowByteCount
    let header = NpyHeader.bytes(code, [0] + rowShape)
    headerCount = header.count
    let file = try AtomicFile(path: path)
    try header.withUnsafeBytes { try file.write($0, at: 0) }
    state = Locked(State(file: file))
  }

  /// Appends raw little-endian bytes in row-major order. They may end within a row.
  public func append(bytes: UnsafeRawBufferPointer) throws {
    try state.withLock { state in
      let offset = headerCount + state.written
      guard try state.file?.write(bytes, at: offset) != nil else { throw finished() }
      state.written += bytes.count
    }
  }

  /// Appends values, which must be of the writer's type.
  public func append<Element: StoredElement>(_ values: UnsafeBufferPointer<Element>) throws {
    guard Element.elementType == elementType else {
      throw InputError(
        .conversion, file: path, found: "values of \(Element.elementType.rawValue)",
        expected: "\(elementType.rawValue), as declared")
    }
    try append(bytes: UnsafeRawBufferPointer(values))
  }

  /// Appends values, which must be of the writer's type.
  public func append<Element: StoredElement>(_ values: [Element]) throws {
    try values.withUnsafeBufferPointer { try append($0) }
  }

  /// Writes the row count, syncs the file and renames it into place. Throws if the last row is
  /// incomplete; the writer can then not be used again.
  public func finish() throws {
    try state.withLock { state in
      guard let file = state.file.take() else { throw finished() }
      let (rows, rest) = state.written.quotientAndRemainder(dividingBy: rowByteCount)
      guard rest == 0 else {
        throw InputError(
          .incomplete, file: path, found: "\(rest) bytes beyond \(rows) rows",
          expected: "whole rows of \(rowByteCount) bytes")
      }
      let header = NpyHeader.bytes(code, [rows] + rowShape)
      require(header.count == headerCount, "NpyStreamWriter: the header moved the data")
      try header.withUnsafeBytes { try file.write($0, at: 0) }
      try file.commit()
    }
  }

  /// Removes the temporary file and leaves the destination unchanged.
  public func cancel() {
    state.withLock { $0.file = nil }
  }

  private func finished() -> InputError {
    InputError(
      .incomplete, file: path, found: "a finished or canceled writer",
      expected: "an open writer")
  }
}
