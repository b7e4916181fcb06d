import OutcropCore

extension ArrayFile {
  /// All elements of a vector of integers or BOOL, converted exactly.
  public func integers(_ name: String) throws -> [Int64] {
    let reader = try RowReader(self, name)
    guard reader.entry.shape.count == 1 else {
      throw InputError(
        .shape, file: path, field: name, found: ArrayShape.describe(reader.entry.shape),
        expected: "a vector")
    }
    return try [Int64](unsafeUninitializedCapacity: reader.rowCount) { buffer, count in
      let output = UnsafeMutableBufferPointer(rebasing: buffer[..<reader.rowCount])
      while count < reader.rowCount {
        count += try reader.read(into: UnsafeMutableBufferPointer(rebasing: output[count...]))
      }
    }
  }
}
