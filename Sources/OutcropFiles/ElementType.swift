/// The type of one stored element of an array file.
///
/// The raw value is the type's name in a safetensors header. The order of the cases is that of the
/// reference implementation: a file stores tensors of the last case first, which keeps wide elements
/// aligned.
public enum ElementType: String, CaseIterable, Codable, Hashable, Sendable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The name in a safetensors header, such as `F32`.
  public var safetensorsName: String { rawValue }

  /// Kind and size in an npy `descr`, such as `f4`; nil for `bfloat16`, which npy does not support.
  public var npyCode: String? {
    switch self {
    case .bool: "b1"
    case .uint8: "u1"
    case .int8: "i1"
    case .int16: "i2"
    case .uint16: "u2"
    case .float16: "f2"
    case .bfloat16: nil
    case .int32: "i4"
    case .uint32: "u4"
    case .float32: "f4"
    case .float64: "f8"
    case .int64: "i8"
    case .uint64: "u8"
    }
  }

  /// Whether elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  /// Position in the reference implementation's order of types.
  var rank: Int { Self.ranks[self]! }

  private static let ranks = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

  static let safetensorsNames = allCases.map(\.rawValue).joined(separator: ", ")
}

/// A Swift scalar with the same bytes in memory as in an array file.
public protocol StoredElement: BitwiseCopyable, Sendable {
  /// The element type in a file.
  static var elementType: ElementType { get }
}

extension Double: StoredElement { public static var elementType: ElementType { .float64 } }
extension Float: StoredElement { public static var elementType: ElementType { .float32 } }
extension Int64: StoredElement { public static var elementType: ElementType { .int64 } }
extension Int32: StoredElement { public static var elementType: ElementType { .int32 } }
extension Int16: StoredElement { public static var elementType: ElementType { .int16 } }
extension Int8: StoredElement { public static var elementType: ElementType { .int8 } }
extension UInt64: StoredElement { public static var elementType: ElementType { .uint64 } }
extension UInt32: StoredElement { public static var elementType: ElementType { .uint32 } }
extension UInt16: StoredElement { public static var elementType: ElementType { .uint16 } }
extension UInt8: StoredElement { public static var elementType: ElementType { .uint8 } }
extension Bool: StoredElement { public static var elementType: ElementType { .bool } }
#if _pointerBitWidth(_64)
  extension Int: StoredElement { public static var elementType: ElementType { .int64 } }
#endif
#if !(os(macOS) && arch(x86_64))
  extension Float16: StoredElement { public static var elementType: ElementType { .float16 } }
#endif

#if _endian(big)
  #error("array files are little-endian; a big-endian host needs byte swapping here")
#endif
