/// The type, shape and position of one tensor in a file.
public struct ArrayEntry: Hashable, Sendable {
  /// Type of the stored elements.
  public let elementType: ElementType
  /// Extents, slowest first (row-major); empty for a scalar.
  public let shape: [Int]
  /// Bytes of the tensor, counted from the start of the file's data section (the header's
  /// `data_offsets`).
  public let byteRange: Range<Int>

  /// An entry; nothing is checked.
  public init(elementType: ElementType, shape: [Int], byteRange: Range<Int>) {
    self.elementType = elementType
    self.shape = shape
    self.byteRange = byteRange
  }

  /// Number of elements, the product of `shape`.
  public var elementCount: Int { byteRange.count / elementType.byteCount }
}

/// Arithmetic on shapes from files, which returns nil instead of trapping on overflow.
enum ArrayShape {
  /// NumPy's limit on the number of dimensions.
  static let maximumRank = 64

  /// The product of `shape` (1 when empty), or nil if an extent is negative, the rank exceeds the
  /// limit or a partial product overflows.
  static func elementCount(_ shape: [Int]) -> Int? {
    guard shape.count <= maximumRank else { return nil }
    var count = 1
    for extent in shape {
      guard extent >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// The number of bytes of an array, or nil if `elementCount` is nil or the product overflows.
  static func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
    guard let count = elementCount(shape) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
    return overflow ? nil : bytes
  }

  static func describe(_ shape: [Int]) -> String {
    shape.count <= 12 ? "\(shape)" : "a shape of \(shape.count) dimensions"
  }
}
