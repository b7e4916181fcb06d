import OutcropCore

/// Element types of the safetensors format that this library does not read: numbers of 4, 6 and 8 bits and
/// complex numbers. Other tensors of the same file can still be read.
enum SafetensorsUnreadType: String, CaseIterable {
  case float4 = "F4"
  case float6E2M3 = "F6_E2M3"
  case float6E3M2 = "F6_E3M2"
  case float8E4M3 = "F8_E4M3"
  case float8E5M2 = "F8_E5M2"
  case float8E8M0 = "F8_E8M0"
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  case complex64 = "C64"

  /// Bits of one element. All elements of a tensor together fill whole bytes.
  var bitCount: Int {
    switch self {
    case .float4: 4
    case .float6E2M3, .float6E3M2: 6
    case .float8E4M3, .float8E5M2, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: 8
    case .complex64: 64
    }
  }

  /// The number of bytes of a tensor; nil if it is not whole or overflows.
  func byteCount(_ shape: [Int]) -> Int? {
    guard let count = ArrayShape.elementCount(shape) else { return nil }
    let (bits, overflow) = count.multipliedReportingOverflow(by: bitCount)
    return overflow || bits % 8 != 0 ? nil : bits / 8
  }

  /// The error for reading such a tensor.
  func error(_ name: String, file: String) -> InputError {
    InputError(
      .unsupported, file: file, field: name, found: "elements of type \(rawValue)",
      expected: "one of \(ElementType.safetensorsNames)",
      hint: "convert the tensor to F32")
  }
}
