import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

/// What happens where the system refuses memory, each in a process of its own.
@Suite struct OutOfMemoryTests {
  @Test func sentences() {
    for (count, text) in [
      (999, "999 bytes"), (1000, "1.0 kB"), (1_999_999, "1.9 MB"), (3_250_000_000, "3.2 GB"),
    ] {
      let request = OutOfMemory.Request(byteCount: count, purpose: "a test")
      #expect(request.description == "not enough memory: \(text) needed for a test")
    }
  }

  @Test func trapsWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BufferPool.allocate(byteCount: 1 << 60)
    }
    #expect(message(result).contains("not enough memory: 1152921504.6 GB needed for a buffer"))
  }

  @Test func aHandlerEndsTheProcess() async {
    let result = await #expect(
      processExitsWith: .exitCode(7), observing: [\.standardErrorContent]
    ) {
      let hasFailed = Locked(false)
      OutOfMemory.setHandler { request in
        try? FileHandle.standardError.write(contentsOf: Data("\(request)\n".utf8))
        // The other thread runs out of memory while the handler is at work.
        while !hasFailed.withLock({ $0 }) { usleep(1000) }
        usleep(100_000)
        exit(7)
      }
      _ = BackgroundThread.start(name: "test") {
        hasFailed.withLock { $0 = true }
        _ = OutOfMemory.allocateZeros(Int.self, count: 1 << 56, for: "something else")
      }
      _ = OutOfMemory.allocate(Int.self, count: 1 << 57, for: "something")
    }
    #expect(message(result).components(separatedBy: "not enough memory: ").count == 2)
  }

  @Test func countsThatOverflowEndTheProcessToo() async {
    await #expect(processExitsWith: .exitCode(7)) {
      OutOfMemory.setHandler { _ in exit(7) }
      _ = OutOfMemory.allocate(Int.self, count: Int.max / 2, for: "something")
    }
    await #expect(processExitsWith: .exitCode(7)) {
      OutOfMemory.setHandler { _ in exit(7) }
      _ = BufferPool.allocate(byteCount: Int.max)
    }
    await #expect(processExitsWith: .exitCode(7)) {
      OutOfMemory.setHandler { _ in exit(7) }
      _ = OutOfMemory.allocateZeros(Int.self, count: Int.max / 2, for: "something")
    }
  }

  #if os(Linux)
    /// What the pool holds unused goes back to the system before a request fails.
    @Test func poolsGiveBackFirst() async {
      await #expect(processExitsWith: .success) {
        let first = BufferPool.allocate(byteCount: 200 << 20)
        BufferPool.release(first)
        limitAddressSpace(to: 100 << 20)
        // More than half a buffer of the pool's, so that it is not simply reused.
        let second = BufferPool.allocate(byteCount: 230 << 20)
        second.base.storeBytes(of: 1, toByteOffset: 230 << 20 - 1, as: UInt8.self)
      }
      await #expect(processExitsWith: .exitCode(7)) {
        OutOfMemory.setHandler { _ in exit(7) }
        limitAddressSpace(to: 100 << 20)
        _ = BufferPool.allocate(byteCount: 200 << 20)
      }
    }

    /// The runtime's own end by a signal becomes the program's.
    @Test func objects() async {
      await #expect(processExitsWith: .exitCode(9)) {
        OutOfMemory.setEndingOfObjects { _exit(9) }
        limitAddressSpace(to: 100 << 20)
        print([UInt8](repeating: 1, count: 1 << 30).count)
      }
      await #expect(processExitsWith: .exitCode(9)) {
        OutOfMemory.setEndingOfObjects { _exit(9) }
        limitAddressSpace(to: 100 << 20)
        print(Data(count: 1 << 30).count)
      }
      await #expect(processExitsWith: .signal(SIGABRT)) {
        OutOfMemory.setEndingOfObjects { _exit(9) }
        abort()
      }
      // A damaged heap is no want of memory, also where an object is allocated.
      await #expect(processExitsWith: .signal(SIGABRT)) {
        OutOfMemory.setEndingOfObjects { _exit(9) }
        // Overwrites the size of the free memory behind the last of some blocks. As numbers, the places of blocks are
        // nothing that the compiler could leave out.
        var places = [Int](repeating: 0, count: 50)
        for index in places.indices { places[index] = Int(bitPattern: malloc(64 << 10)) }
        memset(UnsafeMutableRawPointer(bitPattern: places[49] + (64 << 10) + 8)!, 0xFF, 8)
        var arrays: [[UInt8]] = []
        for _ in 0..<200 { arrays.append([UInt8](repeating: 1, count: 100_000)) }
        // Every array is needed, so that none is left out by the compiler.
        print(arrays.reduce(0) { $0 + Int($1[$1.count / 2]) })
      }
      await #expect(processExitsWith: .failure) {
        OutOfMemory.setEndingOfObjects { _exit(0) }
        fatalError("not of memory")
      }
    }

    /// Work is done all the same where no thread can be started.
    @Test func threads() async {
      await #expect(processExitsWith: .success) {
        let done = Locked(0)
        for _ in 0..<50 { BackgroundThread.run { done.withLock { $0 += 1 } } }
        while done.withLock({ $0 }) < 50 { usleep(1000) }
      }
      await #expect(processExitsWith: .success) {
        limitAddressSpace(to: 1 << 20)
        // The stacks of threads that have ended are used again.
        var count = 0
        while count < 1000, BackgroundThread.start(name: "test", { sleep(1000) }) { count += 1 }
        #expect(count < 1000)
        let (here, there) = (pthread_self(), Locked<pthread_t>(0))
        BackgroundThread.run { there.withLock { $0 = pthread_self() } }
        #expect(there.withLock { $0 } == here)
      }
    }
  #endif
}

#if os(Linux)
  /// Whether no other thread of this process computes.
  private func otherThreadsWait() -> Bool {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    let busy = threads.filter { thread in
      let file = "/proc/self/task/\(thread)/stat"
      let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
      // The state follows the name, which is in parentheses.
      return text[(text.lastIndex(of: ")") ?? text.startIndex)...].dropFirst(2).first != "S"
    }
    return busy.count <= 1
  }

  /// Lets the address space of this process grow by so many bytes only.
  private func limitAddressSpace(to more: Int) {
    // A thread of OpenBLAS takes memory when it starts. Where that is refused, it asks without end, and the process
    // waits for it in `exit`.
    var checksAtRest = 0
    for _ in 0..<200 where checksAtRest < 5 {
      checksAtRest = otherThreadsWait() ? checksAtRest + 1 : 0
      usleep(10_000)
    }
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = Int(text.split(separator: " ").first ?? "0") ?? 0
    let size = rlim_t(pages * Int(sysconf(Int32(_SC_PAGESIZE))) + more)
    var limit = rlimit(rlim_cur: size, rlim_max: size)
    #expect(setrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &limit) == 0)
  }
#endif
