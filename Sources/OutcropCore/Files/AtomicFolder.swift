import Foundation

/// A folder that appears under its name complete or not at all, or replaces an existing folder in one step.
///
/// Files are written to `content`, in a temporary folder next to the destination (named `.outcrop-….tmp`);
/// `commit` gives it the name. A killed process leaves the old folder or the new one under the name, and
/// perhaps the temporary folder, which `FileRemains` removes later.
package final class AtomicFolder {
  /// The destination.
  package let path: String
  /// Where the files are written.
  package let content: String
  private let temporary: String
  private let descriptor: Int32

  package init(path: String) throws {
    self.path = path
    let folder = AtomicFile.folder(of: path)
    FileRemains.removeOnce(in: folder)
    while true {
      let temporary = "\(folder)/\(FileRemains.newName())"
      // A signal that ends the process waits until the folder has a descriptor, by which it is found and removed.
      let (isMade, descriptor) = AtomicFolder.withSignalsBlocked {
        SystemCall.mkdir(temporary) == 0
          ? (true, SystemCall.open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) : (false, -1)
      }
      guard isMade else {
        throw InputError.system(path, "create a temporary folder beside it")
      }
      guard descriptor >= 0 else {
        let error = InputError.system(path, "create a temporary folder beside it")
        rmdir(temporary)
        throw error
      }
      if FileRemains.lock(descriptor) {
        self.temporary = temporary
        self.descriptor = descriptor
        content = "\(temporary)/new"
        break
      }
      close(descriptor)
      rmdir(temporary)
    }
    // From here on deinit removes the temporary folder.
    guard SystemCall.mkdir(content) == 0 else {
      throw InputError.system(path, "create a temporary folder beside it")
    }
  }

  /// Runs `body`, during which no signal stops this thread. `errno` stays as `body` leaves it.
  private static func withSignalsBlocked<Result>(_ body: () -> Result) -> Result {
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    let hasBlocked = pthread_sigmask(SIG_BLOCK, &all, &before) == 0
    let result = body()
    let reason = errno
    if hasBlocked { pthread_sigmask(SIG_SETMASK, &before, nil) }
    errno = reason
    return result
  }

  deinit {
    Self.removeTree(temporary)
    close(descriptor)
  }

  /// Gives the folder its name. An existing folder of that name is replaced if `replaces`; otherwise it
  /// is an error.
  package func commit(replaces: Bool) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard SystemCall.rename(content, path) == 0 else {
        throw InputError.system(path, "rename to")
      }
      return try AtomicFile.syncFolder(of: path, for: path)
    }
    guard replaces else {
      errno = EEXIST
      throw InputError.system(path, "rename to")
    }
    if SystemCall.exchange(content, path) != 0 {
      guard [EINVAL, ENOSYS, ENOTSUP].contains(errno) else {
        throw InputError.system(path, "rename to")
      }
      try replaceInTwoSteps()
    }
    try AtomicFile.syncFolder(of: path, for: path)
  }

  /// The replacement on file systems that cannot exchange two names. If the process is killed between the
  /// steps, `FileRemains` finds the old folder later and restores its name.
  package func replaceInTwoSteps() throws {
    let old = "\(temporary)/old"
    let kept = "\(old)/\((path as NSString).lastPathComponent)"
    guard SystemCall.mkdir(old) == 0, SystemCall.rename(path, kept) == 0 else {
      throw InputError.system(path, "replace")
    }
    if SystemCall.rename(content, path) != 0 {
      let error = InputError.system(path, "rename to")
      rename(kept, path)
      throw error
    }
  }

  /// Removes a temporary folder that a killed process left in `folder`. If the process was replacing a
  /// folder and nothing has that name now, the old folder gets its name back.
  static func remove(_ temporary: String, in folder: String) {
    for name in (try? SystemFiles.names(in: "\(temporary)/old")) ?? [] {
      var status = stat()
      if lstat("\(folder)/\(name)", &status) != 0 {
        rename("\(temporary)/old/\(name)", "\(folder)/\(name)")
      }
    }
    removeTree(temporary)
  }

  private static func removeTree(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }
}
