import Foundation
import OutcropCore

/// Reads the rows of one array in order, one block at a time, for every type, order and
/// compression.
///
/// A matrix [rows, width] has rows of `width` elements, a vector [rows] has rows of one element. Further axes
/// belong to the row: [rows, a, b] has rows of a · b elements.
/// Memory use is that of one block: the file is read into buffers, not mapped. The elements are
/// row-major and in the machine's byte order. An array in Fortran order is gathered from its
/// columns. If such an array is also deflated, it is first unpacked to a temporary file, because
/// single rows of a column-wise stream cannot be read. The threads of `ThreadPool` share the work,
/// except for inflating.
///
/// Not for use by several threads at the same time.
public final class RowReader {
  /// The path of the file.
  public let file: String
  /// The name of the array.
  public let name: String
  /// Type, shape and storage of the array.
  public let entry: ArrayFile.Entry
  /// The number of rows, the array's first extent.
  public let rowCount: Int
  /// The number of elements in a row.
  public let width: Int
  /// The next row to be read.
  public private(set) var nextRow = 0
  /// The number of finite values since the first row that became infinite because they are too large for
  /// `Float`.
  public var overflowCount: Int { overflows.withLock { $0 } }
  private let overflows = Locked(0)

  private enum Source {
    case file(MappedFile, start: Int)
    case stream(ZipMemberStream)
  }

  private let source: ArrayFile
  private let place: ArrayFile.Place
  private var open: Source

  private static let mostEmptyRows = 1 << 20

  /// The number of elements in one chunk of parallel work: a megabyte of `Float`.
  private static let grain = 1 << 18

  /// A reader at the first row of the array `name`.
  ///
  /// Throws `InputError` if there is no such array, its type is unsupported, it has no axis, or it has more
  /// than two axes in Fortran order.
  public init(_ source: ArrayFile, _ name: String) throws {
    (entry, place) = try source.array(name)
    guard entry.shape.count >= 1, entry.shape.count <= 2 || !entry.isFortranOrder else {
      throw InputError(
        .shape, file: source.path, field: name,
        found: ArrayShape.describe(entry.shape) + (entry.isFortranOrder ? " in Fortran order" : ""),
        expected: "a vector [rows], a matrix [rows, width], or more axes in C order")
    }
    var width = 1
    for size in entry.shape.dropFirst() {
      let (product, overflow) = width.multipliedReportingOverflow(by: size)
      // An axis of size 0 makes the array empty, regardless of the sizes of the others.
      width = entry.shape.dropFirst().contains(0) ? 0 : product
      if overflow, width != 0 {
        throw InputError(
          .shape, file: source.path, field: name, found: ArrayShape.describe(entry.shape),
          expected: "rows that memory can hold")
      }
    }
    self.source = source
    self.name = name
    file = source.path
    // Rows without elements occupy no bytes, so the file's size does not limit their number.
    if width == 0, entry.shape[0] > Self.mostEmptyRows {
      throw InputError(
        .shape, file: source.path, field: name, found: ArrayShape.describe(entry.shape),
        expected: "rows of at least one element, or \(Self.mostEmptyRows) rows at most")
    }
    rowCount = entry.shape[0]
    self.width = width
    open = try Self.open(source, entry, place)
  }

  /// Another reader of the same array, at its first row, which shares the temporary file if there is one.
  public init(sharing reader: RowReader) throws {
    (source, place, entry) = (reader.source, reader.place, reader.entry)
    (file, name, rowCount, width) = (reader.file, reader.name, reader.rowCount, reader.width)
    open = reader.open
    try rewind()
  }

  /// Goes back to the first row.
  public func rewind() throws {
    nextRow = 0
    overflows.withLock { $0 = 0 }
    if case .stream = open { open = try Self.open(source, entry, place) }
  }

  /// Skips to `row`, which must not be before `nextRow`. Rows of a deflated array are inflated to skip
  /// them.
  public func skip(to row: Int) throws {
    require(
      row >= nextRow && row <= rowCount,
      "RowReader.skip: found row \(row), expected \(nextRow) ... \(rowCount)")
    if case .stream(let stream) = open {
      let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
      defer { part.deallocate() }
      var rest = (row - nextRow) * width * entry.elementType.byteCount
      while rest > 0 {
        let buffer = UnsafeMutableRawBufferPointer(rebasing: part[..<min(rest, part.count)])
        rest -= buffer.count
        guard try stream.read(into: buffer) == buffer.count else {
          throw InputError(
            .truncated, file: file, field: name, found: "an end before row \(row)",
            expected: "\(rowCount) rows")
        }
      }
    }
    nextRow = row
  }

