import Foundation

/// Memory that is handed out, given back and handed out again, so that a training step allocates
/// nothing large after the first.
///
/// A buffer is 64-byte aligned. Large requests get an eighth of headroom, because the next batch's
/// tensors are rarely of exactly the same size; a free buffer serves any request of at least half
/// its capacity. Contents are not cleared. Safe to use from any thread. Where the system refuses memory, see
/// `OutOfMemory`.
public enum BufferPool {
  /// Counters of the pool since the process started.
  public struct Statistics: Sendable, Equatable {
    /// Bytes allocated and not yet released.
    public var bytesInUse = 0
    /// Bytes held by the pool, in use or free.
    public var bytesHeld = 0
    /// The largest `bytesInUse` since the process started or the peak was reset.
    public var peakBytesInUse = 0
    /// Requests of 64 KiB or more for which the pool allocated new memory.
    public var largeAllocations = 0
  }

  /// A piece of memory from the pool.
  @usableFromInline
  package struct Buffer: @unchecked Sendable {
    /// The first byte, aligned to 64.
    @usableFromInline
    package let base: UnsafeMutableRawPointer
    /// The usable size in bytes, at least the requested size.
    package let capacity: Int
  }

  /// A snapshot of the counters.
  public static var statistics: Statistics { shared.withLock { $0.statistics } }

  /// A buffer of at least `byteCount` bytes, with undefined contents.
  @usableFromInline
  package static func allocate(byteCount: Int) -> Buffer {
    require(byteCount >= 0, "BufferPool.allocate: found \(byteCount) bytes, expected at least 0")
    if let buffer = shared.withLock({ $0.allocate(byteCount) }) { return buffer }
    trim()
    guard let buffer = shared.withLock({ $0.allocate(byteCount) }) else {
      OutOfMemory.end(byteCount, for: "a buffer of tensors or matrices")
    }
    return buffer
  }

  /// Returns a buffer to the pool. It must not be used or released again afterward; this is not
  /// checked.
  @usableFromInline
  package static func release(_ buffer: Buffer) {
    shared.withLock { $0.release(buffer) }
  }

  /// Resets `peakBytesInUse` to the current `bytesInUse`.
  package static func resetPeak() {
    shared.withLock { $0.statistics.peakBytesInUse = $0.statistics.bytesInUse }
  }

  /// Returns all free memory to the system. Also releases the idle scratch objects of this package, which
  /// `statistics` does not count.
  public static func trim() {
    shared.withLock { $0.trim() }
    for pool in objectPools.withLock({ $0 }) { pool.object?.trim() }
  }

  /// Registers a pool that `trim` also empties, for as long as the pool exists.
  static func addTrimmed(_ pool: any TrimmedPool) {
    objectPools.withLock { pools in
      pools.removeAll { $0.object == nil }
      pools.append(Weak(object: pool))
    }
  }

  private struct Weak {
    weak var object: (any TrimmedPool)?
  }

  private static let objectPools = Locked<[Weak]>([])
  private static let shared = Locked(State())

  private struct State {
    var statistics = Statistics()
    /// Free buffers by power of two of their capacity.
    private var free: [[Buffer]] = Array(repeating: [], count: 64)

    /// nil where the system refuses the memory.
    mutating func allocate(_ byteCount: Int) -> Buffer? {
      // No machine has the bytes of a count that headroom would make overflow.
      guard byteCount <= Int.max / 4 else { return nil }
      let wanted = max(64, byteCount)
      guard let buffer = takeFree(wanted) ?? fresh(wanted) else { return nil }
      statistics.bytesInUse += buffer.capacity
      statistics.peakBytesInUse = max(statistics.peakBytesInUse, statistics.bytesInUse)
      return buffer
    }

    /// A free buffer with `wanted` ... 2 · `wanted` bytes. The search starts at the most recently released
    /// buffer, which is most likely in the cache, and takes the first close fit, otherwise the smallest.
    private mutating func takeFree(_ wanted: Int) -> Buffer? {
      let first = Self.bin(wanted)
      let closeFit = wanted + wanted / 8 + 64
      for bin in first...min(first + 1, 63) {
        var best = -1
        for index in free[bin].indices.reversed() {
          let capacity = free[bin][index].capacity
          if capacity >= wanted, capacity <= 2 * wanted,
            best < 0 || capacity < free[bin][best].capacity
          {
            best = index
            if capacity <= closeFit { break }
          }
        }
        if best >= 0 {
          free[bin].swapAt(best, free[bin].count - 1)
          return free[bin].removeLast()
        }
      }
      return nil
    }

    private mutating func fresh(_ wanted: Int) -> Buffer? {
      let large = wanted >= 1 << 16
      let padded = large ? wanted + wanted / 8 : wanted
      let capacity = (padded + 63) & ~63
      guard let base = OutOfMemory.aligned(capacity) else { return nil }
      if large { statistics.largeAllocations += 1 }
      statistics.bytesHeld += capacity
      return Buffer(base: base, capacity: capacity)
    }

    mutating func release(_ buffer: Buffer) {
      statistics.bytesInUse -= buffer.capacity
      free[Self.bin(buffer.capacity)].append(buffer)
    }

    mutating func trim() {
      for bin in free.indices {
        for buffer in free[bin] {
          statistics.bytesHeld -= buffer.capacity
          Foundation.free(buffer.base)
        }
        free[bin] = []
      }
    }

    private static func bin(_ byteCount: Int) -> Int {
      Int.bitWidth - 1 - byteCount.leadingZeroBitCount
    }
  }
}
