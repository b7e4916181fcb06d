import Foundation
import OutcropCore

/// A cache file in the making: sections one after the other, then the header; it appears under its
/// name complete or not at all.
///
/// Bytes go to a temporary file beside it (`NAME.….tmp`), which `commit` syncs and renames. The
/// temporary file is removed on error and when abandoned. What a killed process left behind is
/// removed by the next writer of the same cache.
final class CacheWriter: @unchecked Sendable {
  // Sendable: `write` may be called from many threads, everything else from one at a time.
  let path: String
  private let temporary: String
  private var descriptor: Int32
  private var end = CacheHeader.reservedSize
  private var sections: [CacheHeader.Section] = []

  init(path: String) throws {
    self.path = path
    CacheRemains.remove(of: path)
    (temporary, descriptor) = try CacheRemains.make(for: path)
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  /// Where the next section will start.
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

  /// Writes bytes at their place; from any thread.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var written = 0
    while written < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress! + written, min(bytes.count - written, 1 << 30),
        off_t(offset + written))
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw Self.failure(path, "write") }
      written += count
    }
  }

  /// Completes the header, and makes the file durable and visible under its name. Returns the
  /// header.
  func commit(_ header: CacheHeader) throws -> CacheHeader {
    var header = header
    // A section that ends the file may be empty.
    if ftruncate(descriptor, off_t(max(end, CacheHeader.reservedSize))) != 0 {
      throw Self.failure(path, "write")
    }
    guard let file = MappedFile(path: temporary) else { throw Self.failure(path, "read back") }
    header.sections = sections.map { section in
      var section = section
      section.checksum = CacheHeader.checksum(
        UnsafeRawBufferPointer(start: file.base + section.offset, count: section.byteCount))
      return section
    }
    let bytes = try header.encoded(for: path)
    try bytes.withUnsafeBytes { try write($0, at: 0) }
    guard fsync(descriptor) == 0 else { throw Self.failure(path, "sync") }
    guard rename(temporary, path) == 0 else { throw Self.failure(path, "rename") }
    close(descriptor)
    descriptor = -1
    let folder = open(
      URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      // Some file systems can't sync a folder; the rename has happened all the same.
      _ = fsync(folder)
      close(folder)
    }
    return header
  }

  static func failure(_ path: String, _ action: String) -> InputError {
    let reason = String(cString: strerror(errno)).lowercased()
    return InputError(
      file: path, found: "failure to \(action) (\(reason))",
      expected: "a place for the cache file; another folder can be given for it")
  }
}
