import CKernels
import Foundation
import Synchronization

/// The library's threads: one long-lived pool that runs numbered chunks of work.
///
/// Work is split into chunks whose size depends on the problem only, never on the number of threads,
/// so that every result is bitwise the same for any thread count. The number of threads is
/// the value of `OUTCROP_NUM_THREADS` (1 ... 1024). If it is not set, or has another value (which prints a
/// warning), it is the number of processors. `threadCount` changes it in code, at any time: calls that
/// are already running finish with the threads they have.
///
/// Each thread begins with its own part of the chunks, the same one in every call, so that it finds in its
/// cache what it wrote in the call before; when its part is done, it takes chunks from the ends of others.
///
/// A call made while the pool is busy (from inside a chunk, or from another thread) runs its chunks
/// only on the calling thread. This changes only the run time.
public enum ThreadPool {
  /// The largest `threadCount`.
  public static let maximumThreadCount = 1024

  /// The number of threads that work together, including the calling one: 1 ...
  /// `maximumThreadCount`. A number above that of the machine's processors is allowed, but slower.
  public static var threadCount: Int {
    get { Pool.shared.limit.load(ordering: .relaxed) }
    set {
      require(
        (1...maximumThreadCount).contains(newValue),
        "ThreadPool.threadCount: found \(newValue), expected 1 ... \(maximumThreadCount)")
      Pool.shared.setLimit(newValue)
    }
  }

  /// The number of threads for a value of `OUTCROP_NUM_THREADS`, and a warning if the value is invalid.
  package static func threadCount(
    asked: String?, processors: Int
  ) -> (count: Int, warning: String?) {
    let usual = min(processors, maximumThreadCount)
    guard let asked, !asked.isEmpty else { return (usual, nil) }
    guard let count = Int(asked), (1...maximumThreadCount).contains(count) else {
      return (
        usual,
        "OUTCROP_NUM_THREADS: found \(quoted(asked)), expected 1 ... \(maximumThreadCount); using \(usual)"
      )
    }
    return (count, nil)
  }

  /// Calls `body` once for each chunk 0 ..< `count`, in any order and on any thread, and returns
  /// when all are done.
  public static func run(chunks count: Int, _ body: (Int) -> Void) {
    run(chunks: count) { chunk, _ in body(chunk) }
  }

  /// Like `run(chunks:_:)`, and passes each chunk uninitialized memory for `elementCount` elements, which
  /// only this chunk uses while it runs.
  @inlinable
  package static func run<Element>(
    chunks count: Int, scratch elementCount: Int, of type: Element.Type,
    _ body: (Int, UnsafeMutablePointer<Element>) -> Void
  ) {
    let slots = min(threadCount, max(1, count))
    // The memory of each thread starts at a new cache line.
    let stride = (elementCount * MemoryLayout<Element>.stride + 63) & ~63
    withScratch(of: UInt8.self, count: slots * stride) { scratch in
      run(chunks: count) { chunk, thread in
        if thread < slots {
          let piece = UnsafeMutableRawPointer(scratch + thread * stride)
          body(chunk, piece.assumingMemoryBound(to: type))
        } else {
          // The number of threads was raised in the meantime.
          withScratch(of: type, count: elementCount) { body(chunk, $0) }
        }
      }
    }
  }

  /// Calls `body` with each chunk and the number of the thread that works on it.
  @usableFromInline
  package static func run(chunks count: Int, _ body: (Int, Int) -> Void) {
    if count <= 0 { return }
    if count > ChunkRange.maximumCount {
      // Neighboring chunks become one.
      let size = (count - 1) / ChunkRange.maximumCount + 1
      return run(chunks: (count - 1) / size + 1) { group, thread in
        for chunk in group * size..<min(count, (group + 1) * size) { body(chunk, thread) }
      }
    }
    if count == 1 || !Pool.shared.run(count, body) {
      for chunk in 0..<count { body(chunk, 0) }
    }
  }

  /// Calls `body` once for each of the consecutive ranges of `grain` elements (the last may be
  /// shorter) that cover 0 ..< `count`, in any order and on any thread.
  public static func forRanges(
    _ count: Int, grain: Int, _ body: (Range<Int>) -> Void
  ) {
    require(grain > 0, "ThreadPool.forRanges: found a grain of \(grain), expected at least 1")
    if count <= 0 { return }
    run(chunks: (count - 1) / grain + 1) { chunk in
      let start = chunk * grain
      body(start..<start + min(grain, count - start))
    }
  }
}

/// The chunks of one thread's part that nobody has begun yet. The thread takes them from the front, others from
/// the back.
private struct ChunkRange: ~Copyable {
  static let maximumCount = Int(UInt32.max)

  /// The first chunk in the low half, the end in the high half.
  private let bounds = Atomic<UInt64>(0)
  /// Fills the cache line, so that threads that work on their own parts do not share lines.
  private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0, 0, 0, 0, 0, 0, 0
  )

  func set(_ range: Range<Int>) {
    bounds.store(
      UInt64(range.upperBound) << 32 | UInt64(range.lowerBound), ordering: .relaxed)
  }

  /// A chunk that no other call gets; nil if none is left.
  func take(fromFront: Bool) -> Int? {
    var current = bounds.load(ordering: .relaxed)
    while true {
      let (first, end) = (current & 0xFFFF_FFFF, current >> 32)
      if first >= end { return nil }
      let rest = fromFront ? current + 1 : current - (1 << 32)
      let (taken, original) = bounds.weakCompareExchange(
        expected: current, desired: rest, ordering: .relaxed)
      if taken { return Int(fromFront ? first : end - 1) }
      current = original
    }
  }
}