  /// Fills `output` with the next whole rows, as many as fit, rounded to `Float` if necessary.
  /// Returns the number of rows, which is 0 only at the end. Traps if `output` cannot hold one row.
  public func read(into output: UnsafeMutableBufferPointer<Float>) throws -> Int {
    try read(output) { stored, output in
      try stored.read(into: output, .rounding)
      if stored.type == .float64 {
        let count = stored.overflowCount(output)
        if count > 0 { overflows.withLock { $0 += count } }
      }
    }
  }

  /// Fills `output` with whole rows as `Double`, like the method for `Float`.
  public func read(into output: UnsafeMutableBufferPointer<Double>) throws -> Int {
    try read(output) { try $0.read(into: $1, .rounding) }
  }

  /// Fills `output` with whole rows of integers or BOOL, like the method for `Float`. Throws for
  /// floating-point arrays and for a U64 above `Int64.max`.
  public func read(into output: UnsafeMutableBufferPointer<Int64>) throws -> Int {
    try read(output) { try $0.read(into: $1) }
  }

  private static func open(
    _ source: ArrayFile, _ entry: ArrayFile.Entry, _ place: ArrayFile.Place
  ) throws -> Source {
    switch place {
    case .plain(let start): return .file(source.bytes, start: start)
    case .deflated(let member, let header):
      let archive = source.archive!
      if entry.isFortranOrder {
        return .file(try archive.unpacked(member), start: header)
      }
      let stream = try ZipMemberStream(archive, member)
      let skipped = UnsafeMutableRawBufferPointer.allocate(byteCount: header, alignment: 64)
      defer { skipped.deallocate() }
      _ = try stream.read(into: skipped)
      return .stream(stream)
    }
  }

  private typealias Conversion<Element> =
    (StoredElements, UnsafeMutableBufferPointer<Element>) throws -> Void

  private func read<Element: StoredElement>(
    _ output: UnsafeMutableBufferPointer<Element>, _ convert: Conversion<Element>
  ) throws -> Int {
    let rows = min(width == 0 ? rowCount : output.count / width, rowCount - nextRow)
    require(
      rows > 0 || nextRow == rowCount,
      "RowReader: a buffer of \(output.count) elements for rows of \(width)")
    let block = UnsafeMutableBufferPointer(rebasing: output[..<(rows * width)])
    if !block.isEmpty {
      switch open {
      case .file(let bytes, let start) where entry.isFortranOrder:
        try gather(bytes, start, rows, block, convert)
      case .file(let bytes, let start): try copy(bytes, start, block, convert)
      case .stream(let stream): try inflate(stream, block, convert)
      }
    }
    nextRow += rows
    if nextRow == rowCount, rows > 0, case .stream(let stream) = open {
      // Reading the end makes the stream check its size and CRC-32.
      var byte: UInt8 = 0
      _ = try withUnsafeMutableBytes(of: &byte) { try stream.read(into: $0) }
    }
    return rows
  }

  /// Reads contiguous rows.
  private func copy<Element: StoredElement>(
    _ bytes: MappedFile, _ start: Int, _ block: UnsafeMutableBufferPointer<Element>,
    _ convert: Conversion<Element>
  ) throws {
    let size = entry.elementType.byteCount
    let first = nextRow * width
    try forPieces(block.count, grain: Self.grain) { range in
      let output = UnsafeMutableBufferPointer(rebasing: block[range])
      let offset = start + (first + range.lowerBound) * size
      if entry.elementType == Element.elementType && !entry.isBigEndian {
        try bytes.read(at: offset, into: UnsafeMutableRawBufferPointer(output), file: file)
      } else {
        try withScratch(byteCount: range.count * size) { stored in
          try bytes.read(at: offset, into: stored, file: file)
          try convert(elements(stored), output)
        }
      }
    }
  }

