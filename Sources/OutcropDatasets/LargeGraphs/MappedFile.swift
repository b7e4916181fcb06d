import Foundation

/// A file's bytes, mapped for reading: the system brings in what is used and may drop it again.
///
/// Not guaranteed: a file that another process cuts short while it is mapped ends this process on
/// access, as with every mapping. Files replaced by renaming, as caches are, stay as they were.
final class MappedFile: @unchecked Sendable {
  // Sendable: the memory is never written and freed only in deinit.
  let count: Int
  let base: UnsafeRawPointer

  /// Nil when the file can't be opened or mapped, or is empty.
  init?(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0
    else { return nil }
    count = Int(status.st_size)
    guard let mapped = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED
    else { return nil }
    base = UnsafeRawPointer(mapped)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: base), count) }
}
