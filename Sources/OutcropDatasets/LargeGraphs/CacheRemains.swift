import Foundation

/// Temporary files of caches, `NAME.RANDOM.tmp`, and what killed processes left of them.
///
/// A file in the making is locked (`flock`) by its process for as long as that lives; the system
/// drops the lock with the process, however it ends. What can be locked is therefore nobody's.
enum CacheRemains {
  /// Makes a temporary file for the cache at `path`, locked until its descriptor is closed. Throws
  /// `InputError`.
  static func make(for path: String) throws -> (file: String, descriptor: Int32) {
    while true {
      let file = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
      let descriptor = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor < 0 { throw CacheWriter.failure(path, "make a file there") }
      // Between the two calls another process may take the new file for remains. Where files can't
      // be locked nobody takes it.
      var status = stat()
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
        fstat(descriptor, &status) == 0, status.st_nlink > 0
      {
        return (file, descriptor)
      }
      close(descriptor)
      unlink(file)
    }
  }

  /// Removes the temporary files of the cache at `path` that no process is writing. What can't be
  /// removed stays.
  static func remove(of path: String) {
    let place = URL(fileURLWithPath: path)
    let folder = place.deletingLastPathComponent().path
    let prefix = place.lastPathComponent + "."
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      guard name.hasPrefix(prefix), name.hasSuffix(".tmp"),
        UInt64(name.dropFirst(prefix.count).dropLast(4), radix: 36) != nil
      else { continue }
      let file = "\(folder)/\(name)"
      // No link is followed and no pipe waited for.
      let descriptor = open(file, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      var status = stat()
      if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
      {
        unlink(file)
      }
      close(descriptor)
    }
  }
}
