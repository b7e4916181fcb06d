import Foundation

/// The temporary files and folders of this package, named `.outcrop-….tmp`, and what killed processes left
/// of them.
///
/// A temporary file or folder is locked (`flock`) for as long as its process lives, however the process
/// ends: what is not locked is a remainder.
package enum FileRemains {
  private static let prefix = ".outcrop-"
  private static let suffix = ".tmp"
  private static let cleaned = Locked<Set<String>>([])

  /// A new name for a temporary file or folder.
  static func newName() -> String {
    prefix + String(UInt64.random(in: 0...UInt64.max), radix: 36) + suffix
  }

  private static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.hasSuffix(suffix)
      && UInt64(name.dropFirst(prefix.count).dropLast(suffix.count), radix: 36) != nil
  }

  /// As `remove(in:)`, once for each folder in the life of this process.
  static func removeOnce(in folder: String) {
    if cleaned.withLock({ $0.insert(folder).inserted }) { remove(in: folder) }
  }

  /// Removes the temporary files and folders that killed processes left in a folder. Those that a process
  /// is writing stay, and so do those that cannot be removed.
  package static func remove(in folder: String) {
    for name in (try? SystemFiles.names(in: folder)) ?? [] where isTemporary(name) {
      let path = "\(folder)/\(name)"
      // No link is followed, and opening a pipe does not wait.
      var descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      if descriptor < 0, errno == EISDIR {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        continue
      }
      switch status.st_mode & S_IFMT {
      case S_IFREG: unlink(path)
      case S_IFDIR: AtomicFolder.remove(path, in: folder)
      default: break
      }
    }
  }

  /// A descriptor that holds the lock on a new temporary file or folder, or nil where another process took
  /// it for a remainder in between. Where files cannot be locked no process removes any.
  static func lock(_ descriptor: Int32) -> Bool {
    var status = stat()
    return (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
      && fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }
}
