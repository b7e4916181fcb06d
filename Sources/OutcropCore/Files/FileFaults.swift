import CKernels
import Foundation
import Synchronization

/// Injects failures of the file system, for tests: the n-th operation on a folder and the files below it
/// fails.
///
/// Operations are counted over all threads. Only files below the folder count, so that tests that run at
/// the same time do not disturb each other. While no test asks for failures, an operation costs one load.
package enum FileFaults {
  private struct Plan {
    var folder: String
    /// Operations until the one that fails, itself included.
    var remaining: Int
    var code: Int32
    var hasFailed = false
  }

  private static let isActive = Atomic<Bool>(false)
  private static let plan = Locked<[Plan]>([])

  /// Runs `body` while operation `number` (from 1) below `folder` fails with `code`. An error of `body` is
  /// passed to `failure`. Returns whether `body` made at least `number` operations.
  package static func inject(
    at number: Int, below folder: String, code: Int32 = ENOSPC, _ body: () throws -> Void,
    failure: (any Error) -> Void
  ) -> Bool {
    plan.withLock { $0.append(Plan(folder: folder, remaining: number, code: code)) }
    isActive.store(true, ordering: .sequentiallyConsistent)
    do { try body() } catch { failure(error) }
    return plan.withLock { plans in
      let index = plans.firstIndex { $0.folder == folder }!
      let found = plans.remove(at: index)
      isActive.store(!plans.isEmpty, ordering: .sequentiallyConsistent)
      return found.hasFailed
    }
  }

  /// Whether this operation on `path` must fail; `errno` is then set.
  @inline(__always)
  static func fails(_ path: String) -> Bool {
    isActive.load(ordering: .relaxed) && count(path)
  }

  private static func count(_ path: String) -> Bool {
    plan.withLock { plans in
      for index in plans.indices
      where path == plans[index].folder || path.hasPrefix(plans[index].folder + "/") {
        plans[index].remaining -= 1
        if plans[index].remaining == 0 {
          plans[index].hasFailed = true
          errno = plans[index].code
          return true
        }
      }
      return false
    }
  }
}

/// The system calls on files, which `FileFaults` can make fail. They return what the system calls return.
/// Those that take a descriptor also take the file's path, for `FileFaults`.
package enum SystemCall {
  package static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0o666) -> Int32 {
    FileFaults.fails(path) ? -1 : Foundation.open(path, flags, mode)
  }

  package static func read(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int, _ path: String
  ) -> Int {
    FileFaults.fails(path) ? -1 : Foundation.read(descriptor, buffer, count)
  }

  package static func pread(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int, _ offset: off_t,
    _ path: String
  ) -> Int {
    FileFaults.fails(path) ? -1 : Foundation.pread(descriptor, buffer, count, offset)
  }

  package static func write(
    _ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, _ path: String
  ) -> Int {
    FileFaults.fails(path) ? -1 : Foundation.write(descriptor, bytes, count)
  }

  package static func pwrite(
    _ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, _ offset: off_t, _ path: String
  ) -> Int {
    FileFaults.fails(path) ? -1 : Foundation.pwrite(descriptor, bytes, count, offset)
  }

  package static func ftruncate(_ descriptor: Int32, _ size: off_t, _ path: String) -> Int32 {
    FileFaults.fails(path) ? -1 : Foundation.ftruncate(descriptor, size)
  }

  package static func fsync(_ descriptor: Int32, _ path: String) -> Int32 {
    FileFaults.fails(path) ? -1 : Foundation.fsync(descriptor)
  }

  package static func rename(_ path: String, _ target: String) -> Int32 {
    FileFaults.fails(target) ? -1 : Foundation.rename(path, target)
  }

  package static func mkdir(_ path: String) -> Int32 {
    FileFaults.fails(path) ? -1 : Foundation.mkdir(path, 0o777)
  }

  static func mmap(_ count: Int, _ descriptor: Int32, _ path: String) -> UnsafeMutableRawPointer? {
    if FileFaults.fails(path) { return nil }
    let mapped = Foundation.mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    return mapped == MAP_FAILED ? nil : mapped
  }

  static func malloc(_ count: Int, _ path: String) -> UnsafeMutableRawPointer? {
    FileFaults.fails(path) ? nil : Foundation.malloc(count)
  }

  /// Exchanges the files or folders of two names in one step; -1 if the file system cannot do that.
  static func exchange(_ path: String, _ target: String) -> Int32 {
    if FileFaults.fails(target) { return -1 }
    return oc_exchange_names(path, target)
  }
}
