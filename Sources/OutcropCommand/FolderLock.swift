import Foundation
import Outcrop

/// Keeps a second process of this program out of a folder, for as long as this one lives.
struct FolderLock {
  private let descriptor: Int32

  /// Throws `InputError` when another process holds the folder.
  init(_ folder: String) throws {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError.system(folder, "open") }
    // Where files cannot be locked nobody is kept out.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      throw InputError(
        .system, file: folder, found: "another process that works in this folder",
        expected: "none", hint: "wait for its end, or give another --output")
    }
  }

  /// Lets others in.
  func release() { close(descriptor) }
}
