import CKernels
import Foundation

/// The read-only bytes of a file: mapped, or read into memory where mapping fails.
///
/// The system loads pages of a mapping when they are used, and may drop them again. If another process
/// truncates the file in the meantime, its pages can no longer be loaded: this process then prints the
/// file's name and ends (`oc_guard_mapping`). A file that is replaced by renaming, as the writers of this
/// package do, stays readable.
package final class MappedFile: @unchecked Sendable {
  // Sendable: the memory is never written after init and freed only in deinit.
  package let count: Int
  private let base: UnsafeMutableRawPointer?
  private let isMapped: Bool
  /// Open for `read(at:into:file:)`, or -1.
  private let descriptor: Int32

  /// Maps or reads the file. With `keepsOpen`, `read(at:into:file:)` bypasses the mapping.
  package convenience init(path: String, mapping: Bool = true, keepsOpen: Bool = false) throws {
    // Non-blocking, so that opening a pipe without a writer fails below instead of hanging.
    let descriptor = SystemCall.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    try self.init(descriptor: descriptor, path, mapping: mapping, keepsOpen: keepsOpen)
  }

  /// The same for an open file. This object closes the descriptor, or the initializer does if the object does
  /// not need it. `path` is for errors.
  package init(descriptor: Int32, _ path: String, mapping: Bool = true, keepsOpen: Bool) throws {
    var isKept = false
    defer { if !isKept { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw InputError.system(path, "stat") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw InputError(
        .system, file: path,
        found: status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or device",
        expected: "a regular file")
    }
    count = Int(status.st_size)
    guard count > 0 else {
      (base, isMapped, self.descriptor) = (nil, false, -1)
      return
    }
    if mapping {
      if let mapped = SystemCall.mmap(count, descriptor, path) {
        oc_guard_mapping(mapped, count, path)
        isKept = keepsOpen
        (base, isMapped, self.descriptor) = (mapped, true, keepsOpen ? descriptor : -1)
        return
      }
    }
    guard let memory = SystemCall.malloc(count, path) else {
      throw InputError.system(path, "allocate memory for its \(count) bytes")
    }
    var filled = 0
    while filled < count {
      let got = SystemCall.pread(
        descriptor, memory + filled, min(count - filled, 1 << 30), off_t(filled), path)
      if got < 0 && errno == EINTR { continue }
      if got <= 0 {
        let error =
          got < 0
          ? InputError.system(path, "read")
          : InputError(
            .truncated, file: path, found: "\(filled) bytes", expected: "\(count) bytes")
        free(memory)
        throw error
      }
      filled += got
    }
    (base, isMapped, self.descriptor) = (memory, false, -1)
  }

  /// A copy of bytes in memory.
  package init(copying bytes: [UInt8]) {
    count = bytes.count
    (isMapped, descriptor) = (false, -1)
    base =
      bytes.isEmpty
      ? nil : OutOfMemory.allocate(byteCount: bytes.count, for: "the bytes of a file")
    base?.copyMemory(from: bytes, byteCount: bytes.count)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    guard let base else { return }
    if isMapped {
      oc_unguard_mapping(base)
      munmap(base, count)
    } else {
      free(base)
    }
  }

  /// All bytes, valid for as long as this object lives. Keep a reference to the object while the bytes are
  /// used: Swift may release the object after its last use.
  package var unsafeBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base, count: count)
  }

  /// Calls `body` with the bytes of `range`, which are valid only during the call.
  package func withBytes<R>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
  ) rethrows -> R {
    require(
      range.lowerBound >= 0 && range.upperBound <= count,
      "MappedFile: range \(range) outside \(count) bytes")
    return try withExtendedLifetime(self) {
      try body(
        UnsafeRawBufferPointer(
          start: base.map { UnsafeRawPointer($0) + range.lowerBound },
          count: base == nil ? 0 : range.count))
    }
  }

  /// Fills `output` with the bytes from `offset` on.
  ///
  /// If the file was kept open, this is a read instead of an access to the mapping: it takes a quarter
  /// of the time of loading pages, leaves no page in this process' memory, and throws if the file was
  /// truncated in the meantime, instead of ending the process.
  package func read(at offset: Int, into output: UnsafeMutableRawBufferPointer, file: String) throws
  {
    guard descriptor >= 0 else {
      withBytes(offset..<offset + output.count) { output.copyMemory(from: $0) }
      return
    }
    var filled = 0
    while filled < output.count {
      let got = SystemCall.pread(
        descriptor, output.baseAddress! + filled, min(output.count - filled, 1 << 30),
        off_t(offset + filled), file)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { throw InputError.system(file, "read") }
      if got == 0 {
        throw InputError(
          .truncated, file: file, found: "an end at byte \(offset + filled)",
          expected: "\(count) bytes, as when the file was opened")
      }
      filled += got
    }
  }

  /// Asks the system to read `range` in advance. This is a hint: a failure is ignored.
  package func prefetch(_ range: Range<Int>) {
    guard isMapped, let base, !range.isEmpty else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = range.lowerBound / page * page
    _ = madvise(base + start, range.upperBound - start, MADV_WILLNEED)
  }
}
