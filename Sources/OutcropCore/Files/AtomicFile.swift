import Foundation

/// A file that appears under its name complete or not at all.
///
/// Bytes are written to a temporary file in the destination's folder (named `.outcrop-….tmp`); `commit`
/// syncs it, renames it over the destination and syncs the folder. Until then, and after any error, an
/// existing file is unchanged. The temporary file is removed after an error, and if `commit` is never
/// called. Only a killed process leaves its temporary file behind. `FileRemains` removes such a file when
/// a process next writes to the folder: it recognizes the file because the lock (`flock`) on it ended
/// with its process.
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
    let folder = Self.folder(of: destination)
    FileRemains.removeOnce(in: folder)
    let made = try Self.makeTemporary(in: folder, for: path)
    if let mode { _ = fchmod(made.descriptor, mode) }
    self.path = path
    self.destination = destination
    temporary = made.file
    descriptor = made.descriptor
  }

  deinit {
    if descriptor >= 0 {
      // In this order: a process that is ended in between finds its temporary files by their descriptors.
      unlink(temporary)
      close(descriptor)
    }
  }

  /// Writes `bytes` to the file at `path`, replacing an existing file.
  package static func write(_ bytes: some ContiguousBytes, to path: String) throws {
    let file = try AtomicFile(path: path)
    try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    try file.commit()
  }

  /// Writes `bytes` at `offset` of the file. May be called from several threads.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var written = 0
    while written < bytes.count {
      let got = SystemCall.pwrite(
        descriptor, bytes.baseAddress! + written, min(bytes.count - written, 1 << 30),
        off_t(offset + written), path)
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { throw InputError.system(path, "write") }
      written += got
    }
  }

  /// Makes the file `byteCount` bytes long; bytes that were not written are zero.
  package func setSize(_ byteCount: Int) throws {
    guard SystemCall.ftruncate(descriptor, off_t(byteCount), path) == 0 else {
      throw InputError.system(path, "write")
    }
  }

  /// The bytes written so far, for reading.
  package func mapped() throws -> MappedFile {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw InputError.system(path, "read back") }
    return try MappedFile(descriptor: copy, path, keepsOpen: false)
  }

  /// Makes the file durable and visible under its name.
  package consuming func commit() throws {
    guard SystemCall.fsync(descriptor, path) == 0 else { throw InputError.system(path, "sync") }
    guard SystemCall.rename(temporary, destination) == 0 else {
      throw InputError.system(path, "rename to")
    }
    close(descriptor)
    descriptor = -1
    try Self.syncFolder(of: destination, for: path)
  }

  /// Makes a rename in the folder of `destination` durable.
  static func syncFolder(of destination: String, for path: String) throws {
    let folder = SystemCall.open(
      Self.folder(of: destination), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw InputError.system(path, "open the folder of") }
    defer { close(folder) }
    // Some file systems cannot sync a folder and report EINVAL; the rename has still happened.
    if SystemCall.fsync(folder, path) != 0 && errno != EINVAL && errno != ENOTSUP {
      throw InputError.system(path, "sync the folder of")
    }
  }

  /// A new temporary file, locked until its descriptor is closed.
  private static func makeTemporary(
    in folder: String, for path: String
  ) throws -> (file: String, descriptor: Int32) {
    while true {
      let file = "\(folder)/\(FileRemains.newName())"
      let descriptor = SystemCall.open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw InputError.system(path, "create a temporary file beside it")
      }
      // Between the two calls another process may mistake the new file for a leftover and remove it.
      if FileRemains.lock(descriptor) { return (file, descriptor) }
      unlink(file)
      close(descriptor)
    }
  }

  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