/// The state behind `ThreadPool`. Workers enter a job only while it is open and are counted, so
/// that the caller never waits for a worker that was asleep when the work ran out.
private final class Pool: Sendable {
  static let shared = Pool()

  let limit: Atomic<Int>
  private let busy = Atomic<Bool>(false)
  /// Bit 0: a job is open. Bits 1...15: workers inside. Bits 16...: the job's number.
  private let state = Atomic<UInt64>(0)
  /// A part of the chunks for each thread of the open job; the first `partCount` are in use.
  private nonisolated(unsafe) let parts: UnsafeMutablePointer<ChunkRange>
  private let partCount = Atomic<Int>(0)
  private let job = Atomic<UInt>(0)
  private let sleepers = Atomic<Int>(0)
  private let started = Atomic<Int>(0)
  /// Workers wait here until a job opens.
  private let condition = Condition()
  /// Workers beyond the limit wait here until the limit rises, so that no job wakes them.
  private let parked = Condition()

  private init() {
    let processors = max(1, ProcessInfo.processInfo.activeProcessorCount)
    let found = ThreadPool.threadCount(
      asked: ProcessInfo.processInfo.environment["OUTCROP_NUM_THREADS"], processors: processors)
    if let warning = found.warning {
      FileHandle.standardError.write(Data("warning: \(warning)\n".utf8))
    }
    limit = Atomic(found.count)
    parts = .allocate(capacity: ThreadPool.maximumThreadCount)
    for index in 0..<ThreadPool.maximumThreadCount {
      (parts + index).initialize(to: ChunkRange())
    }
  }

  func setLimit(_ count: Int) {
    limit.store(count, ordering: .relaxed)
    // Taking the lock orders the store before any later check of a parked worker.
    parked.wakeAll()
  }

  /// Runs the chunks on all threads; false when the pool has one thread or is busy.
  func run(_ count: Int, _ body: (Int, Int) -> Void) -> Bool {
    let workers = min(limit.load(ordering: .relaxed), count) - 1
    if workers < 1 { return false }
    guard busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      return false
    }
    start(workers)
    withoutActuallyEscaping(body) { escaping in
      var body = escaping
      withUnsafeMutablePointer(to: &body) { pointer in
        job.store(UInt(bitPattern: pointer), ordering: .relaxed)
        let number = workers + 1
        for index in 0..<number {
          parts[index].set(index * count / number..<(index + 1) * count / number)
        }
        partCount.store(number, ordering: .relaxed)
        let jobNumber = (state.load(ordering: .relaxed) >> 16) &+ 1
        state.store(jobNumber << 16 | 1, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { condition.wakeAll() }
        work(escaping, thread: 0)
        state.bitwiseAnd(~1, ordering: .acquiringAndReleasing)
        var spins = 0
        while state.load(ordering: .acquiring) & 0xFFFE != 0 {
          spins += 1
          if spins < 4096 { oc_cpu_relax() } else { sched_yield() }
        }
      }
    }
    busy.store(false, ordering: .releasing)
    return true
  }

  private func work(_ body: (Int, Int) -> Void, thread: Int) {
    let number = partCount.load(ordering: .relaxed)
    let own = thread % number
    while let chunk = parts[own].take(fromFront: true) { body(chunk, thread) }
    for step in 1..<number {
      let other = (own + step) % number
      while let chunk = parts[other].take(fromFront: false) { body(chunk, thread) }
    }
  }

  /// Runs a worker's share of the open job. Not inlined, so that its copy of the closure is released before
  /// the worker is no longer counted and the closure's stack frame ends.
  @inline(never)
  private func workOnOpenJob(_ index: Int) {
    let pointer = UnsafePointer<(Int, Int) -> Void>(bitPattern: job.load(ordering: .relaxed))!
    work(pointer.pointee, thread: index + 1)
  }

  private func isWithinLimit(_ index: Int) -> Bool { index < limit.load(ordering: .relaxed) - 1 }

  private func start(_ workers: Int) {
    while started.load(ordering: .relaxed) < workers {
      let index = started.wrappingAdd(1, ordering: .relaxed).oldValue
      let thread = Thread { self.workerLoop(index) }
      thread.name = "outcrop-\(index + 1)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  private func workerLoop(_ index: Int) {
    var done: UInt64 = 0
    while true {
      if !isWithinLimit(index) { parked.wait { isWithinLimit(index) } }
      let seen = waitForJob(after: done)
      done = seen >> 16
      if !isWithinLimit(index) { continue }
      var current = seen
      // Enter while the job is open: the job's closure stays alive until the count decreases.
      while current & 1 == 1, current >> 16 == done {
        let (entered, original) = state.compareExchange(
          expected: current, desired: current + 2, ordering: .acquiringAndReleasing)
        if entered {
          workOnOpenJob(index)
          state.wrappingSubtract(2, ordering: .releasing)
          break
        }
        current = original
      }
    }
  }

  /// The state of a job newer than `done`: spins for some tens of microseconds, then sleeps.
  private func waitForJob(after done: UInt64) -> UInt64 {
    for _ in 0..<4096 {
      let seen = state.load(ordering: .acquiring)
      if seen & 1 == 1, seen >> 16 != done { return seen }
      oc_cpu_relax()
    }
    var seen: UInt64 = 0
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    condition.wait {
      seen = state.load(ordering: .sequentiallyConsistent)
      return seen & 1 == 1 && seen >> 16 != done
    }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    return seen
  }
}

/// A condition variable with its lock.
private final class Condition: @unchecked Sendable {
  private let condition = NSCondition()

  func wakeAll() {
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }

  func wait(until ready: () -> Bool) {
    condition.lock()
    while !ready() { condition.wait() }
    condition.unlock()
  }
}
