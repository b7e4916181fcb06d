import Foundation

/// The temporary files and folders of this package, named `.outcrop-….tmp`, and the removal of those that
/// killed processes left behind.
///
/// A temporary file or folder is locked (`flock`) until its process ends, even if the process is killed.
/// One that is not locked is therefore a leftover.
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

  /// Calls `remove(in:)` the first time that this process asks for the folder.
  static func removeOnce(in folder: String) {
    if cleaned.withLock({ $0.insert(folder).inserted }) { remove(in: folder) }
  }

  /// Removes the temporary files and folders that killed processes left in a folder. It skips those that
  /// a process is writing and those that cannot be removed.
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

  /// Locks a new temporary file or folder. Returns false if another process has mistaken it for a leftover
  /// in the meantime. Returns true where files cannot be locked: no process removes any there.
  static func lock(_ descriptor: Int32) -> Bool {
    var status = stat()
    return (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
      && fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }
}
