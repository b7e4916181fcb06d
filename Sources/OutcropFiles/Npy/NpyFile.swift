import OutcropCore

/// An npy file with its one array, opened read-only and validated.
///
/// Reads versions 1.0, 2.0 and 3.0, both byte orders, C and Fortran order, and the types of
/// `ElementType` that NumPy has. Complex, structured, object, text and long-double arrays are
/// errors, and so is a file with more or fewer bytes than its shape requires. The file is
/// memory-mapped, or read into memory if the system cannot map it.
///
/// Not guaranteed: if another process truncates a mapped file, reading it ends this process with a
/// message that names the file.
public final class NpyFile: Sendable {
  /// The path opened, or the label of the bytes in memory.
  public let path: String
  /// Type of the elements.
  public var elementType: ElementType { header.elementType }
  /// Extents in index order; empty for a scalar.
  public var shape: [Int] { header.shape }
  /// Number of elements.
  public var elementCount: Int { (file.count - header.dataStart) / elementType.byteCount }
  /// Whether the first index varies fastest in the file. Readers transpose such arrays to row-major order.
  public var isFortranOrder: Bool { header.isFortranOrder }
  /// Whether elements are big-endian in the file. Readers swap the bytes.
  public var isBigEndian: Bool { header.isBigEndian }
  /// Format version, such as (1, 0).
  public var version: (major: Int, minor: Int) { header.version }

  private let header: NpyHeader
  private let file: MappedFile

  /// Opens and validates the file at `path`.
  public convenience init(path: String) throws {
    try self.init(MappedFile(path: path), path: path)
  }

  /// Validates a file held in memory; errors use `label` as its path.
  public convenience init(bytes: [UInt8], label: String) throws {
    try self.init(MappedFile(copying: bytes), path: label)
  }

  private init(_ file: MappedFile, path: String) throws {
    self.path = path
    self.file = file
    header = try file.withBytes(0..<file.count) { try NpyHeader($0, file: path) }
  }

  /// The elements in row-major order, converted as by `SafetensorsFile.floats`.
  public func floats(_ conversion: NumericConversion = .exact) throws -> [Float] {
    try withElements { try $0.floats(conversion) }
  }

  /// The elements in row-major order, converted as by `SafetensorsFile.doubles`.
  public func doubles(_ conversion: NumericConversion = .exact) throws -> [Double] {
    try withElements { try $0.doubles(conversion) }
  }

  /// The elements in row-major order, converted exactly from an integer type or BOOL.
  public func integers() throws -> [Int64] {
    try withElements { try $0.integers() }
  }

  /// Fills `output`, a buffer of `Float` or `Double` of `elementCount` elements, in row-major
  /// order. A buffer of another length traps.
  public func read<Scalar: BinaryFloatingPoint>(
    into output: UnsafeMutableBufferPointer<Scalar>, _ conversion: NumericConversion = .exact
  ) throws {
    try withElements { try $0.read(into: output, conversion) }
  }

  /// Calls `body` with the stored bytes, without a copy, in the file's byte order and element order
  /// (`isBigEndian`, `isFortranOrder`). The bytes are valid only during the call.
  ///
  /// Not guaranteed: alignment. Use `loadUnaligned`.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try file.withBytes(header.dataStart..<file.count, body)
  }

  /// Tells the system that the array will be read soon, so that it can load the pages in advance.
  public func prefetch() { file.prefetch(header.dataStart..<file.count) }

  /// Calls `body` with the elements in little-endian and row-major order, rearranged in memory if necessary.
  private func withElements<R>(_ body: (StoredElements) throws -> R) throws -> R {
    try withUnsafeBytes { stored in
      let transposes = isFortranOrder && shape.count > 1
      guard (transposes || isBigEndian), !stored.isEmpty else {
        return try body(
          StoredElements(type: elementType, bytes: stored, file: path, tensor: nil))
      }
      let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: stored.count, alignment: 64)
      defer { scratch.deallocate() }
      switch elementType.byteCount {
      case 1: rearrange(stored, scratch, UInt8.self)
      case 2: rearrange(stored, scratch, UInt16.self)
      case 4: rearrange(stored, scratch, UInt32.self)
      default: rearrange(stored, scratch, UInt64.self)
      }
      return try body(
        StoredElements(
          type: elementType, bytes: UnsafeRawBufferPointer(scratch), file: path, tensor: nil))
    }
  }

  private func rearrange<Word: FixedWidthInteger & BitwiseCopyable>(
    _ stored: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, _: Word.Type
  ) {
    let source = stored.baseAddress!
    let target = output.baseAddress!.bindMemory(to: Word.self, capacity: elementCount)
    let swaps = isBigEndian
    @inline(__always) func load(_ index: Int) -> Word {
      let word = source.loadUnaligned(
        fromByteOffset: index &* MemoryLayout<Word>.size, as: Word.self)
      return swaps ? word.byteSwapped : word
    }
    if isFortranOrder && shape.count > 1 {
      forEachRowMajor(fortranShape: shape) { target[$0] = load($1) }
    } else {
      for index in 0..<elementCount { target[index] = load(index) }
    }
  }
}

/// Calls `body(rowMajorIndex, fortranIndex)` once for every element of a non-empty array of rank 2
/// or more.
///
/// The first axis is contiguous in one order and the last axis in the other. The loops therefore traverse
/// these two axes in square tiles that fit in the cache, for every index of the axes between them.
@inline(__always)
private func forEachRowMajor(fortranShape shape: [Int], _ body: (Int, Int) -> Void) {
  let rank = shape.count
  let (first, last) = (shape[0], shape[rank - 1])
  var rowStride = [Int](repeating: 1, count: rank)
  var fortranStride = [Int](repeating: 1, count: rank)
  for axis in 1..<rank {
    fortranStride[axis] = fortranStride[axis - 1] * shape[axis - 1]
    rowStride[rank - 1 - axis] = rowStride[rank - axis] * shape[rank - axis]
  }
  let (firstStride, lastStride) = (rowStride[0], fortranStride[rank - 1])
  let tile = 32
  var index = [Int](repeating: 0, count: rank)
  while true {
    var (row, fortran) = (0, 0)
    for axis in 1..<rank - 1 {
      row += index[axis] * rowStride[axis]
      fortran += index[axis] * fortranStride[axis]
    }
    for startI in stride(from: 0, to: first, by: tile) {
      for startJ in stride(from: 0, to: last, by: tile) {
        for i in startI..<min(startI + tile, first) {
          for j in startJ..<min(startJ + tile, last) {
            body(row &+ i &* firstStride &+ j, fortran &+ i &+ j &* lastStride)
          }
        }
      }
    }
    // Increment the index of the middle axes; done when all have wrapped.
    var axis = rank - 2
    while axis > 0 {
      index[axis] += 1
      if index[axis] < shape[axis] { break }
      index[axis] = 0
      axis -= 1
    }
    if axis <= 0 { return }
  }
}
