import OutcropCore

/// Writes a safetensors file as a stream, without holding it in memory.
///
/// Names, types and shapes are declared first. Then data are appended to the tensors in any order,
/// and in row-major order within a tensor. `finish` renames the complete file to its path. Before
/// that, and if the writer is released or fails, an existing file is unchanged.
///
/// Several threads may append; the data of one tensor are in the order of the calls. Each append is
/// one system call, so append many rows, not elements.
public final class SafetensorsStreamWriter: Sendable {
  /// The destination.
  public let path: String
  private let layout: SafetensorsLayout
  private let state: Locked<State>

  private struct State: ~Copyable {
    var file: AtomicFile?
    /// Bytes written so far, by tensor.
    var written: [String: Int] = [:]
  }

  /// Declares the tensors and starts a temporary file in the folder of `path`.
  ///
  /// Throws on a duplicate or reserved name, a shape that is negative or too large, and if the
  /// temporary file cannot be created.
  public init(
    path: String, _ declarations: [SafetensorsDeclaration], metadata: [String: String] = [:]
  ) throws {
    self.path = path
    let layout = try SafetensorsLayout(declarations, metadata: metadata, file: path)
    self.layout = layout
    let file = try AtomicFile(path: path)
    try layout.headerBytes.withUnsafeBytes { try file.write($0, at: 0) }
    state = Locked(State(file: file))
  }

  /// The tensors' names in file order.
  public var names: [String] { layout.names }

  /// Appends raw little-endian bytes to the tensor `name`.
  ///
  /// Throws if the tensor was not declared or would exceed its declared size, if the system fails
  /// to write, and after `finish` or `cancel`.
  public func append(bytes: UnsafeRawBufferPointer, to name: String) throws {
    guard let entry = layout.entries[name] else {
      throw InputError(
        .missing, file: path, field: name, found: "no declaration",
        expected: "one of the \(names.count) declared tensors")
    }
    try state.withLock { state in
      let start = state.written[name, default: 0]
      guard bytes.count <= entry.byteRange.count - start else {
        throw InputError(
          .incomplete, file: path, field: name, found: "\(start + bytes.count) bytes",
          expected: "\(entry.byteRange.count) for shape \(ArrayShape.describe(entry.shape))")
      }
      let offset = layout.headerBytes.count + entry.byteRange.lowerBound + start
      guard try state.file?.write(bytes, at: offset) != nil else { throw finished() }
      state.written[name] = start + bytes.count
    }
  }

  /// Appends `values` to the tensor `name`, which must have been declared with their type.
  public func append<Element: StoredElement>(
    _ values: UnsafeBufferPointer<Element>, to name: String
  ) throws {
    if let declared = layout.entries[name]?.elementType, declared != Element.elementType {
      throw InputError(
        .conversion, file: path, field: name, found: "values of \(Element.elementType.rawValue)",
        expected: "\(declared.rawValue), as declared")
    }
    try append(bytes: UnsafeRawBufferPointer(values), to: name)
  }

  /// Appends `values` to the tensor `name`, which must have been declared with their type.
  public func append<Element: StoredElement>(_ values: [Element], to name: String) throws {
    try values.withUnsafeBufferPointer { try append($0, to: name) }
  }

  /// Checks that every tensor is complete, syncs the file and renames it into place.
  ///
  /// After an error the temporary file is removed, and the writer cannot be used again.
  public func finish() throws {
    try state.withLock { state in
      guard let file = state.file.take() else { throw finished() }
      for name in names {
        let (written, declared) = (
          state.written[name, default: 0], layout.entries[name]!.byteRange.count
        )
        guard written == declared else {
          throw InputError(
            .incomplete, file: path, field: name, found: "\(written) bytes written",
            expected: "\(declared) before the file is finished")
        }
      }
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
