import CKernels
import Foundation

/// What happens when the system refuses memory for a large buffer: of tensors and matrices, of tables while
/// a data set is read, of a graph or a file.
///
/// Such a request cannot be answered by an error, since operations of tensors do not throw. The library first
/// gives back what its pools hold unused, and asks again. Where that fails too, a *handler* says what happens;
/// it cannot return. Without one, the process ends with a sentence that says how much was asked for and what
/// for, and a trap. A program can install its own, to save its work or to end with an exit status:
///
///     OutOfMemory.setHandler { request in
///       try? FileHandle.standardError.write(contentsOf: Data("\(request)\n".utf8))
///       exit(1)
///     }
///
/// The handler is called on the thread that needs the memory, which may be one of the library's own, while
/// other threads continue. The handler may use the last free memory of the process, so it must do little work. It
/// is called once: another thread that runs out of memory meanwhile waits.
///
/// Not covered: Swift's own objects, such as arrays, end the process from inside the Swift runtime ("failed to
/// allocate … bytes"); so does the system where it grants memory that it does not have and ends a process
/// later (on Linux by default, except under `ulimit -v`).
public enum OutOfMemory {
  /// Memory that the system has refused.
  public struct Request: Sendable, CustomStringConvertible {
    /// The size in bytes.
    public let byteCount: Int
    /// What it is for, such as `a tensor`.
    public let purpose: String

    /// A request for so many bytes.
    public init(byteCount: Int, purpose: String) {
      (self.byteCount, self.purpose) = (byteCount, purpose)
    }

    /// `not enough memory: 1.5 GB needed for a tensor`.
    public var description: String {
      "not enough memory: \(Self.text(byteCount)) needed for \(purpose)"
    }

    private static func text(_ count: Int) -> String {
      for (size, unit) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")]
      where count >= size {
        let tenths = (count / (size / 10))
        return "\(tenths / 10).\(tenths % 10) \(unit)"
      }
      return "\(count) bytes"
    }
  }

  /// Ends the process, or never comes to an end.
  public typealias Handler = @Sendable (Request) -> Never

  private static let handler = Locked<Handler?>(nil)
  private static let isEnding = Locked(false)

  /// Sets what happens when the system refuses memory; nil for the trap.
  public static func setHandler(_ handler: Handler?) {
    self.handler.withLock { $0 = handler }
  }

  /// From now on `ending`, which must end the process, is called where the Swift runtime, Foundation's `Data`
  /// or C++ would end it by a signal because the system refuses memory for an object (with glibc; nothing
  /// happens elsewhere). It may be called on any thread, and there is next to no memory.
  package static func setEndingOfObjects(_ ending: @convention(c) () -> Void) {
    oc_guard_allocations(ending)
  }

  /// Ends the process because of a request that cannot be met.
  package static func end(_ byteCount: Int, for purpose: StaticString) -> Never {
    let isFirst = isEnding.withLock { isEnding in
      defer { isEnding = true }
      return !isEnding
    }
    // A handler that is at work ends the process.
    while !isFirst { sleep(1) }
    let request = Request(byteCount: byteCount, purpose: "\(purpose)")
    guard let handler = handler.withLock({ $0 }) else { fatalError(request.description) }
    handler(request)
  }

  /// Memory with undefined contents, aligned to 64 bytes, or to be given back with `free`; where the system
  /// refuses it even after `BufferPool.trim()`, the process ends.
  package static func allocate(
    byteCount: Int, for purpose: StaticString
  ) -> UnsafeMutableRawPointer {
    if let memory = aligned(byteCount) { return memory }
    BufferPool.trim()
    guard let memory = aligned(byteCount) else { end(byteCount, for: purpose) }
    return memory
  }

  /// Memory for `count` elements, as `allocate(byteCount:for:)`; a count whose bytes cannot be counted ends
  /// the process too.
  package static func allocate<Element>(
    _ type: Element.Type, count: Int, for purpose: StaticString
  ) -> UnsafeMutablePointer<Element> {
    let (size, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    if overflows { end(Int.max, for: purpose) }
    return allocate(byteCount: size, for: purpose).bindMemory(to: type, capacity: count)
  }

  /// As `allocate`, with zeros, and aligned to 16 bytes only. Pages that are not written to occupy no memory.
  package static func allocateZeros<Element: BitwiseCopyable>(
    _ type: Element.Type, count: Int, for purpose: StaticString
  ) -> UnsafeMutablePointer<Element> {
    require(
      MemoryLayout<Element>.alignment <= 16,
      "OutOfMemory.allocateZeros: found elements aligned to \(MemoryLayout<Element>.alignment) bytes, "
        + "expected at most 16")
    let (size, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    if overflows { end(Int.max, for: purpose) }
    if let zeros = calloc(max(size, 1), 1) { return zeros.bindMemory(to: type, capacity: count) }
    BufferPool.trim()
    guard let zeros = calloc(max(size, 1), 1) else { end(size, for: purpose) }
    return zeros.bindMemory(to: type, capacity: count)
  }

  /// Memory aligned to 64 bytes; nil where the system refuses it.
  static func aligned(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    var memory: UnsafeMutableRawPointer?
    return posix_memalign(&memory, 64, max(byteCount, 1)) == 0 ? memory : nil
  }
}
