import Foundation

/// File system calls whose errors name the file and the system's reason.
package enum SystemFiles {
  /// The bytes of a file or pipe.
  package static func read(_ path: String) throws -> Data {
    let descriptor = SystemCall.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    defer { close(descriptor) }
    var status = stat()
    let type = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
    let isFile = type == S_IFREG
    if type == S_IFCHR || type == S_IFBLK {
      // Such as /dev/zero, which never ends.
      throw InputError(file: path, found: "a device", expected: "a file or a pipe")
    }
    // One byte more than the file has, so that its end is detected without growing the buffer.
    var bytes = Data(count: isFile ? Int(status.st_size) + 1 : 1 << 16)
    var filled = 0
    while true {
      if filled == bytes.count { bytes.append(Data(count: bytes.count)) }
      let count = bytes.withUnsafeMutableBytes {
        SystemCall.read(descriptor, $0.baseAddress! + filled, min($0.count - filled, 1 << 30), path)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw InputError.system(path, "read")
      }
      if count == 0 { return bytes.prefix(filled) }
      filled += count
    }
  }

  /// The bytes of a file or pipe, or nil if nothing exists at `path`.
  package static func readIfPresent(_ path: String) throws -> Data? {
    if access(path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR { return nil }
    return try read(path)
  }

  /// The names in a folder, sorted, without `.` and `..`.
  ///
  /// Not guaranteed: names that are not UTF-8 cannot be opened; the damaged bytes are replaced by U+FFFD.
  package static func names(in path: String) throws -> [String] {
    guard !FileFaults.fails(path), let folder = opendir(path) else {
      throw InputError.system(path, "read the folder")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: UInt8.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
          String(decodingCString: $0, as: UTF8.self)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    if errno != 0 { throw InputError.system(path, "read the folder") }
    return names.sorted()
  }

  /// Creates a folder and its missing parents.
  package static func createFolder(_ path: String) throws {
    if SystemCall.mkdir(path) == 0 { return }
    let parent = parent(of: path)
    if errno == ENOENT, !parent.isEmpty, parent != path {
      try createFolder(parent)
      if SystemCall.mkdir(path) == 0 { return }
    }
    let reason = errno
    var status = stat()
    if reason == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    errno = reason
    throw InputError.system(path, "create the folder")
  }

  /// The part of a path before its last component, such as `a` of `a/b/`; empty for a single component.
  ///
  /// Foundation's equivalent traps for some paths of one character.
  package static func parent(of path: String) -> String {
    var rest = Substring(path)
    while rest.count > 1, rest.last == "/" { rest = rest.dropLast() }
    guard let slash = rest.lastIndex(of: "/") else { return "" }
    rest = rest[..<slash]
    while rest.count > 1, rest.last == "/" { rest = rest.dropLast() }
    return rest.isEmpty ? "/" : String(rest)
  }

  /// Renames a file or folder within a file system; nothing may exist at `target` yet.
  package static func move(_ path: String, to target: String) throws {
    var status = stat()
    if lstat(target, &status) == 0 {
      errno = EEXIST
    } else if SystemCall.rename(path, target) == 0 {
      return
    }
    throw InputError.system(target, "move \(path) there")
  }

  /// Adds a line at the end of a file, which is created if missing; other processes that append to it
  /// wait. `line` contains no line break.
  ///
  /// - Parameter removingCutLine: Whether an incomplete last line is removed: one without a line break,
  ///   which a killed process left. Otherwise the missing line break is added.
  package static func append(
    line: some DataProtocol, to path: String, removingCutLine: Bool = false
  ) throws {
    let descriptor = SystemCall.open(path, O_RDWR | O_CREAT | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      // If the file cannot be locked, the line is still added.
      if errno != EINTR { break }
    }
    var end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw InputError.system(path, "read") }
    let whole = try endOfLastLine(descriptor, end, path)
    var bytes = Array(line) + [UInt8(ascii: "\n")]
    if whole < end {
      if removingCutLine {
        guard ftruncate(descriptor, whole) == 0 else { throw InputError.system(path, "write") }
        end = whole
      } else {
        bytes.insert(UInt8(ascii: "\n"), at: 0)
      }
    }
    try bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = SystemCall.pwrite(
          descriptor, bytes.baseAddress! + written, bytes.count - written, end + off_t(written),
          path)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw InputError.system(path, "write") }
        written += count
      }
    }
    guard SystemCall.fsync(descriptor, path) == 0 else { throw InputError.system(path, "sync") }
  }

  /// The end of the last complete line.
  private static func endOfLastLine(_ descriptor: Int32, _ size: off_t, _ path: String) throws
    -> off_t
  {
    var end = size
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while end > 0 {
      let start = max(0, end - off_t(block.count))
      let count = pread(descriptor, &block, Int(end - start), start)
      if count < 0 && errno == EINTR { continue }
      guard count == Int(end - start) else { throw InputError.system(path, "read") }
      if let last = block[..<count].lastIndex(of: UInt8(ascii: "\n")) {
        return start + off_t(last) + 1
      }
      end = start
    }
    return 0
  }
}
