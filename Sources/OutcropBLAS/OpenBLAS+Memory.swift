import Foundation
import OutcropCore

extension OpenBLAS {
  /// The memory that OpenBLAS maps for each thread that multiplies at the same time, on 64-bit processors.
  private static let bufferSize = 128 << 20

  /// Under a limit of the address space (`ulimit -v`), lets OpenBLAS map its buffers now: where it cannot map
  /// one it tries again without end, which no caller can prevent later.
  static func takeBuffers() {
    var limit = rlimit()
    guard getrlimit(addressSpace, &limit) == 0, limit.rlim_cur < rlim_t(Int64.max) else { return }
    var taken: [UnsafeMutableRawPointer] = []
    for _ in 0..<ThreadPool.threadCount {
      let room = mmap(nil, bufferSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      guard let room, room != MAP_FAILED else {
        OutOfMemory.end(bufferSize, for: "a thread's matrix products (OpenBLAS)")
      }
      munmap(room, bufferSize)
      guard let allocate else { continue }
      if let buffer = allocate(0) { taken.append(buffer) }
    }
    for buffer in taken { release?(buffer) }
  }

  private typealias Allocate = @convention(c) (Int32) -> UnsafeMutableRawPointer?
  private typealias Release = @convention(c) (UnsafeMutableRawPointer) -> Void

  // Not in OpenBLAS's header. Without them the room for buffers is only tried.
  private static var allocate: Allocate? {
    function("blas_memory_alloc").map { unsafeBitCast($0, to: Allocate.self) }
  }
  private static var release: Release? {
    function("blas_memory_free").map { unsafeBitCast($0, to: Release.self) }
  }

  private static func function(_ name: String) -> UnsafeMutableRawPointer? {
    dlsym(dlopen(nil, RTLD_NOW), name)
  }

  #if canImport(Glibc)
    private static let addressSpace = __rlimit_resource_t(UInt32(RLIMIT_AS.rawValue))
  #else
    private static let addressSpace = RLIMIT_AS
  #endif
}
