import Foundation
import OutcropCore

/// Writes a cache file: sections one after another, then the header. The file appears under its
/// name complete or not at all.
///
/// Temporary files that killed processes left are removed first.
final class CacheWriter: @unchecked Sendable {
  // Sendable: `write` may be called from many threads, everything else from one at a time.
  private var file: AtomicFile?
  private let path: String
  private var end = CacheHeader.reservedSize
  private var sections: [CacheHeader.Section] = []

  init(path: String) throws {
    self.path = path
    FileRemains.remove(in: SystemFiles.parent(of: path))
    do {
      file = try AtomicFile(path: path)
    } catch let error as InputError {
      throw error.withHint("another folder can be given for the cache file")
    }
  }

  /// The start of the next section.
  var nextSectionOffset: Int { (end + 4095) & ~4095 }

  /// Begins a section of `byteCount` bytes and returns its place in the file. Sections start at
  /// multiples of 4096.
  func section(_ name: String, byteCount: Int) -> Int {
    let offset = nextSectionOffset
    sections.append(.init(name: name, offset: offset, byteCount: byteCount, checksum: ""))
    end = offset + byteCount
    return offset
  }

  /// Begins a section with `elements` in it.
  func section<Element: BitwiseCopyable>(_ name: String, _ elements: [Element]) throws {
    let offset = section(name, byteCount: elements.count * MemoryLayout<Element>.stride)
    try elements.withUnsafeBytes { try write($0, at: offset) }
  }

  /// Writes bytes at an offset in the file. May be called from any thread.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    try file?.write(bytes, at: offset)
  }

  /// Completes the header, and makes the file durable and visible under its name. Returns the
  /// header.
  func commit(_ header: CacheHeader) throws -> CacheHeader {
    guard let file = file.take() else {
      fatalError("CacheWriter: a second commit of \(path)")
    }
    // A section that ends the file may be empty.
    try file.setSize(max(end, CacheHeader.reservedSize))
    var header = header
    let written = try file.mapped()
    header.sections = sections.map { section in
      var section = section
      section.checksum = written.withBytes(
        section.offset..<section.offset + section.byteCount
      ) { CacheHeader.checksum($0) }
      return section
    }
    let bytes = try header.encoded(for: path)
    try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    try file.commit()
    return header
  }
}