  /// Gathers rows from the columns of an array in Fortran order.
  private func gather<Element: StoredElement>(
    _ bytes: MappedFile, _ start: Int, _ rows: Int, _ block: UnsafeMutableBufferPointer<Element>,
    _ convert: Conversion<Element>
  ) throws {
    let size = entry.elementType.byteCount
    try forPieces(rows, grain: max(64, Self.grain / width)) { range in
      let count = range.count * width
      try withScratch(byteCount: count * size) { stored in
        for column in 0..<width {
          let part = stored[column * range.count * size..<(column + 1) * range.count * size]
          try bytes.read(
            at: start + (column * rowCount + nextRow + range.lowerBound) * size,
            into: UnsafeMutableRawBufferPointer(rebasing: part), file: file)
        }
        try withScratch(byteCount: count * MemoryLayout<Element>.size) { columns in
          let columns = columns.bindMemory(to: Element.self)
          try convert(elements(stored), columns)
          transpose(
            columns.baseAddress!, range.count, block.baseAddress! + range.lowerBound * width)
        }
      }
    }
  }

  /// [width, count] to [count, width], in tiles that fit the cache.
  private func transpose<Element>(
    _ columns: UnsafePointer<Element>, _ count: Int, _ output: UnsafeMutablePointer<Element>
  ) {
    let tile = 16
    for startRow in stride(from: 0, to: count, by: tile) {
      for startColumn in stride(from: 0, to: width, by: tile) {
        for row in startRow..<min(startRow + tile, count) {
          for column in startColumn..<min(startColumn + tile, width) {
            output[row &* width &+ column] = columns[column &* count &+ row]
          }
        }
      }
    }
  }

  /// Inflates rows of a deflated member.
  private func inflate<Element: StoredElement>(
    _ stream: ZipMemberStream, _ block: UnsafeMutableBufferPointer<Element>,
    _ convert: Conversion<Element>
  ) throws {
    let size = entry.elementType.byteCount
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
      guard try stream.read(into: buffer) == buffer.count else {
        throw InputError(
          .truncated, file: file, field: name, found: "an end inside row \(nextRow) or after",
          expected: "\(rowCount) rows")
      }
    }
    if entry.elementType == Element.elementType && !entry.isBigEndian {
      return try fill(UnsafeMutableRawBufferPointer(block))
    }
    try withScratch(byteCount: block.count * size) { stored in
      try fill(stored)
      try forPieces(block.count, grain: Self.grain) { range in
        let part = stored[range.lowerBound * size..<range.upperBound * size]
        try convert(
          elements(UnsafeMutableRawBufferPointer(rebasing: part)),
          UnsafeMutableBufferPointer(rebasing: block[range]))
      }
    }
  }

  /// Stored bytes in the machine's order.
  private func elements(_ stored: UnsafeMutableRawBufferPointer) -> StoredElements {
    if entry.isBigEndian {
      switch entry.elementType.byteCount {
      case 2: swap(stored, UInt16.self)
      case 4: swap(stored, UInt32.self)
      case 8: swap(stored, UInt64.self)
      default: break
      }
    }
    return StoredElements(
      type: entry.elementType, bytes: UnsafeRawBufferPointer(stored), file: file, tensor: name)
  }

  private func swap<Word: FixedWidthInteger>(
    _ bytes: UnsafeMutableRawBufferPointer, _: Word.Type
  ) {
    // Unaligned access, because a range of an inflated block may have any alignment.
    for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Word>.size) {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: Word.self)
      bytes.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
    }
  }

  private func withScratch<Result>(
    byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let buffer = BufferPool.allocate(byteCount: byteCount)
    defer { BufferPool.release(buffer) }
    return try body(UnsafeMutableRawBufferPointer(start: buffer.base, count: byteCount))
  }

  /// `ThreadPool.forRanges` for work that may throw; throws the error of the first range that failed.
  private func forPieces(
    _ count: Int, grain: Int, _ body: (Range<Int>) throws -> Void
  ) throws {
    let failure = Locked<(start: Int, error: any Error)?>(nil)
    ThreadPool.forRanges(count, grain: grain) { range in
      do {
        try body(range)
      } catch {
        failure.withLock { known in
          if range.lowerBound < known?.start ?? Int.max { known = (range.lowerBound, error) }
        }
      }
    }
    if let error = failure.withLock({ $0?.error }) { throw error }
  }
}
