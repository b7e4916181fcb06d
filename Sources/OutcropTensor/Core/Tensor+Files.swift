import OutcropFiles

extension Tensor where Scalar: TensorScalar {
  /// The tensor `name` of a safetensors file. Throws `InputError` if the tensor is missing or
  /// when `conversion` does not allow its element type.
  public init(
    _ file: SafetensorsFile, _ name: String, _ conversion: NumericConversion = .exact
  ) throws {
    let shape = try file.entry(name).shape
    try self.init(unsafeUninitialized: shape) { try file.read(name, into: $0, conversion) }
  }

  /// The array of an npy file, in row-major order.
  public init(_ file: NpyFile, _ conversion: NumericConversion = .exact) throws {
    try self.init(unsafeUninitialized: file.shape) { try file.read(into: $0, conversion) }
  }
}

extension SafetensorsWriter {
  /// Adds a tensor under `name`.
  public mutating func add<Scalar>(_ name: String, _ tensor: Tensor<Scalar>) {
    add(name, Scalar.elementType, shape: tensor.shape) { sink in
      try tensor.withUnsafeBufferPointer { try sink(UnsafeRawBufferPointer($0)) }
    }
  }
}
