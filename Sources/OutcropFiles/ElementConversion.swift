import OutcropCore

/// Whether conversions may round.
public enum NumericConversion: Sendable {
  /// Accepts only types whose values the destination can all represent; other types are an error.
  case exact
  /// Rounds values that the destination cannot represent, to nearest, ties to even.
  case rounding
}

/// Elements as a file stores them, little-endian and row-major, at any alignment.
struct StoredElements {
  let type: ElementType
  let bytes: UnsafeRawBufferPointer
  let file: String
  let tensor: String?

  var count: Int { bytes.count / type.byteCount }

  // MARK: To floating point

  /// Throws for a type with values that `T` (`Float` or `Double`) cannot represent, unless
  /// `conversion` may round.
  private func checkExact<T: BinaryFloatingPoint>(
    _: T.Type, _ conversion: NumericConversion
  ) throws {
    if conversion == .exact && !Self.isExact(type, significand: T.significandBitCount + 1) {
      throw InputError(
        .conversion, file: file, field: tensor, found: type.rawValue,
        expected: "a type that \(T.self) represents exactly (or a conversion that may round)")
    }
  }

  /// Writes every element to `output`, which has room for `count`, rounding where needed.
  private func write<T: BinaryFloatingPoint & StoredElement>(
    to output: UnsafeMutablePointer<T>
  ) throws {
    switch type {
    case T.elementType:
      if let base = bytes.baseAddress {
        UnsafeMutableRawPointer(output).copyMemory(from: base, byteCount: bytes.count)
      }
    case .float32: map(UInt32.self, output) { T(Float(bitPattern: $0)) }
    case .float64: map(UInt64.self, output) { T(Double(bitPattern: $0)) }
    case .float16: map(UInt16.self, output) { T(float(half: $0)) }
    case .bfloat16: map(UInt16.self, output) { T(Float(bitPattern: UInt32($0) << 16)) }
    case .int64: map(Int64.self, output) { T($0) }
    case .uint64: map(UInt64.self, output) { T($0) }
    case .int32: map(Int32.self, output) { T($0) }
    case .uint32: map(UInt32.self, output) { T($0) }
    case .int16: map(Int16.self, output) { T($0) }
    case .uint16: map(UInt16.self, output) { T($0) }
    case .int8: map(Int8.self, output) { T($0) }
    case .uint8: map(UInt8.self, output) { T($0) }
    case .bool:
      try checkBooleans()
      map(UInt8.self, output) { T($0) }
    }
  }

  /// Whether a binary floating-point type of `significand` bits (24 or 53) can represent every
  /// value.
  private static func isExact(_ type: ElementType, significand: Int) -> Bool {
    switch type {
    case .float64: significand >= 53
    case .float32, .float16, .bfloat16: true
    case .int64: significand >= 63
    case .uint64: significand >= 64
    case .int32: significand >= 31
    case .uint32: significand >= 32
    case .int16, .uint16, .int8, .uint8, .bool: true
    }
  }

  /// The number of stored F64 values that are finite although their conversions `floats` are infinite.
  func overflowCount(_ floats: UnsafeMutableBufferPointer<Float>) -> Int {
    var count = 0
    for index in floats.indices where floats[index].isInfinite {
      let bits = bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
      if Double(bitPattern: UInt64(littleEndian: bits)).isFinite { count += 1 }
    }
    return count
  }

  // MARK: To integers

  /// Writes every element to `output`, which has room for `count`. Floating-point types are
  /// rejected, and so is a U64 above `Int64.max`.
  private func write(to output: UnsafeMutablePointer<Int64>) throws {
    switch type {
    case .int64: map(Int64.self, output) { $0 }
    case .int32: map(Int32.self, output) { Int64($0) }
    case .uint32: map(UInt32.self, output) { Int64($0) }
    case .int16: map(Int16.self, output) { Int64($0) }
    case .uint16: map(UInt16.self, output) { Int64($0) }
    case .int8: map(Int8.self, output) { Int64($0) }
    case .uint8: map(UInt8.self, output) { Int64($0) }
    case .bool:
      try checkBooleans()
      map(UInt8.self, output) { Int64($0) }
    case .uint64:
      map(UInt64.self, output) { Int64(bitPattern: $0) }
      for index in 0..<count where output[index] < 0 {
        throw InputError(
          .conversion, file: file, field: tensor,
          found: "\(UInt64(bitPattern: output[index])) as element \(index)",
          expected: "\(Int64.max) at most")
      }
    case .float16, .bfloat16, .float32, .float64:
      throw InputError(
        .conversion, file: file, field: tensor, found: type.rawValue,
        expected: "an integer type or BOOL")
    }
  }

