import Dispatch
import Foundation
import OutcropCore
import OutcropTestSupport
import Synchronization
import Testing

extension CoreTests {
  @Suite struct ThreadPoolTests {
    /// How often each of `count` chunks ran.
    private func runs(_ count: Int) -> [Int] {
      let seen = Locked([Int](repeating: 0, count: max(0, count)))
      ThreadPool.run(chunks: count) { chunk in seen.withLock { $0[chunk] += 1 } }
      return seen.withLock { $0 }
    }

    @Test func everyChunkOnce() {
      for threads in [1, 2, 3, 8] {
        withThreadCount(threads) {
          for count in [-3, 0, 1, 2, 3, 7, 100, 5000] {
            #expect(runs(count).allSatisfy { $0 == 1 })
          }
        }
      }
    }

    @Test func rangesCoverEverything() {
      for (count, grain) in [(0, 4), (-1, 4), (1, 4), (4, 4), (9, 4), (1000, 7), (5, Int.max)] {
        let seen = Locked([Int](repeating: 0, count: max(0, count)))
        ThreadPool.forRanges(count, grain: grain) { range in
          seen.withLock { for index in range { $0[index] += 1 } }
          if range.isEmpty || range.count > grain { Issue.record("range \(range)") }
        }
        #expect(seen.withLock { $0 }.allSatisfy { $0 == 1 })
      }
    }

    /// Each thread waits for the other: one thread alone would wait until the deadline.
    @Test func threadsWorkTogether() {
      withThreadCount(2) {
        let inside = Atomic<Int>(0)
        let met = Atomic<Int>(0)
        ThreadPool.run(chunks: 2) { _ in
          inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
          let deadline = Date(timeIntervalSinceNow: 20)
          while inside.load(ordering: .sequentiallyConsistent) < 2, Date() < deadline {
            Thread.sleep(forTimeInterval: 0.0001)
          }
          if inside.load(ordering: .sequentiallyConsistent) == 2 {
            met.wrappingAdd(1, ordering: .sequentiallyConsistent)
          }
        }
        #expect(met.load(ordering: .sequentiallyConsistent) == 2)
      }
    }

    @Test func workersWakeAfterSleeping() {
      withThreadCount(2) {
        for _ in 0..<20 {
          Thread.sleep(forTimeInterval: 0.003)
          let threads = Locked(Set<ObjectIdentifier>())
          ThreadPool.run(chunks: 40) { _ in
            threads.withLock { _ = $0.insert(ObjectIdentifier(Thread.current)) }
            Thread.sleep(forTimeInterval: 0.0005)
          }
          #expect(threads.withLock { $0.count } == 2)
        }
      }
    }

    @Test func writesAreVisibleToTheCaller() {
      withThreadCount(8) {
        var numbers = [Int](repeating: -1, count: 64)
        for round in 0..<3000 {
          numbers.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let buffer = buffer
            ThreadPool.run(chunks: 64) { buffer[$0] = round + $0 }
          }
          if !numbers.indices.allSatisfy({ numbers[$0] == round + $0 }) {
            Issue.record("round \(round)")
          }
        }
      }
    }

    @Test func nestedCalls() {
      withThreadCount(4) {
        let seen = Locked([Int](repeating: 0, count: 600))
        ThreadPool.run(chunks: 20) { outer in
          ThreadPool.run(chunks: 30) { inner in
            seen.withLock { $0[outer * 30 + inner] += 1 }
          }
        }
        #expect(seen.withLock { $0 }.allSatisfy { $0 == 1 })
      }
    }

    @Test func concurrentCallers() {
      withThreadCount(3) {
        let failures = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
          for count in 1...300 where !runs(count).allSatisfy({ $0 == 1 }) {
            failures.withLock { $0 += 1 }
          }
        }
        #expect(failures.withLock { $0 } == 0)
      }
    }

    @Test func threadCountChangesWhileRunning() {
      withThreadCount(2) {
        let stop = Atomic<Bool>(false)
        let ended = DispatchSemaphore(value: 0)
        let thread = Thread {
          var count = 1
          while !stop.load(ordering: .relaxed) {
            ThreadPool.threadCount = count % 9 + 1
            count += 1
            if count % 16 == 0 { Thread.sleep(forTimeInterval: 0.0002) }
          }
          ended.signal()
        }
        thread.start()
        for round in 0..<3000 where !runs(round % 70).allSatisfy({ $0 == 1 }) {
          Issue.record("round \(round)")
        }
        stop.store(true, ordering: .relaxed)
        ended.wait()
      }
    }

    /// Workers that a lower count sends away come back when it rises.
    @Test func workersReturn() {
      for threads in [4, 2, 1, 4, 3, 4] {
        withThreadCount(threads) {
          let seen = Locked(Set<ObjectIdentifier>())
          for _ in 0..<3 {
            ThreadPool.run(chunks: 60) { _ in
              seen.withLock { _ = $0.insert(ObjectIdentifier(Thread.current)) }
              Thread.sleep(forTimeInterval: 0.0005)
            }
          }
          #expect(seen.withLock { $0.count } == threads)
        }
      }
    }

    @Test func trapsOnBadCounts() async {
      let none = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { ThreadPool.threadCount = 0 }
      #expect(message(none).contains("ThreadPool.threadCount: found 0, expected 1 ... 1024"))
      let grain = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { ThreadPool.forRanges(5, grain: 0) { _ in } }
      #expect(message(grain).contains("ThreadPool.forRanges: found a grain of 0"))
    }
  }
}
