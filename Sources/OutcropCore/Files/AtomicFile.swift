import Foundation

/// A file that appears under its name complete or not at all.
///
/// Bytes go to a temporary file in the destination's folder (named `.outcrop-….tmp`); `commit`
/// syncs it, renames it over the destination and syncs the folder. Until then, and on any error, a
/// file already there is untouched. A temporary file is removed on error and when abandoned; only
/// a killed process leaves one behind.
///
/// An existing destination's permissions are kept, and a symbolic link is followed.
package struct AtomicFile: ~Copyable {
  package let path: String
  private let destination: String
  private let temporary: String
  private var descriptor: Int32

  package init(path: String) throws {
    var destination = path
    var mode: mode_t?
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw InputError(
          .system, file: path,
          found: status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or device",
          expected: "a regular file to replace, or none")
      }
      mode = status.st_mode & 0o7777
      if let resolved = realpath(path, nil) {
        destination = String(cString: resolved)
        free(resolved)
      }
    }
    guard let last = path.utf8.last, last != UInt8(ascii: "/") else {
      throw InputError(.system, file: path, found: "no file name", expected: "a file's path")
    }
    let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    let temporary = Self.folder(of: destination) + "/.outcrop-\(suffix).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw InputError.system(path, "create a temporary file beside it")
    }
    if let mode { _ = fchmod(descriptor, mode) }
    self.path = path
    self.destination = destination
    self.temporary = temporary
    self.descriptor = descriptor
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  /// Writes `bytes` at `offset` of the file.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var written = 0
    while written < bytes.count {
      let got = pwrite(
        descriptor, bytes.baseAddress! + written, min(bytes.count - written, 1 << 30),
        off_t(offset + written))
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { throw InputError.system(path, "write") }
      written += got
    }
  }

  /// Makes the file durable and visible under its name.
  package consuming func commit() throws {
    guard fsync(descriptor) == 0 else { throw InputError.system(path, "sync") }
    guard rename(temporary, destination) == 0 else {
      throw InputError.system(path, "rename to")
    }
    close(descriptor)
    descriptor = -1
    let folder = open(Self.folder(of: destination), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw InputError.system(path, "open the folder of") }
    defer { close(folder) }
    // Some file systems cannot sync a folder and say EINVAL; the rename has happened all the same.
    if fsync(folder) != 0 && errno != EINVAL && errno != ENOTSUP {
      throw InputError.system(path, "sync the folder of")
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
