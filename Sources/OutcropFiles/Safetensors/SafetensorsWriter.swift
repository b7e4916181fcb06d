/// Collects tensors and writes them as one safetensors file, atomically.
///
/// The bytes depend only on the content (order: widest type first, then by name; metadata by
/// key), and equal those of the reference implementation for the same content. Values are held by
/// reference until they are written, and providers are called only during the write.
///
///     var writer = SafetensorsWriter(metadata: ["model": "gt"])
///     writer.add("weight", shape: [2, 3], [1, 2, 3, 4, 5, 6] as [Float])
///     try writer.write(to: "model.safetensors")
public struct SafetensorsWriter: Sendable {
  /// Strings stored under `__metadata__`.
  public var metadata: [String: String]

  /// Receives a tensor's bytes, little-endian and row-major, in one or several parts.
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void
  /// Passes a tensor's bytes to a sink when the file is written.
  public typealias Provider = @Sendable (Sink) throws -> Void

  private var declarations: [SafetensorsDeclaration] = []
  private var providers: [String: Provider] = [:]

  /// A writer without tensors.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds a tensor of `values` in row-major order. Their number is checked against `shape` by
  /// `write`.
  public mutating func add<Element: StoredElement>(
    _ name: String, shape: [Int], _ values: [Element]
  ) {
    add(name, Element.elementType, shape: shape) { sink in
      try values.withUnsafeBytes { try sink($0) }
    }
  }

  /// Adds a tensor whose bytes `provider` passes to its sink during `write`.
  public mutating func add(
    _ name: String, _ elementType: ElementType, shape: [Int], provider: @escaping Provider
  ) {
    declarations.append(SafetensorsDeclaration(name, elementType, shape: shape))
    providers[name] = provider
  }

  /// Writes the file under a temporary name, syncs it and renames it to `path`.
  ///
  /// Throws `InputError` for a duplicate or reserved name, a shape that does not match the number
  /// of values, or a failure of the system; rethrows the error of a provider. After an error an
  /// existing file at `path` is unchanged and no temporary file remains.
  public func write(to path: String) throws {
    let stream = try SafetensorsStreamWriter(path: path, declarations, metadata: metadata)
    do {
      for name in stream.names {
        try providers[name]! { try stream.append(bytes: $0, to: name) }
      }
      try stream.finish()
    } catch {
      stream.cancel()
      throw error
    }
  }
}
