import Dispatch
import OutcropCore
import OutcropTestSupport
import Testing

extension CoreTests {
  /// Tests of the pool's state run in processes of their own: in this one, other tests use the pool.
  @Suite struct BufferPoolTests {
    @Test func aligned() {
      for size in [0, 1, 63, 64, 65, 1000, 1 << 16, 1 << 20] {
        let buffer = BufferPool.allocate(byteCount: size)
        #expect(UInt(bitPattern: buffer.base) % 64 == 0)
        #expect(buffer.capacity >= size)
        buffer.base.initializeMemory(as: UInt8.self, repeating: 7, count: buffer.capacity)
        BufferPool.release(buffer)
      }
    }

    @Test func reuses() async {
      await #expect(processExitsWith: .success) {
        BufferPool.trim()
        let first = BufferPool.allocate(byteCount: 1 << 20)
        BufferPool.release(first)
        for size in [1 << 20, (1 << 20) + (1 << 17), (1 << 20) - (1 << 17), 600_000] {
          let again = BufferPool.allocate(byteCount: size)
          #expect(again.base == first.base)
          BufferPool.release(again)
        }
        // Too large and too small for it.
        for size in [(1 << 20) + (1 << 18), 1 << 18] {
          let other = BufferPool.allocate(byteCount: size)
          #expect(other.base != first.base)
          BufferPool.release(other)
        }
      }
    }

    @Test func takesTheClosestFit() async {
      await #expect(processExitsWith: .success) {
        BufferPool.trim()
        let sizes = [1_000_000, 1_500_000, 1_200_000]
        let buffers = sizes.map { BufferPool.allocate(byteCount: $0) }
        for buffer in buffers { BufferPool.release(buffer) }
        let close = BufferPool.allocate(byteCount: 1_000_000)
        #expect(close.base == buffers[0].base)
        BufferPool.release(close)
      }
    }

    @Test func counts() async {
      await #expect(processExitsWith: .success) {
        BufferPool.trim()
        let before = BufferPool.statistics
        let small = BufferPool.allocate(byteCount: 100)
        let large = BufferPool.allocate(byteCount: 1 << 20)
        let during = BufferPool.statistics
        #expect(during.bytesInUse - before.bytesInUse == small.capacity + large.capacity)
        #expect(during.bytesHeld - before.bytesHeld == small.capacity + large.capacity)
        #expect(during.largeAllocations - before.largeAllocations == 1)
        #expect(during.peakBytesInUse >= during.bytesInUse)
        BufferPool.release(small)
        BufferPool.release(large)
        #expect(BufferPool.statistics.bytesInUse == before.bytesInUse)
        #expect(BufferPool.statistics.bytesHeld == during.bytesHeld)
        BufferPool.trim()
        #expect(BufferPool.statistics.bytesHeld == before.bytesHeld)
      }
    }

    /// Steps whose buffers differ by a few percent, as batches do, take nothing new after the
    /// first.
    @Test func cyclingDoesNotGrow() async {
      await #expect(processExitsWith: .success) {
        BufferPool.trim()
        var random = TestRandom(41)
        var after = BufferPool.statistics
        for step in 0..<200 {
          let scale = step == 0 ? 1 : Double.random(in: 0.92...1.1, using: &random)
          var live: [BufferPool.Buffer] = []
          for layer in 1...20 {
            for width in [1_638_400, 409_600, 70_000] {
              live.append(BufferPool.allocate(byteCount: Int(Double(width) * scale)))
            }
            if layer % 3 == 0 { BufferPool.release(live.remove(at: live.count / 2)) }
          }
          for buffer in live.reversed() { BufferPool.release(buffer) }
          if step == 0 { after = BufferPool.statistics }
        }
        #expect(BufferPool.statistics.largeAllocations == after.largeAllocations)
        #expect(BufferPool.statistics.bytesHeld == after.bytesHeld)
        BufferPool.trim()
      }
    }

    @Test func concurrentUse() async {
      await #expect(processExitsWith: .success) {
        let before = BufferPool.statistics.bytesInUse
        DispatchQueue.concurrentPerform(iterations: 8) { caller in
          var random = TestRandom(UInt64(caller))
          for _ in 0..<500 {
            let size = Int.random(in: 8...200_000, using: &random)
            let buffer = BufferPool.allocate(byteCount: size)
            let words = buffer.base.bindMemory(to: Int.self, capacity: size / 8)
            words[0] = caller
            words[size / 8 - 1] = caller
            if words[0] != caller || words[size / 8 - 1] != caller { Issue.record("shared memory") }
            BufferPool.release(buffer)
          }
        }
        #expect(BufferPool.statistics.bytesInUse == before)
      }
    }

    @Test func trapsOnNegativeSize() async {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { _ = BufferPool.allocate(byteCount: -1) }
      #expect(message(result).contains("BufferPool.allocate: found -1 bytes"))
    }
  }
}
