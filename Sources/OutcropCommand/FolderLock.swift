import Foundation
import Outcrop

/// Prevents a second process of this program from working in a folder until this process ends.
struct FolderLock {
  private let descriptor: Int32

  /// Throws `InputError` if another process has locked the folder.
  init(_ folder: String) throws {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError.system(folder, "open") }
    // On a file system without locks, the folder stays unlocked.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      throw InputError(
        .system, file: folder, found: "another process that works in this folder",
        expected: "none", hint: "wait until that process ends, or give another --output")
    }
  }

  /// Unlocks the folder.
  func release() { close(descriptor) }
}