  private func checkBooleans() throws {
    if let index = bytes.firstIndex(where: { $0 > 1 }) {
      throw InputError(
        .conversion, file: file, field: tensor,
        found: "\(bytes[index]) as BOOL element \(index)", expected: "0 or 1")
    }
  }

  @inline(__always)
  private func map<Stored: BitwiseCopyable, T>(
    _ stored: Stored.Type, _ output: UnsafeMutablePointer<T>, _ transform: (Stored) -> T
  ) {
    guard let base = bytes.baseAddress else { return }
    for index in 0..<count {
      let value = base.loadUnaligned(
        fromByteOffset: index &* MemoryLayout<Stored>.size, as: Stored.self)
      (output + index).initialize(to: transform(value))
    }
  }
}

/// The value of an IEEE 754 half, exactly. Infinity and NaN keep their sign and payload.
///
/// It works on bits instead of `Float16`, which does not exist on every platform and calls a library
/// routine per element on baseline x86-64. It uses no subnormal operands, so that the result does not
/// depend on a flush-to-zero mode.
@inline(__always)
package func float(half: UInt16) -> Float {
  let sign = UInt32(half & 0x8000) << 16
  let magnitude = UInt32(half & 0x7fff) << 13
  let bits: UInt32
  if magnitude >= 0x0f80_0000 {  // all exponent bits set: infinity or NaN
    bits = magnitude | 0x7f80_0000
  } else if magnitude >= 0x0080_0000 {  // normal: rebias the exponent from 15 to 127
    bits = magnitude + 0x3800_0000
  } else {  // m·2^-24, as (1 + m/1024)·2^-14 - 2^-14
    bits = (Float(bitPattern: magnitude + 0x3880_0000) - 0x1p-14).bitPattern
  }
  return Float(bitPattern: sign | bits)
}

/// Whole arrays, shared by the formats.
extension StoredElements {
  func floats(_ conversion: NumericConversion) throws -> [Float] {
    try checkExact(Float.self, conversion)
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { try write(to: base) }
      initialized = count
    }
  }

  func doubles(_ conversion: NumericConversion) throws -> [Double] {
    try checkExact(Double.self, conversion)
    return try [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { try write(to: base) }
      initialized = count
    }
  }

  func integers() throws -> [Int64] {
    try [Int64](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { try write(to: base) }
      initialized = count
    }
  }

  /// Fills a buffer of the right length, as `integers` does.
  func read(into output: UnsafeMutableBufferPointer<Int64>) throws {
    require(
      output.count == count,
      "read(into:): a buffer of \(output.count) elements for a tensor of \(count)")
    if let base = output.baseAddress { try write(to: base) }
  }

  /// Fills a buffer of `Float` or `Double` of the right length.
  func read<Scalar: BinaryFloatingPoint>(
    into output: UnsafeMutableBufferPointer<Scalar>, _ conversion: NumericConversion
  ) throws {
    require(
      output.count == count,
      "read(into:): a buffer of \(output.count) elements for a tensor of \(count)")
    guard let base = output.baseAddress else { return }
    let raw = UnsafeMutableRawPointer(base)
    if Scalar.self == Float.self {
      try checkExact(Float.self, conversion)
      try write(to: raw.assumingMemoryBound(to: Float.self))
    } else {
      require(Scalar.self == Double.self, "read(into:): \(Scalar.self), not Float or Double")
      try checkExact(Double.self, conversion)
      try write(to: raw.assumingMemoryBound(to: Double.self))
    }
  }
}
